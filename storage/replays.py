"""Tokens that were used once and sessions that were ended: a digest each, until they end anyhow."""

import sqlalchemy as sa
from sqlalchemy import Connection

from storage.tables import replays
from storage.written import Written

_row = replays.c


_USE = Written(
    "INSERT INTO replays (digest, until) VALUES ({0}, {0}) ON CONFLICT (digest) DO UPDATE"
    " SET until = excluded.until WHERE replays.until <= {0} RETURNING digest"
)


def use(tx: Connection, digest: str, until: float, now: float) -> bool:
    """True the first time, False again until `until` (Unix seconds); afterwards it is new again."""
    return _USE.row(tx, digest, until, now) is not None


_IS_USED = Written("SELECT 1 FROM replays WHERE digest = {0} AND until > {0}")


def is_used(tx: Connection, digest: str, now: float) -> bool:
    """Whether it was used and has not ended by itself; looking does not use it."""
    return _IS_USED.row(tx, digest, now) is not None


def forget_ended(tx: Connection, now: float, at_most: int) -> int:
    """Removes what has ended, the oldest first; returns how many."""
    ended = sa.select(_row.digest).where(_row.until <= now).order_by(_row.until).limit(at_most)
    return int(tx.execute(sa.delete(replays).where(_row.digest.in_(ended))).rowcount)
