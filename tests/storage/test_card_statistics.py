"""Counting what became of cards: the last answer counts, calls by hand do not."""

from collections.abc import Sequence

from sqlalchemy import Connection

from storage import cards, proposals
from storage.card_statistics import (
    Counted,
    PlanState,
    accepted,
    counted,
    held_plans,
    last_answered,
    plan_states,
    unknown_cards,
)
from storage.listed_patients import newest_patients
from storage.patients import find_or_add, mark_sign
from tests.storage.test_cards import T, feedback, shown

BY_HAND = "Practitioner/by-hand"


def tally(tx: Connection, since: float = 0.0) -> dict[tuple[str, str | None, str | None], int]:
    rows: Sequence[Counted] = counted(tx, since, BY_HAND)
    return {(one.topic, one.outcome, one.reason): one.cards for one in rows}


def test_cards_are_counted_by_topic_outcome_and_reason(tx: Connection) -> None:
    names = [f"u{n}" for n in range(6)]
    cards.note_shown(tx, [shown(name) for name in names] + [shown("other", topic="check")])
    overridden = [
        feedback(name, override_reason_code=reason)
        for name, reason in (
            ("u0", "expert-contradicts"),
            ("u1", "expert-contradicts"),
            ("u2", None),
        )
    ]
    cards.note_feedback(tx, [*overridden, feedback("u3", "accepted")], T)
    assert tally(tx) == {
        ("contraindicated", "overridden", "expert-contradicts"): 2,
        ("contraindicated", "overridden", None): 1,
        ("contraindicated", "accepted", None): 1,
        ("contraindicated", None, None): 2,
        ("check", None, None): 1,
    }


def test_the_last_answer_to_a_card_counts_once(tx: Connection) -> None:
    cards.note_shown(tx, [shown()])
    cards.note_feedback(tx, [feedback(outcome="accepted", accepted_suggestions=("s1",))], T)
    cards.note_feedback(tx, [feedback(outcome="overridden")], T + 1)
    assert tally(tx) == {("contraindicated", "overridden", None): 1}


def test_what_was_shown_before_or_by_hand_is_left_out(tx: Connection) -> None:
    by_hand = [shown("h1", user=BY_HAND), shown("h2", user=f"{BY_HAND}-1a2b")]
    cards.note_shown(
        tx, [*by_hand, shown("old", shown_at=T - 100), shown("new", user="Practitioner/x")]
    )
    assert tally(tx, T - 50) == {("contraindicated", None, None): 1}


def test_answers_to_cards_nobody_knows_are_counted_apart(tx: Connection) -> None:
    cards.note_shown(tx, [shown("u1")])
    cards.note_feedback(tx, [feedback("u1"), feedback("x1"), feedback("x1", "accepted")], T)
    assert unknown_cards(tx, 0.0) == 1
    assert unknown_cards(tx, T + 1) == 0


def test_accepted_cards_come_with_what_was_accepted(tx: Connection) -> None:
    cards.note_shown(tx, [shown("u1"), shown("u2"), shown("u3", topic="check")])
    answers = [
        feedback("u1", "accepted", accepted_suggestions=("s1",)),
        feedback("u2"),
        feedback("u3", "accepted", accepted_suggestions=("s1",)),
    ]
    cards.note_feedback(tx, answers, T)
    (one,) = accepted(tx, "contraindicated", 0.0, BY_HAND)
    assert (one.card, one.patient, one.suggestions) == ("u1", "p1", ("s1",))


def test_answered_cards_are_listed_with_their_last_answer(tx: Connection) -> None:
    cards.note_shown(tx, [shown("u1"), shown("u2"), shown("u3")])
    cards.note_feedback(tx, [feedback("u1", "accepted")], T)
    cards.note_feedback(tx, [feedback("u2", user_comment="why not")], T + 1)
    cards.note_feedback(tx, [feedback("u1", override_reason_code="patient-refuses")], T + 2)
    found = last_answered(tx, 0.0, BY_HAND, 10)
    assert [(one.card, one.outcome, one.reason, one.comment) for one in found] == [
        ("u1", "overridden", "patient-refuses", None),
        ("u2", "overridden", None, "why not"),
    ]
    assert len(last_answered(tx, 0.0, BY_HAND, 1)) == 1


def propose(tx: Connection, strategy: str) -> str:
    """The identifier of the patient's proposal for that strategy, which supersedes others."""
    key = find_or_add(tx, "a", ["p1"])["p1"]
    name = f"a:{key}:{strategy}"
    proposals.save(tx, [proposals.Draft(key, "a", name, strategy, b"{}", "d")], T)
    return name


def test_a_plan_is_followed_to_the_ehr_when_it_arrives_there(tx: Connection) -> None:
    name = propose(tx, "resection_first")
    assert held_plans(tx, "a", [name]) == {}
    assert plan_states(tx) == [PlanState("a", "ready", None, False, 1)]
    proposals.held_by_ehr(tx, "a", name, "CarePlan/9", "1", "active", T)
    assert held_plans(tx, "a", [name, "other"]) == {name: "active"}
    assert held_plans(tx, "b", [name]) == {}
    assert plan_states(tx) == [PlanState("a", "written", "active", True, 1)]


def test_of_two_plans_of_a_patient_each_is_followed_for_itself(tx: Connection) -> None:
    before = propose(tx, "work_up")
    proposals.held_by_ehr(tx, "a", before, "CarePlan/7", "1", "revoked", T)
    now = propose(tx, "resection_first")
    assert held_plans(tx, "a", [before, now]) == {before: "revoked"}
    proposals.held_by_ehr(tx, "a", now, "CarePlan/9", "1", "active", T)
    assert held_plans(tx, "a", [before, now]) == {before: "revoked", now: "active"}


def test_a_plan_offered_before_its_patient_had_a_key_is_followed_under_that_key(
    tx: Connection,
) -> None:
    name = propose(tx, "work_up")
    offered = "a:fhir-p1:work_up"
    assert proposals.settled_identifier(tx, "a", offered) == name
    assert proposals.settled_identifier(tx, "a", "a:fhir-p2:work_up") == "a:fhir-p2:work_up"
    proposals.held_by_ehr(tx, "a", name, "CarePlan/7", "1", "draft", T)
    assert held_plans(tx, "a", [offered]) == {offered: "draft"}


def test_patients_are_listed_with_a_sign_first_and_no_more_than_asked(tx: Connection) -> None:
    keys = find_or_add(tx, "a", ["p1", "p2", "p3"])
    find_or_add(tx, "b", ["elsewhere"])
    mark_sign(tx, [keys["p2"]])
    listed = newest_patients(tx, "a", 2)
    assert [(one.fhir_id, one.sign, one.strategy) for one in listed] == [
        ("p2", True, None),
        ("p1", False, None),
    ]
