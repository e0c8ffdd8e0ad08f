"""Which statements are current: those that can still decide a fact.

Kept up to date at every write from the rows that are current and the new ones; the history is
asked only where a current row went and an older one may have to take its place.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from storage.kept_history import statements_kept
from storage.rows import Prepared
from storage.tables import IS_CURRENT, statements

_row = statements.c


class Place(NamedTuple):
    """A statement's place in the order of its fact, the newest being the greatest.

    The same order as in `fhir_mappings.combination`.
    """

    effective_key: str
    updated_key: str
    source: str
    ordinal: int


class Placed(NamedTuple):
    """A stored statement: its place, its own key, and whether it is current."""

    place: Place
    resource: int
    current: bool


Pair = tuple[int, str]  # patient, fact
_PLACED = (
    _row.patient,
    _row.fact,
    _row.effective_key,
    _row.updated_key,
    _row.source,
    _row.ordinal,
    _row.resource,
    _row.current,
)


_OF_RESOURCES = Prepared(
    lambda asked: (
        sa.select(*_PLACED).select_from(asked).join(statements, _row.resource == asked.c.resource)
    ),
    {"resource": _row.resource.type},
)
_CURRENT = Prepared(
    lambda asked: (
        sa.select(*_PLACED)
        .select_from(asked)
        .join(statements, sa.and_(_row.patient == asked.c.patient, _row.fact == asked.c.fact))
        .where(IS_CURRENT)
    ),
    {"patient": _row.patient.type, "fact": sa.Text()},
)
_FLAG = Prepared(
    lambda told: (
        sa.update(statements)
        .where(_row.resource == told.c.resource, _row.ordinal == told.c.ordinal)
        .values(current=told.c.flag)
    ),
    {"resource": _row.resource.type, "ordinal": _row.ordinal.type, "flag": sa.Boolean()},
)


def newest_first() -> tuple[sa.ColumnElement[Any], ...]:
    """The order of the history index, read backwards."""
    columns = (_row.effective_key, _row.updated_key, _row.source, _row.ordinal)
    return tuple(column.desc() for column in columns)


_HISTORY = Prepared(
    lambda _: (
        sa.select(*_PLACED)
        .where(_row.patient == sa.bindparam("patient"), _row.fact == sa.bindparam("fact"))
        .order_by(*newest_first())
        .limit(sa.bindparam("limit"))
    )
)


def of_resources(tx: Connection, resource_keys: Iterable[int]) -> dict[Pair, list[Placed]]:
    """All statements of these resources."""
    return _grouped(_OF_RESOURCES.run(tx, [(key,) for key in sorted(resource_keys)]))


def _grouped(rows: Iterable[Any]) -> dict[Pair, list[Placed]]:
    found: dict[Pair, list[Placed]] = {}
    for patient, fact, effective_key, updated_key, source, ordinal, key, flag in rows:
        place = Place(effective_key, updated_key, source, ordinal)
        found.setdefault((patient, fact), []).append(Placed(place, key, bool(flag)))
    return found


def replace(
    tx: Connection, removed: dict[Pair, list[Placed]], added: dict[Pair, list[Placed]]
) -> set[tuple[int, int]]:
    """Flags what stays in the table, and says which of `added` (resource, ordinal) are current.

    Call it after `removed` was deleted and before `added` is inserted.
    """
    limits = {pair: statements_kept(pair[1]) for pair in (*removed, *added)}
    bounded = [pair for pair, limit in limits.items() if limit is not None]
    current = _grouped(_CURRENT.run(tx, sorted(bounded))) if bounded else {}
    flips: list[tuple[int, int, bool]] = []
    chosen: set[tuple[int, int]] = set()
    for pair, limit in limits.items():
        new = added.get(pair, [])
        if limit is None:
            chosen.update(_key(one) for one in new)
            continue
        staying = current.get(pair, [])
        gone = [one for one in removed.get(pair, ()) if one.current]
        newest = _newest([*staying, *new], limit)
        if _may_hide_in_history(newest, staying + gone, limit):
            newest = _newest([*_from_history(tx, pair, limit), *new], limit)
        keys = {_key(one) for one in newest}
        chosen.update(_key(one) for one in new if _key(one) in keys)
        flips.extend((*_key(one), False) for one in staying if _key(one) not in keys)
        old = {_key(one) for one in new}
        flips.extend(
            (*_key(one), True) for one in newest if not one.current and _key(one) not in old
        )
    _flag(tx, flips)
    return chosen


def _may_hide_in_history(newest: Sequence[Placed], before: Sequence[Placed], limit: int) -> bool:
    """Whether a row that was not current before may belong among the newest now.

    With fewer current rows than the limit there is no such row; otherwise all of them come after
    the oldest row that was current.
    """
    if len(before) < limit:
        return False
    oldest = min(one.place for one in before)
    return len(newest) < limit or newest[-1].place < oldest


def _from_history(tx: Connection, pair: Pair, limit: int) -> list[Placed]:
    found = _HISTORY.run(tx, patient=pair[0], fact=pair[1], limit=limit)
    return _grouped(found).get(pair, [])


def _newest(found: Iterable[Placed], limit: int) -> list[Placed]:
    return sorted(found, key=lambda one: one.place, reverse=True)[:limit]


def _key(one: Placed) -> tuple[int, int]:
    return one.resource, one.place.ordinal


def _flag(tx: Connection, flips: Sequence[tuple[int, int, bool]]) -> None:
    if flips:
        _FLAG.run(tx, flips)


def judge_anew(tx: Connection, patients: Iterable[int]) -> None:
    """Sets every flag of these patients from their whole history; for rare events only."""
    every = sa.select(*_PLACED).where(_row.patient.in_(sorted(patients)))
    flips: list[tuple[int, int, bool]] = []
    for (_, fact), found in _grouped(tx.execute(every)).items():
        limit = statements_kept(fact)
        newest = set(found if limit is None else _newest(found, limit))
        flips.extend((*_key(one), one in newest) for one in found if one.current != (one in newest))
    _flag(tx, flips)
