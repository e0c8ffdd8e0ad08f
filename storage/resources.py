"""The newest version we have read of each resource, and the statements it makes.

Patients without any sign: ids and versions only. What is `current` is kept up to date at every
write, so that reading a patient's facts costs the same however long the history is.
"""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection

from fhir_mappings.statements import NotUnderstood, Reading, Statement
from storage.notifications import Origin


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
    read_again: references deleted here, of which a notification brought a body of uncertain age;
        read them from the EHR and keep them `confirmed`.
    """

    patients: frozenset[int] = frozenset()
    first_signs: frozenset[int] = frozenset()
    older: tuple[str, ...] = ()
    read_again: tuple[str, ...] = ()


class Stored(msgspec.Struct, frozen=True):
    """A resource version as stored; body None unless the patient shows a sign or it was loaded."""

    type: str
    id: str
    version: str | None
    last_updated: str | None
    patient: int | None
    origin: Origin
    deleted: bool
    body: bytes | None


def keep(tx: Connection, connection: str, kept: Sequence[Kept], now: float | None = None) -> Change:
    """Keeps these readings, set-based; an older version never overwrites a newer one.

    Of one resource given twice the newest counts. Adds unknown patients, marks signs, replaces
    the statements of each source. Readings without type or id are left out. Does not put jobs.
    """
    raise NotImplementedError


def delete(
    tx: Connection, connection: str, references: Iterable[tuple[str, str]], now: float | None = None
) -> Change:
    """These resources (type, id) are gone at the EHR: their statements no longer count."""
    raise NotImplementedError


def current_statements(tx: Connection, patients: Iterable[int]) -> dict[int, list[Statement]]:
    """The statements that can still decide a fact, per patient; bounded, not the history.

    Every asked patient has an entry, empty where nothing is known. Works on `glance()` too.
    """
    raise NotImplementedError


def statements_series(tx: Connection, patient: int, fact: str, limit: int = 100) -> list[Statement]:
    """The newest `limit` statements of one fact, oldest first."""
    raise NotImplementedError


def not_understood(tx: Connection, patient: int) -> list[NotUnderstood]:
    """What of the patient's resources did not count, and why."""
    raise NotImplementedError


def stored(
    tx: Connection, connection: str, references: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Stored]:
    """What we have of these resources (type, id); unknown ones are absent."""
    raise NotImplementedError


def sources(tx: Connection, patient: int) -> list[Stored]:
    """All resources of a patient that were read and not deleted, without bodies, by type and id."""
    raise NotImplementedError


def loaded_bodies(tx: Connection, patient: int) -> list[Stored]:
    """What `load` brought about a patient, with bodies: read these, never the EHR."""
    raise NotImplementedError
