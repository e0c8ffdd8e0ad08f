"""The staging document: the assessment plus what the resources gave, and what they did not.

`stage` is the whole way from FHIR files of one patient to that document; pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from fhir_mappings.combination import combine_with_reasons
from fhir_mappings.dates import instant_key
from fhir_mappings.elements import Entry, Patient
from fhir_mappings.mapping_rules import MappingSet
from fhir_mappings.reading import NOT_JSON, decode_entries, neighbors, read_entry
from fhir_mappings.statements import NotUnderstood, Reading, Statement
from nelm.assessment import Assessment, assess
from nelm.document import facts_document, to_document
from nelm.errors import Refused
from nelm.evidence.parameters import Parameters
from nelm.facts import FactSet

FORMAT = "1"
ANOTHER_PATIENT = "refers to another patient"
NO_PATIENT = "refers to no patient"
SUPERSEDED = "an older version of a resource that was read"


def staging_document(
    assessment: Assessment,
    facts: FactSet,
    *,
    not_understood: Iterable[NotUnderstood],
    candidates: Iterable[dict[str, Any]],
    sources: Iterable[Any],
    mapping_set: MappingSet,
) -> dict[str, Any]:
    """The document of contract "The staging document": plain JSON values, unknown as absent."""
    document = to_document(assessment)
    parameters = assessment.parameters
    return document | {
        "format": FORMAT,
        "mapping_set": mapping_set.version,
        "parameter_set": getattr(parameters, "version", None) or _parameter_set(parameters),
        "facts": facts_document(facts),
        "candidates": list(candidates),
        "not_understood": [
            {
                "source": line.source,
                "code": line.code,
                "display": line.display,
                "reason": line.reason,
            }
            for line in not_understood
        ],
        "sources": list(sources),
    }


def _parameter_set(parameters: Parameters) -> str:
    return "changed" if parameters.changed else "default"


def stage(
    resources: Iterable[bytes],
    as_of: date,
    mapping_set: MappingSet,
    patient: str | None = None,
    parameters: Parameters | None = None,
) -> dict[str, Any]:
    """FHIR files of one patient (JSON or NDJSON, Bundles or single resources) to the document.

    The patient is the input's only Patient, else the only one referred to. What refers to another
    patient, or to none, never counts and is listed. Of one id the newest version counts.

    Raises:
        Refused: several patients and none chosen, or the chosen one is not in the input.
    """
    entries = [entry for raw in resources for entry in entries_of(raw)]
    around = neighbors(entries)
    readings = newest([read_entry(entry, mapping_set, around) for entry in entries])
    names = _names_of_the_patient(entries, readings, patient)
    counted: list[Reading] = []
    refused: list[NotUnderstood] = []
    for reading in readings:
        refused += reading.not_understood
        reason = _not_the_patients(reading, names)
        if reason is None:
            counted.append(reading)
        elif reading.statements:
            source = f"{reading.type}/{reading.id}"
            refused.append(NotUnderstood(source, None, None, reason))
    statements = [one for reading in counted for one in reading.statements]
    combined = combine_with_reasons(statements, as_of, mapping_set, parameters)
    assessment = assess(combined.facts, parameters, as_of)
    return staging_document(
        assessment,
        combined.facts,
        not_understood=[*refused, *combined.not_understood],
        candidates=[_candidate(one) for one in combined.candidates],
        sources=sorted(_source(reading) for reading in counted),
        mapping_set=mapping_set,
    )


def entries_of(raw: bytes) -> list[Entry]:
    """The resources of one file: JSON, or else one JSON document a line (NDJSON)."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    entries = decode_entries(raw)
    only = entries[0].resource if len(entries) == 1 else None
    unreadable = isinstance(only, Reading) and only.not_understood[0].reason == NOT_JSON
    if not unreadable or b"\n" not in raw.strip():
        return entries
    lines = [line for line in raw.splitlines() if line.strip()]
    return [entry for line in lines for entry in decode_entries(line)]


def newest(readings: Sequence[Reading]) -> list[Reading]:
    """Of each resource its newest version, by lastUpdated, then version, then order of input."""
    latest: dict[tuple[str, str], int] = {}
    for position, reading in enumerate(readings):
        if reading.id:
            key = (reading.type, reading.id)
            held = latest.get(key)
            if held is None or not _is_newer(readings[held], reading):
                latest[key] = position
    return [
        reading
        for position, reading in enumerate(readings)
        if not reading.id or latest[(reading.type, reading.id)] == position
    ]


def _is_newer(one: Reading, other: Reading) -> bool:
    if one.last_updated and other.last_updated:
        mine, its = instant_key(one.last_updated), instant_key(other.last_updated)
        if mine != its:
            return mine > its
    if (one.version or "").isdecimal() and (other.version or "").isdecimal():
        return int(one.version or 0) > int(other.version or 0)
    return False


def _names_of_the_patient(
    entries: Sequence[Entry], readings: Sequence[Reading], chosen: str | None
) -> frozenset[str]:
    """Every form in which a resource may refer to the patient."""
    patients: dict[str, set[str]] = {}
    for entry in entries:
        resource = entry.resource
        if isinstance(resource, Patient):
            names = patients.setdefault(resource.id, {resource.id})
            names.update(_names(resource, entry.fullUrl))
    if not patients:
        patients = {
            reading.patient: {reading.patient}
            for reading in readings
            if reading.patient and _is_one_patient(reading.patient)
        }
    if chosen is not None:
        if chosen not in patients:
            raise Refused(
                "No resource of the input is of the chosen patient; check --patient.", "patient"
            )
        return frozenset(patients[chosen])
    if len(patients) > 1:
        raise Refused(
            f"The input holds {len(patients)} patients; choose one with --patient ID.", "patient"
        )
    return frozenset(name for names in patients.values() for name in names if name)


def _is_one_patient(reference: str) -> bool:
    """Whether it can be a patient: not a group or device."""
    return "/" not in reference or reference.startswith(("urn:", "identifier:"))


def _names(patient: Patient, full_url: str | None) -> Iterable[str]:
    if full_url:
        yield full_url
    for identifier in patient.identifier:
        if identifier.value:
            yield f"identifier:{identifier.system or ''}|{identifier.value}"


def _not_the_patients(reading: Reading, names: frozenset[str]) -> str | None:
    """Why a resource does not belong to the patient; None if it does."""
    if reading.patient is None:
        return NO_PATIENT
    return None if reading.patient in names else ANOTHER_PATIENT


def _source(reading: Reading) -> str:
    """The reference of the version that was read."""
    version = f"/_history/{reading.version}" if reading.version else ""
    return f"{reading.type}/{reading.id}{version}"


def _candidate(one: Statement) -> dict[str, Any]:
    """A diagnosis that is not confirmed, in the form of a candidate."""
    return {
        "fact": one.value["fact"],
        "value": one.value["value"],
        "sentence": f"diagnosis stated as {one.status}",
        "source": one.source,
    }
