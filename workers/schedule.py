"""What no wake-up brings: leftovers, assessments past their date, rows nobody needs any more.

Any process may tick; a lease in the database lets one act.
"""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from threading import Event

from nelm.evidence.packs import knowledge_version
from storage import assessments, gaps, jobs, leases, notifications, patients, replays
from workers.drain import Drained, drain
from workers.isolation import survived
from workers.parts import Parts
from workers.rereads import put_whose_rules_changed

LEASE_NAME = "schedule"
# The lease outlives a few ticks, so that it stays with one holder while that one is alive.
LEASE_TICKS = 3
FORGET_AT_ONCE = 5000


def tick(parts: Parts, holder: str, stop: Event | None = None) -> Drained | None:
    """Put what has become due and drain what is left; None where another process has the lease."""
    seconds = parts.settings.workers.tick_seconds * LEASE_TICKS
    with parts.database.transaction(durable=False) as tx:
        if not leases.acquire(tx, LEASE_NAME, holder, seconds):
            return None
    put_overdue(parts)
    put_judged_otherwise(parts)
    put_whose_gaps_closed(parts)
    put_whose_rules_changed(parts)
    forget_old(parts)
    return drain(parts, stop)


def put_overdue(parts: Parts) -> int:
    """Ask for a new assessment of everybody for whom today a fact turns stale, or did before."""
    tomorrow = parts.today() + timedelta(days=1)
    with parts.database.transaction(durable=False) as tx:
        overdue = assessments.past_validity(tx, tomorrow.isoformat())
        if overdue:
            jobs.put(tx, "assess", overdue)
    return len(overdue)


def put_judged_otherwise(parts: Parts) -> int:
    """Ask for a new assessment of everybody who was judged by other criteria than ours."""
    with parts.database.transaction(durable=False) as tx:
        others = assessments.judged_otherwise(tx, knowledge_version(parts.parameters))
        if others:
            jobs.put(tx, "assess", others)
    return len(others)


def put_whose_gaps_closed(parts: Parts) -> int:
    """Ask for a new assessment where a version that could not be read was overtaken by a newer."""
    with parts.database.transaction(durable=False) as tx:
        notifications.settle_owned(tx)
        closed = patients.with_sign(tx, gaps.settle_overtaken(tx))
        if closed:
            jobs.put(tx, "assess", closed)
    return len(closed)


def forget_old(parts: Parts) -> int:
    """Remove notifications done long ago; what they brought stays. Ended tokens go too."""
    now = parts.clock()
    before = now - timedelta(days=parts.settings.workers.keep_days)
    with parts.database.transaction(durable=False) as tx:
        replays.forget_ended(tx, now.timestamp(), FORGET_AT_ONCE)
        given_up = notifications.forget_given_up(tx, before.timestamp(), FORGET_AT_ONCE)
        return given_up + notifications.forget_done(tx, before.timestamp(), FORGET_AT_ONCE)


class Schedule:
    """A thread that ticks until it is stopped."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._holder = uuid.uuid4().hex
        self._stop = Event()
        self.thread = threading.Thread(target=self._run, name="schedule", daemon=True)

    def start(self) -> None:
        """Begin to tick; the first tick comes at once."""
        self.thread.start()

    def stop(self) -> None:
        """End after the present step, and give the lease to another process."""
        self._stop.set()
        self.thread.join()
        survived("schedule", self._release, self._parts.metrics)

    def _release(self) -> None:
        with self._parts.database.transaction(durable=False) as tx:
            leases.release(tx, LEASE_NAME, self._holder)

    def _tick(self) -> None:
        tick(self._parts, self._holder, self._stop)

    def _run(self) -> None:
        while not self._stop.is_set():
            survived("schedule", self._tick, self._parts.metrics)
            self._stop.wait(self._parts.settings.workers.tick_seconds)
