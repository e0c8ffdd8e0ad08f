"""Reading what was kept: a patient's statements, resources and what was not understood."""

from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from fhir_mappings.statements import NotUnderstood, Statement
from storage import watermarks
from storage.current import newest_first
from storage.kept_history import fact_in
from storage.notifications import Origin
from storage.rows import Prepared, is_sqlite
from storage.tables import IS_CURRENT, NOT_DELETED, resources, statements
from storage.written import Written

_row = statements.c
_read = resources.c
_value = msgspec.json.Decoder().decode
_gaps = msgspec.json.Decoder(list[NotUnderstood]).decode

_COLUMNS = (
    _row.patient,
    _row.fact,
    _row.value,
    _row.source,
    _row.unit,
    _row.effective,
    _row.last_updated,
    _row.version,
    _row.status,
    _row.mapping,
    _row.flags,
    _row.upper_limit,
    _row.ordinal,
)
CURRENT_OF_ONE = Written(
    "SELECT patient, fact, value, source, unit, effective, last_updated, version, status, mapping,"
    " flags, upper_limit, ordinal FROM statements WHERE patient = {0} AND current IS TRUE"
)


_CURRENT_OF_MANY = Prepared(
    lambda asked: (
        sa.select(*_COLUMNS)
        .select_from(asked)
        .join(statements, _row.patient == asked.c.patient)
        .where(IS_CURRENT)
    ),
    {"patient": _row.patient.type},
)


class Stored(msgspec.Struct, frozen=True):
    """A resource version as stored; body None unless the patient shows a sign or it was loaded."""

    type: str
    id: str
    version: str | None
    last_updated: str | None
    patient: int | None
    origin: Origin
    deleted: bool
    body: bytes | None = None

    @property
    def reference(self) -> str:
        return f"{self.type}/{self.id}"


def _statement(row: Any) -> Statement:
    _, fact, value, source, unit, effective, updated, version, status, mapping, flags, upper, n = (
        row
    )
    return Statement(
        fact=fact_in(fact),
        value=_value(value),
        source=source,
        unit=unit,
        effective=effective,
        last_updated=updated,
        version=version,
        status=status,
        mapping=mapping,
        flags=tuple(flags.split(",")) if flags else (),
        upper_limit=upper,
        ordinal=n,
    )


def current_statements(tx: Connection, patients: Iterable[int]) -> dict[int, list[Statement]]:
    """The statements that can still decide a fact, per patient; bounded, not the history.

    In no particular order. Every asked patient has an entry, empty where nothing is known.
    Works on `glance()` too.
    """
    found: dict[int, list[Statement]] = {key: [] for key in patients}
    if len(found) == 1:
        rows: Iterable[Any] = CURRENT_OF_ONE.rows(tx, *found)
    else:
        rows = _CURRENT_OF_MANY.run(tx, [(key,) for key in found])
    for row in rows:
        found[row[0]].append(_statement(row))
    return found


def statements_series(tx: Connection, patient: int, fact: str, limit: int = 100) -> list[Statement]:
    """The newest `limit` statements of one fact, oldest first."""
    newest = tx.execute(
        sa.select(*_COLUMNS)
        .where(_row.patient == patient, _row.fact == fact)
        .order_by(*newest_first())
        .limit(limit)
    )
    return [_statement(row) for row in newest][::-1]


MORE_MISREAD = "resources that came earlier: kept, and not listed here"
MISREAD = Written(
    "SELECT not_understood FROM resources WHERE patient = {0} AND deleted IS FALSE"
    " AND not_understood IS NOT NULL ORDER BY id DESC LIMIT {0}"
)


_MISREAD_OF_MANY = Prepared(
    lambda asked: (
        sa.select(asked.c.patient, (newest := _newest_misread(asked)).c.not_understood)
        .select_from(asked)
        .join(newest, sa.true())
    ),
    {"patient": _read.patient.type},
)


def _newest_misread(asked: sa.FromClause) -> sa.FromClause:
    return (
        sa.select(_read.not_understood)
        .where(_read.patient == asked.c.patient, NOT_DELETED, _read.not_understood.is_not(None))
        .order_by(_read.id.desc())
        .limit(sa.bindparam("limit"))
        .lateral("newest")
    )


def not_understood(
    tx: Connection, patients: Iterable[int], limit: int = 100
) -> dict[int, list[NotUnderstood]]:
    """What of each patient's newest resources did not count, and why; the last to come first.

    At most `limit` resources each, so that one more result costs the same whatever is stored; a
    last line says where there are more. Works on `glance()` too.
    """
    keys = list(patients)
    if is_sqlite(tx) or len(keys) == 1:  # SQLite knows no LATERAL, and a question costs it little
        rows = [(key, *row) for key in keys for row in MISREAD.rows(tx, key, limit + 1)]
    else:
        rows = list(_MISREAD_OF_MANY.run(tx, [(key,) for key in keys], limit=limit + 1))
    found: dict[int, list[str]] = {key: [] for key in keys}
    for key, text in rows:
        found[key].append(text)
    return {key: _lines(texts, limit) for key, texts in found.items()}


def _lines(texts: list[str], limit: int) -> list[NotUnderstood]:
    lines = [gap for text in texts[:limit] for gap in _gaps(text)]
    if len(texts) > limit:
        lines.append(NotUnderstood("", None, None, MORE_MISREAD))
    return lines


_STORED = (
    _read.type,
    _read.fhir_id,
    _read.version,
    _read.last_updated,
    _read.patient,
    _read.origin,
    _read.deleted,
)


REFERENCES = {"connection": sa.Text(), "type": sa.Text(), "fhir_id": sa.Text()}


# The connection is among what is handed in: as a constant it would tempt PostgreSQL, before it has
# statistics, to read all of a connection's resources.
def same_resource(asked: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a resource is one of those handed in by connection, type and FHIR id."""
    return sa.and_(
        _read.connection == asked.c.connection,
        _read.type == asked.c.type,
        _read.fhir_id == asked.c.fhir_id,
    )


_STORED_OF_MANY = Prepared(
    lambda asked: (
        sa.select(*_STORED, _read.body).select_from(asked).join(resources, same_resource(asked))
    ),
    REFERENCES,
)


def stored(
    tx: Connection, connection: str, references: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Stored]:
    """What we have of these resources (type, id), with bodies; unknown ones are absent."""
    found = _STORED_OF_MANY.run(
        tx, [(connection, *reference) for reference in sorted(set(references))]
    )
    return {(row[0], row[1]): _stored(row) for row in found}


def _stored(row: Any) -> Stored:
    type_, fhir_id, version, last_updated, patient, origin, deleted, *body = row
    return Stored(type_, fhir_id, version, last_updated, patient, origin, bool(deleted), *body)


def sources(tx: Connection, patient: int) -> list[Stored]:
    """All resources of a patient that were read and not deleted, without bodies, by type and id."""
    found = tx.execute(
        sa.select(*_STORED)
        .where(_read.patient == patient, NOT_DELETED)
        .order_by(_read.type, _read.fhir_id)
    )
    return [_stored(row) for row in found]


def loaded_bodies(tx: Connection, patient: int) -> list[Stored]:
    """What `load` brought about a patient, with bodies: read these, never the EHR."""
    found = tx.execute(
        sa.select(*_STORED, _read.body)
        .where(_read.patient == patient, NOT_DELETED, _read.origin == "load")
        .order_by(_read.type, _read.fhir_id)
    )
    return [_stored(row) for row in found]


def read_bodies(tx: Connection, patient: int) -> list[Stored]:
    """What was read of a patient and is kept with its body, by type and id."""
    found = tx.execute(
        sa.select(*_STORED, _read.body)
        .where(_read.patient == patient, NOT_DELETED, _read.body.is_not(None))
        .order_by(_read.type, _read.fhir_id)
    )
    return [_stored(row) for row in found]


def conditions_known(tx: Connection, connection: str, patient: int) -> bool:
    """Whether this patient's Conditions were handed over or searched, or all of this EHR's were.

    Without that, a patient who shows no sign has only not been looked at: one Condition that a
    notification brought says nothing of those before it.
    """
    if watermarks.get(tx, connection, "Condition") is not None:
        return True
    read = sa.select(_read.id).where(
        _read.patient == patient,
        _read.type == "Condition",
        _read.origin != "subscription",
        NOT_DELETED,
    )
    return tx.execute(read.limit(1)).first() is not None
