"""Patients by our own key, the EHR ids that stand for them, and whether they show any sign."""

import time
from collections.abc import Iterable

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from storage.current import judge_anew
from storage.rows import given, write
from storage.tables import patient_aliases, patients, resources, statements


class Patient(msgspec.Struct, frozen=True):
    """key: our own. sign: some resource states or suggests a NET or a liver metastasis."""

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
    alias = patient_aliases.c
    asked = given(tx, {"fhir_id": sa.Text()}, [(fhir_id,) for fhir_id in fhir_ids])
    found = tx.execute(
        sa.select(alias.fhir_id, alias.patient)
        .select_from(asked)
        .join(patient_aliases, alias.fhir_id == asked.c.fhir_id)
        .where(alias.connection == connection)
    )
    return {one.fhir_id: one.patient for one in found}


def _add(tx: Connection, connection: str, fhir_ids: list[str]) -> dict[str, int]:
    keys = [_add_one(tx, connection) for _ in fhir_ids]
    rows = [
        {"connection": connection, "fhir_id": fhir_id, "patient": key}
        for fhir_id, key in zip(fhir_ids, keys, strict=True)
    ]
    write(tx, patient_aliases, rows, {"index_elements": ["connection", "fhir_id"]})
    # Another process may have added the same patient a moment earlier; its key stands.
    known = _known(tx, connection, fhir_ids)
    unused = set(keys) - set(known.values())
    if unused:
        tx.execute(sa.delete(patients).where(patients.c.id.in_(unused)))
    return known


def _add_one(tx: Connection, connection: str) -> int:
    new = sa.insert(patients).values(connection=connection, sign=False, added_at=time.time())
    return int(tx.execute(new.returning(patients.c.id)).scalar_one())


def get(tx: Connection, key: int) -> Patient | None:
    """The patient with our key."""
    found = tx.execute(sa.select(patients).where(patients.c.id == key)).one_or_none()
    if found is None:
        return None
    alias = patient_aliases.c
    fhir_ids = tx.execute(
        sa.select(alias.fhir_id).where(alias.patient == key).order_by(alias.fhir_id)
    )
    return Patient(key, found.connection, found.sign, tuple(fhir_ids.scalars()))


def lock(tx: Connection, keys: Iterable[int]) -> dict[int, bool]:
    """Who of these shows a sign; nobody else changes their statements before `tx` ends.

    Locked in one order, so that two workers never wait for each other.
    """
    asked = given(tx, {"key": patients.c.id.type}, [(key,) for key in sorted(set(keys))])
    found = tx.execute(
        sa.select(patients.c.id, patients.c.sign)
        .where(patients.c.id.in_(sa.select(asked.c.key)))
        .order_by(patients.c.id)
        .with_for_update()
    )
    return {one.id: bool(one.sign) for one in found}


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


def move_alias(tx: Connection, connection: str, fhir_id: str, to_fhir_id: str) -> set[int]:
    """After a merge at the EHR: `fhir_id` and what was read under it now are `to_fhir_id`'s.

    Returns the keys of both patients, for whom to ask for `read_record` and `assess`; empty if
    they already were one. Patients of two connections are never joined.
    """
    keys = find_or_add(tx, connection, (fhir_id, to_fhir_id))
    old, new = keys[fhir_id], keys[to_fhir_id]
    if old == new:
        return set()
    signs = lock(tx, (old, new))
    alias, read, stated = patient_aliases.c, resources.c, statements.c
    tx.execute(
        sa.update(patient_aliases)
        .where(alias.connection == connection, alias.fhir_id == fhir_id)
        .values(patient=new)
    )
    moved = (
        sa.update(resources)
        .where(read.patient == old, read.patient_fhir_id == fhir_id)
        .values(patient=new)
        .returning(read.id)
    )
    rows = [(one,) for one in tx.execute(moved).scalars()]
    asked = given(tx, {"resource": read.id.type}, rows)
    tx.execute(
        sa.update(statements)
        .where(stated.resource.in_(sa.select(asked.c.resource)))
        .values(patient=new)
    )
    if signs[old]:
        mark_sign(tx, [new])
    judge_anew(tx, (old, new))
    return {old, new}
