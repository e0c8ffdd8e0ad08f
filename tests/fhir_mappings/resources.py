"""Small builders of resources, and short ways to what they state."""

import json
from datetime import date
from typing import Any

from fhir_mappings.combination import combine_with_reasons
from fhir_mappings.mapping_set import load_mapping_set
from fhir_mappings.reading import read_bundle
from fhir_mappings.statements import UNREAD_RESULT, Reading

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
OURS = "urn:nelm-cds:codes"
TODAY = date(2026, 6, 1)
RULES = load_mapping_set()

Json = dict[str, Any]


def coded(code: str, system: str = LOINC, text: str | None = None) -> Json:
    concept: Json = {"coding": [{"system": system, "code": code}]}
    return concept | ({"text": text} if text else {})


def quantity(value: Any, unit: str | None = None, comparator: str | None = None) -> Json:
    sent = {"value": value, "unit": unit, "code": unit, "comparator": comparator}
    return {"valueQuantity": {name: given for name, given in sent.items() if given is not None}}


def observation(code: str | Json, value: Json, **elements: Any) -> Json:
    """A final Observation of 1 May 2026; a bare code is LOINC."""
    return {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-05-01",
        "code": coded(code) if isinstance(code, str) else code,
        **value,
        **elements,
    }


def ours(fact: str, value: Json, **elements: Any) -> Json:
    """An Observation under our own code for a fact."""
    return observation(coded(fact, OURS), value, **elements)


def condition(code: str | Json, **elements: Any) -> Json:
    """A Condition without verification status, recorded in 2026; a bare code is ICD-10-CM."""
    return {
        "resourceType": "Condition",
        "id": "c1",
        "subject": {"reference": "Patient/p"},
        "recordedDate": "2026-01-15",
        "code": coded(code, ICD) if isinstance(code, str) else code,
        **elements,
    }


def procedure(code: str | Json, **elements: Any) -> Json:
    """A completed Procedure of March 2025; a bare code is SNOMED CT."""
    return {
        "resourceType": "Procedure",
        "id": "t1",
        "status": "completed",
        "subject": {"reference": "Patient/p"},
        "performedDateTime": "2025-03-01",
        "code": coded(code, SNOMED) if isinstance(code, str) else code,
        **elements,
    }


def request(medication: str | Json, **elements: Any) -> Json:
    """An active order of a drug since January 2025; a bare text is its name."""
    return {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "authoredOn": "2025-01-01",
        "medicationCodeableConcept": {"text": medication}
        if isinstance(medication, str)
        else medication,
        **elements,
    }


def report(code: str | Json, **elements: Any) -> Json:
    """A final DiagnosticReport of 1 May 2026; a bare code is LOINC."""
    return {
        "resourceType": "DiagnosticReport",
        "id": "d1",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-05-01",
        "code": coded(code) if isinstance(code, str) else code,
        **elements,
    }


def numbered(resources: tuple[Json, ...]) -> list[Json]:
    """Resources with ids of their own where several share the builder's."""
    seen: set[tuple[str, str]] = set()
    result = []
    for position, resource in enumerate(resources):
        key = (resource["resourceType"], resource.get("id", ""))
        result.append({**resource, "id": f"{key[1]}-{position}"} if key in seen else resource)
        seen.add(key)
    return result


def bundle(*resources: Json) -> bytes:
    entries = [{"resource": resource} for resource in numbered(resources)]
    content = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return json.dumps(content).encode()


def readings(*resources: Json) -> list[Reading]:
    return read_bundle(bundle(*resources), RULES)


def reading(resource: Json) -> Reading:
    (only,) = readings(resource)
    return only


def stated(*resources: Json) -> dict[str, Any]:
    """Statements by fact, before anything is combined; without those of what was not read."""
    found = (one for each in readings(*resources) for one in each.statements)
    return {one.fact: one.value for one in found if one.fact != UNREAD_RESULT}


def flags(resource: Json, fact: str) -> tuple[str, ...]:
    return next(one.flags for one in reading(resource).statements if one.fact == fact)


def facts(*resources: Json, as_of: date = TODAY) -> dict[str, Any]:
    """The facts that these resources give together."""
    statements = [one for each in readings(*resources) for one in each.statements]
    return dict(combine_with_reasons(statements, as_of, RULES).facts.values)


def reasons(*resources: Json) -> list[str]:
    return [line.reason for each in readings(*resources) for line in each.not_understood]


def history(*resources: Json) -> list[tuple[str, date | None, date | None]]:
    """Treatments with first and last day, oldest first."""
    found = facts(*resources).get("treatment_history", ())
    return [(one.therapy, one.start, one.stop) for one in found]


def therapies(*resources: Json) -> list[str]:
    return [therapy for therapy, _, _ in history(*resources)]


def given(drug: str, day: str, **elements: Any) -> Json:
    """A MedicationAdministration: one dose."""
    return {
        "resourceType": "MedicationAdministration",
        "id": f"{drug}-{day}".replace(" ", ""),
        "status": "completed",
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": day,
        "medicationCodeableConcept": {"text": drug},
        **elements,
    }


def taken(drug: str, start: str, end: str | None = None, **elements: Any) -> Json:
    """A MedicationStatement that says it is being taken."""
    period = {"start": start} | ({"end": end} if end else {})
    return {
        "resourceType": "MedicationStatement",
        "id": f"{drug}-{start}".replace(" ", ""),
        "status": "active",
        "subject": {"reference": "Patient/p"},
        "effectivePeriod": period,
        "medicationCodeableConcept": {"text": drug},
        **elements,
    }
