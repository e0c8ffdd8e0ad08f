"""Queries written out by hand because hooks wait for them; the driver runs them by itself.

SQLAlchemy's own way to a row costs more than SQLite's: 60 of 75 microseconds for one by its key.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection


class Written:
    """One statement of constant text that gives rows. `{0}` stands for each value, whatever the
    database calls it.

    Meant for `database.glance()`; works on any connection.
    """

    def __init__(self, text: str) -> None:
        self._texts = {"sqlite": text.format("?"), "postgresql": text.format("%s")}

    def text(self, conn: Connection) -> str:
        """The text that this connection's database is given."""
        return self._texts[conn.dialect.name]

    def rows(self, conn: Connection, *values: Any) -> Sequence[Any]:
        """All rows, as tuples of what the driver gives."""
        text = self.text(conn)
        try:
            cursor = conn.connection.cursor()
            try:
                cursor.execute(text, values)
                return cursor.fetchall()
            finally:
                cursor.close()
        except conn.dialect.loaded_dbapi.Error:
            # Met again in SQLAlchemy's way, which knows lost connections and hides the values.
            return conn.exec_driver_sql(text, values).fetchall()

    def row(self, conn: Connection, *values: Any) -> Any | None:
        """The first row; None where there is none."""
        found = self.rows(conn, *values)
        return found[0] if found else None
