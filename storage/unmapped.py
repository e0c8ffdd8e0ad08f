"""Codes that came and nobody has mapped: how often, when last, in what shape; no values."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from storage.rows import Prepared, Writing
from storage.statements import REFERENCES, same_resource
from storage.tables import notifications, resources, unmapped_codes

_row = unmapped_codes.c
_KEY = ["connection", "type", "system", "code", "reason"]


class Unmapped(msgspec.Struct, frozen=True):
    """One code of one kind of resource, and why it was not understood.

    system, code: as sent; of a text without code, system is empty and code is the text, folded.
    shape: how such a resource is built, such as `valueQuantity, unit umol/L`.
    """

    type: str
    system: str
    code: str
    reason: str
    display: str | None = None
    shape: str | None = None
    seen: int = 1
    first_seen_at: float = 0.0
    last_seen_at: float = 0.0


_COLUMNS = tuple(_row[name] for name in Unmapped.__struct_fields__)


def _excluded(name: str) -> sa.ColumnElement[object]:
    return sa.literal_column(f"excluded.{name}")


_NOTE = Writing(
    unmapped_codes,
    [*_KEY, "display", "shape", "seen", "first_seen_at", "last_seen_at"],
    {
        "index_elements": _KEY,
        "set": {
            "seen": _row.seen + _excluded("seen"),
            "display": sa.func.coalesce(_excluded("display"), _row.display),
            "shape": sa.func.coalesce(_excluded("shape"), _row.shape),
            "last_seen_at": _excluded("last_seen_at"),
        },
    },
)


_KEPT_VERSIONS = Prepared(
    lambda asked: (
        sa.select(resources.c.type, resources.c.fhir_id, resources.c.version)
        .select_from(asked)
        .join(resources, same_resource(asked))
    ),
    REFERENCES,
)


def kept_versions(
    tx: Connection, connection: str, references: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str | None]:
    """The version in which each resource (type, id) was read last; of those never read nothing."""
    rows = [(connection, *reference) for reference in sorted(references)]
    return {(one[0], one[1]): one[2] for one in _KEPT_VERSIONS.run(tx, rows)}


class Arrived(msgspec.Struct, frozen=True):
    """How many resources of a connection were read, and how many notifications still wait."""

    read: int
    waiting: int


def arrived(tx: Connection, connection: str) -> Arrived:
    """What there is of a connection, for whoever asks why the list is empty."""
    told = notifications.c
    # worded as in the partial index
    is_open = told.state.in_([sa.literal_column("'waiting'"), sa.literal_column("'taken'")])
    waiting = sa.select(sa.func.count()).where(told.connection == connection, is_open)
    read = sa.select(sa.func.count()).where(
        resources.c.connection == connection, resources.c.deleted.is_(sa.false())
    )
    return Arrived(int(tx.execute(read).scalar_one()), int(tx.execute(waiting).scalar_one()))


def note(
    tx: Connection, connection: str, seen: Iterable[Unmapped], now: float | None = None
) -> None:
    """Adds what a batch saw, each code once with its count, in one statement."""
    instant = time.time() if now is None else now
    rows = [
        {
            "connection": connection,
            "type": one.type,
            "system": one.system,
            "code": one.code,
            "reason": one.reason,
            "display": one.display,
            "shape": one.shape,
            "seen": one.seen,
            "first_seen_at": instant,
            "last_seen_at": instant,
        }
        # in one order, so that two workers never wait for each other
        for one in sorted(seen, key=lambda one: (one.type, one.system, one.code, one.reason))
    ]
    _NOTE.run(tx, rows)


def unmapped(tx: Connection, connection: str, limit: int = 500) -> list[Unmapped]:
    """The codes of a connection that were not understood, the most frequent first."""
    found = tx.execute(
        sa.select(*_COLUMNS)
        .where(_row.connection == connection)
        .order_by(_row.seen.desc(), _row.type, _row.system, _row.code)
        .limit(limit)
    )
    return [Unmapped(*one) for one in found]


def count(tx: Connection, connection: str) -> int:
    """How many codes of a connection were not understood."""
    found = sa.select(sa.func.count()).where(_row.connection == connection)
    return int(tx.execute(found).scalar_one())


def forget(tx: Connection, connection: str, known: Sequence[Unmapped]) -> None:
    """Removes what is understood by now."""
    for one in known:
        tx.execute(
            sa.delete(unmapped_codes).where(
                _row.connection == connection,
                _row.type == one.type,
                _row.system == one.system,
                _row.code == one.code,
                _row.reason == one.reason,
            )
        )
