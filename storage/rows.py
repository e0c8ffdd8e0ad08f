"""Statements that are built once per kind of database; afterwards only values travel.

Many rows go in one statement of constant text: as one array per column (PostgreSQL) or as one
JSON text (SQLite). Building a statement anew each time would cost more than running it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import ClauseElement, Connection, FromClause, Table, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from storage.driver import Rows, rows_of, written, written_each

Insert = postgresql.Insert | sqlite.Insert
Types = Mapping[str, TypeEngine[Any]]
Row = Mapping[str, Any]

_GIVEN = "given_rows"


class _Text(NamedTuple):
    """A statement as one database wants it: its text, its parameters, their order if any."""

    text: str
    parameters: dict[str, Any]
    order: tuple[str, ...] | None


class Prepared:
    """A statement over named values and, where `types` names columns, over rows handed in.

    build: makes the statement; it is given the rows as a table expression. Rows hold numbers,
    texts and truth values only.
    """

    def __init__(self, build: Callable[[FromClause], ClauseElement], types: Types | None = None):
        self._build = build
        self._types = types or {}
        self._texts: dict[str, _Text] = {}

    def run(self, tx: Connection, rows: Sequence[tuple[Any, ...]] = (), **values: Any) -> Rows:
        """Runs it, and gives its rows if it has any; each value that varies must be named."""
        found = self._texts.get(tx.dialect.name) or self._prepare(tx)
        parameters = {**found.parameters, **values}
        if found.order is None:
            columns = zip(*rows, strict=True) if rows else [()] * len(self._types)
            named = zip(self._types, columns, strict=True)
            parameters.update((f"{_GIVEN}_{name}", list(column)) for name, column in named)
            return rows_of(tx, found.text, parameters)
        if self._types:
            parameters[_GIVEN] = msgspec.json.encode(rows).decode()
        return rows_of(tx, found.text, tuple([parameters[name] for name in found.order]))

    def _prepare(self, tx: Connection) -> _Text:
        found = _compiled(tx, self._build(_given(tx, self._types)))
        self._texts[tx.dialect.name] = found
        return found


class Writing:
    """Inserts rows; what happens to those that are there already is said by `on_conflict`.

    on_conflict: None (an error), or arguments of ON CONFLICT, as `{"index_elements": [...]}`; the
    row that is there stays, unless `"set"` names the columns that are replaced by the new ones or
    gives an expression for each.
    """

    def __init__(
        self, table: Table, columns: Sequence[str], on_conflict: Mapping[str, Any] | None = None
    ):
        self._table = table
        self._types = {name: table.c[name].type for name in columns}
        self._on_conflict = on_conflict
        self._texts: dict[str, _Text] = {}

    def run(self, tx: Connection, rows: Sequence[Row], **values: Any) -> int:
        """How many rows were inserted or replaced. `values` name parameters of expressions."""
        if not rows:
            return 0
        found = self._texts.get(tx.dialect.name) or self._prepare(tx)
        if found.order is None:
            parameters = {**found.parameters, **values, **_columns(rows, self._types)}
            return written(tx, found.text, parameters)
        fixed = {**found.parameters, **values}
        order = found.order
        many = [tuple([row[n] if n in row else fixed[n] for n in order]) for row in rows]
        return written_each(tx, found.text, many)

    def _prepare(self, tx: Connection) -> _Text:
        statement = new_rows(tx, self._table)
        if is_sqlite(tx):
            binds = {name: sa.bindparam(name, type_=kind) for name, kind in self._types.items()}
            filled = statement.values(binds)
        else:
            source = _given(tx, self._types)
            filled = statement.from_select(list(self._types), sa.select(*source.c))
        found = _compiled(tx, _or_else(filled, self._on_conflict))
        for name, kind in self._types.items():
            if isinstance(kind, sa.LargeBinary):
                # Bytes travel as they are; written out as text they take ten times as long.
                place = f"%({_GIVEN}_{name})"
                found = found._replace(text=found.text.replace(f"{place}s", f"{place}b"))
        self._texts[tx.dialect.name] = found
        return found


def _columns(rows: Sequence[Row], names: Iterable[str]) -> dict[str, list[Any]]:
    return {f"{_GIVEN}_{name}": [row[name] for row in rows] for name in names}


def is_sqlite(tx: Connection) -> bool:
    return tx.dialect.name == "sqlite"


def new_rows(tx: Connection, table: Table) -> Insert:
    """INSERT of this database's own kind, which knows ON CONFLICT."""
    return sqlite.insert(table) if is_sqlite(tx) else postgresql.insert(table)


def _compiled(tx: Connection, statement: ClauseElement) -> _Text:
    made: Any = statement.compile(dialect=tx.dialect, compile_kwargs={"render_postcompile": True})
    order = tuple(made.positiontup) if made.positional else None
    return _Text(str(made), dict(made.construct_params(_check=False)), order)


def _given(tx: Connection, types: Types) -> FromClause:
    """The rows handed in as a table expression with these columns."""
    if not types:
        return sa.select(sa.literal(1)).subquery("nothing")
    if is_sqlite(tx):
        text = sa.bindparam(_GIVEN, type_=sa.Text())
        each = func.json_each(text).table_valued("value", name="each_row")
        columns = [
            sa.type_coerce(
                func.json_extract(each.c.value, sa.literal_column(f"'$[{place}]'")), kind
            ).label(name)
            for place, (name, kind) in enumerate(types.items())
        ]
        return sa.select(*columns).select_from(each).subquery("given")
    arrays = []
    for name, kind in types.items():
        array = postgresql.ARRAY(kind)
        arrays.append(sa.cast(sa.bindparam(f"{_GIVEN}_{name}", type_=array), array))
    named = [sa.column(name, kind) for name, kind in types.items()]
    return func.unnest(*arrays).table_valued(*named, name="given").render_derived()


def _or_else(statement: Any, conflict: Mapping[str, Any] | None) -> Any:
    if conflict is None:
        return statement
    target = dict(conflict)
    replaced = target.pop("set", None)
    if replaced is None:
        return statement.on_conflict_do_nothing(**target)
    if not isinstance(replaced, Mapping):
        replaced = {name: statement.excluded[name] for name in replaced}
    return statement.on_conflict_do_update(set_=replaced, **target)
