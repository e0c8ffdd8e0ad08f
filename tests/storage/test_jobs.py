"""Jobs: one row per kind and patient, one more run for a cause that came meanwhile."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from storage import jobs, patients
from storage.database import Database
from storage.jobs import Job, Kind
from storage.tables import jobs as table

T = 1_000_000.0


@pytest.fixture
def people(tx: Connection) -> list[int]:
    return sorted(patients.find_or_add(tx, "a", [f"p{n}" for n in range(5)]).values())


def take(tx: Connection, now: float = T, kind: Kind = "assess") -> list[Job]:
    return jobs.take(tx, [kind], 100, 60, now)


def test_many_causes_are_one_run(tx: Connection, people: list[int]) -> None:
    for _ in range(3):
        jobs.put(tx, "assess", [people[0], people[0]], T)
    assert [job.patient for job in take(tx)] == [people[0]]


def test_releasing_leaves_another_kind_of_the_same_patient_with_its_taker(
    tx: Connection, people: list[int]
) -> None:
    for _ in range(3):
        jobs.put(tx, "read_record", people[:2], T)
        jobs.put(tx, "assess", people[:1], T)
        taken = jobs.take(tx, ["read_record", "assess"], 100, 60, T)
        (suspect,) = [job for job in taken if (job.kind, job.patient) == ("read_record", people[0])]
        jobs.release(tx, [job for job in taken if job != suspect], T)
        assert take(tx, kind="read_record")[0].patient == people[1]
        (one,) = [owed for owed in jobs.list_jobs(tx, ["taken"]) if owed.patient == people[0]]
        assert (one.kind, one.attempts) == ("read_record", suspect.attempt)
        assert take(tx)[0].unanswered == 1, "released: as if it had not been taken"
        jobs.done(tx, [suspect], T)
        assert not jobs.list_jobs(tx, ["buried"])
        for owed in jobs.list_jobs(tx, ["taken", "waiting"]):
            tx.execute(sa.delete(table).where(table.c.patient == owed.patient))


def test_kinds_are_taken_apart(tx: Connection, people: list[int]) -> None:
    jobs.put(tx, "assess", people[:2], T)
    jobs.put(tx, "propose", people[:1], T)
    assert len(take(tx, kind="propose")) == 1
    assert len(jobs.take(tx, ["assess", "propose"], 100, 60, T)) == 2


def test_a_cause_during_the_run_asks_for_one_more_and_never_two_at_once(
    tx: Connection, people: list[int]
) -> None:
    jobs.put(tx, "assess", people[:1], T)
    first = take(tx)
    jobs.put(tx, "assess", people[:1], T)
    jobs.put(tx, "assess", people[:1], T)
    assert take(tx, T + 1) == []
    jobs.done(tx, first, T + 2)
    second = take(tx, T + 2)
    assert len(second) == 1
    jobs.done(tx, second, T + 3)
    assert take(tx, T + 100) == []


def test_done_is_done_until_a_new_cause(tx: Connection, people: list[int]) -> None:
    jobs.put(tx, "assess", people, T)
    jobs.done(tx, take(tx), T)
    assert take(tx, T + 1000) == []
    assert jobs.count_waiting(tx) == 0
    jobs.put(tx, "assess", people[:2], T + 1000)
    assert [job.attempt for job in take(tx, T + 1000)] == [1, 1]


def test_an_expired_lease_lets_another_taker_in_and_shuts_the_first_out(
    tx: Connection, people: list[int]
) -> None:
    jobs.put(tx, "assess", people[:1], T)
    first = take(tx)
    assert take(tx, T + 59) == []
    second = take(tx, T + 60)
    assert second[0].attempt == 2
    jobs.done(tx, first, T + 61)
    jobs.bury(tx, first, "Late")
    assert [owed.state for owed in jobs.list_jobs(tx)] == ["taken"]
    jobs.done(tx, second, T + 62)
    assert jobs.list_jobs(tx) == []


def test_retries_wait_longer_each_time(tx: Connection, people: list[int]) -> None:
    jobs.put(tx, "propose", people[:1], T)
    jobs.retry(tx, take(tx, kind="propose"), "EhrUnavailable", now=T)
    assert take(tx, T + 1, "propose") == []
    jobs.retry(tx, take(tx, T + 2, "propose"), "EhrUnavailable", now=T + 2)
    assert take(tx, T + 5, "propose") == []
    (job,) = take(tx, T + 6, "propose")
    assert job.attempt == 3
    assert jobs.list_jobs(tx)[0].error == "EhrUnavailable"


def test_a_new_cause_does_not_shorten_the_pause(tx: Connection, people: list[int]) -> None:
    jobs.put(tx, "propose", people[:1], T)
    jobs.retry(tx, take(tx, kind="propose"), "EhrUnavailable", 300, T)
    jobs.put(tx, "propose", people[:1], T + 1)
    assert take(tx, T + 299, "propose") == []
    assert len(take(tx, T + 300, "propose")) == 1


def test_a_buried_job_is_listed_first_and_revived_by_hand(
    tx: Connection, people: list[int]
) -> None:
    jobs.put(tx, "assess", people[:3], T)
    jobs.bury(tx, take(tx)[1:2], "ZeroDivisionError")
    assert jobs.list_jobs(tx)[0] == jobs.Owed(
        "assess", people[1], "buried", 1, "ZeroDivisionError", T + 60
    )
    assert jobs.revive(tx, "propose", now=T) == 0
    assert jobs.revive(tx, "assess", people[0], T) == 0
    assert jobs.revive(tx, now=T) == 1
    assert [job.attempt for job in take(tx)] == [1]


def test_a_new_cause_revives_a_buried_job(tx: Connection, people: list[int]) -> None:
    jobs.put(tx, "assess", people[:1], T)
    jobs.bury(tx, take(tx), "KeyError")
    jobs.put(tx, "assess", people[:1], T + 1)
    assert [job.attempt for job in take(tx, T + 1)] == [1]


def test_nothing_to_do_is_nothing(tx: Connection) -> None:
    jobs.put(tx, "assess", [], T)
    jobs.done(tx, [], T)
    jobs.retry(tx, [], "X", now=T)
    assert take(tx) == []


def test_takers_at_once_never_get_the_same_job(database: Database) -> None:
    with database.transaction() as tx:
        keys = patients.find_or_add(tx, "a", [f"p{n}" for n in range(100)])
        jobs.put(tx, "assess", keys.values(), T)
    got: list[list[int]] = [[], [], []]
    start = threading.Barrier(len(got))

    def work(mine: list[int]) -> None:
        start.wait()
        for _ in range(20):
            with database.transaction() as tx:
                mine.extend(job.patient for job in jobs.take(tx, ["assess"], 6, 600, T))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = [row for mine in got for row in mine]
    assert len(rows) == len(set(rows)) == 100
