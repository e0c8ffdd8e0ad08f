"""What hooks ask in one statement is what each part of the store says by itself."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection

from fhir_mappings.careplan import proposal_identifier
from storage import assessments, cards, gaps, patients, proposals
from storage.assessments import Judged
from storage.at_hand import AtHand, Filed, Glance, at_hand
from storage.cards import Feedback, Shown
from storage.proposals import Draft

T = 1_000_000.0


@pytest.fixture
def key(tx: Connection) -> int:
    return patients.find_or_add(tx, "a", ["p1"])["p1"]


def see(tx: Connection) -> AtHand:
    found = at_hand(tx, "a", "p1", T).known
    assert found is not None
    return found


def propose(tx: Connection, key: int, strategy: str) -> str:
    _, name = proposal_identifier("a", str(key), strategy, "urn:nelm-cds")
    proposals.save(tx, [Draft(key, "a", name, strategy, b"{}", f"of {strategy}")], T)
    return name


def override(tx: Connection, uuid: str, shown_at: float, **told: Any) -> None:
    shown = Shown(uuid, "a", "s", "h", "p1", "t", None, "d", "info", shown_at, "Practitioner/1")
    cards.note_shown(tx, [shown])
    answer = Feedback(uuid, "a", "s", "overridden", "2024-01-01T00:00:00Z", **told)
    cards.note_feedback(tx, [answer], T)


def test_nobody_heard_of_and_nothing_assessed(tx: Connection, key: int) -> None:
    assert at_hand(tx, "b", "p1", T) == Glance(None, False)
    assert see(tx) == AtHand(key, False)
    patients.mark_sign(tx, [key])
    assert see(tx) == AtHand(key, True)


def test_the_latest_assessment_comes_without_its_document(tx: Connection, key: int) -> None:
    told = Judged(key, b"{}", "work_up", "2024-01-01", "d1", "1", "m", "2024-06-01")
    assessments.save(tx, [told], T)
    latest = assessments.latest(tx, "a", "p1")
    assert latest is not None
    kept = msgspec.structs.asdict(see(tx))
    expected = msgspec.structs.asdict(latest) | {"document": None}
    assert {name: kept[name] for name in expected} == expected


def test_types_that_could_not_be_read_are_named(tx: Connection, key: int) -> None:
    gaps.note_unread(tx, {key: ["Procedure", "Condition"]})
    assert see(tx).unread_types == gaps.unread_types(tx, key) == ("Condition", "Procedure")


def test_the_proposal_is_that_of_the_latest_strategy(tx: Connection, key: int) -> None:
    name = propose(tx, key, "work_up")
    assert see(tx).filed is None
    assessments.save(tx, [Judged(key, b"{}", "work_up", "2024-01-01", "d1", "1", "m")], T)
    filed, found = see(tx).filed, proposals.find(tx, "a", name)
    assert filed is not None
    assert found is not None
    kept = msgspec.structs.asdict(found)
    assert filed == Filed(**{field: kept[field] for field in Filed.__struct_fields__})
    proposals.held_by_ehr(tx, "a", name, "CarePlan/7", "1", "draft", T)
    assert see(tx).filed not in (None, filed)
    assessments.save(tx, [Judged(key, b"{}", "local_first", "2024-01-02", "d2", "1", "m")], T)
    assert see(tx).filed is None


def test_only_a_reasoned_override_of_a_card_shown_lately_counts(tx: Connection, key: int) -> None:
    override(tx, "u1", T + 1)
    override(tx, "u2", T - 1, user_comment="not now")
    assert not at_hand(tx, "a", "p1", T).overridden
    override(tx, "u3", T + 1, override_reason_code="patient-refuses")
    assert at_hand(tx, "a", "p1", T).overridden
    assert cards.overridden(tx, "a", "p1", "Practitioner/1", T)


def test_a_card_on_somebody_never_heard_of_can_be_overridden_too(tx: Connection) -> None:
    override(tx, "u4", T + 1, override_reason_code="patient-refuses")
    assert at_hand(tx, "a", "p1", T) == Glance(None, True)
    assert at_hand(tx, "a", "p2", T) == at_hand(tx, "b", "p1", T) == Glance(None, False)


def test_a_withdrawn_draft_is_known_while_the_ehr_holds_it(tx: Connection, key: int) -> None:
    name = propose(tx, key, "work_up")
    proposals.held_by_ehr(tx, "a", name, "CarePlan/9", "1", "draft")
    assert not see(tx).holds_withdrawn
    proposals.supersede(tx, [key])
    assert see(tx).holds_withdrawn
    proposals.held_by_ehr(tx, "a", name, "CarePlan/9", "2", "revoked")
    assert not see(tx).holds_withdrawn
