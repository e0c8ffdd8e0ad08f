"""The first sign of the disease: read that patient's whole record, once."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ehr.errors import EhrUnavailable
from fhir_mappings.statements import NotUnderstood, Reading
from storage import gaps, jobs, patients, resources
from storage.jobs import Job
from storage.notifications import REVIVED, Origin
from storage.patients import Patient
from storage.resources import Kept
from workers.burials import retry_or_bury
from workers.isolation import attempted, each_apart
from workers.merges import join_merged
from workers.parts import Parts
from workers.unmapped import note_unmapped
from workers.whole_record import Record, whole_record

# Their resources are held in memory until they are kept together.
PATIENTS_AT_ONCE = 16
# What an EHR fails to give of a record is asked for so often before the record goes without.
MOST_TRIES = 3
OUR_FAULT = "not read: a fault of this software"

_log = logging.getLogger(__name__)


def records_taken(parts: Parts, taken: Sequence[Job]) -> None:
    """Read the records of leased jobs, a few at a time; the others go on where one fails."""
    for some in _chunks(taken, PATIENTS_AT_ONCE):
        each_apart(
            lambda items: _read_records(parts, items),
            some,
            lambda job, error: _read_apart(parts, job, error),
        )


def _chunks(jobs_: Sequence[Job], size: int) -> Iterator[Sequence[Job]]:
    for begin in range(0, len(jobs_), size):
        yield jobs_[begin : begin + size]


def _read_records(parts: Parts, taken: Sequence[Job]) -> None:
    kept: dict[str, list[Kept]] = defaultdict(list)
    unread: dict[int, set[str]] = {}
    silent: dict[float, list[Job]] = defaultdict(list)
    failed: list[Job] = []
    merged: set[int] = set()
    for job in taken:
        patient = _patient_of(parts, job)
        if patient is None:
            continue
        try:
            record = whole_record(parts, patient)
        except EhrUnavailable as problem:
            pause = parts.pauses.away(patient.connection, problem.retry_after_seconds)
            silent[pause].append(job)
        else:
            kept[patient.connection] += [record.kept(*one) for one in record.held]
            unread[patient.key] = record.unread
            if record.failed:
                failed.append(job)
    with parts.database.transaction(durable=False) as tx:
        for connection, readings in sorted(kept.items()):
            note_unmapped(tx, connection, readings)
            kept_now = resources.keep(tx, connection, readings).kept
            merged |= join_merged(parts, tx, connection, kept_now)
        gaps.note_unread(tx, unread)
        for pause, some in silent.items():
            jobs.retry(tx, some, EhrUnavailable.__name__, pause)
        read = _answered(taken, silent)
        again = [job for job in failed if job.attempt < MOST_TRIES]
        jobs.retry(tx, again, EhrUnavailable.__name__)
        jobs.done(tx, [job for job in read if job not in again])
        jobs.put(tx, "assess", merged.union(job.patient for job in read))


def _patient_of(parts: Parts, job: Job) -> Patient | None:
    with parts.database.reading() as tx:
        patient = patients.get(tx, job.patient)
    if patient is not None and job.error == REVIVED:
        parts.pauses.forget(patient.connection)
    return patient


def _answered(taken: Sequence[Job], silent: Mapping[float, Sequence[Job]]) -> list[Job]:
    """The jobs of patients whose EHR is not silent."""
    waiting = {job.patient for some in silent.values() for job in some}
    return [job for job in taken if job.patient not in waiting]


# --- One resource at a time, where a record cannot be kept as a whole ----------------------------


def _read_apart(parts: Parts, job: Job, error: str) -> None:
    """Keep all of one record but what fails; where that fails too, the job is tried again."""
    problem = attempted(lambda: _keep_apart(parts, job))
    if problem is not None:
        retry_or_bury(parts, job, error)


def _keep_apart(parts: Parts, job: Job) -> None:
    patient = _patient_of(parts, job)
    if patient is None:
        return
    record = whole_record(parts, patient)
    broken: list[bytes] = []
    each_apart(
        lambda some: _keep(parts, patient, record, some),
        record.held,
        lambda one, _: broken.append(one[0]),
    )
    parts.metrics.count("nelm_resources_failed_total", len(broken), connection=patient.connection)
    with parts.database.transaction(durable=False) as tx:
        resources.keep(tx, patient.connection, list(_told(patient, broken)))
        gaps.note_unread(tx, {patient.key: record.unread})
        jobs.put(tx, "assess", [patient.key])
        if job.attempt < MOST_TRIES:
            jobs.retry(tx, [job], "ResourceFailed")
        else:
            jobs.done(tx, [job])


def _keep(
    parts: Parts, patient: Patient, record: Record, some: Sequence[tuple[bytes, Origin]]
) -> None:
    readings = [record.kept(*one) for one in some]
    with parts.database.transaction(durable=False) as tx:
        note_unmapped(tx, patient.connection, readings)
        kept = resources.keep(tx, patient.connection, readings).kept
        jobs.put(tx, "assess", join_merged(parts, tx, patient.connection, kept))


class _Head(msgspec.Struct):
    resourceType: str
    id: str


def _told(patient: Patient, broken: Sequence[bytes]) -> Iterator[Kept]:
    """Each as a resource that says nothing, with a line for the patient's document."""
    for body in broken:
        try:
            head = msgspec.json.decode(body, type=_Head)
        except msgspec.MsgspecError:
            continue
        source = f"{head.resourceType}/{head.id}"
        _log.error("resource left out of the record", extra={"resource": source})
        reading = Reading(
            type=head.resourceType,
            id=head.id,
            patient=patient.fhir_ids[0],
            not_understood=(NotUnderstood(source, None, None, OUR_FAULT),),
        )
        yield Kept(reading, body, confirmed=True)
