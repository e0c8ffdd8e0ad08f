"""What people did with cards: kept once, in either spelling, also for cards not known."""

import asyncio
from typing import Any

import pytest

from runtime.settings import IntakeSettings
from service.cds_hooks.discovery import SERVICES
from storage.cards import Shown, feedback_of, note_shown
from storage.database import Database
from tests.service.conformance import problems_of_operation_outcome
from tests.service.conftest import Start, connection

CARD = "7b7a2b0e-9a40-5a55-9d5c-0b9a3c7f2a11"
PATH = "/cds-services/nelm-order-sign/feedback"
WHEN = "2026-06-01T09:05:00.487Z"
REASON = {"reason": {"code": "patient-refuses", "system": "urn:x"}, "userComment": "not now"}


def item(**more: Any) -> dict[str, Any]:
    return {"card": CARD, "outcome": "overridden", "outcomeTimestamp": WHEN} | more


@pytest.mark.parametrize(
    "reason",
    [{"overrideReason": REASON}, {"overrideReasons": REASON}, {"overrideReasons": [REASON]}],
)
def test_b5_override_reasons_are_kept_in_every_spelling(
    start: Start, database: Database, reason: dict[str, Any]
) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.post(PATH, {"feedback": [item(**reason)]})
            assert answer.status == 200

    asyncio.run(go())
    with database.reading() as conn:
        (kept,) = feedback_of(conn, CARD)
    assert kept.feedback.override_reason_code == "patient-refuses"
    assert kept.feedback.user_comment == "not now"
    assert kept.shown is None


def test_the_same_feedback_again_changes_nothing(start: Start, database: Database) -> None:
    async def go() -> None:
        async with start() as client:
            accepted = item(outcome="accepted", acceptedSuggestions=[{"id": "a"}])
            for _ in range(2):
                await client.post(PATH, {"feedback": [accepted, item()]})

    asyncio.run(go())
    with database.reading() as conn:
        outcomes = [one.feedback.outcome for one in feedback_of(conn, CARD)]
    assert sorted(outcomes) == ["accepted", "overridden"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "feedback"),
        ({"feedback": None}, "feedback"),
        ({"feedback": [{"card": CARD, "outcome": "accepted"}]}, "feedback[0].outcomeTimestamp"),
        ({"feedback": [item(outcome="ignored")]}, "feedback[0].outcome"),
        ({"feedback": [item(outcomeTimestamp="yesterday")]}, "feedback[0].outcomeTimestamp"),
        (
            {"feedback": [item(outcomeTimestamp="2026-06-01T09:05:00")]},
            "feedback[0].outcomeTimestamp",
        ),
        ({"feedback": [item(card=7)]}, "feedback[0].card"),
    ],
)
def test_b3_unreadable_feedback_is_refused_as_a_whole_with_the_field_named(
    start: Start, database: Database, body: dict[str, Any], field: str
) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.post(PATH, body)
            assert answer.status == 400
            assert problems_of_operation_outcome(answer.json()) == []
            assert answer.json()["issue"][0]["expression"] == [field]

    asyncio.run(go())
    with database.reading() as conn:
        assert feedback_of(conn, CARD) == []


@pytest.mark.parametrize("service", SERVICES)
def test_b1_each_service_has_a_place_for_feedback(
    start: Start, database: Database, service: str
) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.post(f"/cds-services/{service}/feedback", {"feedback": [item()]})
            assert answer.status == 200

    asyncio.run(go())
    with database.reading() as conn:
        (kept,) = feedback_of(conn, CARD)
    assert kept.feedback.service == service


def test_b1_feedback_to_an_unknown_service_is_refused(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.post("/cds-services/other/feedback", {"feedback": []})
            assert answer.status == 404

    asyncio.run(go())


BOTH = {name: connection(name, intake=IntakeSettings()) for name in ("north", "south")}


def test_a_comment_is_kept_by_the_ehr_that_showed_the_card_alone(
    start: Start, database: Database
) -> None:
    shown = Shown(CARD, "south", "s", "h", "p1", "t", None, "d", "info", 1.0)
    with database.transaction() as tx:
        note_shown(tx, [shown])

    async def go() -> None:
        async with start(connections=BOTH) as client:
            said = [item(overrideReason=REASON), item(card="unknown", overrideReason=REASON)]
            assert (await client.post(PATH, {"feedback": said})).status == 200

    asyncio.run(go())
    with database.reading() as conn:
        known = [one.feedback for one in feedback_of(conn, CARD)]
        unknown = [one.feedback for one in feedback_of(conn, "unknown")]
    assert [(one.connection, one.user_comment) for one in known] == [("south", "not now")]
    assert {(one.connection, one.user_comment) for one in unknown} == {
        ("north", None),
        ("south", None),
    }


def test_feedback_beyond_measure_is_refused_whole(start: Start, database: Database) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.post(PATH, {"feedback": [item()] * 1001})
            assert answer.status == 413

    asyncio.run(go())
    with database.reading() as conn:
        assert feedback_of(conn, CARD) == []
