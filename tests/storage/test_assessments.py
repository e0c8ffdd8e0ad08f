"""Assessments: one latest per patient, history of what was said, nothing twice."""

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from storage import assessments, patients
from storage.assessments import Judged, Latest
from storage.database import Database

T = 1_000_000.0


@pytest.fixture
def key(tx: Connection) -> int:
    return patients.find_or_add(tx, "a", ["p1"])["p1"]


def judged(key: int, digest: str = "d1", document: bytes = b"{}", **more: str) -> Judged:
    told = {"strategy": "work_up", "as_of": "2024-01-01", "knowledge_version": "1"}
    return Judged(key, document, digest=digest, mapping_set="m", **{**told, **more})


def test_a_patient_nobody_heard_of_is_none(tx: Connection) -> None:
    assert assessments.latest(tx, "a", "p1") is None
    assert assessments.history(tx, "a", "p1") == []


def test_a_known_patient_without_assessment_says_whether_there_is_a_sign(
    tx: Connection, key: int
) -> None:
    assert assessments.latest(tx, "a", "p1") == Latest(key, False)
    patients.mark_sign(tx, [key])
    assert assessments.latest(tx, "a", "p1") == Latest(key, True)
    assert assessments.latest(tx, "b", "p1") is None


def test_the_latest_reads_back_as_it_was_saved(tx: Connection, key: int) -> None:
    assessments.save(tx, [judged(key, document=b"\x00\xff", valid_until="2024-06-01")], T)
    found = assessments.latest(tx, "a", "p1")
    assert found == Latest(key, False, b"\x00\xff", "work_up", "2024-01-01", "2024-06-01", "d1", T)
    assert assessments.latest_of(tx, [key, key + 1]) == {key: found}


def test_something_new_becomes_the_latest_and_the_old_one_history(tx: Connection, key: int) -> None:
    assessments.save(tx, [judged(key, "d1", b"1")], T)
    assert assessments.save(tx, [judged(key, "d2", b"2")], T + 1).new == {key}
    past = assessments.history(tx, "a", "p1")
    assert [(one.document, one.latest) for one in past] == [(b"2", True), (b"1", False)]
    assert [one.document for one in assessments.history(tx, "a", "p1", 1)] == [b"2"]


def test_the_same_judgement_on_a_later_day_is_no_news(tx: Connection, key: int) -> None:
    assessments.save(tx, [judged(key, document=b"1", valid_until="2024-02-01")], T)
    again = judged(key, document=b"2", as_of="2024-02-02", valid_until="2024-03-01")
    assert assessments.save(tx, [again], T + 9).new == set()
    found = assessments.latest(tx, "a", "p1")
    assert found is not None
    assert (found.document, found.as_of, found.valid_until) == (b"2", "2024-02-02", "2024-03-01")
    assert found.recorded_at == T
    assert len(assessments.history(tx, "a", "p1")) == 1


def test_what_was_said_before_is_news_again_after_something_else(tx: Connection, key: int) -> None:
    for digest in ("d1", "d2", "d1"):
        assert assessments.save(tx, [judged(key, digest)], T).new == {key}
    assert len(assessments.history(tx, "a", "p1")) == 3


def test_many_patients_are_saved_at_once(tx: Connection) -> None:
    keys = sorted(patients.find_or_add(tx, "a", [f"p{n}" for n in range(20)]).values())
    assessments.save(tx, [judged(key, "d1") for key in keys], T)
    told = [judged(k, "d2" if k in keys[:3] else "d1") for k in keys]
    changed = assessments.save(tx, told, T).new
    assert changed == set(keys[:3])


def test_only_what_was_valid_until_before_today_is_overdue(tx: Connection) -> None:
    days = {"p1": "2024-01-31", "p2": "2024-02-01", "p3": "2023-01-01"}
    keys = patients.find_or_add(tx, "a", [*days, "p4"])
    assessments.save(tx, [judged(keys[name], valid_until=day) for name, day in days.items()], T)
    assessments.save(tx, [judged(keys["p4"])], T)
    assert assessments.past_validity(tx, "2024-02-01") == [keys["p3"], keys["p1"]]
    assert assessments.past_validity(tx, "2024-02-01", 1) == [keys["p3"]]


def test_a_glance_sees_what_was_committed_a_moment_ago(database: Database) -> None:
    with database.transaction() as tx:
        key = patients.find_or_add(tx, "a", ["p1"])["p1"]
    for number in range(3):
        with database.transaction() as tx:
            assessments.save(tx, [judged(key, f"d{number}")], T)
        with database.glance() as conn:
            found = assessments.latest(conn, "a", "p1")
        assert found is not None
        assert found.digest == f"d{number}"


def test_there_is_never_more_than_one_latest(tx: Connection, key: int) -> None:
    assessments.save(tx, [judged(key, "d1"), judged(key, "d2")], T)
    assessments.save(tx, [judged(key, "d3")], T)
    count = tx.execute(sa.text("SELECT count(*) FROM assessments WHERE latest IS TRUE")).scalar()
    assert count == 1


def test_other_values_with_the_same_conclusions_are_new_but_conclude_nothing_anew(
    tx: Connection, key: int
) -> None:
    first = assessments.save(tx, [judged(key, "d1", judgement="j1")], T)
    values = assessments.save(tx, [judged(key, "d2", judgement="j1")], T + 1)
    conclusions = assessments.save(tx, [judged(key, "d3", judgement="j2")], T + 2)
    same = assessments.save(tx, [judged(key, "d3", judgement="j2")], T + 3)
    assert [one.concluded_anew for one in (first, values, conclusions, same)] == [
        {key}, set(), {key}, set(),
    ]  # fmt: skip
    assert [one.new for one in (first, values, conclusions, same)] == [{key}, {key}, {key}, set()]


def test_without_a_digest_of_the_conclusions_every_new_one_counts(tx: Connection, key: int) -> None:
    assessments.save(tx, [judged(key, "d1")], T)
    assert assessments.save(tx, [judged(key, "d2")], T).concluded_anew == {key}
