"""Resources and Bundles to readings, each entry by itself; content never raises.

The whole Bundle is decoded at once into typed structs; only where an entry does not fit are the
entries taken one by one, and only that entry element by element.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from fhir_mappings.conditions import read_condition
from fhir_mappings.demographics import read_patient
from fhir_mappings.diagnostic_reports import read_diagnostic_report, read_imaging_study
from fhir_mappings.drafts import patient_of
from fhir_mappings.elements import (
    READ,
    TYPES,
    AnyResource,
    BodyStructure,
    Bundle,
    BundleRequest,
    Condition,
    DiagnosticReport,
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
from fhir_mappings.observations import read_observation
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
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
# Read only as what other resources refer to.
_BACKGROUND = frozenset({"Medication", "BodyStructure", "Specimen"})


class Decoded(NamedTuple):
    """One entry: a typed resource, or the reading that says why there is none."""

    resource: Any
    refusal: Reading | None
    full_url: str | None


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
}


def read_resource(
    raw: bytes | msgspec.Raw, mapping_set: MappingSet, around: Neighbors = ALONE
) -> Reading:
    """What one resource says. Broken JSON and unknown types give one line of not understood."""
    resource, refusal = _decoded(raw)
    return _read(resource, mapping_set, around) if refusal is None else refusal


def read_bundle(raw: bytes | msgspec.Raw, mapping_set: MappingSet) -> list[Reading]:
    """What each entry of a Bundle says; a broken entry is one line, the others count.

    A single resource is read as its own entry.
    """
    entries = decode_entries(raw)
    around = neighbors(entries)
    return [read_entry(entry, mapping_set, around) for entry in entries]


def decode_entries(raw: bytes | msgspec.Raw) -> list[Decoded]:
    """The entries of a Bundle (and of Bundles in it) as typed resources or refusals."""
    try:
        bundle = _BUNDLE.decode(raw)
    except msgspec.ValidationError:
        return _one_by_one(raw)
    except _UNREADABLE:
        return [_UNREADABLE_ENTRY]
    return [
        Decoded(entry.resource, None, entry.fullUrl)
        if entry.resource is not None
        else Decoded(None, _without_resource(entry.request), entry.fullUrl)
        for entry in bundle.entry
    ]


def read_entry(entry: Decoded, mapping_set: MappingSet, around: Neighbors = ALONE) -> Reading:
    """What one decoded entry says; without an id it is known by its fullUrl."""
    resource, refusal, full_url = entry
    if refusal is not None:
        return refusal
    if not resource.id and full_url:
        resource.id = full_url.rpartition("/")[2].rpartition(":")[2]
    return _read(resource, mapping_set, around)


def _read(resource: Any, mapping_set: MappingSet, around: Neighbors) -> Reading:
    reader = READERS.get(resource.__class__)
    return reader(resource, mapping_set, around) if reader else _unread(resource)


def neighbors(entries: Iterable[Decoded]) -> Neighbors:
    """What resources refer to; the common empty one where there is nothing."""
    around = ALONE
    for resource, _, full_url in entries:
        kind = resource.__class__
        if kind is Medication or kind is BodyStructure or kind is Specimen:
            if around is ALONE:
                around = Neighbors()
            known = _known(around, kind)
            if resource.id:
                known[f"{kind.__name__}/{resource.id}"] = resource
            if full_url:
                known[relative(full_url)] = resource
    return around


def _known(around: Neighbors, kind: type) -> dict[str, Any]:
    if kind is Medication:
        return around.medications
    return around.specimens if kind is Specimen else around.body_structures


def _one_by_one(raw: bytes | msgspec.Raw) -> list[Decoded]:
    """Entries of a Bundle of which at least one does not fit."""
    try:
        bundle = _RAW_BUNDLE.decode(raw)
    except msgspec.ValidationError:
        return _not_a_bundle(raw)
    except _UNREADABLE:
        return [_UNREADABLE_ENTRY]
    found: list[Decoded] = []
    for entry in bundle.entry:
        if entry.resource is None:
            found.append(Decoded(None, _without_resource(entry.request), entry.fullUrl))
        else:
            found += _entry(entry.resource, entry.fullUrl)
    return found


def _entry(raw: bytes | msgspec.Raw, full_url: str | None) -> list[Decoded]:
    resource, refusal = _decoded(raw)
    if refusal is not None and refusal.type == "Bundle":
        return decode_entries(raw)
    return [Decoded(resource, refusal, full_url)]


def _not_a_bundle(raw: bytes | msgspec.Raw) -> list[Decoded]:
    """A single resource, a list of resources, or a Bundle whose own elements are malformed."""
    try:
        content = _UNTYPED.decode(raw)
    except _UNREADABLE:
        return [_UNREADABLE_ENTRY]
    entries: Any = content
    if isinstance(content, dict):
        if content.get("resourceType") != "Bundle":
            return [Decoded(*_decoded(raw), None)]
        entries = content.get("entry")
    if not isinstance(entries, list):
        return [Decoded(None, _nothing("Bundle", "", NOT_A_RESOURCE), None)]
    found: list[Decoded] = []
    for entry in entries:
        wrapped = isinstance(entry, dict) and "resourceType" not in entry
        inner = entry.get("resource") if wrapped else entry
        url = entry.get("fullUrl") if wrapped else None
        found += _entry(msgspec.json.encode(inner), url if isinstance(url, str) else None)
    return found


def _decoded(raw: bytes | msgspec.Raw) -> tuple[Any, Reading | None]:
    """A typed resource, or the refusal. What does not fit is converted element by element."""
    try:
        return _ANY.decode(raw), None
    except msgspec.ValidationError:
        pass
    except _UNREADABLE:
        return None, _nothing("", "", NOT_JSON)
    try:
        content = _UNTYPED.decode(raw)
    except _UNREADABLE:
        return None, _nothing("", "", NOT_JSON)
    if not isinstance(content, dict) or not isinstance(content.get("resourceType"), str):
        return None, _nothing("", "", NOT_A_RESOURCE)
    return _tolerated(content)


def _tolerated(content: dict[str, Any]) -> tuple[Any, Reading | None]:
    kind = TYPES.get(content["resourceType"])
    resource, malformed = tolerant(content, kind if kind in READ and kind is not None else Other)
    if kind is None or kind not in READ:
        return None, _unread(resource, content["resourceType"])  # type: ignore[arg-type]
    # DSTU2 names the subject of a Condition `patient`.
    if kind is Condition and "subject" not in content and "patient" in content:
        resource, malformed = tolerant({**content, "subject": content["patient"]}, kind)
    if not malformed:
        return resource, None
    reading = _unread(resource, content["resourceType"])  # type: ignore[arg-type]
    names = ", ".join(malformed)
    line = NotUnderstood(_source(reading), None, None, f"malformed: {names}")
    return None, msgspec.structs.replace(reading, not_understood=(line,))


def _source(reading: Reading) -> str:
    return f"{reading.type}/{reading.id}"


def _unread(resource: Other, resource_type: str | None = None) -> Reading:
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


_UNREADABLE_ENTRY = Decoded(None, _nothing("", "", NOT_JSON), None)
