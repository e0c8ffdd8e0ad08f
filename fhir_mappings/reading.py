"""Resources and Bundles to readings, each entry by itself; content never raises.

The whole Bundle is decoded at once into typed structs; only where an entry does not fit are the
entries taken one by one, and only that entry element by element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from fhir_mappings.conditions import read_condition
from fhir_mappings.demographics import read_patient
from fhir_mappings.diagnostic_reports import read_diagnostic_report, read_imaging_study
from fhir_mappings.drafts import patient_of, server_of
from fhir_mappings.elements import (
    READ,
    TYPES,
    AnyResource,
    BodyStructure,
    Bundle,
    BundleRequest,
    Condition,
    DiagnosticReport,
    Entry,
    ImagingStudy,
    Medication,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
    Meta,
    Observation,
    Other,
    Patient,
    Procedure,
    RawBundle,
    Reference,
    Specimen,
)
from fhir_mappings.mapping_rules import MappingSet
from fhir_mappings.medications import read_medication_request, read_medication_taken
from fhir_mappings.observations import read_any_result, read_malformed_result, read_observation
from fhir_mappings.plain_results import Alone, is_passed_over, read_plain_result
from fhir_mappings.rewriting import rewritten
from fhir_mappings.sites import ALONE, Neighbors, relative
from fhir_mappings.statements import NotUnderstood, Reading
from fhir_mappings.tolerance import tolerant
from fhir_mappings.treatments import read_procedure

NOT_JSON = "not readable as JSON"
NOT_A_RESOURCE = "not a FHIR resource"
NOT_READ = "resources of this type state no fact"
INCOMPLETE = "the server reports a problem with its answer (OperationOutcome)"
EMPTY_ENTRY = "a Bundle entry without a resource"

_ANY = msgspec.json.Decoder(AnyResource)
_BUNDLE = msgspec.json.Decoder(Bundle)
_RAW_BUNDLE = msgspec.json.Decoder(RawBundle)
_UNTYPED = msgspec.json.Decoder()
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
# Read only as what other resources refer to.
_BACKGROUND = frozenset({"Medication", "BodyStructure", "Specimen"})
_REFERRED_TO = frozenset({Medication, BodyStructure, Specimen})


class Misread(msgspec.Struct, gc=False):
    """An Observation that does not fit the standard, as far as it could be decoded, and why."""

    id: str
    observation: Observation
    reason: str


def _read_misread(misread: Misread, mapping_set: MappingSet) -> Reading:
    misread.observation.id = misread.id
    return read_malformed_result(misread.observation, misread.reason, mapping_set)


Read = Callable[[Any, MappingSet, Neighbors], Reading]
READERS: dict[type, Read] = {
    Observation: read_observation,
    Condition: lambda resource, rules, _: read_condition(resource, rules),
    Procedure: lambda resource, rules, _: read_procedure(resource, rules),
    MedicationRequest: read_medication_request,
    MedicationStatement: read_medication_taken,
    MedicationAdministration: read_medication_taken,
    DiagnosticReport: lambda resource, rules, _: read_diagnostic_report(resource, rules),
    ImagingStudy: lambda resource, rules, _: read_imaging_study(resource, rules),
    Patient: lambda resource, rules, _: read_patient(resource),
    Reading: lambda refusal, _, __: refusal,
    Misread: lambda misread, rules, _: _read_misread(misread, rules),
}


def read_resource(
    raw: bytes | msgspec.Raw, mapping_set: MappingSet, around: Neighbors = ALONE
) -> Reading:
    """What one resource says. Broken JSON and unknown types give one line of not understood."""
    if mapping_set.paths:
        raw = rewritten(raw, mapping_set.paths)
    return _read(_decoded(raw), mapping_set, around)


def read_bundle(raw: bytes | msgspec.Raw, mapping_set: MappingSet) -> list[Reading]:
    """What each entry of a Bundle says; a broken entry is one line, the others count.

    A single resource is read as its own entry.
    """
    if mapping_set.paths:
        raw = rewritten(raw, mapping_set.paths)
    return read_entries(decode_entries(raw), mapping_set)


def read_entries(
    entries: Sequence[Entry], mapping_set: MappingSet, alone: Alone | None = None
) -> list[Reading]:
    """What decoded entries say, one reading each; they know what they refer to among themselves.

    `alone`: they are judged by themselves and kept nowhere, so that less has to be told of them.
    """
    around = neighbors(entries)
    found: list[Reading] = []
    for entry in entries:
        resource = entry.resource
        if resource.__class__ is Observation and resource.id:
            reading = read_plain_result(resource, mapping_set, alone, around)
            if reading is None:
                reading = read_any_result(resource, mapping_set, around)
                if alone is not None:
                    alone.note_all(reading, resource.subject)
            found.append(reading)
        elif (
            alone
            and resource.__class__ is Condition
            and is_passed_over(resource, mapping_set, alone)
        ):
            found.append(alone.silent["Condition"])
        else:
            found.append(read_entry(entry, mapping_set, around))
    return found


def decode_entries(raw: bytes | msgspec.Raw) -> list[Entry]:
    """The entries of a Bundle (and of Bundles in it) as typed resources.

    Where a resource could not be decoded, the reading that says so stands in its place.
    """
    try:
        # any object decodes as a Bundle without entries
        return _BUNDLE.decode(raw).entry or _empty(raw)
    except msgspec.ValidationError:
        return _one_by_one(raw)
    except UNREADABLE:
        return [Entry(None, _nothing("", "", NOT_JSON))]


def _empty(raw: bytes | msgspec.Raw) -> list[Entry]:
    """Nothing for a Bundle that holds none; one line for what is no Bundle."""
    if _UNTYPED.decode(raw).get("resourceType") == "Bundle":
        return []
    return [Entry(None, _nothing("", "", NOT_A_RESOURCE))]


def read_entry(entry: Entry, mapping_set: MappingSet, around: Neighbors = ALONE) -> Reading:
    """What one decoded entry says; without an id it is known by its fullUrl."""
    resource = entry.resource
    if resource is None:
        return _without_resource(entry.request)
    if not resource.id and entry.fullUrl and resource.__class__ is not Reading:
        resource.id = entry.fullUrl.rpartition("/")[2].rpartition(":")[2]
    reader = READERS.get(resource.__class__)
    return reader(resource, mapping_set, around) if reader else _unread(resource)


def _read(resource: Any, mapping_set: MappingSet, around: Neighbors) -> Reading:
    reader = READERS.get(resource.__class__)
    return reader(resource, mapping_set, around) if reader else _unread(resource)


def neighbors(entries: Sequence[Entry]) -> Neighbors:
    """What resources refer to; the common empty one where there is nothing."""
    around = ALONE
    if _REFERRED_TO.isdisjoint({entry.resource.__class__ for entry in entries}):
        return around
    for entry in entries:
        resource: Any = entry.resource
        kind = resource.__class__
        if kind is Medication or kind is BodyStructure or kind is Specimen:
            if around is ALONE:
                around = Neighbors()
            known = _known(around, kind)
            if resource.id:
                known[f"{kind.__name__}/{resource.id}"] = resource
            if entry.fullUrl:
                known[relative(entry.fullUrl)] = resource
    return around


def _known(around: Neighbors, kind: type) -> dict[str, Any]:
    if kind is Medication:
        return around.medications
    return around.specimens if kind is Specimen else around.body_structures


def _one_by_one(raw: bytes | msgspec.Raw) -> list[Entry]:
    """Entries of a Bundle of which at least one does not fit."""
    try:
        bundle = _RAW_BUNDLE.decode(raw)
    except msgspec.ValidationError:
        return _not_a_bundle(raw)
    except UNREADABLE:
        return [Entry(None, _nothing("", "", NOT_JSON))]
    found: list[Entry] = []
    for entry in bundle.entry:
        if bytes(entry.resource) == b"null":
            found.append(Entry(entry.fullUrl, None, entry.request))
        else:
            found += _opened(entry.resource, entry.fullUrl)
    return found


def _opened(raw: bytes | msgspec.Raw, full_url: str | None) -> list[Entry]:
    """One entry, or those of the Bundle that it is."""
    resource = _decoded(raw)
    if isinstance(resource, Reading) and resource.type == "Bundle":
        return decode_entries(raw)
    return [Entry(full_url, resource)]


def _not_a_bundle(raw: bytes | msgspec.Raw) -> list[Entry]:
    """A single resource, a list of resources, or a Bundle whose own elements are malformed."""
    try:
        content = _UNTYPED.decode(raw)
    except UNREADABLE:
        return [Entry(None, _nothing("", "", NOT_JSON))]
    entries: Any = content
    if isinstance(content, dict):
        if content.get("resourceType") != "Bundle":
            return [Entry(None, _decoded(raw))]
        entries = content.get("entry")
    if not isinstance(entries, list):
        return [Entry(None, _nothing("Bundle", "", NOT_A_RESOURCE))]
    found: list[Entry] = []
    for entry in entries:
        wrapped = isinstance(entry, dict) and "resourceType" not in entry
        inner = entry.get("resource") if wrapped else entry
        url = entry.get("fullUrl") if wrapped else None
        found += _opened(msgspec.json.encode(inner), url if isinstance(url, str) else None)
    return found


def _decoded(raw: bytes | msgspec.Raw) -> Any:
    """A typed resource, or the reading that says why there is none.

    What does not fit is converted element by element.
    """
    try:
        return _ANY.decode(raw)
    except msgspec.ValidationError:
        pass
    except UNREADABLE:
        return _nothing("", "", NOT_JSON)
    try:
        content = _UNTYPED.decode(raw)
    except UNREADABLE:
        return _nothing("", "", NOT_JSON)
    if not isinstance(content, dict) or not isinstance(content.get("resourceType"), str):
        return _nothing("", "", NOT_A_RESOURCE)
    return _tolerated(content)


def _tolerated(content: dict[str, Any]) -> Any:
    name = content["resourceType"]
    kind = TYPES.get(name)
    if kind is None or kind not in READ:
        return _unread(tolerant(content, Other)[0], name)
    if kind is Condition and "subject" not in content and "patient" in content:
        content = {**content, "subject": content["patient"]}  # as in DSTU2
    resource, malformed = tolerant(content, kind)
    if not malformed:
        return resource
    reason = f"malformed: {', '.join(malformed)}"
    if isinstance(resource, Observation):
        return Misread(resource.id, resource, reason)
    reading = _unread(resource, name)
    line = NotUnderstood(_source(reading), None, None, reason)
    return msgspec.structs.replace(reading, not_understood=(line,))


def _source(reading: Reading) -> str:
    return f"{reading.type}/{reading.id}"


def _unread(resource: Any, resource_type: str | None = None) -> Reading:
    """A resource that states nothing by itself; listed unless others refer to it."""
    kind = resource_type or type(resource).__name__
    meta = resource.meta or Meta()
    subject: Reference | None = getattr(resource, "subject", None)
    subject = subject or getattr(resource, "patient", None)
    if isinstance(resource, Patient) and resource.id:
        subject = Reference(f"Patient/{resource.id}")
    reason = INCOMPLETE if kind == "OperationOutcome" else NOT_READ
    line = NotUnderstood(f"{kind}/{resource.id}", None, None, reason)
    return Reading(
        type=kind,
        id=resource.id,
        version=meta.versionId,
        last_updated=meta.lastUpdated,
        patient=patient_of(subject),
        server=server_of(subject),
        not_understood=() if kind in _BACKGROUND else (line,),
    )


def _without_resource(request: BundleRequest | None) -> Reading:
    """A deleted resource in a history Bundle, or an entry that holds nothing."""
    if request is not None and request.method == "DELETE" and request.url:
        kind, _, resource_id = relative(request.url).partition("/")
        return Reading(type=kind, id=resource_id)
    return _nothing("", "", EMPTY_ENTRY)


def _nothing(resource_type: str, resource_id: str, reason: str) -> Reading:
    source = f"{resource_type}/{resource_id}" if resource_type else ""
    line = NotUnderstood(source, None, None, reason)
    return Reading(type=resource_type, id=resource_id, not_understood=(line,))
