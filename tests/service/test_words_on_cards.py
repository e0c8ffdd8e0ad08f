"""What reports say in words stands on a card beside what is missing, and judges nothing."""

import asyncio
from typing import Any

from fhir_mappings.mapping_set import MappingSet
from storage.database import Database
from tests.service.conftest import Start
from tests.service.memory import judge, keep
from tests.service.people import MULTIFOCAL, prefetch, record, searchset
from tests.service.test_record import opened, signed

FACTS = {name: value for name, value in MULTIFOCAL.items() if name not in ("ecog", "portal_vein")}
SAID = "May be known (stated in words, not confirmed, not counted)"


def report(words: str) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "id": "words-1",
        "meta": {"versionId": "1", "lastUpdated": "2026-05-20T08:00:00Z"},
        "status": "final",
        "code": {"text": "CT abdomen"},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-05-20",
        "conclusion": words,
    }


def test_words_of_a_report_in_prefetch_stand_beside_what_is_missing(start: Start) -> None:
    reports = searchset([report("Portal vein is patent. No [ascites](http://x).")])

    async def go() -> None:
        async with start() as client:
            brought = prefetch("p1", FACTS, reports=reports)
            (card,) = await signed(client, "tace", prefetch=brought)
            assert "not excluded: portal vein thrombosis (EMB-3)" in card["summary"]
            assert f"{SAID}: portal vein patent (“Portal vein is patent.”" in card["detail"]
            assert "DiagnosticReport/words-1" in card["detail"]
            (without,) = await signed(client, "tace", prefetch=prefetch("p1", FACTS))
            assert SAID not in without["detail"]
            assert without["summary"] == card["summary"]

    asyncio.run(go())


def test_words_of_a_stored_report_stand_on_the_card_too(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, [*record("p1", FACTS), report("Portal vein is patent.")])
    document = judge(database, "p1")
    assert "portal_vein" not in document["facts"]

    async def go() -> None:
        async with start() as client:
            (card,) = await signed(client, "tace")
            assert f"{SAID}: portal vein patent" in card["detail"]
            (proposal,) = await opened(client)
            assert SAID in proposal["detail"]

    asyncio.run(go())


def test_words_about_a_known_fact_are_not_repeated(start: Start) -> None:
    known = FACTS | {"portal_vein": "patent"}
    reports = searchset([report("Complete thrombosis of the portal vein.")])

    async def go() -> None:
        async with start() as client:
            cards = await signed(client, "tace", prefetch=prefetch("p1", known, reports=reports))
            assert all("thrombosis" not in card["detail"] for card in cards)

    asyncio.run(go())
