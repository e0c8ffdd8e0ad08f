"""The staging document: the assessment plus what the resources gave, and what they did not.

`stage` is the whole way from FHIR files of one patient to that document; pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import zip_longest
from typing import Any

import msgspec

from fhir_mappings.combination import combine_with_reasons
from fhir_mappings.dates import instant_key
from fhir_mappings.drafts import server_in
from fhir_mappings.elements import Entry, Patient
from fhir_mappings.mapping_rules import MappingSet
from fhir_mappings.plain_text import plain
from fhir_mappings.reading import NOT_JSON, decode_entries, neighbors, read_entry
from fhir_mappings.resource_types import RESOURCE_TYPES
from fhir_mappings.rewriting import rewritten
from fhir_mappings.statements import NotUnderstood, Reading, Statement
from fhir_mappings.versions import version_number
from nelm.assessment import Assessment, assess
from nelm.document import to_document
from nelm.errors import Refused
from nelm.evidence.parameters import Parameters

FORMAT = "1"
ANOTHER_PATIENT = "refers to another patient"
NO_PATIENT = "refers to no patient"
ANOTHER_SERVER = "the subject is a patient of another server"
# What senders write is repeated only as far as it tells which entry is meant.
_LONGEST_SOURCE, _LONGEST_CODE, _LONGEST_DISPLAY, _LONGEST_DATE = 160, 200, 80, 40
SUPERSEDED = "an older version of a resource that was read"


def staging_document(
    assessment: Assessment,
    *,
    not_understood: Iterable[NotUnderstood],
    candidates: Iterable[dict[str, Any]],
    sources: Iterable[Any],
    mapping_set: MappingSet,
) -> dict[str, Any]:
    """The document of contract "The staging document": plain JSON values, unknown as absent."""
    return to_document(assessment) | gathered(
        assessment.parameters,
        not_understood=not_understood,
        candidates=candidates,
        sources=sources,
        mapping_set=mapping_set,
    )


def gathered(
    parameters: Parameters,
    *,
    not_understood: Iterable[NotUnderstood],
    candidates: Iterable[dict[str, Any]],
    sources: Iterable[Any],
    mapping_set: MappingSet,
) -> dict[str, Any]:
    """What a staging document says beside the assessment: by what, from what, and what was left."""
    return {
        "format": FORMAT,
        "mapping_set": mapping_set.version,
        "parameter_set": getattr(parameters, "version", None) or _parameter_set(parameters),
        "candidates": list(candidates),
        "not_understood": [_line_document(line) for line in not_understood],
        "sources": list(sources),
    }


def _line_document(line: NotUnderstood) -> dict[str, Any]:
    """With the fact and the time of a value that could not be read, where they are known."""
    document = {
        "source": plain(line.source, _LONGEST_SOURCE),
        "code": plain(line.code, _LONGEST_CODE),
        "display": plain(line.display, _LONGEST_DISPLAY),
        "reason": line.reason,
    }
    if line.fact:
        document |= {"fact": line.fact, "effective": plain(line.effective, _LONGEST_DATE)}
    return document


def _parameter_set(parameters: Parameters) -> str:
    return "changed" if parameters.changed else "default"


def stage(
    resources: Iterable[bytes],
    as_of: date,
    mapping_set: MappingSet,
    patient: str | None = None,
    parameters: Parameters | None = None,
    names: Sequence[str] = (),
) -> dict[str, Any]:
    """FHIR files of one patient (JSON or NDJSON, Bundles or single resources) to the document.

    The patient is the input's only Patient, else the only one referred to. What refers to another
    patient, or to none, never counts and is listed. Of one id the newest version counts.
    `names` are the files' names: what has no id of its own is listed under its file.

    Raises:
        Refused: several patients and none chosen, or the chosen one is not in the input; the same
            id at several servers; nothing of a named file is FHIR.
    """
    if mapping_set.paths:
        resources = [bytes(rewritten(raw, mapping_set.paths)) for raw in resources]
    placed = [one for raw, name in zip_longest(resources, names) for one in _placed(raw, name)]
    entries = [entry for entry, _ in placed]
    around = neighbors(entries)
    readings = newest(
        [_found(read_entry(one, mapping_set, around), place) for one, place in placed]
    )
    patients_names = _names_of_the_patient(entries, readings, patient)
    home = _home_of(entries, readings, patients_names)
    counted: list[Reading] = []
    refused: list[NotUnderstood] = []
    for reading in readings:
        refused += reading.not_understood
        reason = _not_the_patients(reading, patients_names, home)
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
        not_understood=[*refused, *combined.not_understood],
        candidates=map(candidate_document, combined.candidates),
        sources=sorted(_source(reading) for reading in counted),
        mapping_set=mapping_set,
    )


def _placed(raw: bytes, name: str | None) -> list[tuple[Entry, str]]:
    """Each entry of a file, with where it stands there."""
    entries = entries_of(raw)
    if name and entries and not any(_is_fhir(entry) for entry in entries):
        raise Refused(
            f"{name}: nothing in it can be read as FHIR. Give a resource or a Bundle as JSON, "
            "or NDJSON with one resource a line.",
            name,
        )
    if not name or len(entries) == 1:
        return [(entry, name or "") for entry in entries]
    return [(entry, f"{name}, entry {place}") for place, entry in enumerate(entries, 1)]


def _is_fhir(entry: Entry) -> bool:
    resource = entry.resource
    if resource is None:
        return entry.request is not None
    if isinstance(resource, Reading):  # it stands for what could not be decoded
        return resource.type in RESOURCE_TYPES - {"Bundle"}
    return True


def _found(reading: Reading, place: str) -> Reading:
    """The reading; lines that name no resource name the place in the file."""
    if reading.id or not place:
        return reading
    lines = [
        msgspec.structs.replace(line, source=place) if line.source in ("", "Bundle/") else line
        for line in reading.not_understood
    ]
    return msgspec.structs.replace(reading, not_understood=tuple(lines))


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
    its_number, other_number = version_number(one.version), version_number(other.version)
    return its_number is not None and other_number is not None and its_number > other_number


def _names_of_the_patient(
    entries: Sequence[Entry], readings: Sequence[Reading], chosen: str | None
) -> frozenset[str]:
    """Every form in which a resource may refer to the patient."""
    patients = _patients_sent(entries) or _patients_referred_to(readings)
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


def _patients_sent(entries: Sequence[Entry]) -> dict[str, set[str]]:
    """The names of each Patient of the input, by id."""
    patients: dict[str, set[str]] = {}
    for entry in entries:
        resource = entry.resource
        if isinstance(resource, Patient):
            names = patients.setdefault(resource.id, {resource.id})
            names.update(_names(resource, entry.fullUrl))
    return patients


def _patients_referred_to(readings: Sequence[Reading]) -> dict[str, set[str]]:
    return {
        reading.patient: {reading.patient}
        for reading in readings
        if reading.patient and _is_one_patient(reading.patient)
    }


def _is_one_patient(reference: str) -> bool:
    """Whether it can be a patient: not a group or device."""
    return "/" not in reference or reference.startswith(("urn:", "identifier:"))


def _names(patient: Patient, full_url: str | None) -> Iterable[str]:
    if full_url:
        yield full_url
    for identifier in patient.identifier:
        if identifier.value:
            yield f"identifier:{identifier.system or ''}|{identifier.value}"


def _home_of(
    entries: Sequence[Entry], readings: Sequence[Reading], names: frozenset[str]
) -> str | None:
    """The FHIR server at which the patient has this id; None where nothing names one."""
    sent = {
        server_in(entry.fullUrl)
        for entry in entries
        if isinstance(entry.resource, Patient) and entry.resource.id in names and entry.fullUrl
    }
    referred = {reading.server for reading in readings if reading.patient in names}
    servers = {_spelled(one) for one in sent if one} or {_spelled(one) for one in referred if one}
    if len(servers) > 1:
        raise Refused(
            f"The input names this patient at {len(servers)} servers, and the same id at another "
            "server is another person. Give the resources of one server, or add the Patient with "
            "its fullUrl.",
            "patient",
        )
    return servers.pop() if servers else None


def _spelled(server: str) -> str:
    return server.rstrip("/").casefold()


def _not_the_patients(reading: Reading, names: frozenset[str], home: str | None) -> str | None:
    """Why a resource does not belong to the patient; None if it does."""
    if reading.patient is None:
        return NO_PATIENT
    if reading.server is not None and home is not None and _spelled(reading.server) != home:
        return ANOTHER_SERVER
    return None if reading.patient in names else ANOTHER_PATIENT


def _source(reading: Reading) -> str:
    """The reference of the version that was read."""
    version = f"/_history/{reading.version}" if reading.version else ""
    return f"{reading.type}/{reading.id}{version}"


def candidate_document(one: Statement) -> dict[str, Any]:
    """A value that only words or an unconfirmed diagnosis state: shown, never counted.

    With its date and the resource's version where they are known; `note` where reports differ.
    """
    known = {"effective": one.effective, "version": one.version, "note": one.value.get("note")}
    return {
        "fact": one.value["fact"],
        "value": one.value["value"],
        "sentence": one.value.get("sentence") or f"diagnosis stated as {one.status}",
        "source": one.source,
        **{name: said for name, said in known.items() if said is not None},
    }
