"""Where what we hold of a patient is known to be incomplete, so that nobody takes it for whole."""

import time
from collections.abc import Collection, Iterable, Mapping

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from fhir_mappings.statements import NotUnderstood
from storage.noted import SUBJECT_UNKNOWN
from storage.rows import Prepared
from storage.tables import notifications, patients, resources
from storage.written import Written

NOT_READ = "not read so far: the EHR has not given it"
NOT_CURRENT = "a newer version could not be read so far"

_told = notifications.c
_here = resources.c
_types = msgspec.json.Decoder(tuple[str, ...]).decode


class Pending(msgspec.Struct, frozen=True):
    """A version of a resource that we were told of and could not read so far.

    state: buried (given up on) or taken (tried again after a pause). error: an error's class name.
    received_at: Unix seconds. The values that stand are those of the version before.
    """

    reference: str
    state: str
    error: str | None
    received_at: float


UNREAD = Written("SELECT unread_types FROM patients WHERE id = {0}")
IS_PENDING = (
    "notifications AS n LEFT JOIN resources AS r"
    " ON r.connection = n.connection AND r.type = n.type AND r.fhir_id = n.fhir_id"
    " WHERE n.state IN ('waiting', 'taken', 'buried')"
    # What the EHR itself said after the notification came is at least as new as what it told of; a
    # body that came later may be a late one of an older version, unless it is the one told of.
    " AND (r.id IS NULL OR coalesce(r.confirmed_at, 0) < n.received_at)"
    " AND (r.id IS NULL OR r.version IS NULL OR n.version IS NULL OR r.version <> n.version"
    " OR r.kept_at < n.received_at)"
)
PENDING = Written(
    "SELECT n.type, n.fhir_id, n.state, n.error, n.received_at FROM {is_pending}"
    " AND n.patient = {0} AND n.connection = {0}"
    " ORDER BY n.type, n.fhir_id, n.id",
    is_pending=IS_PENDING,
)


def unread_types(conn: Connection, patient: int) -> tuple[str, ...]:
    """FHIR types that could not be read of this patient so far, sorted.

    Silence about what they hold proves nothing. From the first sign until the record is read these
    are all types. Empty: all of them were read, or there is no sign so far. Meant for `glance()`;
    works on any connection.
    """
    found = UNREAD.row(conn, patient)
    return types_in(found[0]) if found else ()


def types_in(text: str | None) -> tuple[str, ...]:
    """The FHIR types of a stored list of them."""
    return _types(text) if text else ()


def pending_changes(conn: Connection, connection: str, patient: int) -> tuple[Pending, ...]:
    """Newer versions of this patient's resources that could not be read, one per resource.

    What merely waits for its first turn is not among them. Meant for `glance()`.
    """
    found = PENDING.rows(conn, patient, connection)
    newest = {(type_, id_): Pending(f"{type_}/{id_}", *told) for type_, id_, *told in found}
    return tuple(newest.values())


_NOTE_UNREAD = Prepared(
    lambda told: (
        sa.update(patients)
        .where(patients.c.id == told.c.patient)
        .values(unread_types=told.c.unread_types)
    ),
    {"patient": patients.c.id.type, "unread_types": sa.Text()},
)


def note_unread(tx: Connection, unread: Mapping[int, Collection[str]]) -> None:
    """What could not be read of each patient's record so far; nothing where all of it was."""
    rows = [
        (patient, msgspec.json.encode(sorted(types)).decode() if types else None)
        for patient, types in sorted(unread.items())
    ]
    if rows:
        _NOTE_UNREAD.run(tx, rows)


def patients_with_unread(tx: Connection, connection: str) -> list[int]:
    """Whose record should be read again once this EHR allows more."""
    row = patients.c
    found = sa.select(row.id).where(row.connection == connection, row.unread_types.is_not(None))
    return list(tx.execute(found.order_by(row.id)).scalars())


_UNREAD_OF_MANY = Prepared(
    lambda asked: (
        sa.select(patients.c.id, patients.c.unread_types)
        .select_from(asked)
        .join(patients, patients.c.id == asked.c.patient)
        .where(patients.c.unread_types.is_not(None))
    ),
    {"patient": patients.c.id.type},
)


def unread_lines(tx: Connection, keys: Iterable[int]) -> dict[int, list[NotUnderstood]]:
    """The same for documents, one line per type; only patients who have any."""
    found = _UNREAD_OF_MANY.run(tx, [(key,) for key in keys])
    return {
        key: [NotUnderstood(type_, None, None, NOT_READ) for type_ in _types(types)]
        for key, types in found
    }


_PENDING_OF_MANY = Prepared(
    lambda asked: (
        sa.select(_told.patient, _told.type, _told.fhir_id)
        .select_from(asked)
        .join(notifications, _told.patient == asked.c.patient)
        .where(_told.state != "done", sa.not_(_overtaken()))
        .distinct()
        .order_by(_told.patient, _told.type, _told.fhir_id)
    ),
    {"patient": patients.c.id.type},
)


def _overtaken() -> sa.ColumnElement[bool]:
    """Something at least as new was kept after the notification came; see `IS_PENDING`."""
    return sa.exists().where(
        _here.connection == _told.connection,
        _here.type == _told.type,
        _here.fhir_id == _told.fhir_id,
        sa.or_(
            _here.confirmed_at >= _told.received_at,
            sa.and_(_here.version == _told.version, _here.kept_at >= _told.received_at),
        ),
    )


def pending_lines(tx: Connection, keys: Iterable[int]) -> dict[int, list[NotUnderstood]]:
    """Pending changes for documents, one line per resource; only patients who have any."""
    lines: dict[int, list[NotUnderstood]] = {}
    for key, type_, id_ in _PENDING_OF_MANY.run(tx, [(key,) for key in keys]):
        lines.setdefault(key, []).append(NotUnderstood(f"{type_}/{id_}", None, None, NOT_CURRENT))
    return lines


_SETTLE = Prepared(
    lambda _: (
        sa.update(notifications)
        .where(_told.patient.is_not(None), _told.state == "buried", _overtaken())
        .values(state="done", body=None, patient=None)
        .returning(_told.connection, _told.type, _told.fhir_id)
    )
)


def settle_overtaken(tx: Connection) -> set[int]:
    """What was given up on is done where its resource was read since; returns whose it was."""
    settled = _SETTLE.run(tx)
    whose = _OWNERS.run(tx, settled) if settled else ()
    return {key for (key,) in whose if key is not None}


_TRY_AGAIN = Prepared(
    lambda asked: (
        sa.update(notifications)
        .where(
            _told.connection == asked.c.connection,
            _told.type == asked.c.type,
            _told.fhir_id == asked.c.fhir_id,
            _told.state == sa.literal_column("'buried'"),
            # read well, and nobody's: `noted.settle_owned`
            _told.error != SUBJECT_UNKNOWN,
        )
        # `taken` with a lease that has run out: see `notifications.retry`.
        .values(state="taken", attempts=0, unanswered=0, available_at=sa.bindparam("now"))
    ),
    {"connection": sa.Text(), "type": sa.Text(), "fhir_id": sa.Text()},
)


def try_again(
    tx: Connection, connection: str, references: Iterable[tuple[str, str]], now: float | None = None
) -> None:
    """What was given up on of these resources (type, id) is due: the EHR speaks of them again."""
    rows = [(connection, *one) for one in sorted(set(references))]
    if rows:
        _TRY_AGAIN.run(tx, rows, now=time.time() if now is None else now)


_OWNERS = Prepared(
    lambda asked: (
        sa.select(_here.patient)
        .select_from(asked)
        .join(
            resources,
            sa.and_(
                _here.connection == asked.c.connection,
                _here.type == asked.c.type,
                _here.fhir_id == asked.c.fhir_id,
            ),
        )
    ),
    {"connection": sa.Text(), "type": sa.Text(), "fhir_id": sa.Text()},
)
