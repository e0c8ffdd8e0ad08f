"""Invented patients as FHIR resources, coded with our own codes: one Observation per fact."""

from typing import Any

OWN_CODES = "urn:nelm-cds:codes"
TODAY = "2026-06-01"

Resource = dict[str, Any]
Facts = dict[str, Any]

# Multifocal bilobar disease of the midgut, carcinoid syndrome: transarterial treatment comes first.
MULTIFOCAL: Facts = {
    "ecog": 1,
    "primary_site": "jejunum",
    "primary_status": "resected_r0",
    "histology_confirmed": True,
    "differentiation": "well",
    "ki67_primary_percent": 8,
    "mitoses_per_2mm2": 3,
    "functional_syndrome": "carcinoid",
    "symptomatic": True,
    "right_heart_failure": False,
    "pregnant": False,
    "liver_lesion_count": 14,
    "largest_liver_lesion_mm": 41,
    "bilobar": True,
    "liver_tumor_burden_percent": 40,
    "reported_resectability": "unresectable",
    "future_liver_remnant_percent": 15,
    "portal_vein": "patent",
    "biliary_enteric_anastomosis": False,
    "bilirubin_mg_dl": 0.8,
    "albumin_g_dl": 4.0,
    "inr": 1.0,
    "ascites": "none",
    "encephalopathy": "none",
    "platelets_10e9_l": 180,
    "hemoglobin_g_dl": 12.1,
    "leukocytes_10e9_l": 5.1,
    "egfr_ml_min_1_73m2": 72,
    "extrahepatic_disease": "none",
    "peritoneal_carcinomatosis": "none",
    "unresectable_nodes_or_extraabdominal": False,
    "liver_dominant": True,
    "krenning_score": 4,
    "sstr_modality": "ga68_pet",
    "recist_status": "PD",
    "progressed_within_12_months": True,
    "liver_metastases_synchronous": True,
}

# Two lesions in one lobe, reported R0-resectable: resection comes first.
RESECTABLE: Facts = MULTIFOCAL | {
    "ecog": 0,
    "primary_site": "ileum",
    "primary_status": "in_situ",
    "primary_resectable": True,
    "ki67_primary_percent": 1.5,
    "mitoses_per_2mm2": 1,
    "functional_syndrome": "none",
    "symptomatic": False,
    "liver_lesion_count": 2,
    "largest_liver_lesion_mm": 32,
    "bilobar": False,
    "liver_tumor_burden_percent": 8,
    "reported_resectability": "r0",
    "future_liver_remnant_percent": 65,
    "remnant_contiguous_segments": 4,
    "hilar_or_bile_duct_proximity": False,
    "large_vessel_proximity": False,
    "krenning_score": 3,
    "recist_status": "SD",
    "stable_months": 3,
    "progressed_within_12_months": False,
}


def observation(
    patient: str, fact: str, value: Any, *, day: str = "2026-05-12", **more: Any
) -> Resource:
    """One Observation that states a fact."""
    resource: Resource = {
        "resourceType": "Observation",
        "id": f"{patient}-{fact.replace('_', '-')}"[:64],
        "meta": {"versionId": "1", "lastUpdated": f"{day}T08:00:00Z"},
        "status": "final",
        "code": {"coding": [{"system": OWN_CODES, "code": fact}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": day,
    }
    if isinstance(value, bool):
        resource["valueBoolean"] = value
    elif isinstance(value, int | float):
        resource["valueQuantity"] = {"value": value}
    else:
        resource["valueCodeableConcept"] = {"coding": [{"system": OWN_CODES, "code": value}]}
    return resource | more


def condition(patient: str, code: str, text: str, **more: Any) -> Resource:
    """One confirmed Condition, coded in ICD-10-CM."""
    resource: Resource = {
        "resourceType": "Condition",
        "id": f"{patient}-{code.lower().replace('.', '')}",
        "meta": {"versionId": "1", "lastUpdated": "2026-01-10T08:00:00Z"},
        "verificationStatus": _status("condition-ver-status", "confirmed"),
        "clinicalStatus": _status("condition-clinical", "active"),
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}],
            "text": text,
        },
        "subject": {"reference": f"Patient/{patient}"},
        "recordedDate": "2026-01-10",
    }
    return resource | more


def person(patient: str) -> Resource:
    return {
        "resourceType": "Patient",
        "id": patient,
        "meta": {"versionId": "1", "lastUpdated": "2026-01-10T08:00:00Z"},
        "birthDate": "1963-02-14",
        "gender": "female",
    }


def conditions(patient: str) -> list[Resource]:
    """What makes somebody a patient of ours."""
    return [
        condition(patient, "C7A.012", "Malignant carcinoid tumor of the ileum"),
        condition(patient, "C7B.02", "Secondary carcinoid tumors of liver"),
    ]


def observations(patient: str, facts: Facts, day: str = "2026-05-12") -> list[Resource]:
    return [observation(patient, name, value, day=day) for name, value in facts.items()]


def record(patient: str, facts: Facts, day: str = "2026-05-12") -> list[Resource]:
    """The whole record of one patient."""
    return [person(patient), *conditions(patient), *observations(patient, facts, day)]


def searchset(resources: list[Resource], **more: Any) -> Resource:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "entry": [{"resource": one, "search": {"mode": "match"}} for one in resources],
    } | more


EMPTY: Resource = {"resourceType": "Bundle", "type": "searchset", "total": 0}


def prefetch(patient: str, facts: Facts, **instead: Any) -> dict[str, Any]:
    """Every key of the contract, completely answered; `instead` replaces single keys."""
    return {
        "patient": person(patient),
        "conditions": searchset(conditions(patient)),
        "observations": searchset(observations(patient, facts)),
        "procedures": EMPTY,
        "medications": EMPTY,
        "medicationStatements": EMPTY,
        "administrations": EMPTY,
        "reports": EMPTY,
    } | instead


def draft_order(patient: str, order: str, **more: Any) -> Resource:
    """A draft ServiceRequest for an option or work-up item, by our own code."""
    resource: Resource = {
        "resourceType": "ServiceRequest",
        "id": f"draft-{order.replace('_', '-')}",
        "status": "draft",
        "intent": "order",
        "code": {"coding": [{"system": OWN_CODES, "code": order}]},
        "subject": {"reference": f"Patient/{patient}"},
    }
    return resource | more


def call(hook: str, patient: str, orders: list[Resource] | None = None, **more: Any) -> Resource:
    """The body of a hook call."""
    context: Resource = {"userId": "Practitioner/dr-1", "patientId": patient}
    if orders is not None:
        # As two of three real clients send it: without Bundle.type.
        context["draftOrders"] = {
            "resourceType": "Bundle",
            "entry": [{"resource": one} for one in orders],
        }
        if hook == "order-select":
            context["selections"] = [f"{one['resourceType']}/{one['id']}" for one in orders]
    return {
        "hook": hook,
        "hookInstance": "9c6d7957-1f43-4d1c-a5d0-0f3e36a5a1f0",
        "context": context,
    } | more


def _status(system: str, code: str) -> Resource:
    url = f"http://terminology.hl7.org/CodeSystem/{system}"
    return {"coding": [{"system": url, "code": code}]}
