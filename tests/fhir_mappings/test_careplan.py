"""Proposals: what they name, what they say, and that they are valid and the same each time."""

from datetime import date
from typing import Any

import msgspec
import pytest

from fhir_mappings.careplan import proposal_identifier, proposed_orders, to_careplan
from fhir_mappings.fhir_models import validate
from nelm.assessment import assess
from nelm.document import to_document
from nelm.facts import Fact, FactSet

TODAY = date(2026, 11, 22)
NELM: dict[str, Any] = {
    "has_neuroendocrine_tumor": True,
    "has_liver_metastases": True,
    "ki67_primary_percent": 2,
    "differentiation": "well",
    "extrahepatic_disease": "none",
    "krenning_score": 4,
    "sstr_modality": "ga68_pet",
    "ecog": 1,
    "age_years": 60,
    "primary_site": "ileum",
    "primary_status": "resected_r0",
}
MULTIFOCAL: dict[str, Any] = {
    **NELM,
    "liver_lesion_count": 16,
    "bilobar": True,
    "reported_resectability": "unresectable",
    "functional_syndrome": "carcinoid",
    "symptomatic": True,
    "recist_status": "PD",
}


def document(**facts: Any) -> dict[str, Any]:
    return to_document(assess(FactSet.of(facts), as_of=TODAY))


def careplan(source: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {"connection": "main", "patient_key": "7", "patient_reference": "Patient/p1"}
    return to_careplan(source, **{**given, **more})


def option(name: str, verdict: str, rank: int, **criterion: Any) -> dict[str, Any]:
    base = {"id": "X-1", "kind": "require", "strong": False, "check": False, "outcome": "met"}
    judged = {**base, "title": "A title", "citations": ["cloyd2020"], **criterion}
    return {
        "option": name,
        "verdict": verdict,
        "rank": rank,
        "criteria": [judged],
        "missing": [],
    }


def written(strategy: str, *options: dict[str, Any], work_up: Any = ()) -> dict[str, Any]:
    return {
        "as_of": "2026-11-22",
        "knowledge_version": "k",
        "staging": {"grade": "G1", "notes": ["grade_conflict"]},
        "strategy": strategy,
        "options": list(options),
        "work_up": [{"item": item, "because": []} for item in work_up],
        "missing": [],
    }


@pytest.mark.parametrize(
    "facts",
    [
        MULTIFOCAL,
        {**NELM, "liver_lesion_count": 2, "reported_resectability": "r0", "bilobar": False},
        {**NELM, "liver_lesion_count": 0},
        {"has_neuroendocrine_tumor": True, "has_liver_metastases": True},
        {**NELM, "differentiation": "poor", "ki67_primary_percent": 80},
        {**NELM, "extrahepatic_disease": "significant"},
    ],
)
def test_a_proposal_is_valid_r4_and_never_an_order(facts: dict[str, Any]) -> None:
    proposal = careplan(document(**facts), addresses=["Condition/c1"], supporting=["Patient/p1"])
    assert validate(proposal) == []
    assert (proposal["status"], proposal["intent"]) == ("draft", "proposal")
    assert {one["detail"]["status"] for one in proposal["activity"]} == {"not-started"}


def test_the_same_assessment_gives_the_same_bytes() -> None:
    first, second = (
        careplan(document(**MULTIFOCAL), supporting=order)
        for order in (["Observation/2", "Observation/1"], ["Observation/1", "Observation/2"] * 2)
    )
    assert msgspec.json.encode(first) == msgspec.json.encode(second)


def test_the_identifier_stands_for_patient_and_strategy() -> None:
    proposal = careplan(document(**MULTIFOCAL), canonical_base="https://x.example/nelm")
    system, value = proposal_identifier(
        "main", "7", "transarterial_first", "https://x.example/nelm"
    )
    assert proposal["identifier"] == [{"system": system, "value": value}]
    assert (system, value) == ("https://x.example/nelm:proposal", "main:7:transarterial_first")
    (category,) = proposal["category"]
    assert category["coding"][0]["system"] == "https://x.example/nelm:codes"


def test_the_author_is_the_contained_device_with_its_knowledge_version() -> None:
    source = document(**MULTIFOCAL)
    proposal = careplan(source)
    (device,) = proposal["contained"]
    assert proposal["author"] == {"reference": f"#{device['id']}"}
    assert device["version"] == [{"value": source["knowledge_version"]}]


def test_what_it_addresses_and_rests_on_follows_from_the_sources_of_the_facts() -> None:
    source = document(**MULTIFOCAL)
    source["facts"]["has_liver_metastases"]["source"] = "Condition/liver"
    source["facts"]["functional_syndrome"]["source"] = "Condition/syndrome"
    source["facts"]["ki67_primary_percent"]["source"] = "Observation/k"
    proposal = careplan(source)
    assert proposal["addresses"] == [{"reference": "Condition/liver"}]
    assert [one["reference"] for one in proposal["supportingInfo"]] == [
        "Condition/liver",
        "Condition/syndrome",
        "Observation/k",
    ]


def test_without_sources_there_are_no_empty_lists() -> None:
    proposal = careplan(document(**MULTIFOCAL))
    assert "addresses" not in proposal
    assert "supportingInfo" not in proposal


def test_an_activity_says_why_with_criteria_and_citations() -> None:
    proposal = careplan(document(**MULTIFOCAL))
    details = {
        one["detail"]["code"]["coding"][-1]["code"]: one["detail"] for one in proposal["activity"]
    }
    said = details["tace"]["description"]
    assert said.startswith("Proposed: conditional, rank 1.")
    assert "(EMB-2)" in said
    assert "doi 10.21037/hbsn.2020.04.02" in said
    assert details["maa_scan"]["description"].startswith("Proposed because: lung shunt")
    assert details["ssa"]["kind"] == "MedicationRequest"


def test_an_activity_gives_the_figures_and_on_what_they_rest() -> None:
    told = {
        one["detail"]["code"]["coding"][-1]["code"]: one["detail"]["description"]
        for one in careplan(document(**MULTIFOCAL))["activity"]
    }
    tace = told["tace"]
    assert "Evidence for TACE: retrospective series, patient series, review." in tace
    assert (
        "Reported in selected patients, no prediction for this one: Median survival of embolization"
    ) in tace
    assert "(retrospective series, n 100, 2008; Lewis 2012, La Salvia 2016)" in tace


def test_criteria_are_said_with_their_values_units_and_dates() -> None:
    lesion = Fact("largest_liver_lesion_mm", 41, effective=date(2026, 10, 1))
    few = {**NELM, "liver_lesion_count": 1, "reported_resectability": "unresectable"}
    (note,) = careplan(document(**few, largest_liver_lesion_mm=lesion))["note"]
    said = "Largest lesion 41 mm (2026-10-01); needs below 35 mm (ABL-2)"
    assert f"| Ablation | not indicated | {said} |" in note["text"]


def test_the_title_says_where_the_options_of_the_strategy_are_closed() -> None:
    shut = {**MULTIFOCAL, "portal_vein": "complete_thrombosis", "lung_shunt_percent": None}
    found = careplan(document(**{name: one for name, one in shut.items() if one is not None}))
    assert found["title"].startswith(
        "Liver metastases of a neuroendocrine tumor: TAE/TACE/DEB-TACE contraindicated, "
        "complete portal vein thrombosis. Open: "
    )


def test_a_document_of_another_knowledge_version_is_said_by_titles() -> None:
    source = document(**MULTIFOCAL)
    older = careplan({**source, "knowledge_version": "2020.1-00000000"})
    (note,) = older["note"]
    assert "| Ablation | not indicated | Few lesions (ABL-1) |" in note["text"]
    assert validate(older) == []


def test_a_suggested_test_gives_its_figures() -> None:
    plan = careplan(written("work_up", work_up=["dotatate_pet", "performance_status"]))
    pet, status = (one["detail"]["description"] for one in plan["activity"])
    assert "sensitivity about 94 %" in pet
    assert status == "Proposed to complete the staging."


def test_figures_of_a_pack_that_is_off_are_not_given() -> None:
    source = written("systemic_first", option("cabozantinib", "eligible", 1))
    shown = careplan(source)["activity"][0]["detail"]["description"]
    assert "13.8 against 4.4 months" in shown
    off = careplan({**source, "parameters": {"packs": {"later": False}}})
    assert "13.8" not in off["activity"][0]["detail"]["description"]


def test_the_note_holds_staging_verdicts_and_what_is_missing() -> None:
    (note,) = careplan(document(**MULTIFOCAL))["note"]
    assert "**Strategy: transarterial first** (as of 2026-11-22" in note["text"]
    assert "- Grade: G1\n" in note["text"]
    assert "- Future liver remnant: not known\n" in note["text"]
    (hepatectomy,) = (line for line in note["text"].splitlines() if "| Hepatectomy |" in line)
    assert "| not indicated |" in hepatectomy
    assert hepatectomy.endswith("| retrospective series |")
    assert "\n\nMissing: " in note["text"]


def test_options_of_the_best_rank_stand_beside_each_other() -> None:
    source = written(
        "transarterial_first",
        option("tae", "eligible", 1),
        option("tace", "eligible", 1),
        option("prrt", "eligible", 3),
        option("ssa", "conditional", 4),
        work_up=["maa_scan"],
    )
    assert proposed_orders(source) == ("tae", "tace", "ssa", "maa_scan")


def test_an_option_with_a_strong_caution_is_not_proposed() -> None:
    strong = option("deb_tace", "conditional", 1, kind="caution", strong=True)
    source = written("transarterial_first", strong, option("prrt", "conditional", 2))
    assert proposed_orders(source) == ("prrt",)


@pytest.mark.parametrize("verdict", ["insufficient_data", "not_indicated", "contraindicated"])
def test_an_option_that_is_not_open_is_not_proposed(verdict: str) -> None:
    assert proposed_orders(written("local_first", option("ablation", verdict, 1))) == ()


@pytest.mark.parametrize("strategy", ["work_up", "resectability_unclear"])
def test_where_work_up_leads_no_treatment_is_proposed(strategy: str) -> None:
    source = written(strategy, option("hepatectomy", "eligible", 1), work_up=["pathology_review"])
    assert proposed_orders(source) == ("pathology_review",)


@pytest.mark.parametrize(
    "source",
    [
        document(has_neuroendocrine_tumor=False),
        written("local_first"),
        {"strategy": None},
    ],
)
def test_an_assessment_that_proposes_nothing_gives_no_careplan(source: dict[str, Any]) -> None:
    assert proposed_orders(source) == ()
    with pytest.raises(ValueError, match="proposes nothing"):
        careplan(source)


def test_texts_keep_the_table_whole() -> None:
    piped = option("ablation", "not_indicated", 2, outcome="not_met", title="a|b\nc")
    source = written("local_first", option("sbrt", "eligible", 1, citations=["later"]), piped)
    (note,) = careplan(source)["note"]
    assert "a\\|b c (X-1) |" in note["text"]
    assert "Note: the reported grade disagrees with" in note["text"]
    assert "Missing for a verdict: nothing" in note["text"]


def test_a_proposal_without_options_has_no_table_and_needs_no_reason() -> None:
    proposal = careplan(written("work_up", work_up=["pathology_review"]))
    assert "| Rank |" not in proposal["note"][0]["text"]
    said = proposal["activity"][0]["detail"]["description"]
    assert said == "Proposed to complete the staging."


@pytest.mark.parametrize(
    ("resource", "named"),
    [
        ({"resourceType": "Bananas"}, "resourceType"),
        ({}, "resourceType"),
        ({"resourceType": "CarePlan", "status": "draft", "intent": "proposal"}, "subject"),
    ],
)
def test_what_is_not_valid_is_named_without_its_value(resource: dict[str, Any], named: str) -> None:
    (line,) = validate(resource)
    assert line.startswith(named)


def test_a_wrong_value_is_never_repeated() -> None:
    (line,) = validate({"resourceType": "Patient", "birthDate": "Grace Sample"})
    assert line.startswith("birthDate: ")
    assert "Grace" not in line
