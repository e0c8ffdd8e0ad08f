"""Work through the rows until nothing is due: the same for a Celery task and for a thread.

Ingest goes first and gathers, so that many results of a patient become one assessment.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from time import monotonic

import msgspec

from workers.assess import assess_patients
from workers.ingest import ingest
from workers.parts import Parts
from workers.propose import propose
from workers.records import read_records

# A stream of notifications that never ends must not keep patients waiting for their assessment.
LONGEST_INGEST_SECONDS = 0.25

Step = Callable[[Parts], int]


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
        step = Drained(
            notifications=_ingest_all(parts, stop),
            records=read_records(parts),
            assessments=assess_patients(parts),
            proposals=propose(parts),
        )
        if not step.total:
            return total
        total = total.plus(step)
    return msgspec.structs.replace(total, finished=False)


def _ingest_all(parts: Parts, stop: Event) -> int:
    """Ingest as long as batches come full: then more waits, and may be of the same patients."""
    begin, total, full = monotonic(), 0, parts.settings.workers.batch_size
    while True:
        taken = ingest(parts)
        total += taken
        if taken < full or stop.is_set() or monotonic() - begin > LONGEST_INGEST_SECONDS:
            return total
