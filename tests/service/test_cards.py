"""What cards say and offer, and how they are told apart and kept quiet."""

import asyncio
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from fhir_mappings.fhir_models import validate
from nelm import Parameters
from service.cds_hooks.staging_text import reasons_in_short
from storage.database import Database
from tests.service.asgi_client import Client
from tests.service.conformance import problems_of_response
from tests.service.conftest import Start
from tests.service.people import (
    MULTIFOCAL,
    RESECTABLE,
    call,
    draft_order,
    prefetch,
)

SIGN = "/cds-services/nelm-order-sign"
SELECT = "/cds-services/nelm-order-select"
VIEW = "/cds-services/nelm-patient-view"
BLOCKED = MULTIFOCAL | {"portal_vein": "complete_thrombosis"}

Card = dict[str, Any]


async def cards_of(client: Client, path: str, body: dict[str, Any]) -> list[Card]:
    answer = await client.post(path, body)
    assert answer.status == 200, answer.body
    assert problems_of_response(answer.json()) == []
    cards: list[Card] = answer.json()["cards"]
    return cards


def signing(facts: dict[str, Any], *orders: str, **more: Any) -> dict[str, Any]:
    drafts = [draft_order("p1", one) for one in orders]
    return call("order-sign", "p1", drafts, prefetch=prefetch("p1", facts), **more)


def opening(facts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return call("patient-view", "p1", prefetch=prefetch("p1", facts), **more)


def test_a_contraindicated_order_names_value_date_criterion_paper_and_what_is_open(
    start: Start,
) -> None:
    async def go() -> None:
        async with start() as client:
            (card,) = await cards_of(client, SIGN, signing(BLOCKED, "tace"))
            assert card["indicator"] == "critical"
            assert card["summary"] == (
                "TACE: contraindicated, complete portal vein thrombosis (2026-05-12)"
            )
            for words in (
                "EMB-3",
                "Lewis 2012",
                "**Open instead**\n- **Lu-177 dotatate**",
                "G2 (Ki-67 8 %)",
            ):
                assert words in card["detail"]
            assert card["source"]["label"] == "Lewis 2012"
            assert card["source"]["topic"]["code"] == "nelm-order-contraindicated"
            assert {one["code"] for one in card["overrideReasons"]} >= {"expert-contradicts"}

    asyncio.run(go())


def test_an_order_that_misses_a_result_offers_to_order_the_test(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            (card,) = await cards_of(client, SIGN, signing(MULTIFOCAL, "tare"))
            assert card["indicator"] == "info"
            assert card["summary"] == "TARE: lung shunt not known. Order Tc-99m MAA scan first"
            (suggestion,) = card["suggestions"]
            (action,) = suggestion["actions"]
            assert action["type"] == "create"
            assert validate(action["resource"]) == []
            assert action["resource"]["status"] == "draft"
            assert action["resource"]["subject"] == {"reference": "Patient/p1"}
            assert card["selectionBehavior"] == "any"

    asyncio.run(go())


def test_octreoscan_is_replaced_by_receptor_pet(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            (card,) = await cards_of(client, SIGN, signing(MULTIFOCAL, "octreoscan"))
            (suggestion,) = card["suggestions"]
            assert [one["type"] for one in suggestion["actions"]] == ["delete", "create"]
            assert suggestion["actions"][0]["resourceId"] == "ServiceRequest/draft-octreoscan"

    asyncio.run(go())


def test_opening_the_chart_offers_a_valid_careplan(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            (card,) = await cards_of(client, VIEW, opening(RESECTABLE))
            assert card["summary"].startswith("Liver metastases, NET G1: board proposal ready.")
            careplan = card["suggestions"][0]["actions"][0]["resource"]
            assert validate(careplan) == []
            assert (careplan["status"], careplan["intent"]) == ("draft", "proposal")
            assert careplan["identifier"][0]["system"] == "urn:nelm-cds:proposal"
            assert {"reference": "Condition/p1-c7b02"} in careplan["addresses"]

    asyncio.run(go())


def test_without_ki67_and_grade_the_card_says_that_staging_is_impossible(start: Start) -> None:
    unknown = ("ki67_primary_percent", "mitoses_per_2mm2", "differentiation")
    facts = {name: value for name, value in MULTIFOCAL.items() if name not in unknown}

    async def go() -> None:
        async with start() as client:
            (card,) = await cards_of(client, VIEW, opening(facts))
            assert "cannot stage, no Ki-67 and no grade on file" in card["summary"]
            labels = [one["label"] for one in card["suggestions"]]
            assert "Ask for a pathology review" in labels

    asyncio.run(go())


def test_k2_order_select_looks_at_what_is_selected(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            drafts = [draft_order("p1", "tace"), draft_order("p1", "sunitinib")]
            body = call("order-select", "p1", drafts, prefetch=prefetch("p1", BLOCKED))
            assert len(await cards_of(client, SELECT, body)) == 2
            body["context"]["selections"] = ["https://main.example/fhir/ServiceRequest/draft-tace"]
            (card,) = await cards_of(client, SELECT, body)
            assert card["indicator"] == "critical"
            body["context"]["selections"] = []
            assert await cards_of(client, SELECT, body) == []

    asyncio.run(go())


def test_cards_beyond_the_limit_are_summed_up_in_the_last(start: Start) -> None:
    async def go() -> None:
        orders = ("octreoscan", "tare", "tace", "sunitinib", "hepatectomy")
        async with start() as client:
            cards = await cards_of(client, SIGN, signing(BLOCKED, *orders))
            assert cards[0]["indicator"] == "critical"
            assert len(cards) == 3
            assert cards[-1]["summary"].startswith("3 more findings")
            assert "OctreoScan" in cards[-1]["detail"]
        async with start(parameters=Parameters({"max_cards": 1})) as client:
            assert len(await cards_of(client, SIGN, signing(BLOCKED, *orders))) == 1

    asyncio.run(go())


def test_the_same_call_gives_the_same_ids_and_new_evidence_new_ones(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            (first,) = await cards_of(client, SIGN, signing(BLOCKED, "tace"))
            (again,) = await cards_of(client, SIGN, signing(BLOCKED, "tace"))
            assert first == again
            other = signing(BLOCKED, "tace", hookInstance="another-instance")
            (elsewhere,) = await cards_of(client, SIGN, other)
            assert elsewhere["uuid"] != first["uuid"]
            partial = signing(MULTIFOCAL | {"portal_vein": "partial_thrombosis"}, "tace")
            (changed,) = await cards_of(client, SIGN, partial)
            assert changed["uuid"] != first["uuid"]

    asyncio.run(go())


def test_cards_shown_are_remembered_and_joined_with_feedback(
    start: Start, database: Database
) -> None:
    async def go() -> str:
        async with start() as client:
            (card,) = await cards_of(client, SIGN, signing(BLOCKED, "tace"))
            await client.app.state.parts.shown.write()
            uuid: str = card["uuid"]
            return uuid

    uuid = asyncio.run(go())
    with database.reading() as conn:
        found = conn.execute(sa.text('SELECT uuid, patient, "order" FROM cards_shown')).all()
    assert [tuple(one) for one in found] == [(uuid, "p1", "tace")]


def test_cards_shown_are_written_when_the_application_stops(
    start: Start, database: Database
) -> None:
    async def go() -> None:
        async with start() as client:
            await cards_of(client, SIGN, signing(BLOCKED, "tace"))

    asyncio.run(go())
    with database.reading() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM cards_shown")).scalar() == 1


def override(uuid: str, **more: Any) -> dict[str, Any]:
    reason = {"reason": {"code": "risk-benefit-ratio", "system": "urn:x"}}
    item = {
        "card": uuid,
        "outcome": "overridden",
        "outcomeTimestamp": "2026-06-01T08:30:00Z",
        "overrideReason": reason,
    }
    return {"feedback": [item | more]}


@pytest.mark.parametrize(
    ("answer", "shown_again"),
    [
        ({}, False),
        ({"overrideReason": {"userComment": "discussed"}}, False),
        ({"overrideReason": None}, True),
        ({"outcome": "accepted"}, True),
        ({"outcomeTimestamp": "2026-04-01T08:30:00Z"}, True),
    ],
)
def test_a_card_overridden_with_a_reason_stays_quiet(
    start: Start, answer: dict[str, Any], shown_again: bool
) -> None:
    async def go() -> None:
        async with start() as client:
            (card,) = await cards_of(client, SIGN, signing(MULTIFOCAL, "ablation"))
            await client.app.state.parts.shown.write()
            feedback = await client.post(f"{SIGN}/feedback", override(card["uuid"], **answer))
            assert feedback.status == 200
            later = signing(MULTIFOCAL, "ablation", hookInstance="later")
            assert len(await cards_of(client, SIGN, later)) == int(shown_again)

    asyncio.run(go())


def test_an_overridden_card_stays_quiet_when_the_order_is_drafted_anew(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            (card,) = await cards_of(client, SIGN, signing(MULTIFOCAL, "ablation"))
            await client.app.state.parts.shown.write()
            await client.post(f"{SIGN}/feedback", override(card["uuid"]))
            anew = draft_order("p1", "ablation", id="tomorrow")
            later = call("order-sign", "p1", [anew], prefetch=prefetch("p1", MULTIFOCAL))
            assert await cards_of(client, SIGN, later | {"hookInstance": "later"}) == []

    asyncio.run(go())


def test_new_evidence_and_another_user_end_the_quiet(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            (card,) = await cards_of(client, SIGN, signing(MULTIFOCAL, "ablation"))
            await client.app.state.parts.shown.write()
            await client.post(f"{SIGN}/feedback", override(card["uuid"]))
            colleague = signing(MULTIFOCAL, "ablation")
            colleague["context"]["userId"] = "Practitioner/dr-2"
            assert len(await cards_of(client, SIGN, colleague)) == 1
            newer = prefetch("p1", MULTIFOCAL)
            for entry in newer["observations"]["entry"]:
                entry["resource"]["effectiveDateTime"] = "2026-05-20"
            changed = signing(MULTIFOCAL, "ablation") | {"prefetch": newer}
            assert len(await cards_of(client, SIGN, changed)) == 1

    asyncio.run(go())


async def overrides(client: Client, body: dict[str, Any], **more: Any) -> list[str]:
    """Overrides every card that this call shows; the topics shown by the next call like it."""
    shown = await cards_of(client, SIGN, body)
    await client.app.state.parts.shown.write()
    for card in shown:
        await client.post(f"{SIGN}/feedback", override(card["uuid"], **more))
    later = await cards_of(client, SIGN, body | {"hookInstance": "later"})
    return [card["source"]["topic"]["code"] for card in later]


def test_an_override_silences_neither_a_contraindication_nor_what_was_not_checked(
    start: Start,
) -> None:
    async def go() -> None:
        async with start() as client:
            blocked = signing(BLOCKED, "tace")
            assert await overrides(client, blocked) == ["nelm-order-contraindicated"]
            unread = call("order-sign", "p1", [draft_order("p1", "tace")])
            assert await overrides(client, unread) == ["nelm-not-checked"]

    asyncio.run(go())


def test_a_time_in_the_future_does_not_lengthen_the_quiet(start: Start, database: Database) -> None:
    async def go() -> None:
        async with start() as client:
            body = signing(MULTIFOCAL, "ablation")
            assert await overrides(client, body, outcomeTimestamp="2126-06-01T08:30:00Z") == []
            with database.transaction() as tx:
                tx.execute(sa.text("UPDATE card_feedback SET received_at = received_at - 86400*31"))
            assert len(await cards_of(client, SIGN, body | {"hookInstance": "much later"})) == 1

    asyncio.run(go())


def test_text_that_came_with_resources_reaches_no_card(start: Start) -> None:
    hostile = '<img src=x onerror="alert(1)"> [click](http://evil.example)'

    async def go() -> None:
        async with start() as client:
            found = prefetch("p1", BLOCKED)
            for entry in found["conditions"]["entry"] + found["observations"]["entry"]:
                entry["resource"]["code"]["text"] = hostile
                entry["resource"]["note"] = [{"text": hostile}]
            order = draft_order("p1", "octreoscan", id=hostile)
            order["code"]["text"] = hostile
            body = call("order-sign", "p1", [order, draft_order("p1", "tace")], prefetch=found)
            cards = await cards_of(client, SIGN, body)
            cards += await cards_of(client, VIEW, opening(BLOCKED) | {"prefetch": found})
            assert len(cards) == 3
            assert b"evil" not in msgspec.json.encode(cards)

    asyncio.run(go())


def test_reasons_that_end_alike_are_said_once() -> None:
    reasons = ["gastrin not on file", "insulin not on file", "conflict: two papers"]
    assert reasons_in_short(reasons) == "gastrin, insulin not on file; conflict: two papers"
