"""Several workers at once: the newest version wins, flags stay right, nothing is joined twice."""

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from storage import assessments, jobs, leases, patients, resources
from storage.assessments import Judged
from storage.database import Database
from storage.resources import Kept
from tests.storage.builders import kept, observation

T = 1_000_000.0


def at_once(database: Database, *works: Callable[[Connection], object]) -> list[object]:
    """Runs each in a transaction and a thread of its own; what each returned, or its error."""
    start = threading.Barrier(len(works))
    answers: list[object] = [None] * len(works)

    def run(place: int, work: Callable[[Connection], object]) -> None:
        start.wait()
        try:
            with database.transaction() as tx:
                answers[place] = work(tx)
        except Exception as error:
            answers[place] = error

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def keeping(*items: Kept) -> Callable[[Connection], object]:
    return lambda tx: resources.keep(tx, "a", items)


@pytest.mark.parametrize("known", [True, False])
def test_whatever_the_order_of_workers_the_newest_version_stays(
    database: Database, known: bool
) -> None:
    if known:
        with database.transaction() as tx:
            resources.keep(tx, "a", kept(observation(1, "2024-01-01", 0.0, version="0")))
    versions = [3, 1, 7, 5, 2, 6, 4]
    at_once(
        database,
        *(
            keeping(*kept(observation(1, "2024-01-01", float(number), version=str(number))))
            for number in versions
        ),
    )
    with database.reading() as conn:
        key = patients.find(conn, "a", "p1")
        assert key is not None
        (found,) = resources.current_statements(conn, [key])[key]
        stored = resources.stored(conn, "a", [("Observation", "o1")])
    assert (found.value, found.version) == (7.0, "7")
    assert stored["Observation", "o1"].version == "7"


def test_flags_are_right_when_workers_keep_results_of_one_patient(database: Database) -> None:
    works = [
        keeping(*kept(*(observation(n, f"2024-{n % 12 + 1:02}-{n % 28 + 1:02}") for n in group)))
        for group in (range(0, 20), range(20, 40), range(40, 60), range(60, 80))
    ]
    answers = at_once(database, *works)
    assert not [one for one in answers if isinstance(one, Exception)]
    with database.reading() as conn:
        key = patients.find(conn, "a", "p1")
        assert key is not None
        current = resources.current_statements(conn, [key])[key]
        series = resources.statements_series(conn, key, "albumin_g_dl", 2)
    assert sorted(one.source for one in current) == sorted(one.source for one in series)


def test_a_new_patient_met_by_several_workers_is_one_patient(database: Database) -> None:
    names = [f"p{n}" for n in range(30)]
    works = [lambda tx: patients.find_or_add(tx, "a", names)] * 4
    answers = at_once(database, *works)
    assert answers == [answers[0]] * 4
    with database.reading() as conn:
        count = conn.execute(sa.text("SELECT count(*) FROM patients")).scalar()
    assert count == 30


def test_the_first_sign_is_reported_to_one_worker_only(database: Database) -> None:
    works = [keeping(*kept(observation(n, "2024-01-01"))) for n in range(4)]
    answers = at_once(database, *works)
    first = [one for one in answers if isinstance(one, resources.Change) and one.first_signs]
    assert len(first) == 1


def test_a_lease_goes_to_one_of_several(database: Database) -> None:
    def wanting(holder: str) -> Callable[[Connection], object]:
        return lambda tx: leases.acquire(tx, "schedule", holder, 30, T)

    answers = at_once(database, *(wanting(f"holder {n}") for n in range(5)))
    assert sorted(map(bool, answers)) == [False] * 4 + [True]


def test_causes_at_once_are_one_job_that_knows_of_all(database: Database) -> None:
    with database.transaction() as tx:
        key = patients.find_or_add(tx, "a", ["p1"])["p1"]
    at_once(database, *[lambda tx: jobs.put(tx, "assess", [key], T)] * 5)
    with database.transaction() as tx:
        (job,) = jobs.take(tx, ["assess"], now=T)
    assert job.sequence == 5


def test_assessments_saved_at_once_leave_one_latest(database: Database) -> None:
    with database.transaction() as tx:
        key = patients.find_or_add(tx, "a", ["p1"])["p1"]

    def saving(digest: str) -> Callable[[Connection], object]:
        judged = Judged(key, b"{}", "s", "2024-01-01", digest, "k", "m")
        return lambda tx: assessments.save(tx, [judged], T)

    answers = at_once(database, *(saving(f"d{n}") for n in range(4)))
    assert [one.new for one in answers] == [{key}] * 4
    with database.reading() as conn:
        past = assessments.history(conn, "a", "p1")
    assert [one.latest for one in past] == [True, False, False, False]
