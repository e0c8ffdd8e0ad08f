"""Assessments as documents: the latest one per patient, and those before it."""

import msgspec
from sqlalchemy import Connection


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

    digest: over what is clinically said, so that the same judgement has the same digest.
    """

    patient: int
    document: bytes
    strategy: str
    as_of: str
    digest: str
    knowledge_version: str
    mapping_set: str
    valid_until: str | None = None


def latest(conn: Connection, connection: str, fhir_id: str) -> Latest | None:
    """What is stored for the EHR's patient id; None: never heard of. One indexed query.

    Meant for `database.glance()`; works on any connection.
    """
    raise NotImplementedError


def latest_of(conn: Connection, patients: list[int]) -> dict[int, Latest]:
    """The same by our own keys, for those that exist."""
    raise NotImplementedError


def save(tx: Connection, judged: list[Judged], now: float | None = None) -> set[int]:
    """Saves assessments; returns the patients for whom it says something new.

    The same digest as the latest one replaces its document (dates move on) and adds no history.
    """
    raise NotImplementedError


def history(conn: Connection, connection: str, fhir_id: str, limit: int = 50) -> list[Past]:
    """The assessments of a patient, newest first."""
    raise NotImplementedError


def past_validity(conn: Connection, today: str, limit: int = 500) -> list[int]:
    """Patients whose latest assessment was valid until before `today` (ISO date)."""
    raise NotImplementedError
