"""Two records of one person that the EHR has merged: one patient here too, judged on both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from fhir_mappings.drafts import patient_of, server_of
from fhir_mappings.elements import Reference
from runtime.fhir_servers import servers_of, spelled_alike
from storage import jobs, patients
from storage.resources import Kept
from workers.parts import Parts


def join_merged(
    parts: Parts, tx: Connection, connection: str, kept: Iterable[Kept]
) -> frozenset[int]:
    """Move to the record that stands what was read under those merged into it.

    Asks for the record of who is more than before, if it shows a sign. Returns our keys of all
    whose facts may differ now; a link that is taken back does not part them again.
    Source: FHIR R4 Patient.link (replaced-by, replaces).
    """
    changed: set[int] = set()
    for merged, stands in _pairs(parts, connection, kept):
        changed |= _join(tx, connection, merged, stands)
    signed = patients.with_sign(tx, changed)
    if signed:
        parts.metrics.count("nelm_patients_merged_total", connection=connection)
        jobs.put(tx, "read_record", sorted(signed))
    return frozenset(signed)


def _pairs(parts: Parts, connection: str, kept: Iterable[Kept]) -> Iterator[tuple[str, str]]:
    for one in kept:
        reading = one.reading
        if reading.replaced_by and (stands := _patient(parts, connection, reading.replaced_by)):
            yield reading.id, stands
        for reference in reading.replaces:
            if merged := _patient(parts, connection, reference):
                yield merged, reading.id


def _patient(parts: Parts, connection: str, reference: str) -> str | None:
    """The id of the patient referred to, if that is one of this EHR."""
    subject = Reference(reference)
    server = server_of(subject)
    if server is not None and not _is_ours(parts, connection, server):
        return None
    return patient_of(subject)


def _is_ours(parts: Parts, connection: str, server: str) -> bool:
    known = parts.settings.connections.get(connection)
    try:
        return known is not None and spelled_alike(server) in servers_of(known)
    except ValueError:
        return False


def _join(tx: Connection, connection: str, merged: str, stands: str) -> set[int]:
    """Who was merged into the merged one before comes along."""
    key = patients.find(tx, connection, merged)
    before = patients.get(tx, key) if key is not None else None
    changed: set[int] = set()
    for fhir_id in before.fhir_ids if before else (merged,):
        if fhir_id != stands:
            changed |= patients.move_alias(tx, connection, fhir_id, stands)
    return changed
