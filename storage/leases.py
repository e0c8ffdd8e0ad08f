"""Named leases, so that of several processes only one acts (the schedule)."""

import time

import sqlalchemy as sa
from sqlalchemy import Connection

from storage.rows import new_rows
from storage.tables import leases

_row = leases.c


def acquire(
    tx: Connection, name: str, holder: str, seconds: float, now: float | None = None
) -> bool:
    """True if `holder` now has the lease for that long; the holder may renew it."""
    instant = time.time() if now is None else now
    wanted = new_rows(tx, leases).values(name=name, holder=holder, until=instant + seconds)
    free = sa.or_(_row.holder == holder, _row.until <= instant)
    until = {"holder": wanted.excluded.holder, "until": wanted.excluded.until}
    taken = wanted.on_conflict_do_update(index_elements=["name"], set_=until, where=free)
    # psycopg tells no row count of an INSERT; what it returns says the same on both databases
    return tx.execute(taken.returning(_row.holder)).first() is not None


def release(tx: Connection, name: str, holder: str) -> None:
    """Gives the lease back if `holder` has it."""
    tx.execute(sa.delete(leases).where(_row.name == name, _row.holder == holder))
