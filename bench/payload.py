"""Invented hook requests and resources of the sizes the benchmarks need. Deterministic."""

import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
# Codes as laboratories send them: (LOINC, display, UCUM, low, high).
LABS: list[tuple[str, str, str, float, float]] = [
    ("1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", "mg/dL", 0.4, 1.1),
    ("1751-7", "Albumin [Mass/volume] in Serum or Plasma", "g/dL", 3.6, 4.6),
    ("6301-6", "INR in Platelet poor plasma by Coagulation assay", "{INR}", 0.9, 1.2),
    ("777-3", "Platelets [#/volume] in Blood by Automated count", "10*3/uL", 150, 320),
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 10.5, 14.5),
    ("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*3/uL", 3.8, 8.5),
    ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 0.6, 1.3),
    ("9811-1", "Chromogranin A [Mass/volume] in Serum or Plasma", "ng/mL", 90, 900),
    ("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", 3.4, 5.1),
    ("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", 133, 145),
    ("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum", "U/L", 12, 90),
    ("1988-5", "C reactive protein [Mass/volume] in Serum or Plasma", "mg/L", 0.3, 30),
    ("29463-7", "Body weight", "kg", 52, 98),
    ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", 5, 8),
]
CONDITIONS: list[tuple[str, str]] = [
    ("C7A.012", "Malignant carcinoid tumor of the ileum"),
    ("C7B.02", "Secondary carcinoid tumors of liver"),
    ("E34.0", "Carcinoid syndrome"),
    ("I10", "Essential (primary) hypertension"),
    ("E78.5", "Hyperlipidemia, unspecified"),
    ("N18.30", "Chronic kidney disease, stage 3 unspecified"),
    ("E11.9", "Type 2 diabetes mellitus without complications"),
    ("M19.90", "Unspecified osteoarthritis, unspecified site"),
    ("K21.9", "Gastro-esophageal reflux disease without esophagitis"),
    ("J45.909", "Unspecified asthma, uncomplicated"),
]


class Invented:
    """A source of invented resources; the same seed gives the same bytes."""

    def __init__(self, seed: int = 20260101, until: datetime | None = None) -> None:
        self.random = random.Random(seed)
        self.until = until or datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)

    def uid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def observation(self, patient: str, position: int) -> Json:
        """One laboratory result in the US Core style, about 1.5 kB."""
        code, display, unit, low, high = LABS[position % len(LABS)]
        when = self.until - timedelta(days=position // len(LABS) * 30, minutes=position)
        at = when.isoformat()
        quantity = {"unit": unit, "system": UCUM, "code": unit}
        value = round(self.random.uniform(low, high), 1)
        category = "http://terminology.hl7.org/CodeSystem/observation-category"
        interpretation = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
        return {
            "resourceType": "Observation",
            "id": self.uid(),
            "meta": {
                "versionId": "1",
                "lastUpdated": (when + timedelta(hours=3)).isoformat(),
                "profile": [
                    "http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"
                ],
            },
            "identifier": [
                {"use": "official", "system": "urn:oid:2.16.840.1.113883.19.5", "value": self.uid()}
            ],
            "status": "final",
            "category": [
                {
                    "coding": [{"system": category, "code": "laboratory", "display": "Laboratory"}],
                    "text": "Laboratory",
                }
            ],
            "code": {
                "coding": [
                    {"system": LOINC, "code": code, "display": display},
                    {
                        "system": "urn:oid:1.2.840.114350.1",
                        "code": f"10{position}",
                        "display": code,
                    },
                ],
                "text": display.split(" [")[0],
            },
            "subject": {"reference": f"Patient/{patient}", "display": "Invented, Person"},
            "encounter": {"reference": f"Encounter/{self.uid()}"},
            "effectiveDateTime": at,
            "issued": (when + timedelta(hours=2)).isoformat(),
            "performer": [
                {"reference": f"Organization/{self.uid()}", "display": "Central Laboratory"}
            ],
            "valueQuantity": {"value": value, **quantity},
            "interpretation": [
                {"coding": [{"system": interpretation, "code": "N", "display": "Normal"}]}
            ],
            "referenceRange": [
                {
                    "low": {"value": low, **quantity},
                    "high": {"value": high, **quantity},
                    "text": f"{low} - {high} {unit}",
                }
            ],
        }

    def condition(self, patient: str, position: int) -> Json:
        code, display = CONDITIONS[position % len(CONDITIONS)]
        terms = "http://terminology.hl7.org/CodeSystem"
        return {
            "resourceType": "Condition",
            "id": self.uid(),
            "meta": {
                "versionId": "2",
                "lastUpdated": (self.until - timedelta(days=position)).isoformat(),
            },
            "clinicalStatus": {
                "coding": [{"system": f"{terms}/condition-clinical", "code": "active"}]
            },
            "verificationStatus": {
                "coding": [{"system": f"{terms}/condition-ver-status", "code": "confirmed"}]
            },
            "category": [
                {"coding": [{"system": f"{terms}/condition-category", "code": "problem-list-item"}]}
            ],
            "code": {
                "coding": [
                    {
                        "system": "http://hl7.org/fhir/sid/icd-10-cm",
                        "code": code,
                        "display": display,
                    }
                ],
                "text": display,
            },
            "subject": {"reference": f"Patient/{patient}"},
            "onsetDateTime": "2024-05-02",
            "recordedDate": "2024-05-02",
        }

    def patient(self, patient: str) -> Json:
        return {
            "resourceType": "Patient",
            "id": patient,
            "meta": {"versionId": "5", "lastUpdated": self.until.isoformat()},
            "active": True,
            "name": [{"use": "official", "family": "Invented", "given": ["Person"]}],
            "gender": "female",
            "birthDate": "1964-07-14",
        }

    def draft_order(self, patient: str) -> Json:
        """One draft MedicationRequest for lanreotide (RxNorm 236048 is not needed: by text)."""
        return {
            "resourceType": "MedicationRequest",
            "id": self.uid(),
            "status": "draft",
            "intent": "order",
            "medicationCodeableConcept": {"text": "everolimus"},
            "subject": {"reference": f"Patient/{patient}"},
        }


def searchset(resources: list[Json]) -> Json:
    base = "https://ehr.example/fhir/R4"
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "link": [{"relation": "self", "url": f"{base}/search"}],
        "entry": [
            {
                "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
                "resource": resource,
                "search": {"mode": "match"},
            }
            for resource in resources
        ],
    }


def order_sign(
    observations: int, patient: str = "p-000042", conditions: int = 10, seed: int = 20260101
) -> bytes:
    """An order-sign request with prefetch: 60 observations make about 114 kB."""
    until = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2, minutes=seed % 9973)
    invented = Invented(seed, until)
    draft = {"resourceType": "Bundle", "entry": [{"resource": invented.draft_order(patient)}]}
    request = {
        "hook": "order-sign",
        "hookInstance": invented.uid(),
        "context": {
            "userId": "Practitioner/invented",
            "patientId": patient,
            "draftOrders": draft,
        },
        "prefetch": {
            "patient": invented.patient(patient),
            "observations": searchset(
                [invented.observation(patient, i) for i in range(observations)]
            ),
            "conditions": searchset([invented.condition(patient, i) for i in range(conditions)]),
        },
    }
    return json.dumps(request, separators=(",", ":")).encode()


def order_signs(observations: int, count: int = 64) -> list[bytes]:
    """As many different calls: each of another patient, with other ids, values and times.

    Nothing of one call may help with the next, or the figures would be those of a cache.
    """
    return [
        order_sign(observations, f"p-{number:06d}", seed=20260101 + 37 * number)
        for number in range(count)
    ]


def patient_view(patient: str) -> bytes:
    """A patient-view request without prefetch: answered from what is stored."""
    request = {
        "hook": "patient-view",
        "hookInstance": str(uuid.uuid5(uuid.NAMESPACE_URL, patient)),
        "context": {"userId": "Practitioner/invented", "patientId": patient},
    }
    return json.dumps(request).encode()
