"""What the EHR told us, once each, and the queue of what is still to be read.

One row per (connection, type, id, version); without a version one row per resource that waits.
"""

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from fhir_mappings.notifications import Change, Heard, Interaction, Problem
from fhir_mappings.versions import instant_of
from storage.known_versions import VERSION_KEY, once_unless_it_is_needed
from storage.noted import (
    REVIVED,
    SUBJECT_UNKNOWN,
    Noted,
    count_waiting,
    dismiss,
    forget_done,
    forget_given_up,
    list_noted,
    revive,
    settle_owned,
)
from storage.pauses import pause_after
from storage.rows import Prepared, Writing
from storage.subscriptions import note_all_heard
from storage.tables import notifications, resources
from storage.turns import wait_for_turn

__all__ = [
    "REVIVED",
    "SUBJECT_UNKNOWN",
    "Incoming",
    "Noted",
    "Origin",
    "Taken",
    "bury",
    "count_waiting",
    "dismiss",
    "finish",
    "forget_done",
    "forget_given_up",
    "list_noted",
    "put_all",
    "put_now",
    "release",
    "retry",
    "revive",
    "settle_owned",
    "take",
]

Origin = Literal["subscription", "load", "sweep", "backfill"]


class Taken(msgspec.Struct, frozen=True):
    """One notification leased to a taker; `attempt` counts from 1.

    `row` is ours; type, id and what follows are as `Change` has them.
    """

    row: int
    connection: str
    type: str
    id: str
    version: str | None
    last_updated: str | None
    interaction: Interaction
    origin: Origin
    body: bytes | None
    subscription: str | None
    received_at: float
    attempt: int
    taker: str
    # Ours, of whom it is known that a version could not be read at the last try.
    patient: int | None = None
    # Takers in a row, this one among them, who have not said how it ended.
    unanswered: int = 1
    # Why it was put off, as an error's class name; `REVIVED` where a person put it back.
    error: str | None = None

    @property
    def reference(self) -> str:
        return f"{self.type}/{self.id}"


class Incoming(msgspec.Struct, frozen=True):
    """What one caller heard, on its way into the queue."""

    connection: str
    heard: Heard
    origin: Origin


# --- In -----------------------------------------------------------------------------------------


def put_now(
    tx: Connection, connection: str, heard: Heard, origin: Origin, now: float | None = None
) -> int:
    """Notes what was heard in the caller's transaction; returns the changes noted (new or known).

    Also notes problems (as poison rows, with their bytes) and the subscription's event numbers.
    For `load`, sweep and backfill; the web process uses `Inbox.put`.
    """
    put_all(tx, [Incoming(connection, heard, origin)], now)
    return len(heard.changes)


def put_all(tx: Connection, incoming: Sequence[Incoming], now: float | None = None) -> None:
    """Notes what several callers heard, in their order."""
    instant = time.time() if now is None else now
    # The order matters: a resource deleted and made again is not the same as the reverse.
    runs = [
        (has_version, [row for _, row in _with(changes, instant)])
        for has_version, changes in groupby(_changes(incoming), lambda found: found[0] is not None)
    ]
    if runs:
        wait_for_turn(tx, alone=len(runs) > 1)
    for has_version, rows in runs:
        _write(tx, has_version, rows)
    _write_poison(tx, incoming, instant)
    note_all_heard(tx, [(one.connection, one.heard) for one in incoming], instant)


def _changes(incoming: Sequence[Incoming]) -> Iterator[tuple[str | None, Incoming, Change]]:
    for one in incoming:
        for change in one.heard.changes:
            yield change.version, one, change


def _with(
    found: Iterable[tuple[str | None, Incoming, Change]], instant: float
) -> Iterator[tuple[str | None, dict[str, Any]]]:
    for version, one, change in found:
        yield version, _row(one, change, instant)


def _row(one: Incoming, change: Change, instant: float) -> dict[str, Any]:
    return {
        "connection": one.connection,
        "type": change.type,
        "fhir_id": change.id,
        "version": change.version,
        "last_updated": change.last_updated,
        "interaction": change.interaction,
        "origin": one.origin,
        "subscription": change.subscription,
        "event_number": change.event_number,
        "body": change.body,
        "state": "waiting",
        "error": None,
        "received_at": instant,
        "available_at": instant,
    }


_COLUMNS = [
    *("connection", "type", "fhir_id", "version", "last_updated", "interaction", "origin"),
    *("subscription", "event_number", "body", "state", "error", "received_at", "available_at"),
]
# What is known stays one row; what could not be used is given another chance by the next word.
_WITH_VERSION = Writing(notifications, _COLUMNS, once_unless_it_is_needed(_COLUMNS))
# The later word stands; the place in the queue stays.
_WITHOUT_VERSION = Writing(
    notifications,
    _COLUMNS,
    {
        "index_elements": ["connection", "type", "fhir_id"],
        "index_where": sa.text("version IS NULL AND state = 'waiting'"),
        "set": ["last_updated", "interaction", "origin", "subscription", "event_number", "body"],
    },
)
_POISON = Writing(notifications, _COLUMNS)


def _write(tx: Connection, has_version: bool, rows: list[dict[str, Any]]) -> None:
    # One statement must not touch a row twice (PostgreSQL): of one version the newest word stands,
    # and of equals the first; without one the last.
    if has_version:
        first: dict[Any, dict[str, Any]] = {}
        for row in rows:
            key = tuple([row[name] for name in VERSION_KEY])
            if _is_newer(row, first.setdefault(key, row)):
                first[key] = row
        _WITH_VERSION.run(tx, _in_one_order(first))
        return
    last = {(row["connection"], row["type"], row["fhir_id"]): row for row in rows}
    _WITHOUT_VERSION.run(tx, _in_one_order(last))


def _is_newer(row: dict[str, Any], than: dict[str, Any]) -> bool:
    mine, theirs = row["last_updated"], than["last_updated"]
    return mine != theirs and (instant_of(mine) or 0.0) > (instant_of(theirs) or 0.0)


def _in_one_order(rows: Mapping[Any, dict[str, Any]]) -> list[dict[str, Any]]:
    """By key: two writers that bring the same resources never wait for each other."""
    return [rows[key] for key in sorted(rows)]


def _write_poison(tx: Connection, incoming: Sequence[Incoming], instant: float) -> None:
    rows = [_poison(one, problem, instant) for one in incoming for problem in one.heard.problems]
    _POISON.run(tx, rows)


def _poison(one: Incoming, problem: Problem, instant: float) -> dict[str, Any]:
    change = Change("", "", body=problem.raw, subscription=one.heard.subscription)
    return _row(one, change, instant) | {"state": "poison", "error": problem.reason}


# --- Out ----------------------------------------------------------------------------------------

_OPEN = notifications.c.state.in_([sa.literal_column("'waiting'"), sa.literal_column("'taken'")])


_TAKEN = (
    *("id", "connection", "type", "fhir_id", "version", "last_updated", "interaction", "origin"),
    *("body", "subscription", "received_at", "attempts", "taker", "patient", "unanswered"),
    "error",
)
_TAKE = Prepared(
    lambda _: (
        sa.update(notifications)
        .where(notifications.c.id == _due().c.id)
        .values(
            state="taken",
            taker=sa.bindparam("new_taker"),
            attempts=notifications.c.attempts + 1,
            unanswered=notifications.c.unanswered + 1,
            available_at=sa.bindparam("lease_ends", type_=notifications.c.available_at.type),
        )
        .returning(*(notifications.c[name] for name in _TAKEN))
    )
)


def _due() -> sa.CTE:
    row = notifications.c
    return (
        sa.select(row.id)
        .where(_OPEN, row.available_at <= sa.bindparam("now"))
        .order_by(row.available_at, row.id)
        .limit(sa.bindparam("limit"))
        .with_for_update(skip_locked=True)
        .cte("due")
    )


def take(
    tx: Connection, limit: int = 500, lease_seconds: float = 60.0, now: float | None = None
) -> list[Taken]:
    """Up to `limit` notifications in the order they came, leased; two takers never share one.

    Due retries and rows whose lease ran out are among them. `now` is in Unix seconds.
    """
    instant = time.time() if now is None else now
    found = _TAKE.run(
        tx,
        now=instant,
        limit=limit,
        new_taker=uuid.uuid4().hex,
        lease_ends=instant + lease_seconds,
    )
    return sorted((Taken(*one) for one in found), key=lambda one: one.row)


def _held(taken: Sequence[Taken]) -> sa.ColumnElement[bool]:
    # The taker is named so that one whose lease ran out changes nothing of its successor's.
    return sa.and_(
        notifications.c.id.in_([one.row for one in taken]),
        notifications.c.taker.in_({one.taker for one in taken}),
        notifications.c.state == "taken",
    )


_FINISH = Prepared(
    lambda done: (
        sa.update(notifications)
        .where(notifications.c.id == done.c.row, notifications.c.taker == done.c.taker)
        .where(notifications.c.state == "taken")
        .values(state="done", body=None, error=None, taker=None, patient=None, unanswered=0)
    ),
    {"row": notifications.c.id.type, "taker": sa.Text()},
)


def finish(tx: Connection, taken: Sequence[Taken]) -> None:
    """Done: bodies are dropped, ids kept so that a duplicate stays one row."""
    if taken:
        _FINISH.run(tx, [(one.row, one.taker) for one in taken])


def release(tx: Connection, taken: Sequence[Taken], now: float | None = None) -> None:
    """Due again at once, as if they had not been taken this time."""
    if taken:
        instant = time.time() if now is None else now
        row = notifications.c
        before = {"attempts": row.attempts - 1, "unanswered": row.unanswered - 1}
        tx.execute(
            sa.update(notifications)
            .where(_held(taken))
            .values(available_at=instant, taker=None, **before)
        )


def retry(
    tx: Connection,
    taken: Sequence[Taken],
    error: str,
    pause_seconds: float | None = None,
    now: float | None = None,
    *,
    longest_seconds: float | None = None,
    counted: bool = True,
) -> set[int]:
    """Due again after a pause that doubles with each attempt (2 s to 15 min, or the longest).

    error: an error's class name. `pause_seconds` overrides the pause (Retry-After). Where it was
    not the row's turn at all, the attempt is not `counted`. Returns the patients whose resources
    they are; from now on these have a gap (`storage.gaps`).
    """
    instant = time.time() if now is None else now
    whose: set[int] = set()
    # The state stays `taken`: what is heard meanwhile about the resource has a row of its own.
    for attempt, same in groupby(sorted(taken, key=_attempt), _attempt):
        pause = pause_after(attempt) if pause_seconds is None else pause_seconds
        pause = pause if longest_seconds is None else min(pause, longest_seconds)
        waits = {"error": error, "available_at": instant + pause}
        if not counted:
            waits["attempts"] = attempt - 1
        whose |= _failed(tx, list(same), waits)
    return whose


def _attempt(one: Taken) -> int:
    return one.attempt


def bury(tx: Connection, taken: Sequence[Taken], error: str) -> set[int]:
    """Given up on, kept with its body for a person; `error` is a class name, never a value.

    Returns the patients whose resources they are, as `retry` does.
    """
    return _failed(tx, taken, {"state": "buried", "error": error, "taker": None})


def _failed(tx: Connection, taken: Sequence[Taken], values: dict[str, Any]) -> set[int]:
    if not taken:
        return set()
    told, here = notifications.c, resources.c
    whose = sa.select(here.patient).where(
        here.connection == told.connection,
        here.type == told.type,
        here.fhir_id == told.fhir_id,
    )
    failed = sa.update(notifications).where(_held(taken))
    said = {"patient": whose.scalar_subquery(), "unanswered": 0, **values}
    found = tx.execute(failed.values(said).returning(told.patient))
    return {key for key in found.scalars() if key is not None}
