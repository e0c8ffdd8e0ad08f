"""`stage`: files of one patient in, the staging document out."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from fhir_mappings import staging_document
from fhir_mappings.staging_document import stage
from nelm.errors import Refused
from tests.fhir_mappings.resources import (
    RULES,
    TODAY,
    bundle,
    condition,
    observation,
    quantity,
)

CASES = Path(__file__).parent / "cases"
PATIENT = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1961-02-03"}
BILIRUBIN = observation("1975-2", quantity(1.1, "mg/dL"))


def raw(resource: dict[str, Any]) -> bytes:
    return json.dumps(resource).encode()


def staged(*files: bytes, patient: str | None = None) -> dict[str, Any]:
    return stage(files, TODAY, RULES, patient)


def values(document: dict[str, Any]) -> dict[str, Any]:
    return {name: fact["value"] for name, fact in document["facts"].items()}


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_a_worked_case_gives_its_facts(case: str) -> None:
    expected = yaml.safe_load((CASES / case / "facts.yaml").read_text())
    files = [(CASES / case / "bundle.json").read_bytes()]
    document = stage(files, expected["as_of"], RULES)
    assert values(document) == expected["facts"]
    assert document["strategy"] == expected["strategy"]
    given = [(line["source"], line["reason"]) for line in document["not_understood"]]
    assert given == [(line["source"], line["reason"]) for line in expected["not_understood"]]


def test_the_document_says_what_judged_and_what_was_read() -> None:
    document = staged(bundle(PATIENT, BILIRUBIN | {"meta": {"versionId": "3"}}))
    assert document["format"] == staging_document.FORMAT
    assert document["mapping_set"] == RULES.version
    assert document["parameter_set"]
    assert document["knowledge_version"]
    assert document["candidates"] == []
    assert document["sources"] == ["Observation/o1/_history/3", "Patient/p"]


def test_a_fact_carries_where_it_came_from() -> None:
    fact = staged(bundle(PATIENT, BILIRUBIN | {"meta": {"versionId": "3"}}))["facts"][
        "bilirubin_mg_dl"
    ]
    assert fact == {
        "value": 1.1,
        "unit": "mg/dL",
        "effective": "2026-05-01",
        "status": "final",
        "upper_limit": None,
        "flags": [],
        "source": "Observation/o1",
        "version": "3",
        "mapping": "lab.bilirubin",
    }


def test_files_of_any_form_make_one_patient() -> None:
    lines = b"\n".join([raw(condition("C7A.012")), b"", raw(condition("C7B.02", id="c2"))])
    document = staged(raw(PATIENT), bundle(BILIRUBIN), lines, b"\xef\xbb\xbf" + raw(BILIRUBIN))
    assert {"sex", "bilirubin_mg_dl", "primary_site", "has_liver_metastases"} <= set(
        document["facts"]
    )


def test_a_broken_line_is_listed_and_the_others_count() -> None:
    document = staged(raw(PATIENT) + b"\n{broken\n" + raw(BILIRUBIN))
    assert document["facts"]["bilirubin_mg_dl"]["value"] == 1.1
    assert len(document["not_understood"]) == 1


def test_a_medication_of_another_file_is_followed() -> None:
    medication = {"resourceType": "Medication", "id": "m9", "code": {"text": "lanreotide"}}
    order = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "authoredOn": "2026-01-01",
        "medicationReference": {"reference": "Medication/m9"},
    }
    document = staged(raw(PATIENT), raw(order), raw(medication))
    assert document["facts"]["treatment_history"]["value"][0]["therapy"] == "ssa"


def test_what_refers_to_another_patient_never_counts_and_is_listed() -> None:
    other = BILIRUBIN | {"subject": {"reference": "Patient/other"}}
    nobody = {key: value for key, value in BILIRUBIN.items() if key != "subject"}
    document = staged(bundle(PATIENT, other, nobody | {"id": "o2"}))
    assert "bilirubin_mg_dl" not in document["facts"]
    assert [line["reason"] for line in document["not_understood"]] == [
        staging_document.ANOTHER_PATIENT,
        staging_document.NO_PATIENT,
    ]


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/p"},
        {"reference": "https://ehr.example/fhir/Patient/p"},
        {"reference": "https://ehr.example/fhir/Patient/p/_history/2"},
        {"reference": "urn:uuid:aa"},
        {"identifier": {"system": "urn:mrn", "value": "42"}},
    ],
)
def test_every_form_of_reference_to_the_patient_counts(subject: dict[str, Any]) -> None:
    patient = PATIENT | {"identifier": [{"system": "urn:mrn", "value": "42"}]}
    entries = [
        {"fullUrl": "urn:uuid:aa", "resource": patient},
        {"resource": BILIRUBIN | {"subject": subject}},
    ]
    document = staged(raw({"resourceType": "Bundle", "entry": entries}))
    assert "bilirubin_mg_dl" in document["facts"]


def at(server: str) -> dict[str, Any]:
    """A bilirubin of the patient with this id at that server."""
    return BILIRUBIN | {"id": server, "subject": {"reference": f"https://{server}/fhir/Patient/p"}}


def sent_from(server: str) -> bytes:
    entry = {"fullUrl": f"https://{server}/fhir/Patient/p", "resource": PATIENT}
    return raw({"resourceType": "Bundle", "entry": [entry]})


def test_the_same_id_at_another_server_is_another_patient() -> None:
    document = staged(sent_from("ehr.example"), raw(at("other.example")))
    assert values(document) == {"age_years": 65, "sex": "female", "pregnant": False}
    reasons = {line["reason"] for line in document["not_understood"]}
    assert "the subject is a patient of another server" in reasons


def test_absolute_references_to_the_patients_own_server_count() -> None:
    assert "bilirubin_mg_dl" in values(staged(sent_from("EHR.example"), raw(at("ehr.example"))))
    assert "bilirubin_mg_dl" in values(staged(raw(PATIENT), raw(at("ehr.example"))))


def test_one_id_at_two_servers_is_refused_where_nothing_tells_which() -> None:
    with pytest.raises(Refused, match="names this patient at 2 servers"):
        staged(raw(at("ehr.example")), raw(at("other.example")))


def test_the_only_patient_referred_to_is_the_patient() -> None:
    assert "bilirubin_mg_dl" in staged(raw(BILIRUBIN))["facts"]


def test_a_patient_named_only_by_an_identifier_is_the_patient() -> None:
    named = {"identifier": {"system": "http://hospital.example/mrn", "value": "42"}}
    assert "bilirubin_mg_dl" in staged(raw(BILIRUBIN | {"subject": named}))["facts"]


def test_several_patients_need_a_choice() -> None:
    two = bundle(PATIENT, BILIRUBIN), raw(PATIENT | {"id": "q"})
    with pytest.raises(Refused, match="--patient"):
        staged(*two)
    assert "bilirubin_mg_dl" in staged(*two, patient="p")["facts"]
    assert "bilirubin_mg_dl" not in staged(*two, patient="q")["facts"]
    with pytest.raises(Refused, match="--patient"):
        staged(*two, patient="nobody")


def test_two_referred_patients_need_a_choice() -> None:
    other = BILIRUBIN | {"id": "o2", "subject": {"reference": "Patient/other"}}
    with pytest.raises(Refused):
        staged(bundle(BILIRUBIN, other))


def test_files_that_name_no_patient_give_an_empty_document() -> None:
    nobody = {key: value for key, value in BILIRUBIN.items() if key != "subject"}
    document = staged(raw(nobody))
    assert document["facts"] == {}
    assert document["strategy"] == "not_applicable"
    assert document["not_understood"][0]["reason"] == staging_document.NO_PATIENT


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"versionId": "9"}, {"versionId": "10"}),
        (
            {"versionId": "b", "lastUpdated": "2026-05-01T08:00:00Z"},
            {"versionId": "a", "lastUpdated": "2026-05-02T08:00:00Z"},
        ),
    ],
)
def test_of_one_id_the_newest_version_counts_in_any_order(
    older: dict[str, str], newer: dict[str, str]
) -> None:
    first = BILIRUBIN | {"meta": older}
    second = BILIRUBIN | quantity(2.5, "mg/dL") | {"meta": newer}
    for files in ([first, second], [second, first]):
        document = staged(raw(PATIENT), *(raw(one) for one in files))
        assert document["facts"]["bilirubin_mg_dl"]["value"] == 2.5


def test_a_newer_version_entered_in_error_takes_the_value_away() -> None:
    wrong = BILIRUBIN | {"status": "entered-in-error", "meta": {"versionId": "2"}}
    document = staged(raw(PATIENT), raw(BILIRUBIN | {"meta": {"versionId": "1"}}), raw(wrong))
    assert "bilirubin_mg_dl" not in document["facts"]


def test_a_suspected_diagnosis_is_a_candidate_and_no_fact() -> None:
    suspected = condition("C7B.03", verificationStatus={"coding": [{"code": "provisional"}]})
    document = staged(bundle(PATIENT, suspected))
    assert {"extrahepatic_sites", "has_neuroendocrine_tumor"} == {
        one["fact"] for one in document["candidates"]
    }
    assert set(document["facts"]) == {"age_years", "sex", "pregnant"}


def test_the_document_is_json_and_the_same_every_time() -> None:
    files = bundle(PATIENT, BILIRUBIN, condition("C7A.012"), condition("C7B.02"))
    first, second = (json.dumps(staged(files)) for _ in range(2))
    assert first == second


def test_the_day_decides_what_counts() -> None:
    document = stage([bundle(PATIENT, BILIRUBIN)], date(2026, 4, 30), RULES)
    assert "bilirubin_mg_dl" not in document["facts"]
    assert len(document["not_understood"]) == 1
