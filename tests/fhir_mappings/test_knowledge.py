"""The knowledge as FHIR: every option and criterion, every fact, valid and always the same."""

import json
from typing import Any

import pytest

from fhir_mappings.fhir_models import validate
from fhir_mappings.knowledge import knowledge_bundle, knowledge_resources
from nelm.catalog import CATALOG
from nelm.evidence.packs import knowledge_version
from nelm.evidence.parameters import DEFAULTS, Parameters
from nelm.options.registry import OPTION_IDS, OPTIONS, option

RESOURCES = knowledge_resources()
QUESTIONNAIRE, *PLANS = RESOURCES


def plan_of(option_id: str, parameters: Parameters = DEFAULTS) -> dict[str, Any]:
    resources = knowledge_resources(parameters=parameters)
    return next(one for one in resources if one["id"] == option_id.replace("_", "-"))


def criterion_of(option_id: str, criterion: str, **parameters: Any) -> dict[str, Any]:
    (action,) = plan_of(option_id, Parameters(parameters))["action"]
    found: dict[str, Any] = next(one for one in action["action"] if one["prefix"] == criterion)
    return found


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one["id"])
def test_every_resource_is_valid_r4(resource: dict[str, Any]) -> None:
    assert validate(resource) == []


def test_the_bundle_is_valid_and_always_the_same() -> None:
    bundle = knowledge_bundle()
    assert validate(bundle) == []
    assert json.dumps(bundle) == json.dumps(knowledge_bundle())
    assert len({one["fullUrl"] for one in bundle["entry"]}) == len(RESOURCES)


def test_there_is_a_plan_for_every_option_with_its_version() -> None:
    assert [one["action"][0]["id"] for one in PLANS] == list(OPTION_IDS)
    assert {one["version"] for one in RESOURCES} == {knowledge_version(DEFAULTS)}


def test_a_plan_holds_every_criterion_in_order() -> None:
    for one, plan in zip(OPTIONS, PLANS, strict=True):
        (action,) = plan["action"]
        assert [inner["prefix"] for inner in action["action"]] == [c.id for c in one.criteria]


def test_a_criterion_carries_its_condition_reason_and_papers() -> None:
    size = criterion_of("ablation", "ABL-2")
    declared = next(one for one in option("ablation").criteria if one.id == "ABL-2")
    assert size["title"] == declared.title
    (condition,) = size["condition"]
    assert condition["kind"] == "applicability"
    assert condition["expression"] == {
        "description": "largest_liver_lesion_mm < 35 (ablation_max_mm)",
        "language": "text/fhirpath",
        "expression": "%largest_liver_lesion_mm < 35",
    }
    assert size["description"].startswith(f"require. Why: {declared.because}. Rests on: review.")
    assert "Papers disagree. Cloyd 2020: " in size["description"]
    cloyd = next(one for one in size["documentation"] if one["label"] == "Cloyd 2020")
    assert cloyd["type"] == "citation"
    assert cloyd["url"] == "https://doi.org/10.21037/hbsn.2020.04.02"


def test_a_limit_that_a_hospital_set_is_the_one_written() -> None:
    size = criterion_of("ablation", "ABL-2", ablation_max_mm=30)
    expression = size["condition"][0]["expression"]
    assert expression["expression"] == "%largest_liver_lesion_mm < 30"
    assert expression["description"] == "largest_liver_lesion_mm < 30 (ablation_max_mm)"


def test_the_verdict_is_said_in_terms_of_its_criteria() -> None:
    (action,) = plan_of("ablation")["action"]
    assert (
        action["condition"][0]["expression"]["expression"] == "%`ABL-1` and %`ABL-2` and %`ABL-7`"
    )
    (action,) = plan_of("tace")["action"]
    assert "%`EMB-3`.not()" in action["condition"][0]["expression"]["expression"]


def test_marks_are_said_with_the_kind() -> None:
    assert criterion_of("ablation", "ABL-5")["description"].startswith("caution, check. Why:")
    assert criterion_of("hepatectomy", "HEP-1c")["description"].startswith("caution, strong. ")
    reported = criterion_of("liver_transplant", "LTE-1")["description"]
    assert "reported, not followed" in reported


def test_figures_stand_with_their_papers() -> None:
    figures = [
        one for one in plan_of("debulking")["relatedArtifact"] if one["type"] == "justification"
    ]
    assert figures[0] == {
        "type": "justification",
        "label": "Cloyd 2020",
        "display": "5-year survival 60 % after resection that did not clear the liver"
        " (retrospective series, n 179, 2018; Cloyd 2020)",
    }


def test_a_pack_that_is_off_leaves_out_its_options_and_papers() -> None:
    off = knowledge_resources(parameters=Parameters({"packs": {"later": False}}))
    assert "cabozantinib" not in [one["id"] for one in off]
    assert "CABINET" not in json.dumps(off)


def test_the_order_code_of_an_option_is_that_of_its_drafts() -> None:
    (action,) = plan_of("sunitinib")["action"]
    codes = [coding["code"] for coding in action["code"][0]["coding"]]
    assert "sunitinib" in codes


def _items(item: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {one["linkId"]: one for one in item["item"]}
    for one in item["item"]:
        found |= _items(one) if "item" in one else {}
    return found


def test_every_fact_is_an_item_with_type_unit_bounds_and_answers() -> None:
    items = _items(QUESTIONNAIRE)
    assert set(CATALOG) <= set(items)
    lesion = items["largest_liver_lesion_mm"]
    assert (lesion["type"], lesion["required"]) == ("decimal", False)
    assert lesion["extension"][0]["valueCoding"]["code"] == "mm"
    assert lesion["extension"][2] == {
        "url": "http://hl7.org/fhir/StructureDefinition/maxValue",
        "valueDecimal": 400.0,
    }
    assert items["ecog"]["type"] == "integer"
    assert items["right_heart_failure"]["type"] == "boolean"
    assert items["extrahepatic_sites"]["repeats"] is True
    veins = [one["valueCoding"]["code"] for one in items["portal_vein"]["answerOption"]]
    assert "thrombosis_extent_unknown" in veins
    assert items["treatment_history.therapy"]["required"] is True


def test_web_canonicals_are_paths() -> None:
    questionnaire, first, *_ = knowledge_resources("https://nelm.example.org/fhir")
    assert questionnaire["url"] == "https://nelm.example.org/fhir/Questionnaire/facts"
    assert first["url"] == "https://nelm.example.org/fhir/PlanDefinition/hepatectomy"
    entries = knowledge_bundle("https://nelm.example.org/fhir")["entry"]
    assert all(one["fullUrl"] == one["resource"]["url"] for one in entries)
