"""The threads of the embedded default: whatever goes wrong, they go on."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Event

from fhir_mappings.mapping_set import MappingSet
from fhir_mappings.notifications import Change, Heard
from runtime.settings import Settings, WorkerSettings
from runtime.wake_up import InProcessWakeUp
from storage import notifications
from storage.database import Database
from storage.migrate import migrate
from tests.workers.world import TODAY
from workers.parts import Parts, make_parts
from workers.schedule import Schedule
from workers.thread import WorkerThread


def _parts(url: str, mapping_set: MappingSet, clock: Callable[[], datetime]) -> Parts:
    settings = Settings(workers=WorkerSettings(tick_seconds=0.01))
    return make_parts(settings, Database(url), ehrs={}, mapping_set=mapping_set, clock=clock)


def _soon(seen: Callable[[], bool]) -> bool:
    return any(seen() or Event().wait(0.02) for _ in range(500))


def _fail_rounds(parts: Parts, loop: str, reason: str) -> float:
    return parts.metrics.value("nelm_rounds_failed_total", loop=loop, reason=reason)


def test_a_worker_that_starts_before_the_schema_works_once_it_is_there(
    tmp_path: Path, mapping_set: MappingSet
) -> None:
    url = f"sqlite:///{tmp_path}/nelm.sqlite"
    parts = _parts(url, mapping_set, lambda: TODAY)
    wake_up = InProcessWakeUp()
    worker = WorkerThread(parts, wake_up)
    worker.start()
    assert _soon(lambda: _fail_rounds(parts, "worker", "StorageOutdated") > 0)
    migrate(url)
    with parts.database.transaction() as tx:
        heard = Heard("changes", (Change("Observation", "o1"),))
        notifications.put_now(tx, "gone", heard, "subscription")
    wake_up.call()

    def settled() -> bool:
        with parts.database.reading() as tx:
            return notifications.count_waiting(tx) == 0

    assert _soon(settled)
    assert wake_up.is_heard()
    worker.stop()
    assert not wake_up.is_heard()
    parts.close()
    parts.database.close()


def test_a_schedule_goes_on_after_a_failure_of_any_kind(
    tmp_path: Path, mapping_set: MappingSet
) -> None:
    url = f"sqlite:///{tmp_path}/nelm.sqlite"
    migrate(url)
    asked: list[int] = []

    def clock() -> datetime:
        asked.append(1)
        if len(asked) < 3:
            raise OverflowError("no such day")
        return TODAY

    parts = _parts(url, mapping_set, clock)
    schedule = Schedule(parts)
    schedule.start()
    assert _soon(lambda: len(asked) > 5)
    schedule.stop()
    assert _fail_rounds(parts, "schedule", "OverflowError") == 2
    parts.close()
    parts.database.close()
