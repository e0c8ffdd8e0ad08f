"""Patients by our own key, the EHR ids that stand for them, and whether they show any sign."""

import time
from collections.abc import Iterable

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from storage.current import judge_anew
from storage.rows import Prepared, Writing
from storage.tables import patient_aliases, patients, resources, statements

_alias = patient_aliases.c
_read = resources.c

_KNOWN = Prepared(
    lambda asked: (
        sa.select(_alias.fhir_id, _alias.patient)
        .select_from(asked)
        .join(
            patient_aliases,
            sa.and_(_alias.connection == asked.c.connection, _alias.fhir_id == asked.c.fhir_id),
        )
    ),
    {"connection": sa.Text(), "fhir_id": sa.Text()},
)
_NEW_PATIENT = Prepared(
    lambda _: (
        sa.insert(patients)
        .values(
            connection=sa.bindparam("connection"), sign=sa.false(), added_at=sa.bindparam("instant")
        )
        .returning(patients.c.id)
    )
)
_NEW_ALIASES = Writing(
    patient_aliases,
    ["connection", "fhir_id", "patient"],
    {"index_elements": ["connection", "fhir_id"]},
)
_LOCKED = Prepared(
    lambda asked: (
        sa.select(patients.c.id, patients.c.sign)
        .where(patients.c.id.in_(sa.select(asked.c.key)))
        .order_by(patients.c.id)
        .with_for_update()
    ),
    {"key": patients.c.id.type},
)
_CONNECTIONS = Prepared(
    lambda asked: sa.select(patients.c.id, patients.c.connection).where(
        patients.c.id.in_(sa.select(asked.c.key))
    ),
    {"key": patients.c.id.type},
)
_MOVED = Prepared(
    lambda asked: (
        sa.update(statements)
        .where(statements.c.resource.in_(sa.select(asked.c.resource)))
        .values(patient=sa.bindparam("new"))
    ),
    {"resource": _read.id.type},
)


class Patient(msgspec.Struct, frozen=True):
    """key: our own. sign: some resource states or suggests a NET or a liver metastasis.

    fhir_ids: the one that stands first, then those merged into it.
    """

    key: int
    connection: str
    sign: bool
    fhir_ids: tuple[str, ...]


def find(tx: Connection, connection: str, fhir_id: str) -> int | None:
    """Our key of a patient, None if never heard of."""
    return _known(tx, connection, [fhir_id]).get(fhir_id)


def find_or_add(tx: Connection, connection: str, fhir_ids: Iterable[str]) -> dict[str, int]:
    """Our keys of these patients; the new ones are added, without a sign."""
    wanted = sorted(set(fhir_ids))
    known = _known(tx, connection, wanted)
    new = [fhir_id for fhir_id in wanted if fhir_id not in known]
    return known | _add(tx, connection, new) if new else known


def _known(tx: Connection, connection: str, fhir_ids: list[str]) -> dict[str, int]:
    found = _KNOWN.run(tx, [(connection, fhir_id) for fhir_id in fhir_ids])
    return {fhir_id: key for fhir_id, key in found}


def _add(tx: Connection, connection: str, fhir_ids: list[str]) -> dict[str, int]:
    keys = [_add_one(tx, connection) for _ in fhir_ids]
    rows = [
        {"connection": connection, "fhir_id": fhir_id, "patient": key}
        for fhir_id, key in zip(fhir_ids, keys, strict=True)
    ]
    _NEW_ALIASES.run(tx, rows)
    # Another process may have added the same patient a moment earlier; its key stands.
    known = _known(tx, connection, fhir_ids)
    unused = set(keys) - set(known.values())
    if unused:
        tx.execute(sa.delete(patients).where(patients.c.id.in_(unused)))
    return known


def _add_one(tx: Connection, connection: str) -> int:
    ((key,),) = _NEW_PATIENT.run(tx, connection=connection, instant=time.time())
    return int(key)


_WHO = Prepared(
    lambda asked: (
        sa.select(patients.c.id, patients.c.connection, patients.c.sign, _alias.fhir_id)
        .select_from(asked)
        .join(patients, patients.c.id == asked.c.key)
        .outerjoin(patient_aliases, _alias.patient == patients.c.id)
        .order_by(patients.c.id, _alias.merged_at.is_not(None), _alias.fhir_id)
    ),
    {"key": patients.c.id.type},
)


def get_all(tx: Connection, keys: Iterable[int]) -> dict[int, Patient]:
    """These patients by our keys; who does not exist is absent. Works on `glance()` too."""
    found: dict[int, Patient] = {}
    for key, connection, sign, fhir_id in _WHO.run(tx, [(one,) for one in sorted(set(keys))]):
        before = found[key].fhir_ids if key in found else ()
        ids = before if fhir_id is None else (*before, fhir_id)
        found[key] = Patient(key, connection, bool(sign), ids)
    return found


def get(tx: Connection, key: int) -> Patient | None:
    """The patient with our key."""
    return get_all(tx, [key]).get(key)


def connections_of(tx: Connection, keys: Iterable[int]) -> dict[int, str]:
    """The connection of each of these patients."""
    wanted = [(key,) for key in sorted(set(keys))]
    return dict(tuple(row) for row in _CONNECTIONS.run(tx, wanted)) if wanted else {}


def with_sign(tx: Connection, keys: Iterable[int]) -> set[int]:
    """Those of these who show a sign."""
    wanted = sorted(set(keys))
    if not wanted:
        return set()
    shown = sa.select(patients.c.id).where(
        patients.c.id.in_(wanted), patients.c.sign.is_(sa.true())
    )
    return set(tx.execute(shown).scalars())


def lock(tx: Connection, keys: Iterable[int]) -> dict[int, bool]:
    """Who of these shows a sign; nobody else changes their statements before `tx` ends.

    Locked in one order, so that two workers never wait for each other.
    """
    wanted = sorted(set(keys))
    found = _LOCKED.run(tx, [(key,) for key in wanted]) if wanted else ()
    return {key: bool(sign) for key, sign in found}


def mark_sign(tx: Connection, keys: Iterable[int]) -> set[int]:
    """Marks patients as showing a sign; returns those for whom it is the first one."""
    wanted = sorted(set(keys))
    if not wanted:
        return set()
    marked = (
        sa.update(patients)
        .where(patients.c.id.in_(wanted), patients.c.sign.is_(sa.false()))
        .values(sign=True)
        .returning(patients.c.id)
    )
    return set(tx.execute(marked).scalars())


def _note_merged(tx: Connection, connection: str, merged: str, stands: str) -> None:
    for fhir_id, instant in ((merged, time.time()), (stands, None)):
        tx.execute(
            sa.update(patient_aliases)
            .where(_alias.connection == connection, _alias.fhir_id == fhir_id)
            .where(_alias.merged_at.is_(None) != (instant is None))
            .values(merged_at=instant)
        )


def move_alias(tx: Connection, connection: str, fhir_id: str, to_fhir_id: str) -> set[int]:
    """After a merge at the EHR: `fhir_id` and what was read under it now are `to_fhir_id`'s.

    Returns the keys of both patients, for whom to ask for `read_record` and `assess`; empty if
    they already were one. Patients of two connections are never joined.
    """
    keys = find_or_add(tx, connection, (fhir_id, to_fhir_id))
    old, new = keys[fhir_id], keys[to_fhir_id]
    _note_merged(tx, connection, fhir_id, to_fhir_id)
    if old == new:
        return set()
    signs = lock(tx, (old, new))
    tx.execute(
        sa.update(patient_aliases)
        .where(_alias.connection == connection, _alias.fhir_id == fhir_id)
        .values(patient=new)
    )
    moved = (
        sa.update(resources)
        .where(_read.patient == old, _read.patient_fhir_id == fhir_id)
        .values(patient=new)
        .returning(_read.id)
    )
    rows = [(one,) for one in tx.execute(moved).scalars()]
    _MOVED.run(tx, rows, new=new)
    if signs[old]:
        mark_sign(tx, [new])
    judge_anew(tx, (old, new))
    return {old, new}
