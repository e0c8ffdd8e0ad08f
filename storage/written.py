"""Queries written out by hand because hooks wait for them; the driver runs them by itself."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from storage.driver import fetched


class Written:
    """One statement of constant text that gives rows. `{0}` stands for each value, whatever the
    database calls it; a named piece of text that statements share stands in braces too.

    Meant for `database.glance()`; works on any connection.
    """

    def __init__(self, text: str, **pieces: str) -> None:
        marks = {"sqlite": "?", "postgresql": "%s"}
        self._texts = {name: text.format(mark, **pieces) for name, mark in marks.items()}

    def text(self, conn: Connection) -> str:
        """The text that this connection's database is given."""
        return self._texts[conn.dialect.name]

    def rows(self, conn: Connection, *values: Any) -> Sequence[Any]:
        """All rows, as tuples of what the driver gives."""
        return fetched(conn, self.text(conn), values)

    def row(self, conn: Connection, *values: Any) -> Any | None:
        """The first row; None where there is none."""
        found = self.rows(conn, *values)
        return found[0] if found else None
