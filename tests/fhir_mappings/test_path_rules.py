"""Rules by FHIRPath: what a match of codes cannot say, checked like any other rule."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import yaml

from fhir_mappings.mapping_layer import Layer, MappingSetRefused
from fhir_mappings.mapping_rules import MappingSet
from fhir_mappings.mapping_set import laid_over
from fhir_mappings.reading import read_bundle, read_resource
from fhir_mappings.search_pages import decode_page, read_page
from fhir_mappings.staging_document import stage
from fhir_mappings.statements import UNREAD_RESULT, Reading
from tests.fhir_mappings.resources import bundle, coded, condition, observation, quantity, request

HOUSE = "urn:oid:1.2.3.4"
LIVER = {"bodySite": {"coding": [{"system": "http://snomed.info/sct", "code": "10200004"}]}}
VOLUMETRY = {
    "id": "house.volumetry",
    "fact": "liver_tumor_burden_percent",
    "codes": {HOUSE: {"VOL": "Volumetry"}},
    "when": "bodySite.coding.where(code = '10200004').exists()",
}


def with_rule(section: str, *rules: dict[str, Any]) -> MappingSet:
    layer = Layer("house.yaml", yaml.safe_dump({section: list(rules)}).encode())
    return laid_over((layer,))


def read(rules: MappingSet, resource: dict[str, Any]) -> Reading:
    return read_resource(json.dumps(resource).encode(), rules)


def stated(reading: Reading) -> list[tuple[str, Any]]:
    return [(one.fact, one.value) for one in reading.statements if one.fact != UNREAD_RESULT]


def test_a_rule_counts_where_its_expression_holds() -> None:
    rules = with_rule("observations", VOLUMETRY)
    sent = observation(coded("VOL", HOUSE), quantity(12, "%"), **LIVER)
    assert stated(read(rules, sent)) == [("liver_tumor_burden_percent", 12)]
    elsewhere = observation(coded("VOL", HOUSE), quantity(12, "%"))
    assert read(rules, elsewhere).not_understood[0].reason == "the code is not in the mapping set"


def test_a_rule_reads_another_value_of_the_resource() -> None:
    rule = VOLUMETRY | {
        "when": "component.exists()",
        "value": "component.where(code.text = 'share').value.ofType(Quantity)",
    }
    part = {"code": {"text": "share"}, **quantity(31, "%")}
    other = {"code": {"text": "volume"}, **quantity(1500, "mL")}
    sent = observation(coded("VOL", HOUSE), {}, component=[other, part])
    reading = read(with_rule("observations", rule), sent)
    assert stated(reading) == [("liver_tumor_burden_percent", 31)]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("31 '%'", [("liver_tumor_burden_percent", 31)]),
        ("'31 %'", [("liver_tumor_burden_percent", 31)]),
        ("value.value * 100", []),
        ("true", []),
        ("{}", []),
        ("('a' | 'b')", []),
        ("Observation.code", []),
        ("@2024-01-01", []),
    ],
)
def test_a_value_is_checked_as_any_other(expression: str, said: list[Any]) -> None:
    rule = VOLUMETRY | {"when": "true", "value": expression}
    sent = observation(coded("VOL", HOUSE), quantity(0.31, "1"))
    reading = read(with_rule("observations", rule), sent)
    assert stated(reading) == said
    assert bool(reading.not_understood) == (not said)


def test_what_never_counts_does_not_count_by_an_expression_either() -> None:
    rules = with_rule("observations", VOLUMETRY | {"when": "true"})
    sent = observation(coded("VOL", HOUSE), quantity(12, "%")) | {"status": "entered-in-error"}
    assert stated(read(rules, sent)) == []


def test_a_rule_without_code_is_tried_on_every_resource_of_its_type() -> None:
    rule = {
        "id": "house.liver",
        "states": {"has_liver_metastases": True},
        "sign": True,
        "when": "code.text.contains('Lebermetasta')",
    }
    rules = with_rule("findings", rule)
    reading = read(rules, condition({"text": "multiple Lebermetastasen"}))
    assert (stated(reading), reading.sign) == ([("has_liver_metastases", True)], True)
    assert not read(rules, condition({"text": "Leberzyste"})).statements


def test_an_expression_is_never_evaluated_where_the_code_does_not_match() -> None:
    (rule,) = with_rule("observations", VOLUMETRY).paths
    tried: list[Any] = []
    watched = type(rule)(rule.id, rule.types, rule.keys, lambda one: tried.append(one))
    rules = replace(RULES_WITH, paths=(watched,))
    read(rules, observation("1975-2", quantity(1, "mg/dL")))
    read(rules, condition("C7B.02"))
    assert tried == []
    read(rules, observation(coded("VOL", HOUSE), quantity(1, "%")))
    assert len(tried) == 1


def test_a_code_written_with_escapes_is_found_too() -> None:
    rules = with_rule("observations", VOLUMETRY)
    sent = json.dumps(observation(coded("VOL", HOUSE), quantity(12, "%"), **LIVER))
    escaped = sent.replace('"VOL"', '"\\u0056OL"').encode()
    assert json.loads(escaped) == json.loads(sent)
    assert stated(read_resource(escaped, rules)) == [("liver_tumor_burden_percent", 12)]


RULES_WITH = with_rule("observations", VOLUMETRY)


def test_an_expression_that_fails_on_a_resource_is_said_and_never_raises() -> None:
    rules = with_rule("observations", VOLUMETRY | {"when": "value.value.toInteger() / 0 > 'x'"})
    reading = read(rules, observation(coded("VOL", HOUSE), quantity(12, "%")))
    assert stated(reading) == []
    assert len(reading.not_understood) == 1


def test_drugs_and_procedures_can_be_told_by_an_expression() -> None:
    drug = {
        "id": "house.depot",
        "drug": "octreotide",
        "when": "medication.ofType(CodeableConcept).text.startsWith('Sando')",
    }
    reading = read(with_rule("drugs", drug), request("Sandostatin LAR 30"))
    assert [one.value["drug"] for one in reading.statements] == ["octreotide"]


def test_bundles_search_pages_and_lines_are_read_with_the_rules_too() -> None:
    rules = with_rule("observations", VOLUMETRY)
    sent = observation(coded("VOL", HOUSE), quantity(12, "%"), **LIVER)
    whole = bundle(sent, condition("C7B.02"))
    assert next(stated(one) for one in read_bundle(whole, rules))
    page = decode_page(whole, rules)
    assert page is not None
    assert stated(read_page(page, rules)[0]) == [("liver_tumor_burden_percent", 12)]
    lines = b"\n".join(json.dumps(one).encode() for one in (sent, condition("C7B.02")))
    document = stage([lines], date(2026, 6, 1), rules)
    assert document["facts"]["liver_tumor_burden_percent"]["mapping"] == "house.volumetry"


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"3", b'{"resourceType":{}}', b'[[{"entry":1}]]']
)
def test_bytes_that_are_no_resource_are_no_reason_to_fail(raw: bytes) -> None:
    assert read_bundle(raw, RULES_WITH) == read_bundle(raw, laid_over(()))


@pytest.mark.parametrize("expression", ["", "a b", "code.where(", "%made_up > 3", "nothing()"])
def test_a_bad_expression_is_refused_when_the_set_is_loaded(expression: str) -> None:
    with pytest.raises(MappingSetRefused, match=r"house.yaml, rule house.volumetry: `when`"):
        with_rule("observations", VOLUMETRY | {"when": expression})


def test_an_expression_belongs_to_a_rule_by_code() -> None:
    with pytest.raises(MappingSetRefused, match="works for rules by code"):
        with_rule("observations", VOLUMETRY | {"names": ["volumetry"]})
    with pytest.raises(MappingSetRefused, match="works for rules by code"):
        with_rule("body_sites", {"id": "x", "site": "liver", "when": "true"})


def test_the_library_is_not_loaded_where_no_rule_uses_it() -> None:
    code = (
        "import sys; from fhir_mappings.mapping_set import load_mapping_set as load; load();"
        "from fhir_mappings import reading; print(sorted(sys.modules))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "fhirpathpy" not in answer.stdout
    assert "antlr4" not in answer.stdout
