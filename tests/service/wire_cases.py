"""Worked cases and draft orders as an EHR sends them: FHIR resources in a hook call."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from fhir_mappings.order_mapping import load_order_mapping
from nelm import Parameters
from nelm.case_file import read_case
from nelm.facts import Fact, Therapy
from tests.service.conftest import NOW
from tests.service.people import OWN_CODES, Resource, conditions, observation, person, searchset
from tests.vignettes.worked_cases import case_file, case_named

AS_OF = NOW.date()
SEEN = AS_OF - timedelta(days=20)
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
MAPPING = load_order_mapping()
# What is no Observation of its own.
_ELSEWHERE = frozenset({"age_years", "sex", "treatment_history", "latest_cross_sectional_imaging"})
_PROBLEMS = ("has_neuroendocrine_tumor", "has_liver_metastases")


def sent_case(case_id: str, patient: str = "p1") -> tuple[dict[str, Any], Parameters]:
    """A worked case as a complete prefetch, and the parameters it is judged with.

    Values are twenty days old where the case gives no date.
    """
    facts, parameters, as_of = read_case({"as_of": AS_OF, **case_file(case_named(case_id))})
    assert as_of == AS_OF
    given = {one.name: one for one in facts}
    return {
        "patient": _person(given, patient),
        "conditions": searchset(_problems(given, patient)),
        "observations": searchset(list(_observations(given, patient))),
        "procedures": searchset(_procedures(given, patient)),
        "medications": searchset([]),
        "medicationStatements": searchset([]),
        "administrations": searchset([]),
        "reports": searchset(list(_reports(given, patient))),
    }, parameters


def _person(given: dict[str, Fact], patient: str) -> Resource:
    found = person(patient)
    if "age_years" in given:
        years = int(given["age_years"].value)
        found["birthDate"] = date(AS_OF.year - years, AS_OF.month, AS_OF.day).isoformat()
    if "sex" in given:
        found["gender"] = given["sex"].value
    return found


def _problems(given: dict[str, Fact], patient: str) -> list[Resource]:
    return [
        problem
        for name, problem in zip(_PROBLEMS, conditions(patient), strict=True)
        if given[name].value is True
    ]


def _observations(given: dict[str, Fact], patient: str) -> Iterator[Resource]:
    for name, fact in given.items():
        if name in _ELSEWHERE or (name in _PROBLEMS and fact.value is True):
            continue
        day = (fact.effective or SEEN).isoformat()
        members = sorted(fact.value) if isinstance(fact.value, frozenset) else [fact.value]
        for place, value in enumerate(members):
            found = observation(patient, name, value, day=day)
            found["id"] += f"-{place}" if place else ""
            if fact.upper_limit is not None:
                found["referenceRange"] = [{"high": {"value": fact.upper_limit}}]
            yield found


def _procedures(given: dict[str, Fact], patient: str) -> list[Resource]:
    history: tuple[Therapy, ...] = (
        given["treatment_history"].value if "treatment_history" in given else ()
    )
    return [
        {
            "resourceType": "Procedure",
            "id": f"therapy-{place}",
            "status": "completed",
            "code": {"coding": [{"system": OWN_CODES, "code": one.therapy}]},
            "subject": {"reference": f"Patient/{patient}"},
            "performedDateTime": (one.start or SEEN).isoformat(),
        }
        for place, one in enumerate(history)
    ]


def _reports(given: dict[str, Fact], patient: str) -> Iterator[Resource]:
    if "latest_cross_sectional_imaging" in given:
        yield {
            "resourceType": "DiagnosticReport",
            "id": "ct",
            "status": "final",
            "code": {"coding": [{"system": LOINC, "code": "72252-0"}]},
            "subject": {"reference": f"Patient/{patient}"},
            "effectiveDateTime": given["latest_cross_sectional_imaging"].value.isoformat(),
        }


# --- Draft orders --------------------------------------------------------------------------------


def drafts_of(order: str, patient: str = "p1") -> dict[str, list[Resource]]:
    """An order in every form in which clients draft it; the order itself is the first resource."""
    if MAPPING.sent[order].kind == "MedicationRequest":
        return _medications(order, patient)
    concept = next((one for one in _concepts(order)), None)
    text = next((one for one, name in MAPPING.texts.items() if name == order), None)
    own = {"coding": [{"system": OWN_CODES, "code": order}]}
    forms = {"own code": [_request("ServiceRequest", patient, code=own)]}
    if concept is not None:
        forms["standard code"] = [_request("ServiceRequest", patient, code=concept)]
    if text is not None:
        forms["text"] = [_request("ServiceRequest", patient, code={"text": text.upper()})]
    return forms


def _concepts(order: str) -> Iterator[dict[str, Any]]:
    for (system, code), name in MAPPING.codes.items():
        if name == order and system != MAPPING.code_system:
            yield {"coding": [{"system": system, "code": code}]}
    for (system, code), name in MAPPING.liver_codes.items():
        if name == order:
            liver = {"system": SNOMED, "code": "10200004", "display": "Liver structure"}
            yield {"coding": [{"system": system, "code": code}, liver]}


def _medications(order: str, patient: str) -> dict[str, list[Resource]]:
    """By concept, and by reference to a contained and to a bundled Medication."""
    drug = next(name for name, gives in MAPPING.drug_orders.items() if gives == order)
    key = next(key for key, name in MAPPING.drug_codes.items() if name == drug)
    concept = {"coding": [{"system": key[0], "code": key[1]}]}
    text = next(text for text, name in MAPPING.drug_texts.items() if name == drug)
    medication: Resource = {"resourceType": "Medication", "id": "drug", "code": concept}
    bundled = _request(
        "MedicationRequest", patient, medicationReference={"reference": "Medication/drug"}
    )
    absolute = _request(
        "MedicationRequest",
        patient,
        medicationReference={"reference": "https://main.example/fhir/Medication/drug"},
    )
    contained = _request(
        "MedicationRequest",
        patient,
        contained=[medication],
        medicationReference={"reference": "#drug"},
    )
    plain = _request("MedicationRequest", patient, medicationCodeableConcept=concept)
    worded = _request("MedicationRequest", patient, medicationCodeableConcept={"text": text})
    return {
        "concept": [plain],
        "text": [worded],
        "contained Medication": [contained],
        "bundled Medication": [bundled, medication],
        "bundled Medication, absolute reference": [absolute, medication],
    }


def _request(kind: str, patient: str, **more: Any) -> Resource:
    return {
        "resourceType": kind,
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient}"},
        **more,
    }
