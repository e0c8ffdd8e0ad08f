"""Facts that cannot be are refused, facts that contradict each other are noted; both by name."""

from pathlib import Path
from typing import Any

import pytest

from tests.command_line.conftest import Ran, Run

NELM = "has_neuroendocrine_tumor: true, has_liver_metastases: true"


@pytest.fixture
def assess(run: Run, tmp_path: Path) -> Any:
    def assess_text(text: str, *more: str) -> Ran:
        (tmp_path / "facts.yaml").write_text(text)
        return run("assess", "--facts", "facts.yaml", *more)

    return assess_text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "facts: {ki67_primery_percent: 2}",
            "facts.ki67_primery_percent: no fact is called ki67_primery_percent."
            " Did you mean ki67_primary_percent?",
        ),
        (
            "facts: {ki67_primary_percent: 140}",
            "facts.ki67_primary_percent: must lie between 0 and 100 %.",
        ),
        (
            "facts: {liver_lesion_count: -1}",
            "facts.liver_lesion_count: must lie between 0 and 1000 lesions.",
        ),
        ("facts: {liver_lesion_count: 2.5}", "facts.liver_lesion_count: must be a whole number."),
        (
            "facts: {bilirubin_mg_dl: {value: 12, unit: umol/L}}",
            "facts.bilirubin_mg_dl.unit: is umol/L; must be mg/dL. Convert the value first.",
        ),
        (
            "facts: {inr: {value: 1.1, unit: s}}",
            "facts.inr.unit: is s; this fact has none. Convert the value first.",
        ),
        (
            "facts: {portal_vein: blocked}",
            "facts.portal_vein: must be one of patent, partial_thrombosis, complete_thrombosis,"
            " thrombosis_extent_unknown.",
        ),
        (
            "facts: {bilobar: 'yes'}",
            "facts.bilobar: must be true or false.",
        ),
        (
            "facts: {ki67_primary_percent: {min: 20, max: 10}}",
            "facts.ki67_primary_percent: is a range that holds no value; min must be below max.",
        ),
        (
            "as_of: 2026-06-01\nfacts: {ecog: {value: 1, effective: 2026-06-02}}",
            "facts.ecog.effective: lies after as_of (2026-06-01).",
        ),
        (
            "as_of: 2026-06-01\nfacts: {latest_cross_sectional_imaging: 2026-07-01}",
            "facts.latest_cross_sectional_imaging: lies after as_of (2026-06-01).",
        ),
        (
            "as_of: 2026-06-01\nfacts: {treatment_history: [{therapy: tace, date: 2027-01-01}]}",
            "facts.treatment_history (tace): starts after as_of (2026-06-01).",
        ),
        (
            "as_of: 2026-06-01\nfacts:\n  treatment_history:\n"
            "  - {therapy: prrt, start: 2025-05-01, stop: 2025-01-01}",
            "facts.treatment_history (prrt): stops before it starts.",
        ),
        (
            "facts: {}\nparameters: {ablation_max_mm: 350}",
            "Parameter ablation_max_mm is 350; it must lie between 10 and 60 mm. Did you mean 35?",
        ),
        ("facts: {}\nparameters: {ablation_max: 3}", "parameters.ablation_max: no parameter is"),
        (
            "facts:\n  ecog: {value: 1, effective: 2026-13-01}",
            "2026-13-01 near line 2 is no day of the calendar. Write it as 2026-03-15",
        ),
        (
            "facts: {ki67: 3}",
            "facts.ki67: no fact is called ki67. Did you mean ki67_primary_percent or"
            " ki67_metastasis_percent?",
        ),
        (
            "facts:\n  ecog: 0\n  ecog: 3",
            "ecog stands twice near line 3. Keep one of them",
        ),
        (
            '{"facts": {"ecog": 0}, "facts": {"ecog": 3}}',
            "facts stands twice near line 1. Keep one of them",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name_with_the_way_out(
    assess: Any, text: str, said: str
) -> None:
    ran = assess(text)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"nelm-cds assess: facts.yaml: {said}")
    assert ran.err.count("\n") == 1


def test_an_earlier_day_refuses_the_facts_after_it(assess: Any) -> None:
    text = "as_of: 2026-06-01\nfacts: {ecog: {value: 1, effective: 2026-05-20}}"
    assert assess(text).code == 0
    ran = assess(text, "--as-of", "2026-05-01")
    assert (ran.code, ran.out) == (2, "")
    assert "facts.ecog.effective: lies after as_of (2026-05-01)." in ran.err


@pytest.mark.parametrize(
    ("facts", "noted"),
    [
        ("liver_lesion_count: 0, largest_liver_lesion_mm: 20", "lesion_conflict"),
        ("liver_lesion_count: 0, liver_tumor_burden_percent: 10", "lesion_conflict"),
        ("liver_lesion_count: 0, liver_disease_diffuse: true", "lesion_conflict"),
        ("liver_lesion_count: 3, largest_liver_lesion_mm: 0", "extent_conflict"),
        ("liver_lesion_count: 3, liver_tumor_burden_percent: 0", "extent_conflict"),
        ("liver_lesion_count: 1, bilobar: true", "extent_conflict"),
        ("liver_lesion_count: 3, recist_status: CR", "response_conflict"),
        ("reported_grade: G1, ki67_primary_percent: 12", "grade_conflict"),
        ("extrahepatic_disease: none, extrahepatic_sites: [bone]", "extrahepatic_conflict"),
        ("reported_resectability: unresectable, resectable_percent: 80", "resectability_conflict"),
    ],
)
def test_what_contradicts_itself_is_noted(assess: Any, facts: str, noted: str) -> None:
    ran = assess(f"facts: {{{NELM}, {facts}}}")
    assert ran.code == 0
    assert noted in ran.json["staging"]["notes"]


@pytest.mark.parametrize(
    "facts",
    [
        "liver_lesion_count: 0, largest_liver_lesion_mm: 0",
        "liver_lesion_count: 0, bilobar: false",
        "liver_lesion_count: {value: 0, effective: 2026-05-01},"
        " largest_liver_lesion_mm: {value: 20, effective: 2025-01-01}",
    ],
)
def test_a_liver_that_was_cleared_contradicts_nothing(assess: Any, facts: str) -> None:
    ran = assess(f"as_of: 2026-06-01\nfacts: {{{NELM}, {facts}}}")
    assert ran.json["staging"]["notes"] == []


def test_a_contradiction_is_said_to_people_too(assess: Any) -> None:
    facts = f"facts: {{{NELM}, liver_lesion_count: 0, largest_liver_lesion_mm: 20}}"
    said = "note: no liver lesion counted, yet tumor in the liver reported"
    assert said in assess(facts, "--text").out
