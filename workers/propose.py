"""Assessments to CarePlan proposals, validated against the FHIR models before they are stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import msgspec

from fhir_mappings.careplan import proposal_identifier, proposed_orders, to_careplan
from fhir_mappings.careplan_text import contradicted_facts
from nelm.change import clinical_state
from nelm.doubts import doubts_in
from nelm.may_be_known import said_of_missing
from storage import assessments, jobs, patients, proposals, rulebooks
from storage.jobs import Job
from storage.patients import Patient
from storage.proposals import Draft, Proposal
from workers.assess import references
from workers.burials import retry_or_bury
from workers.errors import InvalidCarePlan
from workers.isolation import each_apart
from workers.parts import Parts


def propose(parts: Parts) -> int:
    """Take one batch of patients and draft their proposals; how many jobs there were."""
    workers = parts.settings.workers
    with parts.database.at_once() as tx:
        taken = jobs.take(tx, ["propose"], workers.patients_at_once, workers.lease_seconds)
    propose_taken(parts, taken)
    return len(taken)


def propose_taken(parts: Parts, taken: Sequence[Job]) -> None:
    """Draft the proposals of leased jobs; the others go on where one fails."""
    each_apart(
        lambda items: _propose(parts, items),
        taken,
        lambda job, error: retry_or_bury(parts, job, error),
    )


def _propose(parts: Parts, taken: Sequence[Job]) -> None:
    keys = [job.patient for job in taken]
    with parts.database.glance() as conn:
        latest = assessments.latest_of(conn, keys)
        known = patients.get_all(conn, keys)
        before = {one.identifier: one for one in proposals.of_patients(conn, keys)}
        documents = {
            key: rulebooks.whole(conn, one.document)
            for key, one in latest.items()
            if one.document is not None
        }
    drafts = [
        draft
        for key, document in documents.items()
        if key in known and (draft := _draft(parts, known[key], document, before)) is not None
    ]
    with parts.database.transaction(durable=False) as tx:
        proposals.save(tx, drafts)
        proposals.supersede(tx, documents.keys() - {one.patient for one in drafts})
        jobs.done(tx, taken)


def _draft(
    parts: Parts, patient: Patient, document: dict[str, Any], before: Mapping[str, Proposal]
) -> Draft | None:
    """The proposal of one patient; None where there is nothing to propose.

    Its digest is over what it is built on, not over its text, so that an assessment in which
    nothing clinical changed leaves the stored proposal as it is.
    """
    if not (proposed_orders(document) and patient.fhir_ids):
        return None
    strategy, base = str(document["strategy"]), parts.settings.canonical_base
    _, identifier = proposal_identifier(patient.connection, str(patient.key), strategy, base)
    digest = _digest(document, patient, base)
    kept = before.get(identifier)
    if kept is not None and kept.digest == digest:
        body = kept.careplan
    else:
        body = draft_careplan(parts, patient, document)
    return Draft(patient.key, patient.connection, identifier, strategy, body, digest)


def _digest(document: dict[str, Any], patient: Patient, base: str) -> str:
    """SHA-256 of the clinical state, of what words say is missing, and what it is attached to."""
    attached = [base, patient.fhir_ids[0], references(document, "Condition/")]
    built_on = [clinical_state(document), attached]
    if words := said_of_missing(document):
        built_on.append(words)
    if said := contradicted_facts(document):
        built_on.append(said)
    if doubts := doubts_in(document):
        built_on.append(doubts)
    return hashlib.sha256(msgspec.json.encode(built_on)).hexdigest()


def draft_careplan(parts: Parts, patient: Patient, document: dict[str, Any]) -> bytes:
    """The CarePlan of one assessment document as FHIR JSON.

    Raises:
        InvalidCarePlan: ours; what we built is not valid FHIR.
    """
    careplan = to_careplan(
        document,
        connection=patient.connection,
        patient_key=str(patient.key),
        patient_reference=f"Patient/{patient.fhir_ids[0]}",
        addresses=references(document, "Condition/"),
        supporting=references(document, ""),
        canonical_base=parts.settings.canonical_base,
    )
    problems = _validate()(careplan)
    if problems:
        raise InvalidCarePlan(f"{len(problems)} elements are not valid")
    return msgspec.json.encode(careplan)


def _validate() -> Callable[[dict[str, Any]], list[str]]:
    """The FHIR models, loaded at the first proposal: an embedded web process starts without."""
    validate: Callable[[dict[str, Any]], list[str]] = import_module(
        "fhir_mappings.fhir_models"
    ).validate
    return validate
