"""HAPI FHIR as a hospital uses it: writes patients and results, asks for validation."""

import time
from typing import Any

import requests

Resource = dict[str, Any]
_JSON = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}


class Refused(AssertionError):
    """HAPI did not take what a hospital wrote; the message carries its outcome."""


class Hospital:
    """A FHIR client of the test itself; none of our own code is in it."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._session = requests.Session()
        self._session.headers.update(_JSON)

    def write(self, resource: Resource) -> Resource:
        """Creates, or updates where the resource has an id; what HAPI then holds."""
        kind, id_ = resource["resourceType"], resource.get("id")
        if id_ is None:
            return self._ask("POST", kind, json=resource)
        return self._ask("PUT", f"{kind}/{id_}", json=resource)

    def delete(self, resource: Resource) -> None:
        self._ask("DELETE", f"{resource['resourceType']}/{resource['id']}")

    def subscriptions(self, endpoint: str) -> list[Resource]:
        """The Subscriptions that deliver to this endpoint."""
        found = self._ask("GET", "Subscription?_count=200", headers={"Cache-Control": "no-cache"})
        held = [entry["resource"] for entry in found.get("entry", [])]
        return [one for one in held if one["channel"]["endpoint"] == endpoint]

    def complaints(self, resource: Resource) -> list[str]:
        """What `$validate` calls an error, by HAPI's own words; empty is good."""
        answer = self._session.post(
            f"{self.base_url}/{resource['resourceType']}/$validate", json=resource, timeout=60
        )
        issues = answer.json().get("issue", [])
        return [
            f"{issue.get('location')}: {issue.get('diagnostics')}"
            for issue in issues
            if issue["severity"] in ("error", "fatal")
        ]

    def _ask(self, method: str, path: str, **more: Any) -> Resource:
        for pause in (0.2, 0.5, 1.0, 0):
            answer = self._session.request(method, f"{self.base_url}/{path}", timeout=60, **more)
            # HAPI's own work on a Subscription may meet a write of ours: one of the two loses.
            if answer.status_code != 409 or "HAPI-0827" not in answer.text:
                break
            time.sleep(pause)
        if not answer.ok:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text[:1500]}")
        body: Resource = answer.json()
        return body


# --- resources as hospitals write them -----------------------------------------------------------

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM = "http://unitsofmeasure.org"
OURS = "urn:nelm-cds:codes"
_STATUS = "http://terminology.hl7.org/CodeSystem/condition-"


def coded(system: str, code: str, text: str | None = None) -> Resource:
    concept: Resource = {"coding": [{"system": system, "code": code}]}
    return concept | ({"text": text} if text else {})


def worded(text: str) -> Resource:
    return {"text": text}


def quantity(value: float, unit: str) -> Resource:
    return {
        "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
    }


def condition(patient: Resource, code: Resource, onset: str) -> Resource:
    return {
        "resourceType": "Condition",
        "clinicalStatus": coded(f"{_STATUS}clinical", "active"),
        "verificationStatus": coded(f"{_STATUS}ver-status", "confirmed"),
        "code": code,
        "subject": {"reference": f"Patient/{patient['id']}"},
        "onsetDateTime": onset,
    }


def observation(
    patient: Resource, code: Resource, value: Resource, effective: str, **more: Any
) -> Resource:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "subject": {"reference": f"Patient/{patient['id']}"},
        "effectiveDateTime": effective,
        **value,
        **more,
    }


def medication_request(patient: Resource, code: Resource, authored: str) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": code,
        "subject": {"reference": f"Patient/{patient['id']}"},
        "authoredOn": authored,
    }


def procedure(patient: Resource, code: Resource, performed: str) -> Resource:
    return {
        "resourceType": "Procedure",
        "status": "completed",
        "code": code,
        "subject": {"reference": f"Patient/{patient['id']}"},
        "performedDateTime": performed,
    }
