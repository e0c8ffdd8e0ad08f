"""Notifications as operations see them: what waits, what was given up on, what is old."""

import time
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from storage.tables import notifications, resources

# In the place of an error: a person says that what it waited for is there again.
REVIVED = "Revived"
# Kept, but nobody can say of which patient.
SUBJECT_UNKNOWN = "SubjectUnknown"
_IS_OPEN = notifications.c.state.in_([sa.literal_column("'waiting'"), sa.literal_column("'taken'")])


class Noted(msgspec.Struct, frozen=True):
    """A notification as operations see it: no body."""

    row: int
    connection: str
    type: str
    id: str
    version: str | None
    origin: str
    state: str
    attempts: int
    error: str | None
    received_at: float


_NOTED = tuple(
    notifications.c[{"row": "id", "id": "fhir_id"}.get(name, name)]
    for name in Noted.__struct_fields__
)


def list_noted(
    tx: Connection, states: Sequence[str] = ("buried", "poison"), limit: int = 200
) -> list[Noted]:
    """The newest notifications in these states (waiting, taken, done, buried, poison)."""
    row = notifications.c
    chosen = sa.select(*_NOTED).where(row.state.in_(states)).order_by(row.id.desc()).limit(limit)
    return [Noted(*one) for one in tx.execute(chosen)]


def revive(tx: Connection, rows: Sequence[int] | None = None, now: float | None = None) -> int:
    """Back into the queue: what is buried, and what rests for a pause; all of it by default.

    Returns how many rows it was.
    """
    row = notifications.c
    chosen = sa.true() if rows is None else row.id.in_(rows)
    instant = time.time() if now is None else now
    # What a worker holds now is unanswered (`take`), what rests is not (`retry`).
    rests = sa.and_(
        row.state == sa.literal_column("'taken'"), row.unanswered == 0, row.available_at > instant
    )
    is_buried = row.state == sa.literal_column("'buried'")
    revived = sa.update(notifications).where(sa.or_(is_buried, rests), chosen)
    # `taken` with a lease that has run out: see `retry`.
    due = {"state": "taken", "attempts": 0, "unanswered": 0, "available_at": instant}
    return tx.execute(revived.values(**due, error=REVIVED)).rowcount


def dismiss(tx: Connection, rows: Sequence[int]) -> int:
    """Poison rows, and those of nobody, that a person has looked at; how many there were.

    Their bytes go, the row is done.
    """
    row = notifications.c
    nobodys = sa.and_(row.state == "buried", row.error == SUBJECT_UNKNOWN)
    looked_at = sa.update(notifications).where(
        sa.or_(row.state == "poison", nobodys), row.id.in_(rows)
    )
    return tx.execute(looked_at.values(state="done", body=None)).rowcount


def settle_owned(tx: Connection) -> int:
    """What was nobody's is done once its resource says whose it is, or is gone; how many rows."""
    row, here = notifications.c, resources.c
    owned = sa.exists().where(
        here.connection == row.connection,
        here.type == row.type,
        here.fhir_id == row.fhir_id,
        sa.or_(here.patient.is_not(None), here.deleted.is_(sa.true())),
    )
    nobodys = sa.and_(
        row.state == sa.literal_column("'buried'"), row.error == SUBJECT_UNKNOWN, owned
    )
    return tx.execute(
        sa.update(notifications).where(nobodys).values(state="done", body=None)
    ).rowcount


def count_waiting(tx: Connection) -> int:
    """How many notifications still wait or are being worked on."""
    return tx.execute(
        sa.select(sa.func.count()).select_from(notifications).where(_IS_OPEN)
    ).scalar_one()


def forget_done(tx: Connection, before: float, limit: int = 5000) -> int:
    """Removes done rows received before that instant (Unix seconds); returns how many.

    A duplicate that comes later than this is noted anew and changes nothing: `resources` knows
    the version.
    """
    row = notifications.c
    # The oldest rows only, so that the cost does not grow with what is kept; past those that were
    # given up on, which stay until a person has looked at them.
    stays = row.state.in_(("buried", "poison"))
    oldest = sa.select(row.id).where(sa.not_(stays)).order_by(row.id).limit(limit)
    forgotten = sa.delete(notifications).where(
        row.id.in_(oldest.scalar_subquery()), row.state == "done", row.received_at < before
    )
    return tx.execute(forgotten).rowcount


def forget_given_up(tx: Connection, before: float, limit: int = 5000) -> int:
    """Removes what was given up on before that instant, and what it may hold of patients.

    Poison rows go; buried ones lose their body only, for their resource is still unread. They can
    be revived and are read from the EHR then. Returns how many rows it concerned.
    """
    row = notifications.c
    old = row.received_at < before
    poison = sa.select(row.id).where(row.state == "poison", old).order_by(row.id).limit(limit)
    bodies = (
        sa.select(row.id)
        .where(row.state == "buried", old, row.body.is_not(None))
        .order_by(row.id)
        .limit(limit)
    )
    removed = tx.execute(sa.delete(notifications).where(row.id.in_(poison.scalar_subquery())))
    emptied = tx.execute(
        sa.update(notifications).where(row.id.in_(bodies.scalar_subquery())).values(body=None)
    )
    return removed.rowcount + emptied.rowcount
