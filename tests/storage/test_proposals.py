"""Proposals: one per identifier, and what the EHR holds of it."""

import pytest
from sqlalchemy import Connection

from storage import patients, proposals
from storage.proposals import Draft, Proposal

T = 1_000_000.0


@pytest.fixture
def key(tx: Connection) -> int:
    return patients.find_or_add(tx, "a", ["p1"])["p1"]


def save(tx: Connection, key: int, strategy: str = "work_up", digest: str = "d1") -> bool:
    identifier = f"a|1|{strategy}"
    draft = Draft(key, "a", identifier, strategy, digest.encode(), digest)
    return proposals.save(tx, [draft], T) == {identifier}


def find(tx: Connection, strategy: str = "work_up") -> Proposal:
    found = proposals.find(tx, "a", f"a|1|{strategy}")
    assert found is not None
    return found


def test_a_new_proposal_is_ready_and_the_same_again_is_no_news(tx: Connection, key: int) -> None:
    assert save(tx, key)
    assert not save(tx, key)
    found = find(tx)
    assert (found.state, found.careplan, found.ehr_reference) == ("ready", b"d1", None)
    assert save(tx, key, digest="d2")
    assert find(tx).careplan == b"d2"


def test_what_the_ehr_holds_stays_known_when_the_content_changes(tx: Connection, key: int) -> None:
    save(tx, key)
    assert proposals.held_by_ehr(tx, "a", "a|1|work_up", "CarePlan/7", "1", "draft", T)
    save(tx, key, digest="d2")
    found = find(tx)
    assert (found.state, found.ehr_reference, found.ehr_version) == ("written", "CarePlan/7", "1")


def test_another_strategy_supersedes_and_coming_back_restores(tx: Connection, key: int) -> None:
    save(tx, key, "work_up")
    save(tx, key, "resection_first")
    assert find(tx, "work_up").state == "superseded"
    save(tx, key, "work_up")
    assert find(tx, "work_up").state == "ready"
    assert find(tx, "resection_first").state == "superseded"
    assert len(proposals.of_patient(tx, key)) == 2


def test_a_careplan_that_is_none_of_ours_changes_nothing(tx: Connection, key: int) -> None:
    save(tx, key)
    assert not proposals.held_by_ehr(tx, "a", "other", "CarePlan/1", "1", "draft", T)
    assert not proposals.held_by_ehr(tx, "b", "a|1|work_up", "CarePlan/1", "1", "draft", T)
    assert not proposals.gone_at_ehr(tx, "a", "CarePlan/1", T)
    assert find(tx).state == "ready"


def test_deleted_at_the_ehr_it_may_be_proposed_anew(tx: Connection, key: int) -> None:
    save(tx, key)
    proposals.held_by_ehr(tx, "a", "a|1|work_up", "CarePlan/7", "1", "draft", T)
    assert proposals.gone_at_ehr(tx, "a", "CarePlan/7", T)
    assert (find(tx).state, find(tx).ehr_reference) == ("gone", None)
    save(tx, key)
    assert find(tx).state == "ready"
