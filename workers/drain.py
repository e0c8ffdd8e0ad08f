"""Work through the rows until nothing is due: the same for a Celery task and for a thread.

Ingest goes first and gathers, so that many results of a patient become one assessment.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from time import monotonic

import msgspec

from storage import jobs, notifications
from storage.jobs import Job, Kind
from storage.notifications import Taken
from workers.assess import assess_taken
from workers.burials import bury
from workers.ingest import give_up, ingest_taken
from workers.parts import Parts
from workers.propose import propose_taken
from workers.records import records_taken
from workers.rereads import rereads_taken
from workers.suspects import WORKER_LOST, without_suspects

# A stream of notifications that never ends must not keep patients waiting for their assessment.
LONGEST_INGEST_SECONDS = 0.25
# Proposals wait until nobody waits for an assessment, and then go in small batches.
PROPOSALS_AT_ONCE = 5
REREADS_AT_ONCE = 50


class Drained(msgspec.Struct, frozen=True):
    """What one drain did. `finished` False: stopped or out of time, rows may be left."""

    notifications: int = 0
    records: int = 0
    assessments: int = 0
    proposals: int = 0
    finished: bool = True

    @property
    def total(self) -> int:
        """Rows worked on, of all kinds."""
        return self.notifications + self.records + self.assessments + self.proposals

    def plus(self, other: Drained) -> Drained:
        """Both together."""
        return Drained(
            self.notifications + other.notifications,
            self.records + other.records,
            self.assessments + other.assessments,
            self.proposals + other.proposals,
        )


def drain(parts: Parts, stop: Event | None = None, longest_seconds: float | None = None) -> Drained:
    """Ingest, read records, assess and propose until nothing is due, stopped, or out of time.

    Safe to run in several processes at once: rows and patients are leased to one of them.

    Raises:
        StorageUnavailable: the database is away; leases run out and the rows are due again.
    """
    stop = stop or Event()
    ends = monotonic() + longest_seconds if longest_seconds else None
    total = Drained()
    while not stop.is_set() and (ends is None or monotonic() < ends):
        step = _step(parts, stop)
        if not step.total:
            return total
        total = total.plus(step)
    return msgspec.structs.replace(total, finished=False)


def _step(parts: Parts, stop: Event) -> Drained:
    """What is due now, in the order of haste: notifications, patients, proposals."""
    parts.rules.refresh()
    heard = _ingest_all(parts, stop)
    owed = _owed(parts, ["read_record", "assess"], parts.settings.workers.patients_at_once)
    records = [job for job in owed if job.kind == "read_record"]
    patients = [job for job in owed if job.kind == "assess"]
    records_taken(parts, records)
    assess_taken(parts, patients)
    # what new rules make of the registry waits for what an EHR sends
    read_again = [] if heard or owed else _owed(parts, ["reread"], REREADS_AT_ONCE)
    rereads_taken(parts, read_again)
    busy = heard or owed or read_again
    drafts = [] if busy else _owed(parts, ["propose"], PROPOSALS_AT_ONCE)
    propose_taken(parts, drafts)
    return Drained(heard, len(records) + len(read_again), len(patients), len(drafts))


def _owed(parts: Parts, kinds: list[Kind], limit: int) -> list[Job]:
    def take() -> list[Job]:
        with parts.database.at_once() as tx:
            return jobs.take(tx, kinds, limit, parts.settings.workers.lease_seconds)

    def release(taken: Sequence[Job]) -> None:
        with parts.database.transaction(durable=False) as tx:
            jobs.release(tx, taken)

    return without_suspects(take, release, lambda job: bury(parts, job, WORKER_LOST))


def _ingest_all(parts: Parts, stop: Event) -> int:
    """Ingest as long as batches come full: then more waits, and may be of the same patients."""
    begin, total, full = monotonic(), 0, parts.settings.workers.batch_size
    while True:
        taken = _heard(parts, full)
        ingest_taken(parts, taken)
        total += len(taken)
        if len(taken) < full or stop.is_set() or monotonic() - begin > LONGEST_INGEST_SECONDS:
            return total


def _heard(parts: Parts, limit: int) -> list[Taken]:
    def take() -> list[Taken]:
        with parts.database.at_once() as tx:
            return notifications.take(tx, limit, parts.settings.workers.lease_seconds)

    def release(taken: Sequence[Taken]) -> None:
        with parts.database.transaction(durable=False) as tx:
            notifications.release(tx, taken)

    return without_suspects(take, release, lambda item: give_up(parts, item, WORKER_LOST))
