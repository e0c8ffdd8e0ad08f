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


def drain(parts: Parts, stop: Event | None = None, longest_seconds: float | None = None) -> Drained:
    """Ingest, read records, assess and propose until nothing is due, stopped, or out of time.

    Safe to run in several processes at once: rows and patients are leased to one of them.

    Raises:
        StorageUnavailable: the database is away; leases run out and the rows are due again.
    """
    stop = stop or Event()
    ends = monotonic() + longest_seconds if longest_seconds else None
    counts = dict.fromkeys(("notifications", "records", "assessments", "proposals"), 0)
    while not stop.is_set() and (ends is None or monotonic() < ends):
        round_ = {
            "notifications": _ingest_all(parts, stop),
            "records": read_records(parts),
            "assessments": assess_patients(parts),
            "proposals": propose(parts),
        }
        if not any(round_.values()):
            return Drained(**counts)
        for name, count in round_.items():
            counts[name] += count
    return Drained(**counts, finished=False)


def _ingest_all(parts: Parts, stop: Event) -> int:
    begin, total = monotonic(), 0
    while taken := ingest(parts):
        total += taken
        if stop.is_set() or monotonic() - begin > LONGEST_INGEST_SECONDS:
            break
    return total
