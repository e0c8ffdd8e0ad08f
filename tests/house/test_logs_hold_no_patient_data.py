"""Whatever arrives, good or broken, the logs, the metrics and the errors repeat none of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.journeys.stacks import SECRET, Stack
from tests.real_parts import until
from tests.real_parts.programs import free_port

MARKS = ("Quibberley", "1911-11-11", "61.728394", "Sentence-only-this-patient-has", "tok-9f8e7d")


@pytest.fixture(scope="module")
def silent_ehr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The embedded service; its EHR is switched off, so that failures are logged too."""
    folder = tmp_path_factory.mktemp("silent")
    nobody = f"http://127.0.0.1:{free_port()}/fhir"
    stack = Stack(folder, "silent", nobody, f"sqlite:///{folder}/nelm-cds.sqlite")
    stack.start()
    yield stack
    stack.stop()


def _marked(resource_type: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": resource_type,
        "id": "r1",
        "meta": {"versionId": "1", "lastUpdated": "2026-01-02T03:04:05Z"},
        "status": "final",
        "subject": {"reference": "Patient/p1", "display": MARKS[0]},
        **more,
    }


def _bodies() -> dict[str, bytes]:
    """Resources that carry the marks where patients' data stand, whole and broken."""
    code = {"coding": [{"system": "urn:nelm-cds:codes", "code": "krenning_score"}]}
    observations = {
        "net": _marked("Observation", code=code, valueInteger=4),
        "value": _marked("Observation", code=code, valueQuantity={"value": float(MARKS[2])}),
        "text": _marked("Observation", code={"text": MARKS[3]}, valueString=MARKS[3]),
        "unit": _marked(
            "Observation",
            code={"coding": [{"system": "http://loinc.org", "code": "9811-1"}]},
            valueQuantity={"value": float(MARKS[2]), "unit": MARKS[3]},
        ),
        "patient": {
            "resourceType": "Patient",
            "id": "p1",
            "name": [{"family": MARKS[0]}],
            "birthDate": MARKS[1],
        },
        "unknown": {"resourceType": MARKS[3], "id": "x", "text": MARKS[0]},
    }
    bodies = {name: json.dumps(one | {"id": name}).encode() for name, one in observations.items()}
    bodies["broken"] = bodies["text"][:-20]
    bodies["no_json"] = f"<html>{MARKS[0]} {MARKS[1]}</html>".encode()
    return bodies


def _said_by(answer: requests.Response) -> str:
    return answer.text + str(answer.headers)


def test_nothing_a_patient_could_be_known_by_is_repeated(silent_ehr: Stack) -> None:
    said = ""
    for name, body in _bodies().items():
        for secret in (SECRET, MARKS[4]):
            said += _said_by(
                requests.put(
                    f"{silent_ehr.url}/notifications/silent/Observation/{name}",
                    data=body,
                    headers={"X-Nelm-Secret": secret, "Content-Type": "application/fhir+json"},
                    timeout=20,
                )
            )
    said += _hooks_with_marks(silent_ehr)
    until(lambda: _is_known(_answer_about(silent_ehr, "p1")), "the worker", 20)
    said += silent_ehr.metrics()
    silent_ehr.stop()
    said += silent_ehr.everything_logged()
    for mark in MARKS:
        assert mark not in said, mark
    assert "nelm_notifications_total" in said


def _answer_about(stack: Stack, patient_id: str) -> str:
    return requests.get(
        f"{stack.url}/patients/{stack.connection}/{patient_id}/assessment", timeout=20
    ).text


def _is_known(answer: str) -> bool:
    """Whether a worker has read the patient: assessed on what came, or not yet."""
    return "not been assessed yet" in answer or '"as_of"' in answer


def _hooks_with_marks(stack: Stack) -> str:
    call: dict[str, Any] = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "fhirServer": stack.ehr_url,
        "fhirAuthorization": {"access_token": MARKS[4], "token_type": "Bearer", "scope": "x"},
        "context": {"userId": f"Practitioner/{MARKS[4]}", "patientId": "p2"},
        "prefetch": {
            "patient": {"resourceType": "Patient", "id": "p2", "name": [{"family": MARKS[0]}]},
            "observations": {"resourceType": "Bundle", "entry": [MARKS[3]]},
            "conditions": MARKS[3],
        },
    }
    said = ""
    for changed in ({}, {"context": {"patientId": {"a": MARKS[0]}}}, {"prefetch": MARKS[3]}):
        answer = requests.post(
            f"{stack.url}/cds-services/nelm-patient-view",
            json=call | changed,
            headers={"Authorization": f"Bearer {MARKS[4]}"},
            timeout=20,
        )
        said += _said_by(answer)
    return said
