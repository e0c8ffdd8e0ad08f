"""How often what fails through a fault of ours is tried before a person must look."""

from collections.abc import Iterator

import msgspec
import pytest

from ehr.in_memory import InMemoryEhr
from ehr.interface import Found, SearchParameters
from fhir_mappings.notifications import Change, Heard
from storage import jobs, notifications
from tests.workers.world import World, metastasis, patient
from workers.drain import drain
from workers.parts import Parts, make_parts

TRIES = 3


class BrokenClient(InMemoryEhr):
    """A client of ours with a fault: what it raises is no answer of an EHR."""

    broken = True

    def read(self, reference: str) -> Found:
        if self.broken:
            raise ZeroDivisionError
        return super().read(reference)

    def search(self, type_: str, parameters: SearchParameters | None = None) -> Iterator[bytes]:
        if self.broken:
            raise ZeroDivisionError
        return super().search(type_, parameters)


@pytest.fixture
def client() -> BrokenClient:
    return BrokenClient()


@pytest.fixture
def parts(world: World, client: BrokenClient) -> Iterator[Parts]:
    settings = msgspec.structs.replace(
        world.parts.settings,
        workers=msgspec.structs.replace(world.parts.settings.workers, max_attempts=TRIES),
    )
    made = make_parts(
        settings, world.database, ehrs={"main": client}, mapping_set=world.parts.mapping_set
    )
    yield made
    made.close()


def _tried(parts: Parts) -> None:
    drain(parts)
    with parts.database.transaction() as tx:
        tx.exec_driver_sql("UPDATE notifications SET available_at = 0")
        tx.exec_driver_sql("UPDATE jobs SET available_at = 0 WHERE state = 'waiting'")


def _states(parts: Parts) -> list[tuple[str, int, str | None]]:
    with parts.database.reading() as tx:
        noted = notifications.list_noted(tx, ("waiting", "taken", "buried"))
        owed = jobs.list_jobs(tx)
    return [(one.state, one.attempts, one.error) for one in (*noted, *owed)]


def test_a_notification_is_tried_again_and_then_buried(parts: Parts) -> None:
    with parts.database.transaction() as tx:
        notifications.put_now(
            tx, "main", Heard("changes", (Change("Observation", "o"),)), "subscription"
        )
    for tries in range(1, TRIES):
        _tried(parts)
        assert _states(parts) == [("taken", tries, "ZeroDivisionError")]
    _tried(parts)
    assert _states(parts) == [("buried", TRIES, "ZeroDivisionError")]


def test_a_job_is_tried_again_and_then_buried(world: World, parts: Parts) -> None:
    world.change(patient())
    world.change(metastasis())
    for tries in range(1, TRIES):
        _tried(parts)
        assert _states(parts) == [("waiting", tries, "ZeroDivisionError")]
    _tried(parts)
    assert _states(parts) == [("buried", TRIES, "ZeroDivisionError")]


def test_a_fault_that_passes_leaves_no_trace(
    world: World, parts: Parts, client: BrokenClient
) -> None:
    world.change(patient())
    world.change(metastasis())
    _tried(parts)
    client.broken = False
    _tried(parts)
    assert _states(parts) == []
    assert world.document()["strategy"]
