"""Patient to statements: sex, date of birth, whether deceased."""

from __future__ import annotations

from fhir_mappings.drafts import Draft
from fhir_mappings.elements import CodeableConcept, Patient, Reference
from fhir_mappings.statements import Reading

SEXES = frozenset({"female", "male", "other"})


def read_patient(patient: Patient) -> Reading:
    """Sex and date of birth; a gender of `unknown` or anything else gives no fact."""
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
    return draft.reading()
