"""Tokens that were used once: a digest each, kept until the token has ended by itself."""

import sqlalchemy as sa
from sqlalchemy import Connection

from storage.rows import new_rows
from storage.tables import replays

_row = replays.c


def use(tx: Connection, digest: str, until: float, now: float) -> bool:
    """True the first time, False again until `until` (Unix seconds); afterwards it is new again."""
    used = new_rows(tx, replays).values(digest=digest, until=until)
    again = used.on_conflict_do_update(
        index_elements=["digest"], set_={"until": used.excluded.until}, where=_row.until <= now
    )
    # psycopg tells no row count of an INSERT; what it returns says the same on both databases
    return tx.execute(again.returning(_row.digest)).first() is not None


def forget_ended(tx: Connection, now: float, at_most: int) -> int:
    """Removes what has ended, the oldest first; returns how many."""
    ended = sa.select(_row.digest).where(_row.until <= now).order_by(_row.until).limit(at_most)
    return int(tx.execute(sa.delete(replays).where(_row.digest.in_(ended))).rowcount)
