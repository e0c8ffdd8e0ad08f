"""Patient to statements: sex, date of birth, whether deceased."""

from __future__ import annotations

import re

from msgspec.structs import replace

from fhir_mappings.drafts import Draft
from fhir_mappings.elements import CodeableConcept, Patient, Reference
from fhir_mappings.statements import Reading

MERGED = "this record was merged into another one, which stands for it"
_IS_PATIENT = re.compile(r"(?:^|/)Patient/[A-Za-z0-9\-.]{1,64}(?:/_history/[^/]*)?$")
SEXES = frozenset({"female", "male", "other"})


def read_patient(patient: Patient) -> Reading:
    """Sex and date of birth; a gender of `unknown` or anything else gives no fact."""
    if replaced := _linked(patient, "replaced-by"):
        return _merged(patient, replaced[0])
    itself = Reference(f"Patient/{patient.id}") if patient.id else None
    draft = Draft("Patient", patient.id, patient.meta, itself)
    if patient.gender in SEXES:
        draft.state("sex", patient.gender, "patient.gender")
    elif patient.gender not in (None, "unknown"):
        draft.refuse(CodeableConcept(text="gender"), "not an administrative gender of FHIR")
    if patient.birthDate:
        draft.state("birth_date", patient.birthDate, "patient.birthDate")
    if patient.deceasedDateTime or patient.deceasedBoolean:
        draft.state("deceased", patient.deceasedDateTime or True, "patient.deceased")
    return replace(draft.reading(), replaces=_linked(patient, "replaces"))


def _merged(patient: Patient, stands: str) -> Reading:
    """A record that another one stands for: of the person, that one alone says what holds."""
    itself = Reference(f"Patient/{patient.id}") if patient.id else None
    draft = Draft("Patient", patient.id, patient.meta, itself)
    draft.refuse(None, MERGED)
    return replace(draft.reading(), replaced_by=stands)


def _linked(patient: Patient, kind: str) -> tuple[str, ...]:
    others = [one.other.reference for one in patient.link if one.type == kind and one.other]
    # A link may also lead to a RelatedPerson, which is no record of ours.
    return tuple(one for one in others if one and _IS_PATIENT.search(one))
