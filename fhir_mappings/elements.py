"""The FHIR R4 elements we read, as typed structs; everything else in a resource is passed over.

Decoding is strict and quick; what does not fit is converted element by element (tolerance.py).
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field


class Coding(Struct, gc=False):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Struct, gc=False):
    coding: list[Coding] = field(default_factory=list)
    text: str | None = None


class Meta(Struct, gc=False):
    versionId: str | None = None
    lastUpdated: str | None = None


class Identifier(Struct, gc=False):
    system: str | None = None
    value: str | None = None


class Reference(Struct, gc=False):
    reference: str | None = None
    display: str | None = None
    identifier: Identifier | None = None


class Period(Struct, gc=False):
    start: str | None = None
    end: str | None = None


class Quantity(Struct, gc=False):
    value: float | None = None
    comparator: str | None = None
    unit: str | None = None
    code: str | None = None


class Extent(Struct, gc=False):
    """FHIR Range: low and high are quantities without comparator."""

    low: Quantity | None = None
    high: Quantity | None = None


class ReferenceRange(Struct, gc=False):
    high: Quantity | None = None
    text: str | None = None
    type: CodeableConcept | None = None
    appliesTo: list[CodeableConcept] = field(default_factory=list)


class Valued(Struct, gc=False):
    """What an Observation and its components share."""

    code: CodeableConcept | None = None
    valueQuantity: Quantity | None = None
    valueCodeableConcept: CodeableConcept | None = None
    valueString: str | None = None
    valueBoolean: bool | None = None
    valueInteger: int | None = None
    valueRange: Extent | None = None
    valueDateTime: str | None = None
    dataAbsentReason: CodeableConcept | None = None
    referenceRange: list[ReferenceRange] = field(default_factory=list)


class Component(Valued, gc=False):
    pass


class Extension(Struct, gc=False):
    url: str | None = None
    valueCodeableConcept: CodeableConcept | None = None
    valueReference: Reference | None = None
    valueCoding: Coding | None = None


class Repeat(Struct, gc=False):
    boundsPeriod: Period | None = None


class Timing(Struct, gc=False):
    event: list[str] = field(default_factory=list)
    repeat: Repeat | None = None


class Observation(Valued, tag_field="resourceType", tag="Observation", gc=False):
    id: str = ""
    meta: Meta | None = None
    status: str | None = None
    subject: Reference | None = None
    effectiveDateTime: str | None = None
    effectiveInstant: str | None = None
    effectivePeriod: Period | None = None
    effectiveTiming: Timing | None = None
    issued: str | None = None
    category: list[CodeableConcept] = field(default_factory=list)
    component: list[Component] = field(default_factory=list)
    bodySite: CodeableConcept | None = None
    specimen: Reference | None = None
    method: CodeableConcept | None = None
    focus: list[Reference] = field(default_factory=list)
    contained: list[dict[str, Any]] = field(default_factory=list)
    modifierExtension: list[msgspec.Raw] = field(default_factory=list)


class DiagnosisCoding(Coding, gc=False):
    extension: list[Extension] = field(default_factory=list)


class DiagnosisConcept(CodeableConcept, gc=False):
    """A code of a diagnosis: German codings say in an extension how certain it is."""

    coding: list[DiagnosisCoding] = field(default_factory=list)  # type: ignore[assignment]


class Condition(Struct, tag_field="resourceType", tag="Condition", gc=False):
    id: str = ""
    meta: Meta | None = None
    clinicalStatus: CodeableConcept | None = None
    verificationStatus: CodeableConcept | None = None
    category: list[CodeableConcept] = field(default_factory=list)
    code: DiagnosisConcept | None = None
    subject: Reference | None = None
    onsetDateTime: str | None = None
    onsetPeriod: Period | None = None
    recordedDate: str | None = None
    extension: list[Extension] = field(default_factory=list)
    modifierExtension: list[msgspec.Raw] = field(default_factory=list)


class Procedure(Struct, tag_field="resourceType", tag="Procedure", gc=False):
    id: str = ""
    meta: Meta | None = None
    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    performedDateTime: str | None = None
    performedPeriod: Period | None = None
    bodySite: list[CodeableConcept] = field(default_factory=list)
    usedCode: list[CodeableConcept] = field(default_factory=list)
    usedReference: list[Reference] = field(default_factory=list)
    reasonCode: list[CodeableConcept] = field(default_factory=list)
    modifierExtension: list[msgspec.Raw] = field(default_factory=list)


class DosageInstruction(Struct, gc=False):
    timing: Timing | None = None


class MedicationRequest(Struct, tag_field="resourceType", tag="MedicationRequest", gc=False):
    id: str = ""
    meta: Meta | None = None
    status: str | None = None
    intent: str | None = None
    doNotPerform: bool | None = None
    medicationCodeableConcept: CodeableConcept | None = None
    medicationReference: Reference | None = None
    subject: Reference | None = None
    authoredOn: str | None = None
    reasonCode: list[CodeableConcept] = field(default_factory=list)
    dosageInstruction: list[DosageInstruction] = field(default_factory=list)
    contained: list[dict[str, Any]] = field(default_factory=list)
    modifierExtension: list[msgspec.Raw] = field(default_factory=list)


class MedicationTaken(Struct, gc=False):
    """What MedicationStatement and MedicationAdministration share."""

    id: str = ""
    meta: Meta | None = None
    status: str | None = None
    medicationCodeableConcept: CodeableConcept | None = None
    medicationReference: Reference | None = None
    subject: Reference | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    dateAsserted: str | None = None
    reasonCode: list[CodeableConcept] = field(default_factory=list)
    contained: list[dict[str, Any]] = field(default_factory=list)
    modifierExtension: list[msgspec.Raw] = field(default_factory=list)


class MedicationStatement(
    MedicationTaken, tag_field="resourceType", tag="MedicationStatement", gc=False
):
    pass


class MedicationAdministration(
    MedicationTaken, tag_field="resourceType", tag="MedicationAdministration", gc=False
):
    pass


class Attachment(Struct, gc=False):
    """A form of a report; `url` is never followed."""

    contentType: str | None = None
    data: str | None = None
    url: str | None = None


class DiagnosticReport(Struct, tag_field="resourceType", tag="DiagnosticReport", gc=False):
    id: str = ""
    meta: Meta | None = None
    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    issued: str | None = None
    conclusionCode: list[CodeableConcept] = field(default_factory=list)
    conclusion: str | None = None
    presentedForm: list[msgspec.Raw] = field(default_factory=list)
    modifierExtension: list[msgspec.Raw] = field(default_factory=list)


class Series(Struct, gc=False):
    bodySite: Coding | None = None


class ImagingStudy(Struct, tag_field="resourceType", tag="ImagingStudy", gc=False):
    id: str = ""
    meta: Meta | None = None
    status: str | None = None
    subject: Reference | None = None
    started: str | None = None
    modality: list[Coding] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    procedureCode: list[CodeableConcept] = field(default_factory=list)
    modifierExtension: list[msgspec.Raw] = field(default_factory=list)


class PatientLink(Struct, gc=False):
    other: Reference | None = None
    type: str | None = None


class Patient(Struct, tag_field="resourceType", tag="Patient", gc=False):
    id: str = ""
    meta: Meta | None = None
    identifier: list[Identifier] = field(default_factory=list)
    gender: str | None = None
    birthDate: str | None = None
    deceasedBoolean: bool | None = None
    deceasedDateTime: str | None = None
    link: list[PatientLink] = field(default_factory=list)


class Medication(Struct, tag_field="resourceType", tag="Medication", gc=False):
    id: str = ""
    meta: Meta | None = None
    code: CodeableConcept | None = None


class BodyStructure(Struct, tag_field="resourceType", tag="BodyStructure", gc=False):
    id: str = ""
    meta: Meta | None = None
    location: CodeableConcept | None = None
    patient: Reference | None = None


class Collection(Struct, gc=False):
    bodySite: CodeableConcept | None = None


class Specimen(Struct, tag_field="resourceType", tag="Specimen", gc=False):
    id: str = ""
    meta: Meta | None = None
    type: CodeableConcept | None = None
    collection: Collection | None = None
    subject: Reference | None = None


class Other(Struct, gc=False):
    """Any other resource: read for its id and patient only."""

    id: str = ""
    meta: Meta | None = None
    subject: Reference | None = None
    patient: Reference | None = None


class Issue(Struct, gc=False):
    severity: str = "error"
    code: str = ""


class OperationOutcome(Other, tag_field="resourceType", tag="OperationOutcome", gc=False):
    issue: list[Issue] | None = None


def _other(resource_type: str) -> type[Struct]:
    return msgspec.defstruct(
        resource_type, [], bases=(Other,), tag_field="resourceType", tag=resource_type, gc=False
    )


READ = (
    Observation, Condition, Procedure, MedicationRequest, MedicationStatement,
    MedicationAdministration, DiagnosticReport, ImagingStudy, Patient, Medication, BodyStructure,
    Specimen,
)  # fmt: skip
# Common neighbors in a Bundle; named so that one of them does not slow the whole Bundle down.
OTHERS = (
    "AllergyIntolerance", "Appointment", "CarePlan", "CareTeam", "Coverage", "Device",
    "DocumentReference", "Encounter", "EpisodeOfCare", "FamilyMemberHistory", "Goal",
    "Immunization", "Location", "MedicationDispense", "Organization",
    "Practitioner", "PractitionerRole", "Provenance", "Questionnaire", "QuestionnaireResponse",
    "ResearchStudy", "ResearchSubject", "ServiceRequest", "Task",
)  # fmt: skip
TYPES: dict[str, type[Struct]] = {kind.__name__: kind for kind in (*READ, OperationOutcome)} | {
    name: _other(name) for name in OTHERS
}
AnyResource: Any = None
for _kind in TYPES.values():
    AnyResource = _kind if AnyResource is None else AnyResource | _kind


class BundleRequest(Struct, gc=False):
    method: str | None = None
    url: str | None = None


class Entry(Struct, gc=False):
    fullUrl: str | None = None
    resource: AnyResource | None = None
    request: BundleRequest | None = None


class Bundle(Struct, tag_field="resourceType", tag="Bundle", gc=False):
    entry: list[Entry] = field(default_factory=list)


class Link(Struct, gc=False):
    relation: str = ""
    url: str = ""


class SearchPage(Struct, tag_field="resourceType", tag="Bundle", gc=False):
    """A Bundle with what a search says about itself."""

    entry: list[Entry] = field(default_factory=list)
    link: list[Link] = field(default_factory=list)
    total: int | None = None


# What one prefetch key may hold: what a search or a read gives, or nothing.
Sent: Any = AnyResource | SearchPage


class RawEntry(Struct, gc=False):
    fullUrl: str | None = None
    resource: msgspec.Raw = msgspec.Raw(b"null")
    request: BundleRequest | None = None


class RawBundle(Struct, tag_field="resourceType", tag="Bundle", gc=False):
    entry: list[RawEntry] = field(default_factory=list)
