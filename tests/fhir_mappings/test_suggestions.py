"""What an unmapped code might mean: suggested to a person, with the reason."""

import pytest

from fhir_mappings.drafts import NO_RULE
from fhir_mappings.mapping_layer import read_layer
from fhir_mappings.mapping_set import shipped_layers
from fhir_mappings.suggestions import LEAST_LIKENESS, SECTIONS_OF, Suggestions, displays_of
from fhir_mappings.units import NO_UNIT, REFUSED_UNIT
from fhir_mappings.values import UNKNOWN_ANSWER
from tests.fhir_mappings.resources import LOINC, RULES

HOUSE = "urn:oid:1.2.3.4"
GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"


@pytest.fixture(scope="module")
def suggestions() -> Suggestions:
    displays: dict[tuple[str, str], list[str]] = {}
    for layer in shipped_layers():
        displays |= displays_of(read_layer(layer).sections)
    return Suggestions(RULES, displays)


@pytest.mark.parametrize(
    ("type_", "system", "code", "display", "rule"),
    [
        ("Observation", HOUSE, "BILT", "Bilirubin total", "lab.bilirubin"),
        ("Observation", HOUSE, "BILT", "Bilirubin, Total (Serum)", "lab.bilirubin"),
        ("Observation", HOUSE, "X", "Ki67-Index", "pathology.ki67"),
        ("Observation", "", "future liver remnant (%)", None, "imaging.future_liver_remnant"),
        ("Condition", GM, "C78.7", "Sekundäre bösartige Neubildung der Leber", None),
        ("Procedure", HOUSE, "P", "Liver resection, partial", "treatment.hepatectomy"),
        ("MedicationRequest", HOUSE, "M", "Lanreotid", "drug.lanreotide"),
    ],
)
def test_the_likeliest_rule_comes_first(
    suggestions: Suggestions, type_: str, system: str, code: str, display: str, rule: str | None
) -> None:
    found = suggestions.for_code(type_, system, code, display, NO_RULE)
    assert found
    assert 1 <= len(found) <= 3
    assert [one.likeness for one in found] == sorted((o.likeness for o in found), reverse=True)
    if rule is not None:
        assert found[0].rule == rule


def test_the_same_code_of_another_system_is_suggested_for_that(suggestions: Suggestions) -> None:
    (first, *_) = suggestions.for_code("Condition", GM, "C78.7", None, NO_RULE)
    assert first.because.startswith("same code in http://hl7.org/fhir/sid/icd-10-cm")


def test_a_finer_code_is_suggested_for_the_one_above_it(suggestions: Suggestions) -> None:
    system = "http://hl7.org/fhir/sid/icd-10-cm"
    (first, *_) = suggestions.for_code("Condition", system, "C7B.029", None, NO_RULE)
    assert first.because in ("below C7B.02", "below C7B.0")


@pytest.mark.parametrize("display", ["Sodium", "Blood pressure", "xyz", ""])
def test_nothing_near_suggests_nothing(suggestions: Suggestions, display: str) -> None:
    assert suggestions.for_code("Observation", HOUSE, "Q", display, NO_RULE) == []


@pytest.mark.parametrize("reason", [NO_UNIT, REFUSED_UNIT, UNKNOWN_ANSWER])
def test_a_known_code_says_what_is_to_be_added(suggestions: Suggestions, reason: str) -> None:
    (first, *_) = suggestions.for_code("Observation", LOINC, "1975-2", None, reason)
    assert (first.rule, first.likeness) == ("lab.bilirubin", 100)
    assert "the code is known" in first.because


def test_a_resource_without_rules_has_no_suggestion(suggestions: Suggestions) -> None:
    assert "Appointment" not in SECTIONS_OF
    assert suggestions.for_code("Appointment", HOUSE, "BILT", "Bilirubin", NO_RULE) == []
    assert LEAST_LIKENESS > 50
