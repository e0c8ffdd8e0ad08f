"""What workers still owe a patient: one row per kind and patient, however many the causes.

A cause that comes while the job runs asks for one more run; two runs are never at once.
"""

import time
import uuid
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from storage.noted import REVIVED
from storage.pauses import pause_after
from storage.rows import Prepared, Writing
from storage.tables import jobs as table

Kind = Literal["read_record", "reread", "assess", "propose"]

_row = table.c
_OPEN = _row.state.in_([sa.literal_column("'waiting'"), sa.literal_column("'taken'")])


class Job(msgspec.Struct, frozen=True):
    """One run of a job, leased. `sequence` says which causes this run knows of.

    unanswered: takers in a row, this one among them, who have not said how it ended. error: why
    it was put off, as an error's class name; `REVIVED` where a person put it back.
    """

    kind: Kind
    patient: int
    sequence: int
    attempt: int
    taker: str
    unanswered: int = 1
    error: str | None = None


class Owed(msgspec.Struct, frozen=True):
    """A job as operations see it. state: waiting, taken, done or buried."""

    kind: Kind
    patient: int
    state: str
    attempts: int
    error: str | None
    available_at: float


# One that waits keeps its place and its pause, one that runs keeps its lease.
_PUT = Writing(
    table,
    ["kind", "patient", "state", "available_at"],
    {
        "index_elements": ["kind", "patient"],
        "set": {
            "wanted": _row.wanted + 1,
            "state": sa.case((_OPEN, _row.state), else_="waiting"),
            "attempts": sa.case((_OPEN, _row.attempts), else_=0),
            "available_at": sa.case(
                (_OPEN, _row.available_at),
                else_=sa.bindparam("now", type_=_row.available_at.type),
            ),
            "error": sa.case((_OPEN, _row.error), else_=None),
        },
    },
)


def put(tx: Connection, kind: Kind, patients: Iterable[int], now: float | None = None) -> None:
    """Asks for one (more) run for each patient; in the transaction of the cause."""
    instant = time.time() if now is None else now
    rows = [
        {"kind": kind, "patient": patient, "state": "waiting", "available_at": instant}
        for patient in sorted(set(patients))
    ]
    _PUT.run(tx, rows, now=instant)


_TAKE = Prepared(
    lambda asked: (
        sa.update(table)
        .where(_row.kind == (due := _due(asked)).c.kind, _row.patient == due.c.patient)
        .values(
            state="taken",
            taker=sa.bindparam("new_taker"),
            attempts=_row.attempts + 1,
            unanswered=_row.unanswered + 1,
            available_at=sa.bindparam("lease_ends", type_=_row.available_at.type),
        )
        .returning(
            _row.kind,
            _row.patient,
            _row.wanted,
            _row.attempts,
            _row.taker,
            _row.unanswered,
            _row.error,
        )
    ),
    {"kind": sa.Text()},
)


def _due(kinds: sa.FromClause) -> sa.CTE:
    return (
        sa.select(_row.kind, _row.patient)
        .where(_OPEN, _row.kind.in_(sa.select(kinds.c.kind)))
        .where(_row.available_at <= sa.bindparam("now"))
        .order_by(_row.available_at, _row.patient)
        .limit(sa.bindparam("limit"))
        .with_for_update(skip_locked=True, of=table)
        .cte("due")
    )


def take(
    tx: Connection,
    kinds: Sequence[Kind],
    limit: int = 500,
    lease_seconds: float = 60.0,
    now: float | None = None,
) -> list[Job]:
    """Up to `limit` due jobs of these kinds, leased; an expired lease lets another taker in."""
    instant = time.time() if now is None else now
    found = _TAKE.run(
        tx,
        [(kind,) for kind in kinds],
        now=instant,
        limit=limit,
        new_taker=uuid.uuid4().hex,
        lease_ends=instant + lease_seconds,
    )
    return sorted((Job(*one) for one in found), key=lambda one: one.patient)


_DONE = Prepared(
    lambda runs: (
        sa.update(table)
        .where(_row.kind == runs.c.kind, _row.patient == runs.c.patient)
        .where(_row.state == "taken", _row.taker == runs.c.taker)
        .values(
            state=sa.case((_row.wanted == runs.c.sequence, "done"), else_="waiting"),
            available_at=sa.bindparam("now", type_=_row.available_at.type),
            attempts=0,
            unanswered=0,
            error=None,
            taker=None,
        )
    ),
    {
        "kind": sa.Text(),
        "patient": _row.patient.type,
        "sequence": _row.wanted.type,
        "taker": sa.Text(),
    },
)


def done(tx: Connection, jobs: Sequence[Job], now: float | None = None) -> None:
    """Done, or waiting again where a cause came after the job was taken."""
    if jobs:
        runs = [(job.kind, job.patient, job.sequence, job.taker) for job in jobs]
        _DONE.run(tx, runs, now=time.time() if now is None else now)


def _held(jobs: Sequence[Job]) -> sa.ColumnElement[bool]:
    """Jobs of one kind: with two it would hold of another kind of the same patient as well."""
    return sa.and_(
        _row.state == "taken",
        _row.kind.in_({job.kind for job in jobs}),
        _row.patient.in_([job.patient for job in jobs]),
        _row.taker.in_({job.taker for job in jobs}),
    )


def release(tx: Connection, jobs: Sequence[Job], now: float | None = None) -> None:
    """Due again at once, as if they had not been taken this time."""
    instant = time.time() if now is None else now
    before = {"attempts": _row.attempts - 1, "unanswered": _row.unanswered - 1}
    for _, found in groupby(sorted(jobs, key=_likeness), _likeness):
        tx.execute(
            sa.update(table)
            .where(_held(list(found)))
            .values(state="waiting", available_at=instant, taker=None, **before)
        )


def retry(
    tx: Connection,
    jobs: Sequence[Job],
    error: str,
    pause_seconds: float | None = None,
    now: float | None = None,
) -> None:
    """Waits for a pause that doubles with each attempt (2 s to 15 min); `error` is a class name."""
    instant = time.time() if now is None else now
    for (_, attempt), found in groupby(sorted(jobs, key=_likeness), _likeness):
        pause = pause_after(attempt) if pause_seconds is None else pause_seconds
        tx.execute(
            sa.update(table)
            .where(_held(list(found)))
            .values(state="waiting", error=error, available_at=instant + pause, unanswered=0)
        )


def bury(tx: Connection, jobs: Sequence[Job], error: str) -> None:
    """Given up on and shown to a person; a new cause revives it."""
    for _, found in groupby(sorted(jobs, key=_likeness), _likeness):
        buried = {"state": "buried", "error": error, "taker": None, "unanswered": 0}
        tx.execute(sa.update(table).where(_held(list(found))).values(buried))


def _likeness(job: Job) -> tuple[str, int]:
    return job.kind, job.attempt


def list_jobs(
    tx: Connection, states: Sequence[str] = ("waiting", "taken", "buried"), limit: int = 200
) -> list[Owed]:
    """Jobs in these states, buried first."""
    found = tx.execute(
        sa.select(_row.kind, _row.patient, _row.state, _row.attempts, _row.error, _row.available_at)
        .where(_row.state.in_(states))
        .order_by(_row.state != "buried", _row.available_at, _row.patient)
        .limit(limit)
    )
    return [Owed(*one) for one in found]


def revive(
    tx: Connection,
    kind: Kind | None = None,
    patient: int | None = None,
    now: float | None = None,
) -> int:
    """Buried jobs and those that rest for a pause (of that kind, of that patient) are due now.

    Returns how many.
    """
    instant = time.time() if now is None else now
    rests = sa.and_(_row.state == "waiting", _row.error.is_not(None), _row.available_at > instant)
    chosen = [sa.or_(_row.state == "buried", rests)]
    if kind is not None:
        chosen.append(_row.kind == kind)
    if patient is not None:
        chosen.append(_row.patient == patient)
    due = {"state": "waiting", "attempts": 0, "available_at": instant, "error": REVIVED}
    return tx.execute(sa.update(table).where(*chosen).values(due)).rowcount


def count_waiting(tx: Connection) -> int:
    """How many jobs wait or run."""
    return tx.execute(sa.select(sa.func.count()).select_from(table).where(_OPEN)).scalar_one()
