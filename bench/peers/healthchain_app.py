"""Peer: HealthChain from the package index, in an environment of its own, with one trivial rule.

Its own CDS route, prefetch as plain dicts, uvloop and httptools as ours; no token, no storage.
"""

from healthchain.gateway import CDSHooksService, HealthChainAPI
from healthchain.models.responses.cdsresponse import Card, CDSResponse, Source

cds = CDSHooksService()


def newest(bundle, code):  # type: ignore[no-untyped-def]
    found = [
        (
            entry["resource"].get("effectiveDateTime", ""),
            entry["resource"]["valueQuantity"]["value"],
        )
        for entry in bundle["entry"]
        if any(c.get("code") == code for c in entry["resource"]["code"]["coding"])
    ]
    return max(found)[1] if found else None


@cds.hook("order-sign", id="nelm-order-sign")
def order_sign(request):  # type: ignore[no-untyped-def]
    platelets = newest(request.prefetch["observations"], "777-3")
    if platelets is None or platelets < 1000:
        card = Card(
            summary="Platelets checked", indicator="info", source=Source(label="HealthChain")
        )
        return CDSResponse(cards=[card])
    return CDSResponse(cards=[])


app = HealthChainAPI()
app.register_service(cds, path="/cds")
