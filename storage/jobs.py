"""What workers still owe a patient: one row per kind and patient, however many the causes.

A cause that comes while the job runs asks for one more run; two runs are never at once.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy import Connection

Kind = Literal["read_record", "assess", "propose"]


class Job(msgspec.Struct, frozen=True):
    """One run of a job, leased. `sequence` says which causes this run knows of."""

    kind: Kind
    patient: int
    sequence: int
    attempt: int
    taker: str


class Owed(msgspec.Struct, frozen=True):
    """A job as operations see it. state: waiting, taken, done or buried."""

    kind: Kind
    patient: int
    state: str
    attempts: int
    error: str | None
    available_at: float


def put(tx: Connection, kind: Kind, patients: Sequence[int], now: float | None = None) -> None:
    """Asks for one (more) run for each patient; in the transaction of the cause."""
    raise NotImplementedError


def take(
    tx: Connection,
    kinds: Sequence[Kind],
    limit: int = 500,
    lease_seconds: float = 60.0,
    now: float | None = None,
) -> list[Job]:
    """Up to `limit` due jobs of these kinds, leased; an expired lease lets another taker in."""
    raise NotImplementedError


def done(tx: Connection, jobs: Sequence[Job], now: float | None = None) -> None:
    """Done, or waiting again where a cause came after the job was taken."""
    raise NotImplementedError


def retry(
    tx: Connection,
    jobs: Sequence[Job],
    error: str,
    pause_seconds: float | None = None,
    now: float | None = None,
) -> None:
    """Waits for a pause that doubles with each attempt (2 s to 15 min); `error` is a class name."""
    raise NotImplementedError


def bury(tx: Connection, jobs: Sequence[Job], error: str) -> None:
    """Given up on and shown to a person; a new cause revives it."""
    raise NotImplementedError


def list_jobs(
    tx: Connection, states: Sequence[str] = ("waiting", "taken", "buried"), limit: int = 200
) -> list[Owed]:
    """Jobs in these states, buried first."""
    raise NotImplementedError


def revive(
    tx: Connection,
    kind: Kind | None = None,
    patient: int | None = None,
    now: float | None = None,
) -> int:
    """Buried jobs (of that kind, of that patient) wait again; returns how many."""
    raise NotImplementedError


def count_waiting(tx: Connection) -> int:
    """How many jobs wait or run."""
    raise NotImplementedError
