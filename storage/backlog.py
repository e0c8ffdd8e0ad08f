"""How long due work has been waiting, and what was given up on: what an operator must know of."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from storage.noted import REVIVED
from storage.tables import jobs, notifications


def overdue_seconds(conn: Connection, now: float) -> float:
    """For how long the oldest due notification or job has been waiting; 0 where none is due.

    What rests for a pause, or is being worked on, is not due. `now` in Unix seconds.
    """
    since: list[float | None] = [
        conn.execute(sa.select(sa.func.min(row.available_at)).where(_is_open(row.state))).scalar()
        for row in (notifications.c, jobs.c)
    ]
    return max([0.0, *(now - one for one in since if one is not None)])


class NotRead(NamedTuple):
    """Changes at an EHR that we were told of and that could not be read so far.

    since: Unix seconds; when we were told of the first of them. They are tried again.
    """

    changes: int
    since: float


def not_read(conn: Connection) -> dict[str, NotRead]:
    """By connection; one of which all was read, or waits for its first turn, is absent."""
    row = notifications.c
    # what a person or another word put back waits for its turn
    failed = sa.and_(_is_open(row.state), row.error.is_not(None), row.error != REVIVED)
    found = conn.execute(
        sa.select(row.connection, sa.func.count(), sa.func.min(row.received_at))
        .where(failed)
        .group_by(row.connection)
    )
    return {connection: NotRead(changes, since) for connection, changes, since in found}


class GivenUp(NamedTuple):
    """How many jobs and notifications are buried, and how many notifications are poison."""

    jobs: int
    notifications: int
    poison: int

    @property
    def buried(self) -> int:
        """What can be revived."""
        return self.jobs + self.notifications


def given_up(conn: Connection) -> GivenUp:
    """What waits for a person: buried work, and notifications that could not be read at all."""
    return GivenUp(
        _count(conn, jobs, "buried"),
        _count(conn, notifications, "buried"),
        _count(conn, notifications, "poison"),
    )


def _count(conn: Connection, table: sa.Table, state: str) -> int:
    # Worded as in the partial indexes of both tables.
    chosen = table.c.state == sa.literal_column(f"'{state}'")
    return conn.execute(sa.select(sa.func.count()).select_from(table).where(chosen)).scalar_one()


def _is_open(state: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    # Worded as in the partial indexes of both tables.
    return state.in_([sa.literal_column("'waiting'"), sa.literal_column("'taken'")])
