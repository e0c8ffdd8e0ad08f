"""Statements of constant text, run by the driver itself, with SQLAlchemy's words for its errors.

SQLAlchemy's own way to a statement costs twice as much as asking PostgreSQL, and four times as
much as SQLite's answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

Parameters = Mapping[str, Any] | Sequence[Any]
Rows = Sequence[tuple[Any, ...]]


def rows_of(conn: Connection, text: str, parameters: Parameters) -> Rows:
    """All rows that it gives, as the driver makes them; none where it gives no rows.

    Raises:
        sqlalchemy.exc.DBAPIError: the driver's error; `storage.database` translates it.
    """
    with _cursor(conn, text, parameters, many=False) as cursor:
        cursor.execute(text, parameters)
        return [] if cursor.description is None else cursor.fetchall()


def fetched(conn: Connection, text: str, parameters: Parameters) -> Rows:
    """The same of a statement that always gives rows, if none of them.

    To ask psycopg whether there are any makes it describe every column: 40 of 150 microseconds.
    """
    with _cursor(conn, text, parameters, many=False) as cursor:
        cursor.execute(text, parameters)
        rows: Rows = cursor.fetchall()
        return rows


def written(conn: Connection, text: str, parameters: Parameters) -> int:
    """How many rows it wrote.

    Raises:
        sqlalchemy.exc.DBAPIError: as `rows_of`.
    """
    with _cursor(conn, text, parameters, many=False) as cursor:
        cursor.execute(text, parameters)
        return int(cursor.rowcount)


def written_each(conn: Connection, text: str, parameters: Sequence[Sequence[Any]]) -> int:
    """How many rows it wrote, run once for each of these.

    Raises:
        sqlalchemy.exc.DBAPIError: as `rows_of`.
    """
    with _cursor(conn, text, parameters, many=True) as cursor:
        cursor.executemany(text, parameters)
        return int(cursor.rowcount)


@contextmanager
def _cursor(conn: Connection, text: str, parameters: Any, many: bool) -> Iterator[Any]:
    try:
        cursor = conn.connection.cursor()
        try:
            # Who listens to SQLAlchemy's statements hears of these too.
            for told in conn.dispatch.before_cursor_execute:
                told(conn, cursor, text, parameters, None, many)
            yield cursor
        finally:
            cursor.close()
    except conn.dialect.loaded_dbapi.Error as error:
        raise _told(conn, text, error) from error


def _told(conn: Connection, text: str, error: Any) -> Any:
    """The error as SQLAlchemy raises it; a connection that is lost is never used again."""
    lost = conn.dialect.is_disconnect(error, conn.connection, None)
    if lost:
        conn.invalidate(error)
    return sa.exc.DBAPIError.instance(
        text,
        None,
        error,
        conn.dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=conn.dialect,
    )
