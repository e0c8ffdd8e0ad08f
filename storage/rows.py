"""Many rows in one statement of constant text, on both databases.

Constant text is compiled and prepared once; the rows travel as one parameter per column
(PostgreSQL: arrays) or as one JSON text (SQLite).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, FromClause, Table, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

Insert = postgresql.Insert | sqlite.Insert
Row = Mapping[str, Any]


def is_sqlite(tx: Connection) -> bool:
    return tx.dialect.name == "sqlite"


def new_rows(tx: Connection, table: Table) -> Insert:
    """INSERT of this database's own kind, which knows ON CONFLICT."""
    return sqlite.insert(table) if is_sqlite(tx) else postgresql.insert(table)


def given(
    tx: Connection, types: Mapping[str, TypeEngine[Any]], rows: Sequence[tuple[Any, ...]]
) -> FromClause:
    """The rows as a table expression with these columns; numbers, texts and truth values only."""
    if is_sqlite(tx):
        text = msgspec.json.encode(rows).decode()
        each = func.json_each(sa.literal(text, sa.Text)).table_valued("value", name="each_row")
        columns = [
            sa.type_coerce(func.json_extract(each.c.value, f"$[{place}]"), kind).label(name)
            for place, (name, kind) in enumerate(types.items())
        ]
        return sa.select(*columns).select_from(each).subquery("given")
    return _arrays(
        types, [list(values) for values in zip(*rows, strict=True)] or [[] for _ in types]
    )


def write(
    tx: Connection, table: Table, rows: Sequence[Row], conflict: Mapping[str, Any] | None = None
) -> int:
    """Inserts rows that all have the same keys; how many were inserted or updated.

    conflict: arguments of ON CONFLICT, as `{"index_elements": [...], "set": {...}}`; without
    `set` the row that is there stays; None: a conflict is an error.
    """
    if not rows:
        return 0
    statement = new_rows(tx, table)
    if is_sqlite(tx):
        return tx.execute(_or(statement, conflict), list(rows)).rowcount
    names = list(rows[0])
    columns = [[row[name] for row in rows] for name in names]
    source = _arrays({name: table.c[name].type for name in names}, columns)
    filled = statement.from_select(names, sa.select(*source.c))
    return tx.execute(_or(filled, conflict)).rowcount


def _or(statement: Any, conflict: Mapping[str, Any] | None) -> Any:
    if conflict is None:
        return statement
    target = dict(conflict)
    replaced = target.pop("set", None)
    if replaced is None:
        return statement.on_conflict_do_nothing(**target)
    if isinstance(replaced, Sequence):
        replaced = {name: statement.excluded[name] for name in replaced}
    return statement.on_conflict_do_update(set_=replaced, **target)


def _arrays(types: Mapping[str, TypeEngine[Any]], columns: list[list[Any]]) -> FromClause:
    arrays = [
        sa.cast(sa.literal(values, postgresql.ARRAY(kind)), postgresql.ARRAY(kind))
        for kind, values in zip(types.values(), columns, strict=True)
    ]
    named = [sa.column(name, kind) for name, kind in types.items()]
    return func.unnest(*arrays).table_valued(*named, name="given").render_derived()
