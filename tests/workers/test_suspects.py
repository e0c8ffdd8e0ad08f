"""A row that ends the worker that takes it: it takes nobody with it, and a person sees it."""

from collections.abc import Iterator

import pytest

from ehr.interface import Found
from storage import jobs, notifications
from tests.workers.world import FlakyEhr, World, metastasis, patient
from workers.drain import drain
from workers.parts import Parts, make_parts
from workers.suspects import MOST_UNANSWERED, WORKER_LOST


class DeadlyEhr(FlakyEhr):
    """Whoever reads one of its resources is ended, as a worker that runs out of memory is."""

    deadly = ""

    def read(self, reference: str) -> Found:
        if reference == self.deadly:
            raise SystemExit(9)
        return super().read(reference)


@pytest.fixture
def ehr() -> DeadlyEhr:
    return DeadlyEhr()


@pytest.fixture
def parts(world: World, ehr: DeadlyEhr) -> Iterator[Parts]:
    made = make_parts(
        world.parts.settings,
        world.database,
        ehrs={"main": ehr},
        mapping_set=world.parts.mapping_set,
        clock=lambda: world.now,
    )
    yield made
    made.close()


def _drained(parts: Parts) -> bool:
    """One worker's life, until its leases have run out; False if it was ended."""
    try:
        drain(parts)
    except SystemExit:
        return False
    finally:
        with parts.database.transaction() as tx:
            tx.exec_driver_sql("UPDATE notifications SET available_at = 0 WHERE state = 'taken'")
            tx.exec_driver_sql("UPDATE jobs SET available_at = 0 WHERE state = 'taken'")
    return True


def _told_of(world: World, ehr: DeadlyEhr, count: int) -> None:
    for number in range(count):
        name = f"p{number}"
        ehr.update(patient(name))
        found = ehr.update(metastasis(name) | {"id": f"c{number}"})
        world.notify(found, body=False)


def test_what_ends_every_worker_is_given_up_on_and_the_others_are_read(
    world: World, parts: Parts, ehr: DeadlyEhr
) -> None:
    _told_of(world, ehr, 5)
    ehr.deadly = "Condition/c2"
    lives = 0
    while not _drained(parts):
        lives += 1
        assert lives <= MOST_UNANSWERED
    with world.database.reading() as tx:
        buried = notifications.list_noted(tx, ["buried"])
        left = notifications.count_waiting(tx)
    assert [(one.id, one.error) for one in buried] == [("c2", WORKER_LOST)]
    assert left == 0
    assert [bool(world.document(f"p{n}")) for n in range(5)] == [True, True, False, True, True]


def test_a_restart_at_the_wrong_moment_is_held_against_nobody(
    world: World, parts: Parts, ehr: DeadlyEhr
) -> None:
    _told_of(world, ehr, 5)
    ehr.deadly = "Condition/c2"
    for _ in range(MOST_UNANSWERED - 1):
        assert not _drained(parts)
    ehr.deadly = ""
    assert _drained(parts)
    assert world.buried() == []
    assert all(world.document(f"p{number}") for number in range(5))


def test_a_job_whose_takers_vanish_is_given_up_on_too(world: World, parts: Parts) -> None:
    world.change(patient())
    world.change(metastasis())
    world.drain()
    with world.database.transaction() as tx:
        jobs.put(tx, "assess", [world.key("p1")], now=0.0)
    for _ in range(MOST_UNANSWERED):
        with world.database.transaction() as tx:
            (taken,) = jobs.take(tx, ["assess"], lease_seconds=-1.0)
    assert taken.unanswered == MOST_UNANSWERED
    drain(parts)
    with world.database.reading() as tx:
        (owed,) = jobs.list_jobs(tx, ["buried"])
    assert (owed.kind, owed.error) == ("assess", WORKER_LOST)


def test_who_says_how_it_ended_is_no_suspect(world: World) -> None:
    world.change(patient())
    with world.database.transaction() as tx:
        for _ in range(2 * MOST_UNANSWERED):
            taken = notifications.take(tx, 10, now=1e12)
            assert [one.unanswered for one in taken] == [1]
            notifications.retry(tx, taken, "EhrUnavailable", 0.0, now=0.0)
