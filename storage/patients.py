"""Patients by our own key, the EHR ids that stand for them, and whether they show any sign."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection


class Patient(msgspec.Struct, frozen=True):
    """key: our own. sign: some resource states or suggests a NET or a liver metastasis."""

    key: int
    connection: str
    sign: bool
    fhir_ids: tuple[str, ...]


def find(tx: Connection, connection: str, fhir_id: str) -> int | None:
    """Our key of a patient, None if never heard of."""
    raise NotImplementedError


def find_or_add(tx: Connection, connection: str, fhir_ids: Iterable[str]) -> dict[str, int]:
    """Our keys of these patients; the new ones are added, without a sign."""
    raise NotImplementedError


def get(tx: Connection, key: int) -> Patient | None:
    """The patient with our key."""
    raise NotImplementedError


def mark_sign(tx: Connection, keys: Iterable[int]) -> set[int]:
    """Marks patients as showing a sign; returns those for whom it is the first one."""
    raise NotImplementedError


def move_alias(tx: Connection, connection: str, fhir_id: str, to_fhir_id: str) -> set[int]:
    """After a merge at the EHR: `fhir_id`, and what was read under it, now is `to_fhir_id`'s patient.

    Returns the keys of both patients, whose assessments have to be made anew; empty if they
    already were one. Patients of two connections are never joined.
    """
    raise NotImplementedError
