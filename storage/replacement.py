"""Replacing what some resources stated by what they state now."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from fhir_mappings.statements import Reading, Statement
from storage import current
from storage.current import Pair, Place, Placed
from storage.kept_history import effective_key, place_name, updated_key
from storage.rows import Prepared, Writing
from storage.tables import statements

_REMOVED = Prepared(
    lambda asked: sa.delete(statements).where(
        statements.c.resource.in_(sa.select(asked.c.resource))
    ),
    {"resource": statements.c.resource.type},
)
_ADDED = Writing(statements, [column.name for column in statements.c])


class New(NamedTuple):
    """One statement about to be stored."""

    patient: int
    resource: int
    place: Place
    statement: Statement


def new_statements(shown: Iterable[tuple[int, int, Reading]]) -> list[New]:
    """What these readings (resource key, patient key, reading) state, with its place."""
    return [
        New(patient, resource, _place(statement, ordinal), statement)
        for resource, patient, reading in shown
        for ordinal, statement in enumerate(reading.statements)
    ]


def _place(statement: Statement, ordinal: int) -> Place:
    return Place(
        effective_key(statement.effective),
        updated_key(statement.last_updated),
        statement.source,
        ordinal,
    )


def replace_statements(tx: Connection, replaced: set[int], new: Sequence[New]) -> set[int]:
    """Replaces the statements of these resources; returns the patients they are about."""
    removed = current.of_resources(tx, replaced) if replaced else {}
    if removed:
        _REMOVED.run(tx, [(key,) for key in sorted(replaced)])
    added = _by_pair(new)
    if not (removed or added):
        return set()
    chosen = current.replace(tx, removed, added)
    _ADDED.run(tx, [_statement_row(one, chosen) for one in new])
    return {patient for patient, _ in (*removed, *added)}


def _by_pair(new: Sequence[New]) -> dict[Pair, list[Placed]]:
    added: dict[Pair, list[Placed]] = {}
    for one in new:
        pair = one.patient, place_name(one.statement)
        added.setdefault(pair, []).append(Placed(one.place, one.resource, False))
    return added


def _statement_row(one: New, chosen: set[tuple[int, int]]) -> dict[str, Any]:
    statement = one.statement
    return {
        "resource": one.resource,
        "ordinal": one.place.ordinal,
        "patient": one.patient,
        "fact": place_name(statement),
        "value": msgspec.json.encode(statement.value).decode(),
        "unit": statement.unit,
        "effective": statement.effective,
        "effective_key": one.place.effective_key,
        "last_updated": statement.last_updated,
        "updated_key": one.place.updated_key,
        "source": statement.source,
        "version": statement.version,
        "status": statement.status,
        "mapping": statement.mapping,
        "flags": ",".join(statement.flags) or None,
        "upper_limit": statement.upper_limit,
        "current": (one.resource, one.place.ordinal) in chosen,
    }
