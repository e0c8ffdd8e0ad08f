"""What an order card says of values that are missing, too old or too imprecise."""

import asyncio

from tests.service.conftest import Start
from tests.service.people import (
    MULTIFOCAL,
    RESECTABLE,
    Facts,
    Resource,
    call,
    draft_order,
    observations,
    prefetch,
    searchset,
)

OLD = ("portal_vein", "bilirubin_mg_dl", "albumin_g_dl")
FACTS = {name: value for name, value in MULTIFOCAL.items() if name not in OLD}
AGED = observations("p1", {name: MULTIFOCAL[name] for name in OLD}, day="2025-10-01")


def text_of(start: Start, order: str, facts: Facts, *more: Resource) -> str:
    """The card of that order: its summary and detail."""
    found = searchset([*observations("p1", facts), *more])
    sent = prefetch("p1", {}, observations=found)
    body = call("order-sign", "p1", [draft_order("p1", order)], prefetch=sent)

    async def go() -> str:
        async with start() as client:
            (card,) = (await client.post("/cds-services/nelm-order-sign", body)).json()["cards"]
            return f"{card['summary']}\n{card['detail']}"

    return asyncio.run(go())


def test_what_is_too_old_is_said_once_with_value_date_and_limit(start: Start) -> None:
    text = text_of(start, "tace", FACTS, *AGED)
    assert text.count("Albumin 4.0 g/dL (2025-10-01), 243 days old, limit 90") == 1
    assert text.lower().count("albumin") == text.lower().count("bilirubin") == 1
    assert "Missing" not in text


def test_what_is_too_imprecise_is_said_with_its_value_and_never_as_missing(start: Start) -> None:
    sites = {"extrahepatic_sites": "lung"}
    facts = {name: value for name, value in RESECTABLE.items() if name != "extrahepatic_disease"}
    text = text_of(start, "hepatectomy", facts | sites)
    assert "disease outside the liver reported 2026-05-12, amount not stated" in text
    assert "**Missing:**" not in text
