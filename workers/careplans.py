"""Which of the CarePlans an EHR holds are proposals of ours: found by their identifier."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection

from storage import proposals
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
        reading = item.reading
        if reading.type == "CarePlan" and item.body:
            _note_held(tx, connection, system, f"CarePlan/{reading.id}", reading.version, item.body)
    for type_, id_ in deleted:
        if type_ == "CarePlan":
            proposals.gone_at_ehr(tx, connection, f"CarePlan/{id_}")


def _note_held(
    tx: Connection, connection: str, system: str, reference: str, version: str | None, body: bytes
) -> None:
    try:
        careplan = _CAREPLAN.decode(body)
    except msgspec.DecodeError:
        return  # a CarePlan that is not ours, in a shape that is not the standard's
    for identifier in careplan.identifier:
        if identifier.system == system and identifier.value:
            proposals.held_by_ehr(
                tx,
                connection,
                identifier.value,
                reference,
                version,
                careplan.status,
                digest=_digest_of(tx, connection, identifier.value, careplan),
            )


def _digest_of(tx: Connection, connection: str, value: str, held: _CarePlan) -> str | None:
    """The digest of our proposal of that identifier, if the EHR's CarePlan says the same."""
    ours = proposals.find(tx, connection, value)
    if ours is None or _CAREPLAN.decode(ours.careplan).says() != held.says():
        return None
    return ours.digest
