"""Patients to assessments: current statements to facts, judged, saved where something changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from fhir_mappings.combination import combine_with_reasons
from fhir_mappings.mapping_rules import MappingSet
from fhir_mappings.staging_document import candidate_document, gathered
from fhir_mappings.statements import NotUnderstood, Statement
from nelm import assess
from nelm.doubts import doubts_in
from nelm.may_be_known import said_of_missing
from nelm.record import to_record
from nelm.rulebook import rulebook
from nelm.said_otherwise import Otherwise, said_otherwise
from storage import assessments, gaps, jobs, resources, rulebooks
from storage.assessments import Judged
from storage.jobs import Job
from storage.patients import connections_of
from workers.burials import retry_or_bury
from workers.isolation import each_apart
from workers.parts import Parts

# What changes from day to day, or says where rather than what, makes no new assessment.
NOT_CLINICAL = frozenset({"as_of", "valid_until", "sources", "not_understood"})
CONCLUDED = ("rulebook", "staging", "strategy", "options", "work_up", "missing", "parameters")


def assess_patients(parts: Parts) -> int:
    """Take one batch of patients and assess each once; how many jobs there were."""
    workers = parts.settings.workers
    with parts.database.at_once() as tx:
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
    # What changes between two of these questions asks for another assessment by itself.
    with parts.database.glance() as conn:
        connections = connections_of(conn, patients)
        statements = resources.current_statements(conn, patients)
        misread = resources.not_understood(conn, patients)
        unread = gaps.unread_lines(conn, patients)
        pending = gaps.pending_lines(conn, patients)
    as_of = parts.today()
    judged = [
        judge_patient(
            parts,
            patient,
            statements[patient],
            [*pending.get(patient, ()), *unread.get(patient, ()), *misread[patient]],
            as_of,
            parts.rules.of(connections.get(patient, "")),
        )
        for patient in patients
    ]
    with parts.database.transaction(durable=False) as tx:
        rulebooks.keep(tx, rulebook(parts.parameters))
        saved = assessments.save(tx, judged)
        jobs.put(tx, "propose", saved.concluded_anew)
        jobs.done(tx, taken)


def judge_patient(
    parts: Parts,
    patient: int,
    statements: Sequence[Statement],
    not_understood: Sequence[NotUnderstood],
    as_of: date,
    mapping_set: MappingSet | None = None,
) -> Judged:
    """One patient's assessment, ready to be saved. Pure: reads and writes nothing.

    The mapping set is that of the patient's connection, the installation's own by default.
    """
    rules = mapping_set or parts.mapping_set
    combined = combine_with_reasons(statements, as_of, rules)
    assessment = assess(combined.facts, parts.parameters, as_of)
    candidates = list(map(candidate_document, combined.candidates))
    record = to_record(assessment) | gathered(
        assessment.parameters,
        not_understood=[*not_understood, *combined.not_understood],
        candidates=candidates,
        sources=_sources(statements),
        mapping_set=rules,
    )
    body, digest = encoded(record)
    return Judged(
        patient=patient,
        document=body,
        strategy=assessment.strategy,
        as_of=as_of.isoformat(),
        digest=digest,
        knowledge_version=assessment.knowledge_version,
        mapping_set=rules.version,
        valid_until=record["valid_until"],
        judgement=_judgement(record, said_otherwise(assessment, candidates)),
    )


def encoded(record: dict[str, Any]) -> tuple[bytes, str]:
    """The record as JSON bytes, and the SHA-256 of what it says clinically.

    The same judgement a day later has the same digest; what is clinical is encoded only once.
    """
    said = {key: value for key, value in record.items() if key not in NOT_CLINICAL}
    other = {key: value for key, value in record.items() if key in NOT_CLINICAL}
    body = msgspec.json.encode(said)
    whole = msgspec.json.encode(other)[:-1] + b"," + body[1:]
    return whole, hashlib.sha256(body).hexdigest()


def _judgement(record: dict[str, Any], otherwise: Sequence[Otherwise]) -> str:
    """SHA-256 of all that a proposal depends on (`workers.propose`), and no value."""
    concluded = [record[key] for key in CONCLUDED]
    built_on = [concluded, references(record, "Condition/")]
    if words := said_of_missing(record):
        built_on.append(words)
    if otherwise:
        built_on.append([[one.fact, one.words, one.day] for one in otherwise])
    if doubts := doubts_in(record):
        built_on.append(doubts)
    return hashlib.sha256(msgspec.json.encode(built_on)).hexdigest()


def references(record: Mapping[str, Any], kind: str) -> list[str]:
    """The resources of this kind (`Condition/`) that facts of it came from, once each."""
    sources = (fact.get("source") or "" for fact in record.get("facts", {}).values())
    return sorted({source for source in sources if source.startswith(kind) and "/" in source})


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
