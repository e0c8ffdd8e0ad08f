"""Whom a draft order is for: an order for somebody else is never judged by this record."""

from fhir_mappings.orders import DraftOrder
from runtime.fhir_servers import servers_of, spelled_alike
from service.cds_hooks.call import HookCall


def is_for_another(call: HookCall, order: DraftOrder) -> bool:
    """Whether the order names somebody else than the patient of the call.

    Drafts often name nobody, or by an id that only their Bundle knows: those are this patient's.
    The same id at another server is another patient.
    """
    subject = order.resource.get("subject")
    reference = subject.get("reference") if isinstance(subject, dict) else None
    if not isinstance(reference, str) or not reference or reference.startswith(("urn:", "#")):
        return False
    base, kind, found = _pieces(reference)
    if (kind, found) != ("Patient", call.patient_id):
        return True
    return bool(base) and not _is_the_ehrs(call, base)


def _pieces(reference: str) -> tuple[str, str, str]:
    """Server (empty in a relative reference), type and id."""
    path = reference.partition("?")[0].partition("/_history")[0].rstrip("/")
    rest, _, found = path.rpartition("/")
    base, _, kind = rest.rpartition("/")
    return base, kind, found


def _is_the_ehrs(call: HookCall, base: str) -> bool:
    """Whether the server is the call's: a foreign caller's own is the one it names."""
    asked = call.request.fhir_server
    try:
        known = {spelled_alike(asked)} if call.foreign and asked else servers_of(call.connection)
        return spelled_alike(base) in known
    except ValueError:
        return False
