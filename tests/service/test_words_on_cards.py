"""What reports say in words stands on a card beside what is missing, and judges nothing."""

import asyncio
from typing import Any

from fhir_mappings.mapping_set import MappingSet
from storage.database import Database
from tests.service.conftest import Start
from tests.service.memory import judge, keep
from tests.service.people import MULTIFOCAL, RESECTABLE, prefetch, record, searchset
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


OPEN = MULTIFOCAL | {"portal_vein": "patent", "functional_syndrome": "none"}
OTHERWISE = "**Report of 2026-05-20 says otherwise:"
SHUT = "Complete thrombosis of the main portal vein."


def test_words_that_agree_with_a_known_fact_or_are_older_are_not_said(start: Start) -> None:
    agreeing = searchset([report("Portal vein is patent.")])
    older = searchset([report(SHUT) | {"effectiveDateTime": "2026-05-11"}])

    async def go() -> None:
        async with start() as client:
            for reports in (agreeing, older):
                brought = prefetch("p1", OPEN, reports=reports)
                cards = [
                    *await signed(client, "tae", prefetch=brought),
                    *await signed(client, "liver_transplant", prefetch=brought),
                    *await opened(client, prefetch=brought),
                ]
                assert all("says otherwise" not in card["detail"] for card in cards)

    asyncio.run(go())


def test_a_newer_report_that_would_exclude_an_open_treatment_is_a_card(start: Start) -> None:
    brought = prefetch("p1", OPEN, reports=searchset([report(SHUT)]))

    async def go() -> None:
        async with start() as client:
            assert await signed(client, "tae", prefetch=prefetch("p1", OPEN)) == []
            (card,) = await signed(client, "tae", prefetch=brought)
            assert card["indicator"] == "info"
            assert card["summary"] == (
                "TAE: report of 2026-05-20 says complete portal vein thrombosis, not confirmed; "
                "on file: portal vein patent, 2026-05-12"
            )
            assert f"“{SHUT}” (on file: portal vein patent, 2026-05-12)" in card["detail"]
            assert "Not counted until confirmed" in card["detail"]
            assert "EMB-3, Lewis 2012" in card["detail"]

    asyncio.run(go())


def test_what_a_newer_report_says_otherwise_stands_above_what_is_open(start: Start) -> None:
    said = f"{SHUT} New bone metastases."
    brought = prefetch("p1", OPEN, reports=searchset([report(said)]))

    async def go() -> None:
        async with start() as client:
            (proposal,) = await opened(client, prefetch=brought)
            before, _, after = proposal["detail"].partition("**Open, best first**")
            assert after
            assert OTHERWISE in before
            assert "no disease outside the liver, 2026-05-12" in before
            assert "report of 2026-05-20 says otherwise" in proposal["summary"]
            (other,) = await signed(client, "liver_transplant", prefetch=brought)
            assert OTHERWISE in other["detail"]
            (plan,) = [
                one["actions"][0]["resource"]
                for one in proposal["suggestions"]
                if one["actions"][0]["resource"]["resourceType"] == "CarePlan"
            ]
            assert OTHERWISE in plan["note"][0]["text"]

    asyncio.run(go())


def test_a_newer_report_of_peritoneal_spread_is_a_card_on_a_resection(start: Start) -> None:
    words = "New diffuse peritoneal carcinomatosis."
    brought = prefetch("p1", RESECTABLE, reports=searchset([report(words)]))

    async def go() -> None:
        async with start() as client:
            bare = await signed(client, "hepatectomy", prefetch=prefetch("p1", RESECTABLE))
            assert bare == []
            (card,) = await signed(client, "hepatectomy", prefetch=brought)
            assert "HEP-5" in card["detail"]

    asyncio.run(go())


def test_a_stored_report_that_says_otherwise_stands_on_card_and_page(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, [*record("p1", OPEN), report(SHUT)])
    judge(database, "p1")

    async def go() -> None:
        async with start() as client:
            (card,) = await signed(client, "tae")
            assert OTHERWISE in card["detail"]
            link = next(one["url"] for one in card["links"] if "/staging/" in one["url"])
            page = await client.get(link[link.index("/staging/") :])
            text = page.body.decode()
            assert "Report of 2026-05-20 says otherwise:" in text
            assert SHUT in text.partition('id="options"')[0]

    asyncio.run(go())


def test_words_against_an_order_lead_a_card_that_is_only_to_be_known(start: Start) -> None:
    case = OPEN | {"functional_syndrome": "carcinoid"}
    brought = prefetch("p1", case, reports=searchset([report(SHUT)]))

    async def go() -> None:
        async with start() as client:
            (card,) = await signed(client, "tae", prefetch=brought)
            assert card["indicator"] == "info"
            assert card["detail"].startswith(OTHERWISE)
            assert "If that is so, TAE is contraindicated" in card["detail"]

    asyncio.run(go())
