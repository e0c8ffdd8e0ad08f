"""Cards and answers: added once each, joined whichever comes first."""

from typing import Any

import msgspec
from sqlalchemy import Connection

from storage import cards
from storage.cards import Feedback, Shown

T = 1_000_000.0


def shown(uuid: str = "u1", **more: Any) -> Shown:
    told = {
        "connection": "a",
        "service": "nelm-order-sign",
        "hook_instance": "h",
        "patient": "p1",
        "topic": "contraindicated",
        "order": "tace",
        "digest": "d",
        "indicator": "warning",
        "shown_at": T,
        "suggestions": ("s1", "s2"),
    }
    return Shown(uuid, **{**told, **more})


def feedback(card: str = "u1", outcome: str = "overridden", **more: Any) -> Feedback:
    return Feedback(card, "a", "nelm-order-sign", outcome, "2024-01-01T00:00:00Z", **more)


def test_the_same_card_is_one_row_and_keeps_its_first_form(tx: Connection) -> None:
    assert cards.note_shown(tx, [shown(), shown()]) == 1
    assert cards.note_shown(tx, [shown(shown_at=T + 5), shown("u2")]) == 1
    cards.note_feedback(tx, [feedback()], T)
    (answer,) = cards.answered(tx, "a", "p1")
    assert answer.shown == shown()


def test_the_same_answer_again_changes_nothing(tx: Connection) -> None:
    assert cards.note_feedback(tx, [feedback(), feedback()], T) == 1
    assert cards.note_feedback(tx, [feedback()], T + 1) == 0


def test_an_answer_reads_back_as_it_was_given(tx: Connection) -> None:
    given = feedback(
        override_reason_code="reason-1",
        override_reason_system="urn:x",
        user_comment="a comment",
        accepted_suggestions=("s2",),
    )
    cards.note_shown(tx, [shown()])
    cards.note_feedback(tx, [given], T)
    assert cards.feedback_of(tx, "u1") == [cards.Answered(given, shown())]


def test_an_answer_to_a_card_not_known_yet_is_joined_later(tx: Connection) -> None:
    cards.note_feedback(tx, [feedback()], T)
    assert [one.shown for one in cards.feedback_of(tx, "u1")] == [None]
    assert cards.answered(tx, "a", "p1") == []
    cards.note_shown(tx, [shown()])
    assert [one.shown for one in cards.feedback_of(tx, "u1")] == [shown()]
    assert len(cards.answered(tx, "a", "p1")) == 1


def test_an_answer_from_another_connection_is_not_joined(tx: Connection) -> None:
    cards.note_shown(tx, [shown()])
    cards.note_feedback(tx, [msgspec.structs.replace(feedback(), connection="b")], T)
    assert [one.shown for one in cards.feedback_of(tx, "u1")] == [None]
    assert cards.answered(tx, "a", "p1") == []


def test_answers_come_newest_first_and_only_for_that_patient(tx: Connection) -> None:
    cards.note_shown(tx, [shown("u1"), shown("u2"), shown("u3", patient="p2", order=None)])
    for number, card in enumerate(["u2", "u1", "u3"]):
        cards.note_feedback(tx, [feedback(card)], T + number)
    assert [one.feedback.card for one in cards.answered(tx, "a", "p1")] == ["u1", "u2"]
    assert [one.feedback.card for one in cards.answered(tx, "a", "p1", 1)] == ["u1"]


def test_accepting_and_overriding_are_two_answers(tx: Connection) -> None:
    answers = [feedback(), feedback(outcome="accepted", accepted_suggestions=("s1",))]
    assert cards.note_feedback(tx, answers, T) == 2
    assert [one.feedback.outcome for one in cards.feedback_of(tx, "u1")] == [
        "overridden",
        "accepted",
    ]


def test_nothing_to_note_is_nothing(tx: Connection) -> None:
    assert (cards.note_shown(tx, []), cards.note_feedback(tx, [], T)) == (0, 0)


def test_only_cards_overridden_with_a_reason_by_this_user_since_then_count(tx: Connection) -> None:
    told = {"user": "Practitioner/1"}
    cards.note_shown(
        tx,
        [
            shown("with a reason", **told),
            shown("without", **told),
            shown("accepted", **told),
            shown("earlier", **told, shown_at=T - 10),
            shown("by another", user="Practitioner/2"),
        ],
    )
    reason = {"user_comment": "discussed"}
    cards.note_feedback(
        tx,
        [
            feedback("with a reason", **reason),
            feedback("without"),
            feedback("accepted", "accepted", **reason),
            feedback("earlier", **reason),
            feedback("by another", **reason),
        ],
        T,
    )
    (found,) = cards.overridden(tx, "a", "p1", "Practitioner/1", T)
    assert (found.topic, found.order, found.digest) == ("contraindicated", "tace", "d")
    assert found.outcome_timestamp == "2024-01-01T00:00:00Z"
