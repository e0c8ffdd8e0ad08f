"""Which of the CarePlans an EHR holds are proposals of ours: found by their identifier."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection

from fhir_mappings.statements import Reading
from storage import patients, proposals
from storage.proposals import Draft
from storage.resources import Kept
from workers.parts import Parts


class _Identifier(msgspec.Struct):
    system: str | None = None
    value: str | None = None


class _Annotation(msgspec.Struct):
    text: str | None = None


class _Detail(msgspec.Struct):
    description: str | None = None


class _Activity(msgspec.Struct):
    detail: _Detail | None = None


class _CarePlan(msgspec.Struct):
    identifier: list[_Identifier] = []
    status: str | None = None
    title: str | None = None
    description: str | None = None
    note: list[_Annotation] = []
    activity: list[_Activity] = []

    def says(self) -> tuple[object, ...]:
        """What people read in it; a server may spell the rest in its own way."""
        return self.title, self.description, self.note, self.activity


_CAREPLAN = msgspec.json.Decoder(_CarePlan)


def note_careplans(
    parts: Parts,
    tx: Connection,
    connection: str,
    kept: Iterable[Kept],
    deleted: Iterable[tuple[str, str]],
) -> None:
    """Tell storage which proposals the EHR holds now, and which it no longer does."""
    system = f"{parts.settings.canonical_base}:proposal"
    for item in kept:
        if item.reading.type == "CarePlan" and item.body:
            _note_held(tx, connection, system, item.reading, item.body)
    for type_, id_ in deleted:
        if type_ == "CarePlan":
            proposals.gone_at_ehr(tx, connection, f"CarePlan/{id_}")


def _note_held(tx: Connection, connection: str, system: str, reading: Reading, body: bytes) -> None:
    try:
        careplan = _CAREPLAN.decode(body)
    except msgspec.DecodeError:
        return  # a CarePlan that is not ours, in a shape that is not the standard's
    reference, version = f"CarePlan/{reading.id}", reading.version
    for identifier in careplan.identifier:
        if identifier.system != system or not identifier.value:
            continue
        name = proposals.settled_identifier(tx, connection, identifier.value)
        digest = _digest_of(tx, connection, name, careplan)
        known = proposals.held_by_ehr(
            tx, connection, name, reference, version, careplan.status, digest=digest
        )
        draft = None if known else _as_draft(tx, connection, name, reading, body)
        if draft is not None:
            proposals.adopt(tx, draft, reference, version, careplan.status)


def _as_draft(
    tx: Connection, connection: str, name: str, reading: Reading, body: bytes
) -> Draft | None:
    """The CarePlan as a proposal of the patient whom it is about; None where its name differs."""
    key = patients.find(tx, connection, reading.patient) if reading.patient else None
    start = f"{connection}:{key}:"
    if key is None or not name.startswith(start):
        return None
    return Draft(key, connection, name, name.removeprefix(start), body, digest="")


def _digest_of(tx: Connection, connection: str, value: str, held: _CarePlan) -> str | None:
    """The digest of our proposal of that identifier, if the EHR's CarePlan says the same."""
    ours = proposals.find(tx, connection, value)
    if ours is None or _CAREPLAN.decode(ours.careplan).says() != held.says():
        return None
    return ours.digest
