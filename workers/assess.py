"""Patients to assessments: current statements to facts, judged, saved where something changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection

from fhir_mappings.combination import combine_with_reasons
from fhir_mappings.staging_document import staging_document
from fhir_mappings.statements import NotUnderstood, Statement
from nelm import assess
from storage import assessments, gaps, jobs, resources
from storage.assessments import Judged
from storage.jobs import Job
from workers.burials import retry_or_bury
from workers.isolation import each_apart
from workers.parts import Parts

# What changes from day to day, or says where rather than what, makes no new assessment.
NOT_CLINICAL = frozenset({"as_of", "valid_until", "sources", "not_understood"})


def assess_patients(parts: Parts) -> int:
    """Take one batch of patients and assess each once; how many jobs there were."""
    workers = parts.settings.workers
    with parts.database.transaction(durable=False) as tx:
        taken = jobs.take(tx, ["assess"], workers.patients_at_once, workers.lease_seconds)
    assess_taken(parts, taken)
    return len(taken)


def assess_taken(parts: Parts, taken: Sequence[Job]) -> None:
    """Assess the patients of leased jobs; the others go on where one fails."""
    each_apart(
        lambda items: _assess(parts, items),
        taken,
        lambda job, error: retry_or_bury(parts, job, error),
    )
    parts.metrics.count("nelm_assessments_total", len(taken))


def _assess(parts: Parts, taken: Sequence[Job]) -> None:
    patients = [job.patient for job in taken]
    with parts.database.reading() as tx:
        statements = resources.current_statements(tx, patients)
        misread = {patient: resources.not_understood(tx, patient) for patient in patients}
        unread = gaps.unread_lines(tx, patients)
        pending = gaps.pending_lines(tx, patients)
    as_of = parts.today()
    judged = [
        judge_patient(
            parts,
            patient,
            statements[patient],
            [*pending.get(patient, ()), *unread.get(patient, ()), *misread[patient]],
            as_of,
        )
        for patient in patients
    ]
    with parts.database.transaction(durable=False) as tx:
        _save(tx, judged)
        jobs.done(tx, taken)


def judge_patient(
    parts: Parts,
    patient: int,
    statements: Sequence[Statement],
    not_understood: Sequence[NotUnderstood],
    as_of: date,
) -> Judged:
    """One patient's assessment, ready to be saved. Pure: reads and writes nothing."""
    combined = combine_with_reasons(statements, as_of, parts.mapping_set)
    assessment = assess(combined.facts, parts.parameters, as_of)
    document = staging_document(
        assessment,
        combined.facts,
        not_understood=[*not_understood, *combined.not_understood],
        candidates=[_candidate(one) for one in combined.candidates],
        sources=_sources(statements),
        mapping_set=parts.mapping_set,
    )
    body, digest = encoded(document)
    return Judged(
        patient=patient,
        document=body,
        strategy=str(document["strategy"]),
        as_of=as_of.isoformat(),
        digest=digest,
        knowledge_version=str(document["knowledge_version"]),
        mapping_set=parts.mapping_set.version,
        valid_until=document.get("valid_until"),
    )


def encoded(document: dict[str, Any]) -> tuple[bytes, str]:
    """The document as JSON bytes, and the SHA-256 of what it says clinically.

    The same judgement a day later has the same digest; what is clinical is encoded only once.
    """
    said = {key: value for key, value in document.items() if key not in NOT_CLINICAL}
    other = {key: value for key, value in document.items() if key in NOT_CLINICAL}
    body = msgspec.json.encode(said)
    whole = msgspec.json.encode(other)[:-1] + b"," + body[1:]
    return whole, hashlib.sha256(body).hexdigest()


def _sources(statements: Sequence[Statement]) -> list[dict[str, Any]]:
    """The resource versions that can still decide a fact; not the whole history."""
    found = {
        one.source: {
            "source": one.source,
            "version": one.version,
            "last_updated": one.last_updated,
        }
        for one in statements
    }
    return [found[source] for source in sorted(found)]


def _candidate(one: Statement) -> dict[str, Any]:
    """A diagnosis that is not confirmed: shown, never counted."""
    return {
        "fact": one.value["fact"],
        "value": one.value["value"],
        "sentence": f"diagnosis stated as {one.status}",
        "source": one.source,
    }


def _save(tx: Connection, judged: list[Judged]) -> None:
    changed = assessments.save(tx, judged)
    if changed:
        jobs.put(tx, "propose", sorted(changed))
