"""Assessments to CarePlan proposals, validated against the FHIR models before they are stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import msgspec

from fhir_mappings.careplan import proposed_orders, to_careplan
from storage import assessments, jobs, patients, proposals
from storage.jobs import Job
from storage.patients import Patient
from workers.burials import bury_job
from workers.errors import InvalidCarePlan
from workers.isolation import each_apart
from workers.parts import Parts


def propose(parts: Parts) -> int:
    """Draft the proposals of one batch of patients; how many jobs were taken."""
    workers = parts.settings.workers
    with parts.database.transaction() as tx:
        taken = jobs.take(tx, ["propose"], workers.patients_at_once, workers.lease_seconds)
    each_apart(
        lambda items: _propose(parts, items), taken, lambda job, error: bury_job(parts, job, error)
    )
    return len(taken)


def _propose(parts: Parts, taken: Sequence[Job]) -> None:
    with parts.database.reading() as tx:
        latest = assessments.latest_of(tx, [job.patient for job in taken])
        known = {job.patient: patients.get(tx, job.patient) for job in taken}
    drafts = []
    for job in taken:
        patient, assessed = known[job.patient], latest.get(job.patient)
        if patient is None or assessed is None or assessed.document is None:
            continue
        document = msgspec.json.decode(assessed.document)
        if proposed_orders(document):
            drafts.append((patient, assessed, draft_careplan(parts, patient, document)))
    with parts.database.transaction() as tx:
        for patient, assessed, careplan in drafts:
            body = msgspec.json.encode(careplan)
            proposals.save(
                tx,
                patient=patient.key,
                connection=patient.connection,
                identifier=str(careplan["identifier"][0]["value"]),
                strategy=assessed.strategy or "",
                careplan=body,
                digest=hashlib.sha256(body).hexdigest(),
            )
        jobs.done(tx, taken)


def draft_careplan(parts: Parts, patient: Patient, document: dict[str, Any]) -> dict[str, Any]:
    """The CarePlan of one assessment document, as FHIR JSON.

    Raises:
        InvalidCarePlan: ours; what we built is not valid FHIR.
    """
    careplan = to_careplan(
        document,
        connection=patient.connection,
        patient_key=str(patient.key),
        patient_reference=f"Patient/{patient.fhir_ids[0]}",
        addresses=_references(document, "Condition/"),
        supporting=_references(document, ""),
        canonical_base=parts.settings.canonical_base,
    )
    problems = _validate()(careplan)
    if problems:
        raise InvalidCarePlan(f"{len(problems)} elements are not valid")
    return careplan


def _references(document: dict[str, Any], kind: str) -> list[str]:
    """The resources that facts of the document came from, once each."""
    sources = (fact.get("source") or "" for fact in document.get("facts", {}).values())
    return sorted({source for source in sources if source.startswith(kind) and "/" in source})


def _validate() -> Callable[[dict[str, Any]], list[str]]:
    """The FHIR models, loaded at the first proposal: an embedded web process starts without."""
    validate: Callable[[dict[str, Any]], list[str]] = import_module(
        "fhir_mappings.fhir_models"
    ).validate
    return validate
