"""The page of feedback: counts per topic with reasons, and accepted care plans followed up."""

import asyncio
import json
from typing import Any

import pytest

from fhir_mappings.careplan import proposal_identifier
from fhir_mappings.mapping_set import MappingSet
from service.cds_hooks.making import OVERRIDE_REASONS
from storage import patients, proposals
from storage.database import Database
from tests.service.admin_visits import Visits
from tests.service.asgi_client import Client
from tests.service.conftest import NOW, Start
from tests.service.html import Seen
from tests.service.memory import judge, keep
from tests.service.people import MULTIFOCAL, call, draft_order, record

VIEW, SIGN = "/cds-services/nelm-patient-view", "/cds-services/nelm-order-sign"


@pytest.fixture
def stored(database: Database, mapping_set: MappingSet) -> int:
    keep(database, mapping_set, record("p1", MULTIFOCAL))
    judge(database, "p1")
    with database.reading() as conn:
        key = patients.find(conn, "main", "p1")
    assert key is not None
    return key


async def shown(client: Client, place: int, order: str | None = None) -> dict[str, Any]:
    """One card shown to an EHR, under a hookInstance of its own."""
    drafts = [draft_order("p1", order)] if order else None
    hook, path = ("order-sign", SIGN) if order else ("patient-view", VIEW)
    asked = call(hook, "p1", drafts) | {"hookInstance": f"h{place}"}
    (card,) = (await client.post(path, asked)).json()["cards"]
    await client.app.state.parts.shown.write()
    found: dict[str, Any] = card
    return found


async def fed_back(client: Client, path: str, card: str, outcome: str, **more: Any) -> None:
    item = {"card": card, "outcome": outcome, "outcomeTimestamp": NOW.isoformat()} | more
    answer = await client.post(f"{path}/feedback", {"feedback": [item]})
    assert answer.status == 200


@pytest.mark.usefixtures("stored")
def test_cards_are_counted_by_topic_with_reasons_in_words(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            found = [await shown(client, place, "sunitinib") for place in range(4)]
            reason = OVERRIDE_REASONS[0]
            why = {"reason": {"code": reason.code, "system": reason.system}}
            await fed_back(client, SIGN, found[0]["uuid"], "overridden", overrideReason=why)
            comment = {"userComment": "<b>discussed</b> in the board"}
            await fed_back(client, SIGN, found[1]["uuid"], "overridden", overrideReason=comment)
            await fed_back(client, SIGN, found[2]["uuid"], "accepted")
            page = Seen(await Visits(client).get("/admin/feedback"))
            assert page.words["h1"] == ["4 cards in 30 days: 1 accepted, 2 overridden"]
            said = page.said()
            assert "order not indicated nelm-order-sign 4 1 25.0 % 2 50.0 % 1" in said
            assert f"1 × {reason.display}" in said
            assert "1 × no reason given" in said
            assert "The last 3 answers, card by card" in page.words["h2"]
            assert "order not indicated warning Sunitinib overridden" in said
            assert "no reason given: “<b>discussed</b> in the board”" in said
            assert "b" not in page.tags

    asyncio.run(go())


def test_before_any_card_the_page_says_what_will_stand_there(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            page = Seen(await Visits(client).get("/admin/feedback?days=7"))
            assert page.words["h1"] == ["No card was shown in 7 days"]
            assert "Counts will stand here once an EHR calls a hook" in page.said()

    asyncio.run(go())


@pytest.mark.usefixtures("stored")
def test_calls_from_the_playground_are_not_counted(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            visits = Visits(client)
            await visits.get("/admin/playground")
            fields = {"connection": "main", "service": "nelm-patient-view", "patient": "p1"}
            await visits.send("/admin/playground", **fields)
            page = Seen(await visits.get("/admin/feedback"))
            assert page.words["h1"] == ["No card was shown in 30 days"]

    asyncio.run(go())


def test_accepted_care_plans_are_followed_until_the_ehr_holds_them(
    start: Start, database: Database, stored: int
) -> None:
    async def go() -> None:
        async with start() as client:
            card = await shown(client, 1)
            offer = card["suggestions"][0]
            plan = json.dumps(offer["actions"][0]["resource"])
            accepted = [{"id": offer["uuid"]}]
            await fed_back(client, VIEW, card["uuid"], "accepted", acceptedSuggestions=accepted)
            before = Seen(await Visits(client).get("/admin/feedback"))
            assert "0 of 1 accepted care plans are in the EHR" in before.words["h2"]
            assert "1 was accepted, and no CarePlan with our identifier has come" in before.said()
            arrives(database, stored, plan)
            after = Seen(await Visits(client).get("/admin/feedback"))
            assert "1 of 1 accepted care plans are in the EHR" in after.words["h2"]
            assert "1 active" in after.said()

    asyncio.run(go())


def test_another_care_plan_of_the_patient_is_not_taken_for_the_accepted_one(
    start: Start, database: Database, stored: int
) -> None:
    async def go() -> None:
        async with start() as client:
            card = await shown(client, 1)
            offer = card["suggestions"][0]
            plan = json.dumps(offer["actions"][0]["resource"])
            arrives(database, stored, plan, strategy="work_up")
            accepted = [{"id": offer["uuid"]}]
            await fed_back(client, VIEW, card["uuid"], "accepted", acceptedSuggestions=accepted)
            page = Seen(await Visits(client).get("/admin/feedback"))
            assert "0 of 1 accepted care plans are in the EHR" in page.words["h2"]
            arrives(database, stored, plan)
            page = Seen(await Visits(client).get("/admin/feedback"))
            assert "1 of 1 accepted care plans are in the EHR" in page.words["h2"]

    asyncio.run(go())


def arrives(
    database: Database, key: int, careplan: str, strategy: str = "transarterial_first"
) -> None:
    """The EHR holds a proposal of ours for that strategy, as a worker notes it."""
    _, value = proposal_identifier("main", str(key), strategy, "urn:nelm-cds")
    with database.transaction() as tx:
        draft = proposals.Draft(key, "main", value, strategy, careplan.encode(), "d")
        proposals.save(tx, [draft])
        assert proposals.held_by_ehr(tx, "main", value, "CarePlan/7", "1", "active")
