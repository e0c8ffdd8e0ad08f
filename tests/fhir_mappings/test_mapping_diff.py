"""What changes between two sets of rules, code by code, in words."""

from typing import Any

import yaml

from fhir_mappings.mapping_diff import differences
from fhir_mappings.mapping_layer import Layer
from fhir_mappings.mapping_rules import MappingSet
from fhir_mappings.mapping_set import laid_over
from tests.fhir_mappings.resources import RULES

HOUSE = "urn:oid:1.2.3.4"


def with_layer(content: dict[str, Any]) -> MappingSet:
    return laid_over((Layer("x.yaml", yaml.safe_dump(content).encode()),))


def said(before: MappingSet, after: MappingSet) -> list[str]:
    return [str(change) for change in differences(before, after)]


def test_the_same_rules_differ_in_nothing() -> None:
    assert differences(RULES, laid_over(())) == []


def test_a_new_code_a_changed_one_and_back_again() -> None:
    rules = [
        {"id": "house.b", "like": "lab.bilirubin", "codes": {HOUSE: {"B": ""}}, "names": ["bil"]},
        {"id": "house.no", "refuse": "not trusted", "codes": {"loinc": {"1751-7": ""}}},
    ]
    after = with_layer({"observations": rules})
    assert said(RULES, after) == [
        "~ observations loinc 1751-7: was albumin_g_dl (lab.albumin); now refused: not trusted"
        " (house.no)",
        "+ observations text bil: bilirubin_mg_dl (house.b)",
        f"+ observations {HOUSE} B: bilirubin_mg_dl (house.b)",
    ]
    assert [change.kind for change in differences(after, RULES)] == [
        "changed", "removed", "removed",
    ]  # fmt: skip


def test_findings_treatments_drugs_and_sites_are_put_in_words() -> None:
    content: dict[str, Any] = {
        "findings": [
            {"id": "f", "states": {"has_liver_metastases": True}, "codes": {HOUSE: {"F": ""}}},
        ],
        "procedures": [
            {"id": "p", "therapy": "tae", "needs": "liver", "codes": {HOUSE: {"P": ""}}},
            {"id": "q", "organ": ["ileum"], "imaging": True, "codes": {HOUSE: {"Q": ""}}},
        ],
        "drugs": [{"id": "d", "drug": "newdrug", "codes": {HOUSE: {"D": ""}}}],
        "body_sites": [
            {"id": "s", "site": "liver", "lobe": "left", "codes": {HOUSE: {"S": ""}}},
        ],
        "single_drugs": {"newdrug": "ssa"},
        "combinations": [{"therapy": "captem", "of": [["newdrug"], ["temozolomide"]]}],
    }
    assert said(RULES, with_layer(content)) == [
        f"+ body_sites {HOUSE} S: site liver, left (s)",
        "+ combinations drugs newdrug + temozolomide: captem",
        f"+ drugs {HOUSE} D: drug newdrug (d)",
        f"+ findings {HOUSE} F: has_liver_metastases = yes (f)",
        f"+ procedures {HOUSE} P: treatment tae, only with liver (p)",
        f"+ procedures {HOUSE} Q: resection of ileum, date of cross-sectional imaging (q)",
        "+ single_drugs drug newdrug: ssa",
    ]


def test_another_expression_is_a_change() -> None:
    rule = {"id": "v", "fact": "inr", "codes": {HOUSE: {"V": ""}}, "when": "true"}
    one = with_layer({"observations": [rule]})
    two = with_layer({"observations": [rule | {"when": "status = 'final'", "value": "1"}]})
    assert said(RULES, one) == ["+ FHIRPath rule v: true"]
    assert said(one, two) == ["~ FHIRPath rule v: was true; now status = 'final'; value 1"]
