"""Assessments as records: the latest one per patient, and those before it.

`document` is what was saved; `storage.rulebooks.whole` makes the document of it that others read.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from storage.rows import Prepared, Writing
from storage.tables import IS_LATEST, assessments, patient_aliases
from storage.tables import patients as patients_table
from storage.written import Written

_row = assessments.c


class Latest(msgspec.Struct, frozen=True):
    """What is stored about a patient at this moment.

    sign False: the record shows no NET and no liver metastasis so far.
    document None (and the fields after it): not assessed yet.
    """

    patient: int
    sign: bool
    document: bytes | None = None
    strategy: str | None = None
    as_of: str | None = None
    valid_until: str | None = None
    digest: str | None = None
    recorded_at: float | None = None


class Past(msgspec.Struct, frozen=True):
    """One assessment of the history."""

    id: int
    document: bytes
    strategy: str
    as_of: str
    recorded_at: float
    latest: bool


class Judged(msgspec.Struct, frozen=True):
    """One assessment to save. document: the JSON bytes; dates as ISO text.

    digest: over what is clinically said, so that the same said again has the same digest.
    judgement: digest over what was concluded, without the values; None counts as a new one.
    """

    patient: int
    document: bytes
    strategy: str
    as_of: str
    digest: str
    knowledge_version: str
    mapping_set: str
    valid_until: str | None = None
    judgement: str | None = None


class Saved(msgspec.Struct, frozen=True):
    """Whose assessment says something new, and for whom of them something else was concluded."""

    new: frozenset[int]
    concluded_anew: frozenset[int]


LATEST = Written(
    "SELECT p.id, p.sign, a.document, a.strategy, a.as_of, a.valid_until, a.digest, a.recorded_at"
    " FROM patient_aliases AS l JOIN patients AS p ON p.id = l.patient"
    " LEFT JOIN assessments AS a ON a.patient = l.patient AND a.latest IS TRUE"
    " WHERE l.connection = {0} AND l.fhir_id = {0}"
)


def latest(conn: Connection, connection: str, fhir_id: str) -> Latest | None:
    """What is stored for the EHR's patient id; None: never heard of. One indexed query.

    Meant for `database.glance()`; works on any connection.
    """
    found = LATEST.row(conn, connection, fhir_id)
    return None if found is None else _latest(found)


def _latest(row: Any) -> Latest:
    key, sign, *judged = row
    return Latest(key, bool(sign), *judged)


_LATEST_OF_MANY = Prepared(
    lambda asked: (
        sa.select(
            patients_table.c.id,
            patients_table.c.sign,
            _row.document,
            _row.strategy,
            _row.as_of,
            _row.valid_until,
            _row.digest,
            _row.recorded_at,
        )
        .select_from(asked)
        .join(patients_table, patients_table.c.id == asked.c.patient)
        .outerjoin(assessments, sa.and_(_row.patient == patients_table.c.id, IS_LATEST))
    ),
    {"patient": patients_table.c.id.type},
)


def latest_of(conn: Connection, keys: Iterable[int]) -> dict[int, Latest]:
    """The same by our own keys, for those that exist."""
    found = _LATEST_OF_MANY.run(conn, [(key,) for key in keys])
    return {one[0]: _latest(one) for one in found}


_BEFORE = Prepared(
    lambda asked: (
        sa.select(patients_table.c.id, _row.digest, _row.judgement)
        .select_from(asked)
        .join(patients_table, patients_table.c.id == asked.c.patient)
        .outerjoin(assessments, sa.and_(_row.patient == patients_table.c.id, IS_LATEST))
        .order_by(patients_table.c.id)
        .with_for_update(of=patients_table)
    ),
    {"patient": patients_table.c.id.type},
)
_COLUMNS = [*Judged.__struct_fields__, "recorded_at", "latest"]
_NEW = Writing(assessments, _COLUMNS)
_SUPERSEDED = Prepared(
    lambda asked: (
        sa.update(assessments)
        .where(_row.patient.in_(sa.select(asked.c.patient)), IS_LATEST)
        .values(latest=sa.false())
    ),
    {"patient": _row.patient.type},
)
# `recorded_at` stays: it says since when this has been the judgement.
_MOVED_ON = ["document", "strategy", "as_of", "valid_until", "knowledge_version", "mapping_set"]
_SAME_AGAIN = Writing(
    assessments,
    _COLUMNS,
    {"index_elements": ["patient"], "index_where": sa.text("latest IS TRUE"), "set": _MOVED_ON},
)


def save(tx: Connection, judged: Sequence[Judged], now: float | None = None) -> Saved:
    """Saves assessments; says whose are new, and where something else was concluded.

    The same digest as the latest one replaces its document (dates move on) and adds no history.
    """
    instant = time.time() if now is None else now
    newest = {one.patient: one for one in judged}
    # Locked, in one order: two workers must not both add a latest one.
    before = _before(tx, newest)
    new = [one for one in newest.values() if before[one.patient].digest != one.digest]
    same = [one for one in newest.values() if before[one.patient].digest == one.digest]
    _SAME_AGAIN.run(tx, [_to_row(one, instant) for one in same])
    if new:
        _SUPERSEDED.run(tx, [(one.patient,) for one in new])
        _NEW.run(tx, [_to_row(one, instant) for one in new])
    anew = frozenset(
        one.patient
        for one in new
        if one.judgement is None or one.judgement != before[one.patient].judgement
    )
    return Saved(frozenset(one.patient for one in new), anew)


class _Said(NamedTuple):
    """The digests of a patient's latest assessment; None where there is none."""

    digest: str | None = None
    judgement: str | None = None


def _before(tx: Connection, patients: Iterable[int]) -> dict[int, _Said]:
    found = _BEFORE.run(tx, [(key,) for key in sorted(patients)])
    return {key: _Said(digest, judgement) for key, digest, judgement in found}


def _to_row(one: Judged, instant: float) -> dict[str, Any]:
    return msgspec.structs.asdict(one) | {"recorded_at": instant, "latest": True}


def history(conn: Connection, connection: str, fhir_id: str, limit: int = 50) -> list[Past]:
    """The assessments of a patient, newest first."""
    alias = patient_aliases.c
    found = conn.execute(
        sa.select(_row.id, _row.document, _row.strategy, _row.as_of, _row.recorded_at, _row.latest)
        .select_from(patient_aliases)
        .join(assessments, _row.patient == alias.patient)
        .where(alias.connection == connection, alias.fhir_id == fhir_id)
        .order_by(_row.id.desc())
        .limit(limit)
    )
    return [Past(*one) for one in found]


def past_validity(conn: Connection, today: str, limit: int = 500) -> list[int]:
    """Patients whose latest assessment was valid until before `today` (ISO date)."""
    overdue = (
        sa.select(_row.patient)
        .where(IS_LATEST, _row.valid_until < today)
        .order_by(_row.valid_until, _row.patient)
        .limit(limit)
    )
    return list(conn.execute(overdue).scalars())


def judged_otherwise(conn: Connection, knowledge_version: str, limit: int = 500) -> list[int]:
    """Patients whose latest assessment was made by other criteria than these."""
    version = _row.knowledge_version
    others: list[int] = []
    for other in (version < knowledge_version, version > knowledge_version):  # as an index can
        found = sa.select(_row.patient).where(IS_LATEST, other).order_by(version, _row.patient)
        others += conn.execute(found.limit(limit - len(others))).scalars()
    return others
