"""What is wrong with a layer of rules: all of it at once, with line, rule, field and way out."""

import pytest

from fhir_mappings.mapping_builder import RuleBuilder
from fhir_mappings.mapping_check import FIELDS, check_layer
from fhir_mappings.mapping_layer import SECTIONS, TABLES, Layer
from fhir_mappings.mapping_set import shipped_layers, shipped_rules
from tests.fhir_mappings.resources import RULES

BASE = "urn:nelm-cds"


def problems(text: str) -> list[str]:
    layer = Layer("mine.yaml", text.encode())
    return [str(problem) for problem in check_layer(layer, shipped_rules(BASE))]


def test_the_shipped_set_has_no_problem() -> None:
    builder = RuleBuilder(BASE)
    found = [problem for layer in shipped_layers() for problem in check_layer(layer, builder)]
    assert found == []
    assert builder.observations.codes == RULES.observations.codes


def test_every_section_has_its_fields_or_is_a_table() -> None:
    assert set(SECTIONS) == FIELDS.keys() | TABLES


def test_a_layer_without_a_fault_has_no_problem() -> None:
    text = """
observations:
  - id: house.bilirubin
    like: lab.bilirubin
    unit: umol/L
    codes: {"urn:oid:1.2.3.4": {BILT: "Bilirubin, total"}}
"""
    assert problems(text) == []


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{id: x, fact: bilirubine}", "mine.yaml:2, rule x: fact: no fact is called bilirubine. D"),
        ("{id: x, fact: inr, unit: mg/dL}", "unit: mg/dL cannot be converted to a bare number"),
        ("{id: x, fact: albumin_g_dl, unit: umol/L}", "cannot be converted to g/dL. Use one of"),
        ("{id: x, fact: ecog, units: ecogs}", "units: no analyte is called ecogs"),
        ("{id: x, fact: bilobar, unit: mm}", "bilobar is no number and has no unit"),
        ("{id: x, fact: inr, name: [i]}", "rule x, name: no field of a rule in observations. Did"),
        ("{id: x, fact: inr, read: slowly}", "rule x, read: cannot be slowly. One of: plain"),
        ("{id: x, like: lab.bili}", "like: no rule in observations is called lab.bili"),
        ("{id: x, fact: inr, when: 'a b('}", "`when` or `value`: not FHIRPath near character 3"),
        ("{id: x, fact: inr, when: 'foo()'}", "Not implemented: foo"),
        ("{id: x, fact: inr, value: '1'}", "value needs a FHIRPath beside it that says `when`"),
        ("{id: x, fact: inr, codes: {loink: {'1': a}}}", "no code system is called loink"),
        ("{id: x, fact: inr, codes: {loinc: {'6301-7': a}}}", "6301-7 has a wrong check digit"),
        ("{id: x, fact: inr, codes: [a]}", "a field has another shape than in the shipped files"),
        ("{id: x}", "mine.yaml:2, rule x: fact is missing"),
        ("{fact: inr}", "mine.yaml:2: a rule has no id"),
        ("3", "mine.yaml:2: a rule must be a table of fields"),
    ],
)
def test_a_rule_that_cannot_work_is_listed_with_its_line(rule: str, said: str) -> None:
    found = problems(f"observations:\n  - {rule}\n")
    assert any(said in problem for problem in found), found


def test_every_problem_is_listed_in_the_order_of_the_file() -> None:
    found = problems("observations:\n  - {id: a}\n  - {id: b}\n  - {id: c}\n")
    assert [problem.split(",")[0] for problem in found] == [f"mine.yaml:{n}" for n in (2, 3, 4)]


def test_two_rules_for_one_code_are_refused_at_the_second() -> None:
    text = """
observations:
  - {id: a, fact: inr, codes: {"urn:x": {I: INR}}}
  - id: b
    fact: bilirubin_mg_dl
    codes:
      "urn:x": {I: INR}
"""
    assert problems(text) == [
        "mine.yaml:7, rule b, codes.urn:x.I: rule a has it too. A code or name belongs to one rule"
    ]


def test_one_name_for_two_rules_is_refused_whatever_its_case() -> None:
    text = (
        "observations:\n  - {id: a, fact: inr, names: [Q]}\n  - {id: b, fact: ecog, names: [q]}\n"
    )
    assert [problem for problem in problems(text) if "rule a has it too" in problem]


def test_a_code_refused_below_counts_only_where_the_layer_says_so() -> None:
    rule = "observations:\n  - {id: x, fact: inr, codes: {loinc: {'5894-1': Quick}}}\n"
    (problem,) = problems(rule)
    assert "5894-1 is refused by refuse.prothrombin" in problem
    assert "write `overrides: refuse.prothrombin`" in problem
    said = rule.replace("fact: inr", "fact: inr, overrides: refuse.prothrombin")
    assert problems(said) == []


def test_a_key_that_stands_twice_is_not_passed_over() -> None:
    text = "observations:\n  - id: x\n    fact: inr\n    codes:\n      'urn:x': {A: a, A: b}\n"
    assert ["stands twice" in problem for problem in problems(text)] == [True]


def test_one_answer_for_two_values_is_refused() -> None:
    text = """
observations:
  - id: x
    fact: reported_grade
    codes: {"urn:x": {G: Grade}}
    texts:
      - {gives: G1, forms: [low]}
      - {gives: G2, forms: [LOW]}
"""
    assert problems(text) == [
        "mine.yaml:8, rule x, texts.1: low stands for two values of this rule"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("single_drugs: {octreotide: nothing}", "nothing is no treatment"),
        ("local: {made_up: x}", "no fact is called made_up"),
        ("drugs:\n  - {id: x, drug: y, codes: {rxnorm: {'1': z}}, dose: 3}", "dose: no field"),
        ("procedures:\n  - {id: q, therapy: surgery, needs: spleen}", "needs: cannot be spleen"),
        ("body_sites:\n  - {id: s, site: spleen}", "site: cannot be spleen"),
        ("regimens:\n  - {id: r, therapy: captem, needs: bile}", "needs: cannot be bile"),
        ("a: [", "mine.yaml:1: Mapping set mine.yaml is not YAML, line 2"),
        ("nothing: []", "nothing is no section of a mapping set"),
    ],
)
def test_other_sections_are_checked_too(text: str, said: str) -> None:
    found = problems(text)
    assert any(said in problem for problem in found), found
