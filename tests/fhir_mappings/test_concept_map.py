"""Rules as a FHIR ConceptMap and back: everything one can say, and a list of what it cannot."""

import json
from typing import Any

import pytest
import yaml

from fhir_mappings.concept_map import GIVEN, SUBJECTS, WORDS, from_own_map, to_concept_map
from fhir_mappings.concept_map_import import layer_of_concept_map
from fhir_mappings.fhir_models import validate
from fhir_mappings.mapping_builder import RuleBuilder
from fhir_mappings.mapping_check import check_layer
from fhir_mappings.mapping_layer import MappingSetRefused, read_layer
from fhir_mappings.mapping_set import laid_over, shipped_layers, shipped_rules
from fhir_mappings.reading import read_resource
from tests.fhir_mappings.resources import coded, observation, quantity

BASE = "urn:nelm-cds"
HOUSE = "urn:oid:1.2.3.4"

Json = dict[str, Any]


def shipped() -> Json:
    found: Json = {}
    for layer in shipped_layers():
        for section, rows in read_layer(layer).sections.items():
            if isinstance(rows, list):
                found.setdefault(section, []).extend(rows)
            else:
                found.setdefault(section, {}).update(rows)
    return found


def sayable(sections: Json) -> Json:
    """The rules as far as a ConceptMap can say them, in a form in which order is none."""
    return {
        f"{section} {rule['id']}": {
            name: _answers(part) if name == "answers" else part
            for name, part in rule.items()
            if name not in WORDS
        }
        for section in SUBJECTS
        for rule in sections.get(section, ())
        if rule.get("codes")
    }


def _answers(groups: list[Json]) -> list[str]:
    return sorted(
        json.dumps([group["gives"], system, code, display], sort_keys=True)
        for group in groups
        for system, codes in group["codes"].items()
        for code, display in codes.items()
    )


def test_the_shipped_rules_come_back_as_they_were() -> None:
    document, _ = to_concept_map(shipped(), BASE, "shipped", "1")
    back, foreign = from_own_map(json.loads(json.dumps(document)), BASE)
    assert foreign == []
    assert sayable(back) == sayable(shipped())


def test_rules_that_came_back_mean_the_same() -> None:
    document, _ = to_concept_map(shipped(), BASE, "shipped", "1")
    layer, left_out = layer_of_concept_map(document, "back.json", RuleBuilder(BASE), BASE)
    assert left_out == []
    again = RuleBuilder(BASE)
    assert check_layer(layer, again) == []
    before = shipped_rules(BASE)
    for section, lookup in before.lookups.items():
        ours = {key: rule for key, rule in lookup.codes.items() if not rule.id.startswith("local.")}
        assert again.lookups[section].codes.keys() == ours.keys()
    assert again.findings.codes == before.findings.codes
    assert again.drugs.codes == before.drugs.codes


def test_the_map_is_valid_r4() -> None:
    document, _ = to_concept_map(shipped(), BASE, "shipped", "1")
    assert validate(document) == []
    assert "LOINC" in document["copyright"]
    assert "SNOMED" in document["copyright"]
    nothing, _ = to_concept_map({}, BASE, "none", "1")
    assert validate(nothing) == []


def test_a_refused_code_is_unmatched_with_its_reason() -> None:
    rule = {"id": "refuse.x", "refuse": "another quantity", "codes": {"loinc": {"5894-1": "Q"}}}
    document, _ = to_concept_map({"observations": [rule]}, BASE, "x", "1")
    (target,) = document["group"][0]["element"][0]["target"]
    assert (target["equivalence"], target["comment"]) == ("unmatched", "another quantity")


def test_what_a_map_cannot_say_is_listed() -> None:
    rules = {
        "observations": [
            {"id": "a", "fact": "inr", "names": ["i"], "codes": {HOUSE: {"I": ""}}},
            {"id": "b", "fact": "inr", "codes": {HOUSE: {"J": ""}}, "when": "true"},
            {"id": "c", "fact": "inr", "names": ["k"]},
        ],
        "single_drugs": {"octreotide": "ssa"},
    }
    document, unsaid = to_concept_map(rules, BASE, "x", "1")
    assert [line.split(":")[0] for line in unsaid] == [
        "single_drugs", "observations a", "observations b", "observations c",
    ]  # fmt: skip
    codes = [one["code"] for one in document["group"][0]["element"]]
    assert codes == ["I"]


def test_every_part_of_a_finding_has_its_own_target() -> None:
    rule = {
        "id": "f",
        "states": {"has_liver_metastases": True, "flag": "history"},
        "absent": {"has_liver_metastases": False},
        "codes": {HOUSE: {"L": "Leber"}},
    }
    assert set(GIVEN) == {"states", "current", "absent"}
    document, _ = to_concept_map({"findings": [rule]}, BASE, "x", "1")
    assert len(document["group"][0]["element"][0]["target"]) == 2
    back, _ = from_own_map(document, BASE)
    assert back == {"findings": [rule]}


def laboratory_map(**target: Any) -> Json:
    told = {"code": "1975-2", "equivalence": "equivalent"} | target
    element = {"code": "BILT", "display": "Bilirubin gesamt", "target": [told]}
    group = {"source": HOUSE, "target": "http://loinc.org", "element": [element]}
    return {"resourceType": "ConceptMap", "status": "active", "group": [group]}


def test_a_laboratorys_own_map_to_loinc_is_read_like_the_loinc_code() -> None:
    layer, left_out = layer_of_concept_map(laboratory_map(), "lab.json", shipped_rules(BASE), BASE)
    assert left_out == []
    assert yaml.safe_load(layer.raw) == {
        "observations": [
            {
                "id": "map.lab.bilirubin",
                "like": "lab.bilirubin",
                "codes": {HOUSE: {"BILT": "Bilirubin gesamt"}},
            }
        ]
    }
    sent = observation(coded("BILT", HOUSE), quantity(17.1, "umol/L"))
    reading = read_resource(json.dumps(sent).encode(), laid_over((layer,)))
    assert [(one.fact, one.value) for one in reading.statements] == [("bilirubin_mg_dl", 1)]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({"equivalence": "narrower"}, "says that it is not the same"),
        ({"equivalence": "unmatched"}, "says that it is not the same"),
        ({"code": "5894-1"}, "5894-1 is refused by refuse.prothrombin"),
        ({"code": "0000-0"}, "no rule knows its target http://loinc.org 0000-0"),
    ],
)
def test_a_mapping_that_we_cannot_use_is_said_and_never_taken(target: Json, said: str) -> None:
    document = laboratory_map(**target)
    with pytest.raises(MappingSetRefused, match="maps no code to anything we know") as refusal:
        layer_of_concept_map(document, "lab.json", shipped_rules(BASE), BASE)
    assert said in str(refusal.value)


def test_a_map_to_our_own_codes_names_the_fact() -> None:
    document = laboratory_map(code="ecog")
    document["group"][0]["target"] = f"{BASE}:codes"
    layer, _ = layer_of_concept_map(document, "lab.json", shipped_rules(BASE), BASE)
    assert yaml.safe_load(layer.raw)["observations"][0]["fact"] == "ecog"


def test_another_resource_is_refused() -> None:
    with pytest.raises(MappingSetRefused, match="not a ConceptMap"):
        layer_of_concept_map({"resourceType": "Patient"}, "p.json", shipped_rules(BASE), BASE)
