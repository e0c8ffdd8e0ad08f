"""Resources of which nobody can say whose they are: told to a person, never dropped unsaid."""

import msgspec

from fhir_mappings.notification_changes import is_id
from fhir_mappings.resource_types import RESOURCE_TYPES
from fhir_mappings.statements import NotUnderstood, Reading
from workers.background import ELSEWHERE

# What a record is made of: searched by `patient`; the Patient itself is read by its id.
RECORD_TYPES = (
    "Observation", "Condition", "Procedure", "MedicationRequest", "MedicationStatement",
    "MedicationAdministration", "DiagnosticReport",
)  # fmt: skip
WHOLE_RECORD = frozenset({"Patient", *RECORD_TYPES})
NO_PATIENT = "its subject is no reference to a patient of this EHR; it does not count"


def is_ownerless(reading: Reading) -> bool:
    """Whether it belongs to some patient's record, and its subject names none by a FHIR id.

    Such as `identifier` alone, `urn:uuid:`, `#contained`, `Patient?identifier=`, or none at all.
    A group or a device is no patient; who lives at another server is told elsewhere.
    """
    if reading.type not in RECORD_TYPES or not reading.id:
        return False
    whose = reading.patient or ""
    kind, _, _ = whose.partition("/")
    if is_id(whose) or kind in RESOURCE_TYPES:
        return False
    return all(line.reason != ELSEWHERE for line in reading.not_understood)


def told_of(reading: Reading, fhir_id: str) -> Reading:
    """What an EHR gave as this patient's and does not say so: a line, no statement."""
    line = NotUnderstood(f"{reading.type}/{reading.id}", None, None, NO_PATIENT)
    return msgspec.structs.replace(
        reading, patient=fhir_id, statements=(), sign=False, not_understood=(line,)
    )
