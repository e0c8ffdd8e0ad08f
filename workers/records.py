"""The first sign of the disease: read that patient's whole record, once."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ehr.errors import EhrRefused, EhrUnavailable, ResourceGone
from ehr.interface import Ehr
from fhir_mappings.reading import read_resource
from storage import gaps, jobs, patients, resources
from storage.jobs import Job
from storage.notifications import REVIVED
from storage.patients import Patient
from storage.resources import Kept
from workers.background import Background
from workers.burials import retry_or_bury
from workers.isolation import each_apart
from workers.merges import join_merged
from workers.parts import Parts
from workers.unmapped import note_unmapped

# Searched by `patient`; the Patient itself is read by its id.
RECORD_TYPES = (
    "Observation", "Condition", "Procedure", "MedicationRequest", "MedicationStatement",
    "MedicationAdministration", "DiagnosticReport",
)  # fmt: skip

# Their resources are held in memory until they are kept together.
PATIENTS_AT_ONCE = 16

_log = logging.getLogger(__name__)


def records_taken(parts: Parts, taken: Sequence[Job]) -> None:
    """Read the records of leased jobs, a few at a time; the others go on where one fails."""
    for some in _chunks(taken, PATIENTS_AT_ONCE):
        each_apart(
            lambda items: _read_records(parts, items),
            some,
            lambda job, error: retry_or_bury(parts, job, error),
        )


def _chunks(jobs_: Sequence[Job], size: int) -> Iterator[Sequence[Job]]:
    for begin in range(0, len(jobs_), size):
        yield jobs_[begin : begin + size]


def _read_records(parts: Parts, taken: Sequence[Job]) -> None:
    kept: dict[str, list[Kept]] = defaultdict(list)
    unread: dict[int, frozenset[str]] = {}
    silent: dict[float, list[Job]] = defaultdict(list)
    for job in taken:
        with parts.database.reading() as tx:
            patient = patients.get(tx, job.patient)
        if patient is None:
            continue
        if job.error == REVIVED:
            parts.pauses.forget(patient.connection)
        try:
            record = _record_of(parts, patient)
        except EhrUnavailable as problem:
            pause = parts.pauses.away(patient.connection, problem.retry_after_seconds)
            silent[pause].append(job)
        else:
            kept[patient.connection] += record.kept
            unread[patient.key] = record.unread
    done = _answered(taken, silent)
    merged: set[int] = set()
    with parts.database.transaction(durable=False) as tx:
        for connection, readings in sorted(kept.items()):
            note_unmapped(tx, connection, readings)
            kept_now = resources.keep(tx, connection, readings).kept
            merged |= join_merged(parts, tx, connection, kept_now)
        gaps.note_unread(tx, unread)
        for pause, some in silent.items():
            jobs.retry(tx, some, EhrUnavailable.__name__, pause)
        if done:
            jobs.done(tx, done)
        if whose := merged.union(job.patient for job in done):
            jobs.put(tx, "assess", sorted(whose))


def _answered(taken: Sequence[Job], silent: Mapping[float, Sequence[Job]]) -> list[Job]:
    """The jobs of patients whose EHR is not silent."""
    waiting = {job.patient for some in silent.values() for job in some}
    return [job for job in taken if job.patient not in waiting]


class Record(msgspec.Struct, frozen=True):
    """What was read of a patient, and the types that could not be."""

    kept: list[Kept]
    unread: frozenset[str] = frozenset()


def _record_of(parts: Parts, patient: Patient) -> Record:
    """What was loaded of a patient, and what the EHR holds unless all was loaded."""
    with parts.database.reading() as tx:
        loaded = resources.loaded_bodies(tx, patient.key)
        only_loaded = bool(loaded) and len(loaded) == len(resources.sources(tx, patient.key))
    background = Background(parts, patient.connection)
    bodies = [stored.body for stored in loaded if stored.body]
    background.gather(bodies, ask=False)
    kept = [Kept(background.read(body), body, "load", confirmed=True) for body in bodies]
    if only_loaded:
        return Record(kept)
    held = _search(parts, patient, background)
    return Record(kept + held.kept, held.unread)


def _search(parts: Parts, patient: Patient, background: Background) -> Record:
    """Everything the EHR holds about the patient, all types at once."""
    ehr = parts.ehrs.get(patient.connection)
    if ehr is None:
        # a connection that is no longer configured cannot be read at all
        return Record([], frozenset({"Patient", *RECORD_TYPES}))
    if parts.pauses.remaining(patient.connection) > 0:
        raise EhrUnavailable("this EHR did not answer a moment ago")
    kept: list[Kept] = []
    unread: set[str] = set()
    for fhir_id in patient.fhir_ids:
        searches = parts.readers.map(
            lambda type_, id_=fhir_id: _search_type(ehr, type_, id_), RECORD_TYPES
        )
        found = dict(zip(RECORD_TYPES, searches, strict=True))
        unread.update(type_ for type_, bodies in found.items() if bodies is None)
        bodies = [body for bodies in found.values() for body in bodies or ()]
        background.gather(bodies)
        if background.away:
            raise EhrUnavailable("this EHR fell silent while the record was read")
        kept += [Kept(background.read(body), body, confirmed=True) for body in bodies]
        person = _read_patient(parts, ehr, fhir_id)
        if person is not None:
            kept.append(person)
        elif fhir_id == patient.fhir_ids[0]:
            # one that was merged away may be gone; what it said does not count any more
            unread.add("Patient")
    parts.pauses.answered(patient.connection)
    for type_ in sorted(unread):
        parts.metrics.count(
            "nelm_records_incomplete_total", connection=patient.connection, resource=type_
        )
    return Record(kept, frozenset(unread))


def _search_type(ehr: Ehr, type_: str, fhir_id: str) -> list[bytes] | None:
    """All resources of one type; None where the EHR refuses the search."""
    try:
        return list(ehr.search(type_, {"patient": fhir_id, "_count": "200"}))
    except (EhrRefused, ResourceGone) as problem:
        _log.warning(
            "search refused; the record is read without it",
            extra={"resource": type_, "error_class": type(problem).__name__},
        )
        return None


def _read_patient(parts: Parts, ehr: Ehr, fhir_id: str) -> Kept | None:
    """The Patient itself; None where the EHR does not give it."""
    try:
        found = ehr.read(f"Patient/{fhir_id}")
    except (EhrRefused, ResourceGone) as problem:
        _log.warning("patient not readable", extra={"error_class": type(problem).__name__})
        return None
    return Kept(read_resource(found.body, parts.mapping_set), found.body, confirmed=True)
