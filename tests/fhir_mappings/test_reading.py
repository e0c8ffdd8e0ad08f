"""Resources and Bundles of any shape: each entry by itself, nothing dropped, nothing raised."""

import json
from typing import Any

import pytest

from fhir_mappings import reading as reads
from fhir_mappings.drafts import patient_of
from fhir_mappings.elements import Identifier, Reference
from fhir_mappings.reading import read_bundle, read_resource
from fhir_mappings.statements import UNREAD_RESULT, Reading
from tests.fhir_mappings.resources import (
    RULES,
    SNOMED,
    bundle,
    coded,
    condition,
    observation,
    procedure,
    quantity,
    report,
    request,
)

GOOD = observation("1975-2", quantity(1, "mg/dL"))


def one(resource: Any) -> Reading:
    raw = resource if isinstance(resource, bytes) else json.dumps(resource).encode()
    return read_resource(raw, RULES)


def reason(resource: Any) -> str:
    (line,) = one(resource).not_understood
    return line.reason


@pytest.mark.parametrize("raw", [b"", b"{", b"nonsense", b"\xff\xfe", b'{"resourceType":'])
def test_broken_json_is_one_line(raw: bytes) -> None:
    assert reason(raw) == reads.NOT_JSON
    assert [line.reason for each in read_bundle(raw, RULES) for line in each.not_understood] == [
        reads.NOT_JSON
    ]


@pytest.mark.parametrize("content", [[], 1, "Observation", None, {}, {"resourceType": 3}, {"a": 1}])
def test_what_is_no_resource_is_one_line(content: Any) -> None:
    assert reason(content) == reads.NOT_A_RESOURCE


def test_json_nested_without_end_is_one_line() -> None:
    deep = b'{"resourceType":"Observation","code":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert one(deep).statements == ()
    assert len(one(deep).not_understood) == 1


def test_a_type_that_states_nothing_is_listed_with_its_patient() -> None:
    sent = {"resourceType": "Encounter", "id": "e", "subject": {"reference": "Patient/p"}}
    found = one(sent)
    assert (found.type, found.id, found.patient) == ("Encounter", "e", "p")
    assert reason(sent) == reads.NOT_READ
    assert reason({"resourceType": "Resource-1"}) == reads.NOT_READ


def test_an_operation_outcome_says_that_the_answer_is_incomplete() -> None:
    assert reason({"resourceType": "OperationOutcome", "issue": []}) == reads.INCOMPLETE


def test_id_version_and_last_update_are_carried() -> None:
    meta = {"versionId": "7", "lastUpdated": "2026-05-02T08:00:00Z"}
    found = one(GOOD | {"meta": meta})
    (statement,) = found.statements
    assert (found.id, found.version, found.last_updated) == ("o1", "7", meta["lastUpdated"])
    assert (statement.source, statement.version) == ("Observation/o1", "7")


def test_a_category_that_is_an_object_is_forgiven() -> None:
    sent = GOOD | {"category": coded("laboratory")}
    assert len(one(sent).statements) == 1


def test_a_list_of_one_where_an_element_belongs_is_forgiven() -> None:
    assert len(one(GOOD | {"code": [GOOD["code"]]}).statements) == 1


def test_statuses_of_older_versions_are_understood() -> None:
    sent = condition("C7B.02", verificationStatus="confirmed", clinicalStatus="active")
    assert len(one(sent).statements) == 2
    assert one(condition("C7B.02", verificationStatus="refuted")).statements == ()


def test_a_broken_coding_leaves_the_others() -> None:
    codings = [{"system": "http://loinc.org", "code": 19752}, *GOOD["code"]["coding"]]
    assert len(one(GOOD | {"code": {"coding": codings}}).statements) == 1


@pytest.mark.parametrize(
    "broken",
    [
        {"valueQuantity": {"value": "1.1", "unit": "mg/dL"}},
        {"valueQuantity": "1.1 mg/dL"},
        {"status": 7},
        {"effectiveDateTime": {"year": 2026}},
        {"dataAbsentReason": 5},
        {"subject": "Patient/p"},
        {"code": "1975-2 "} | {"bodySite": 3},
    ],
)
def test_a_malformed_element_stops_the_resource_and_is_named(broken: dict[str, Any]) -> None:
    found = one(GOOD | broken)
    assert {stated.fact for stated in found.statements} <= {UNREAD_RESULT}
    assert found.not_understood[0].reason.startswith("malformed: ")
    assert "1.1" not in found.not_understood[0].reason


def test_a_broken_entry_does_not_spoil_its_bundle() -> None:
    broken = GOOD | {"status": 7, "id": "bad"}
    found = read_bundle(bundle(broken, GOOD | {"id": "good"}, condition("C7B.02")), RULES)
    assert [(each.id, bool(each.statements)) for each in found] == [
        ("bad", False), ("good", True), ("c1", True),
    ]  # fmt: skip


def test_whole_and_broken_bundles_read_the_same_entry_alike() -> None:
    whole = read_bundle(bundle(GOOD), RULES)
    beside = read_bundle(bundle(GOOD, {"resourceType": "Unheard", "id": "u"}), RULES)
    assert beside[0] == whole[0]


def test_an_entry_without_resource_is_listed() -> None:
    raw = json.dumps({"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:1"}]}).encode()
    (found,) = read_bundle(raw, RULES)
    assert found.not_understood[0].reason == reads.EMPTY_ENTRY


def test_a_deleted_entry_of_a_history_states_nothing_any_more() -> None:
    entry = {"request": {"method": "DELETE", "url": "Observation/o1"}}
    raw = json.dumps({"resourceType": "Bundle", "type": "history", "entry": [entry]}).encode()
    (found,) = read_bundle(raw, RULES)
    assert (found.type, found.id, found.statements) == ("Observation", "o1", ())


def test_a_bundle_in_a_bundle_is_opened() -> None:
    inner = json.loads(bundle(GOOD))
    raw = json.dumps({"resourceType": "Bundle", "entry": [{"resource": inner}]}).encode()
    assert [each.id for each in read_bundle(raw, RULES)] == ["o1"]


@pytest.mark.parametrize("entry", [None, 3, {"resource": GOOD}, "x"])
def test_a_bundle_whose_entries_are_no_list_is_one_line(entry: Any) -> None:
    raw = json.dumps({"resourceType": "Bundle", "entry": entry}).encode()
    assert all(not each.statements for each in read_bundle(raw, RULES))


def test_a_plain_list_of_resources_is_read() -> None:
    raw = json.dumps([GOOD, condition("C7B.02")]).encode()
    assert [each.type for each in read_bundle(raw, RULES)] == ["Observation", "Condition"]


def test_a_resource_without_id_is_known_by_its_full_url() -> None:
    sent = {key: value for key, value in GOOD.items() if key != "id"}
    entry = {"fullUrl": "urn:uuid:77", "resource": sent}
    (found,) = read_bundle(json.dumps({"resourceType": "Bundle", "entry": [entry]}).encode(), RULES)
    assert (found.id, found.statements[0].source) == ("77", "Observation/77")


def test_a_newer_version_entered_in_error_states_nothing() -> None:
    for sent in (
        GOOD | {"status": "entered-in-error"},
        procedure("71273005", status="entered-in-error"),
        request("lanreotide", status="entered-in-error"),
        report("30612-6", status="entered-in-error"),
    ):
        assert one(sent).statements == ()
        assert one(sent).id


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Patient/1", "1"),
        ("https://ehr.example/fhir/Patient/1", "1"),
        ("Patient/1/_history/3", "1"),
        ("https://ehr.example/fhir/Patient/1/_history/3", "1"),
        ("urn:uuid:0a", "urn:uuid:0a"),
        ("#p1", "#p1"),
        ("Group/9", "Group/9"),
        (None, None),
    ],
)
def test_a_patient_is_known_by_any_form_of_reference(
    reference: str | None, expected: str | None
) -> None:
    assert patient_of(Reference(reference)) == expected


def test_a_patient_may_be_named_by_an_identifier() -> None:
    named = Reference(identifier=Identifier("urn:mrn", "42"))
    assert patient_of(named) == "identifier:urn:mrn|42"
    assert patient_of(None) is None


def test_a_patient_states_sex_and_birth_and_is_its_own_patient() -> None:
    sent = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1960"}
    found = one(sent)
    assert {each.fact: each.value for each in found.statements} == {
        "sex": "female",
        "birth_date": "1960",
    }
    assert found.patient == "p"


def test_a_gender_that_fhir_does_not_know_is_listed() -> None:
    assert len(one({"resourceType": "Patient", "gender": "robot"}).not_understood) == 1
    assert one({"resourceType": "Patient", "gender": "unknown"}).not_understood == ()


def test_a_death_is_stated() -> None:
    dead = {"resourceType": "Patient", "id": "p", "deceasedDateTime": "2026-01-01"}
    assert [each.value for each in one(dead).statements] == ["2026-01-01"]
    alive = {"resourceType": "Patient", "id": "p", "deceasedBoolean": False}
    assert one(alive).statements == ()


def test_a_body_structure_in_the_bundle_places_a_lesion() -> None:
    structure = {
        "resourceType": "BodyStructure",
        "id": "b1",
        "location": coded("277957003", SNOMED),
        "patient": {"reference": "Patient/p"},
    }
    size = observation("21889-1", quantity(12, "mm"), focus=[{"reference": "BodyStructure/b1"}])
    found = read_bundle(bundle(size, structure), RULES)
    assert found[0].statements[0].value["id"] == "BodyStructure/b1"
    assert found[0].statements[0].value["lobe"] == "left"


def test_a_specimen_in_the_bundle_says_whose_tissue_it_is() -> None:
    specimen = {
        "resourceType": "Specimen",
        "id": "s1",
        "type": {"text": "Biopsy"},
        "collection": {"bodySite": {"text": "Liver"}},
    }
    sent = observation("29593-1", quantity(5, "%"), specimen={"reference": "Specimen/s1"})
    entries = [{"fullUrl": "urn:uuid:s", "resource": specimen}, {"resource": sent}]
    by_url = sent | {"id": "o2", "specimen": {"reference": "urn:uuid:s"}}
    content = {"resourceType": "Bundle", "entry": [*entries, {"resource": by_url}]}
    found = read_bundle(json.dumps(content).encode(), RULES)
    facts = [each.fact for reading in found for each in reading.statements]
    assert facts == ["ki67_metastasis_percent"] * 2


def test_a_contained_resource_that_is_malformed_is_as_good_as_none() -> None:
    broken = {"resourceType": "Specimen", "id": "s", "type": 7}
    sent = observation(
        "29593-1", quantity(5, "%"), specimen={"reference": "#s"}, contained=[broken]
    )
    (statement,) = one(sent).statements
    assert statement.flags == ("specimen_unknown",)
    absent = sent | {"contained": [], "specimen": {"reference": "#t"}}
    assert one(absent).statements[0].flags == ("specimen_unknown",)


def test_a_deletion_beside_a_broken_entry_is_still_one() -> None:
    entries = [
        {"request": {"method": "DELETE", "url": "Observation/o1"}},
        {"resource": {"resourceType": "Unheard"}},
        {"resource": None},
    ]
    raw = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
    deleted, unheard, empty = read_bundle(raw, RULES)
    assert (deleted.type, deleted.id, deleted.not_understood) == ("Observation", "o1", ())
    assert unheard.not_understood[0].reason == reads.NOT_READ
    assert empty.not_understood[0].reason == reads.EMPTY_ENTRY
