"""Blood results whose Specimen says another fluid: contained, or beside them in the Bundle."""

import json
from datetime import date
from typing import Any

import pytest

from fhir_mappings.body_fluids import OTHER_FLUID
from fhir_mappings.plain_results import Alone
from fhir_mappings.reading import decode_entries, read_bundle, read_entries
from fhir_mappings.statements import Reading
from tests.fhir_mappings.resources import RULES, Json, observation, quantity, reasons, stated

ASCITES = {"type": {"text": "Ascitic fluid"}}
SERUM = {"type": {"text": "Serum"}}
FROM_URINE = {"collection": {"bodySite": {"coding": [{"display": "Urine specimen"}]}}}


def albumin(reference: str, **elements: Any) -> Json:
    return observation("1751-7", quantity(11, "g/L"), specimen={"reference": reference}, **elements)


def beside(result: Json, specimen: Json, url: str = "urn:uuid:s") -> bytes:
    specimen = {"resourceType": "Specimen", "id": "s1", **specimen}
    entries = [{"fullUrl": url, "resource": specimen}, {"resource": result}]
    return json.dumps({"resourceType": "Bundle", "entry": entries}).encode()


def of_result(readings: list[Reading]) -> Reading:
    return next(one for one in readings if one.type == "Observation")


@pytest.mark.parametrize("specimen", [ASCITES, FROM_URINE])
def test_a_contained_specimen_of_another_fluid_refuses_the_result(specimen: Json) -> None:
    held = {"resourceType": "Specimen", "id": "s", **specimen}
    sent = albumin("#s", contained=[held])
    assert stated(sent) == {}
    assert reasons(sent) == [OTHER_FLUID]
    assert stated(albumin("#s", contained=[held | SERUM | {"collection": {}}]))


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("Specimen/s1", "https://fhir.example/Specimen/s1"),
        ("https://fhir.example/Specimen/s1", "https://fhir.example/Specimen/s1"),
        ("urn:uuid:s", "urn:uuid:s"),
    ],
)
def test_a_specimen_in_the_same_bundle_refuses_the_result(reference: str, url: str) -> None:
    read = of_result(read_bundle(beside(albumin(reference), ASCITES, url), RULES))
    assert [line.reason for line in read.not_understood] == [OTHER_FLUID]
    assert read.statements == ()
    assert of_result(read_bundle(beside(albumin(reference), SERUM, url), RULES)).statements


def test_a_hook_call_by_itself_refuses_it_too() -> None:
    entries = decode_entries(beside(albumin("Specimen/s1"), ASCITES))
    read = of_result(read_entries(entries, RULES, Alone("Patient/p", date(2026, 6, 1))))
    assert [line.reason for line in read.not_understood] == [OTHER_FLUID]


def test_a_specimen_that_is_elsewhere_leaves_the_code_to_decide() -> None:
    assert stated(albumin("Specimen/not-here")) == {"albumin_g_dl": 1.1}
