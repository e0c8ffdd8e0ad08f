"""The newest version we have read of each resource, and the statements it makes.

Patients without any sign: ids and versions only. What is `current` is kept up to date at every
write, so that reading a patient's facts costs the same however long the history is.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from fhir_mappings.notification_changes import is_id
from fhir_mappings.statements import Reading
from fhir_mappings.versions import age, instant_of
from storage import patients
from storage.notifications import Origin
from storage.replacement import new_statements, replace_statements
from storage.rows import Prepared, Writing
from storage.statements import (
    REFERENCES,
    Stored,
    conditions_known,
    current_statements,
    loaded_bodies,
    not_understood,
    read_bodies,
    same_resource,
    sources,
    statements_series,
    stored,
)
from storage.tables import resources

__all__ = [
    "Change",
    "Kept",
    "Stored",
    "conditions_known",
    "current_statements",
    "delete",
    "keep",
    "loaded_bodies",
    "not_understood",
    "read_bodies",
    "sources",
    "statements_series",
    "stored",
]

# How far the clocks of an EHR and ours may be apart; a later lastUpdated is a wrong one.
CLOCK_DIFFERENCE_SECONDS = 300.0

_row = resources.c
Reference = tuple[str, str]  # type, id


class Kept(msgspec.Struct, frozen=True):
    """One reading to keep. `confirmed`: just read from the EHR, so the resource exists now."""

    reading: Reading
    body: bytes | None = None
    origin: Origin = "subscription"
    confirmed: bool = False


class Change(msgspec.Struct, frozen=True):
    """What keeping or deleting changed.

    patients: whose statements changed; ask for `assess`.
    first_signs: who just showed the first sign; ask for `read_record`.
    older: references whose kept version is newer; nothing to do.
    read_again: references of which a notification brought a body, and nobody can say whether it
        is newer than what is kept, or than the deletion; read them from the EHR and keep them
        `confirmed`.
    kept: the readings that were kept, one a resource; neither older ones nor those to read again.
    """

    patients: frozenset[int] = frozenset()
    first_signs: frozenset[int] = frozenset()
    older: tuple[str, ...] = ()
    read_again: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()


class _Before(NamedTuple):
    """What is stored of a resource before this write."""

    key: int
    version: str | None
    last_updated: str | None
    patient: int | None
    deleted: bool


def keep(tx: Connection, connection: str, kept: Sequence[Kept], now: float | None = None) -> Change:
    """Keeps these readings, set-based; an older version never overwrites a newer one.

    Of one resource given twice the newest counts. Adds unknown patients, marks signs, replaces
    the statements of each source. Readings without type or id are left out. Does not put jobs.
    """
    instant = time.time() if now is None else now
    newest, unclear = _newest_of_each(kept)
    if not newest:
        return Change()
    owners = _owners(tx, connection, newest)
    # Patients are locked before anything is compared: what another worker keeps for them
    # meanwhile is then seen here, or waits for us.
    signs = patients.lock(tx, _keys_of(owners.values()))
    before = _before(tx, connection, newest)
    older = _take_out(newest, before, lambda one, than: _is_older(one, than, instant))
    doubtful = _take_out(newest, before, _doubt) + _drop(newest, unclear)
    replaced = {ref: one for ref, one in before.items() if ref in newest}
    signs |= patients.lock(tx, _keys_of(one.patient for one in replaced.values()) - signs.keys())
    signed = _keys_of(owners[ref] for ref, one in newest.items() if one.reading.sign)
    first = patients.mark_sign(tx, (key for key in signed if not signs[key]))
    known = frozenset(key for key, sign in signs.items() if sign) | first
    _write(tx, connection, newest, owners, known, instant)
    keys = _resource_keys(tx, connection, newest, replaced)
    shown = [
        (keys[ref], owner, newest[ref].reading)
        for ref, owner in owners.items()
        if owner in known and ref in newest
    ]
    changed = replace_statements(tx, {one.key for one in replaced.values()}, new_statements(shown))
    stored_now = tuple(newest.values())
    return Change(frozenset(changed), frozenset(first), _names(older), _names(doubtful), stored_now)


def _take_out(
    newest: dict[Reference, Kept],
    before: dict[Reference, _Before],
    is_out: Callable[[Kept, _Before], bool],
) -> list[Reference]:
    """Removes from `newest` what must not be kept, seen what is stored; says which."""
    return _drop(
        newest, {ref for ref, one in newest.items() if ref in before and is_out(one, before[ref])}
    )


def _drop(newest: dict[Reference, Kept], out: set[Reference]) -> list[Reference]:
    return [ref for ref in sorted(out) if newest.pop(ref, None) is not None]


def _names(references: Iterable[Reference]) -> tuple[str, ...]:
    return tuple("/".join(reference) for reference in references)


def _keys_of(keys: Iterable[int | None]) -> set[int]:
    return {key for key in keys if key is not None}


def _newest_of_each(kept: Sequence[Kept]) -> tuple[dict[Reference, Kept], set[Reference]]:
    """The newest of each resource, and those of which nobody can say which one that is."""
    newest: dict[Reference, Kept] = {}
    unclear: set[Reference] = set()
    for one in kept:
        reading = one.reading
        if not (reading.type and reading.id):
            continue
        reference = reading.type, reading.id
        rival = newest.get(reference)
        how = 1 if rival is None else _age(one, rival.reading)
        if rival is not None and how is None and _needs_proof(one):
            if not _needs_proof(rival):
                continue  # what was read from the EHR stands
            unclear.add(reference)
        if how != -1:
            newest[reference] = one
    return newest, unclear


def _age(one: Kept, than: Reading | _Before) -> int | None:
    reading = one.reading
    return age(reading.version, reading.last_updated, than.version, than.last_updated)


def _is_older(one: Kept, stored: _Before, now: float) -> bool:
    if _age(one, stored) != -1:
        return False
    # What the EHR gave just now is not older than a version that claims to come from the future.
    claimed = instant_of(stored.last_updated)
    return not (one.confirmed and claimed is not None and claimed > now + CLOCK_DIFFERENCE_SECONDS)


def _needs_proof(one: Kept) -> bool:
    return not one.confirmed and one.origin != "load"


def _doubt(one: Kept, stored: _Before) -> bool:
    # A late notification of the version before the deletion must not bring the resource back, and
    # one that cannot be compared must not overwrite what may be newer.
    return _needs_proof(one) and (stored.deleted or _age(one, stored) is None)


def _owners(
    tx: Connection, connection: str, newest: dict[Reference, Kept]
) -> dict[Reference, int | None]:
    """Our patient of each resource; None where it refers to none, or not by a FHIR id."""
    named = {
        ref: one.reading.patient
        for ref, one in newest.items()
        if one.reading.patient and is_id(one.reading.patient)
    }
    keys = patients.find_or_add(tx, connection, named.values())
    return {ref: keys[named[ref]] if ref in named else None for ref in newest}


def _anew(*names: str) -> dict[str, sa.ColumnElement[Any]]:
    return {name: sa.literal_column(f"excluded.{name}") for name in names}


_BEFORE = Prepared(
    lambda asked: (
        sa.select(
            _row.type,
            _row.fhir_id,
            _row.id,
            _row.version,
            _row.last_updated,
            _row.patient,
            _row.deleted,
        )
        .select_from(asked)
        .join(resources, same_resource(asked))
        .order_by(_row.id)
        .with_for_update(of=resources)
    ),
    REFERENCES,
)
_CONTENT = ["deleted", "kept_at", "not_understood", "body"]
_CONFIRMED: dict[str, sa.ColumnElement[Any]] = {
    "confirmed_at": sa.literal_column("coalesce(excluded.confirmed_at, resources.confirmed_at)")
}
_ABOUT = ["version", "last_updated", "patient", "patient_fhir_id", "origin"]
_KEY = ["connection", "type", "fhir_id"]
_KEEP = Writing(
    resources,
    [*_KEY, *_ABOUT, *_CONTENT, "confirmed_at"],
    {"index_elements": _KEY, "set": _anew(*_ABOUT, *_CONTENT) | _CONFIRMED},
)
_TOMBSTONE = Writing(
    resources,
    [*_KEY, "origin", *_CONTENT, "confirmed_at"],
    {"index_elements": _KEY, "set": _anew(*_CONTENT, "confirmed_at")},
)


def _before(
    tx: Connection, connection: str, references: Iterable[Reference]
) -> dict[Reference, _Before]:
    found = _BEFORE.run(tx, [(connection, *reference) for reference in sorted(references)])
    return {(one[0], one[1]): _Before(*one[2:]) for one in found}


def _write(
    tx: Connection,
    connection: str,
    newest: dict[Reference, Kept],
    owners: dict[Reference, int | None],
    known: frozenset[int],
    now: float,
) -> None:
    rows = [_resource(connection, newest[ref], owners[ref], known, now) for ref in sorted(newest)]
    _KEEP.run(tx, rows)


def _resource(
    connection: str, one: Kept, owner: int | None, known: frozenset[int], now: float
) -> dict[str, Any]:
    reading = one.reading
    shown = owner in known
    gaps = msgspec.json.encode(reading.not_understood).decode() if reading.not_understood else None
    return {
        "connection": connection,
        "type": reading.type,
        "fhir_id": reading.id,
        "version": reading.version,
        "last_updated": reading.last_updated,
        "patient": owner,
        "patient_fhir_id": reading.patient if owner is not None else None,
        "origin": one.origin,
        "deleted": False,
        "kept_at": now,
        "not_understood": gaps if shown else None,
        # What was loaded cannot be read again from an EHR, so it is kept for a first sign.
        "body": one.body if shown or one.origin == "load" else None,
        "confirmed_at": now if one.confirmed else None,
    }


def _resource_keys(
    tx: Connection,
    connection: str,
    references: Iterable[Reference],
    before: dict[Reference, _Before],
) -> dict[Reference, int]:
    keys = {ref: one.key for ref, one in before.items()}
    new = [ref for ref in references if ref not in keys]
    if new:
        keys |= {ref: one.key for ref, one in _before(tx, connection, new).items()}
    return keys


def delete(
    tx: Connection, connection: str, references: Iterable[Reference], now: float | None = None
) -> Change:
    """These resources (type, id) are gone at the EHR: their statements no longer count."""
    wanted = sorted(set(references))
    if not wanted:
        return Change()
    before = _before(tx, connection, wanted)
    patients.lock(tx, _keys_of(one.patient for one in before.values()))
    instant = time.time() if now is None else now
    # Also those never heard of: what was on its way when they were deleted must not count.
    rows = [_tombstone(connection, ref, instant) for ref in wanted]
    _TOMBSTONE.run(tx, rows)
    return Change(frozenset(replace_statements(tx, {one.key for one in before.values()}, ())))


def _tombstone(connection: str, reference: Reference, now: float) -> dict[str, Any]:
    return {
        "connection": connection,
        "type": reference[0],
        "fhir_id": reference[1],
        "origin": "subscription",
        "deleted": True,
        "kept_at": now,
        "confirmed_at": now,
        "not_understood": None,
        "body": None,
    }
