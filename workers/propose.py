"""Assessments to CarePlan proposals, validated against the FHIR models before they are stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Sequence
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
    """Take one batch of patients and draft their proposals; how many jobs there were."""
    workers = parts.settings.workers
    with parts.database.transaction(durable=False) as tx:
        taken = jobs.take(tx, ["propose"], workers.patients_at_once, workers.lease_seconds)
    propose_taken(parts, taken)
    return len(taken)


def propose_taken(parts: Parts, taken: Sequence[Job]) -> None:
    """Draft the proposals of leased jobs; the others go on where one fails."""
    each_apart(
        lambda items: _propose(parts, items), taken, lambda job, error: bury_job(parts, job, error)
    )


def _propose(parts: Parts, taken: Sequence[Job]) -> None:
    keys = [job.patient for job in taken]
    with parts.database.reading() as tx:
        latest = assessments.latest_of(tx, keys)
        known = {key: patients.get(tx, key) for key in keys}
        before = {key: {one.digest for one in proposals.of_patient(tx, key)} for key in keys}
    drafts = []
    for key in keys:
        patient, assessed = known[key], latest.get(key)
        if patient is None or assessed is None or assessed.document is None:
            continue
        document = msgspec.json.decode(assessed.document)
        if proposed_orders(document):
            draft = draft_careplan(parts, patient, document, before[key])
            drafts.append((patient, assessed.strategy or "", *draft))
    with parts.database.transaction(durable=False) as tx:
        for patient, strategy, careplan, body, digest in drafts:
            proposals.save(
                tx,
                patient=patient.key,
                connection=patient.connection,
                identifier=str(careplan["identifier"][0]["value"]),
                strategy=strategy,
                careplan=body,
                digest=digest,
            )
        jobs.done(tx, taken)


def draft_careplan(
    parts: Parts, patient: Patient, document: dict[str, Any], known: Container[str] = ()
) -> tuple[dict[str, Any], bytes, str]:
    """The CarePlan of one assessment document: as FHIR JSON, as bytes, and their SHA-256.

    One whose digest is `known` was found valid before and is not validated again.

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
    body = msgspec.json.encode(careplan)
    digest = hashlib.sha256(body).hexdigest()
    if digest not in known:
        problems = _validate()(careplan)
        if problems:
            raise InvalidCarePlan(f"{len(problems)} elements are not valid")
    return careplan, body, digest


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
