"""Every fact in every form a structured resource can carry it: each is read, none is missing."""

import pytest

from docs.facts_from_fhir_page import UNCODED, examples_by_fact, uncoded
from nelm.catalog import CATALOG
from tests.fhir_mappings.resources import facts


@pytest.mark.parametrize("fact", CATALOG)
def test_every_form_of_a_fact_is_read(fact: str) -> None:
    examples = examples_by_fact()[fact]
    assert examples, "no structured resource carries it: say why, or add a rule"
    wrong = [
        (one.carrier, one.form, found, one.value)
        for one in examples
        if (found := facts(*one.resources).get(fact)) != one.value
        and not (isinstance(found, frozenset) and one.value in found)
    ]
    assert wrong == []


def forms(fact: str) -> set[str]:
    return {one.form for one in examples_by_fact()[fact]}


@pytest.mark.parametrize("fact", [name for name, kind in CATALOG.items() if kind.group == "labs"])
def test_a_laboratory_value_is_read_in_every_form_of_a_number(fact: str) -> None:
    if fact == "chromogranin_a_x_uln":
        assert {"referenceRange.high", "referenceRange.high, molar"} <= forms(fact)
    assert forms(fact) >= {
        "Observation.valueQuantity",
        "Observation.valueQuantity with comparator",
        "Observation.valueRange",
        "Observation.valueString, a number",
        "Observation.component.valueQuantity",
    }


@pytest.mark.parametrize(
    "fact",
    ["has_neuroendocrine_tumor", "has_liver_metastases", "functional_syndrome", "portal_vein"],
)
def test_a_diagnosis_is_read_wherever_it_is_stated(fact: str) -> None:
    assert forms(fact) >= {
        "Condition",
        "Observation of the finding",
        "DiagnosticReport.conclusionCode",
    }


def test_facts_without_a_standard_code_are_listed_with_the_reason() -> None:
    assert uncoded() == list(UNCODED)
    assert all(UNCODED.values())
