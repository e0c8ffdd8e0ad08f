"""How long due work has been waiting: what tells of workers that are gone, wherever they ran."""

import sqlalchemy as sa
from sqlalchemy import Connection

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


def _is_open(state: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    # Worded as in the partial indexes of both tables.
    return state.in_([sa.literal_column("'waiting'"), sa.literal_column("'taken'")])
