"""Each suggested test appears where its facts are missing or stale, and only there."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nelm.bringing import ALSO_BROUGHT
from nelm.facts import Fact
from nelm.work_up import WORK_UP_FACTS, WORK_UP_ITEMS
from tests.nelm.options.judged import (
    CALM,
    CARCINOID,
    CHILD_PUGH_A,
    G1,
    G2,
    GROWING,
    UNRESECTABLE,
    assessed,
    given,
    nec,
)
from tests.vignettes.worked_cases import assessed as assessed_case
from tests.vignettes.worked_cases import sheet

SCANNED = {
    "liver_lesion_count": 12, "largest_liver_lesion_mm": 40, "liver_tumor_burden_percent": 30,
    "bilobar": True, "extrahepatic_disease": "none",
}  # fmt: skip
PET = {"krenning_score": 3, "sstr_modality": "ga68_pet"}
OPERABLE = G1 | {"extrahepatic_disease": "none", "reported_resectability": "r0"}
CLEAR = {"liver_lesion_count": 0, "recist_status": "CR"}
NO_SHUNT = G2 | UNRESECTABLE | {"liver_lesion_count": 12, "extrahepatic_disease": "none"}


def old(name: str, value: Any) -> dict[str, Any]:
    return {name: Fact(name, value, effective=date(2024, 1, 1))}


def items(facts: dict[str, Any], **parameters: Any) -> list[str]:
    return [one.item for one in assessed(facts, **parameters).work_up]


ROWS: list[tuple[str, dict[str, Any], bool]] = [
    ("cross_sectional_imaging", {}, True),
    ("cross_sectional_imaging", SCANNED, False),
    ("cross_sectional_imaging", SCANNED | old("liver_lesion_count", 12), True),
    ("cross_sectional_imaging", SCANNED | old("extrahepatic_disease", "none"), True),
    ("cross_sectional_imaging", SCANNED | {"extrahepatic_disease": "present_unquantified"}, True),
    ("cross_sectional_imaging", CLEAR | {"extrahepatic_disease": "none"}, False),
    ("liver_mri", {"extrahepatic_disease": "none"}, True),
    ("liver_mri", SCANNED, False),
    ("dotatate_pet", SCANNED, True),
    ("dotatate_pet", SCANNED | PET, False),
    ("dotatate_pet", SCANNED | PET | old("krenning_score", 3), True),
    ("dotatate_pet", SCANNED | PET | {"krenning_score": 1, "sstr_modality": "spect"}, True),
    ("dotatate_pet", OPERABLE | PET | {"sstr_modality": "spect"}, True),
    ("dotatate_pet", OPERABLE | PET, False),
    ("pathology_review", {}, True),
    ("pathology_review", {"ki67_primary_percent": 30}, True),
    ("pathology_review", G1 | {"reported_grade": "G2"}, True),
    ("pathology_review", G1, False),
    ("liver_biopsy", {"histology_confirmed": False}, True),
    ("liver_biopsy", {"histology_confirmed": True}, False),
    ("liver_biopsy", {"primary_site": "ileum"}, False),
    ("liver_biopsy", G1 | GROWING, True),
    ("liver_biopsy", G1 | GROWING | {"ki67_metastasis_percent": 1}, False),
    ("liver_biopsy", G2 | GROWING, False),
    ("tumor_markers", {}, True),
    ("liver_panel", {}, True),
    ("liver_panel", CHILD_PUGH_A, False),
    ("liver_panel", CHILD_PUGH_A | old("inr", 1.0), True),
    ("blood_count", {}, True),
    (
        "blood_count",
        {"hemoglobin_g_dl": 12, "platelets_10e9_l": 200, "leukocytes_10e9_l": 5},
        False,
    ),
    ("renal_function", {}, True),
    ("renal_function", {"egfr_ml_min_1_73m2": 80}, False),
    ("renal_function", {"pregnant": True}, False),
    ("surgical_review", {}, True),
    ("surgical_review", OPERABLE, False),
    ("surgical_review", {"reported_resectability": "debulkable"}, True),
    ("surgical_review", {"reported_resectability": "debulkable", "resectable_percent": 80}, False),
    ("surgical_review", UNRESECTABLE | {"resectable_percent": 80}, True),
    ("surgical_review", CLEAR, False),
    ("liver_volumetry", OPERABLE, True),
    (
        "liver_volumetry",
        OPERABLE | {"future_liver_remnant_percent": 40, "remnant_contiguous_segments": 3},
        False,
    ),
    ("liver_volumetry", UNRESECTABLE, False),
    ("liver_volumetry", CLEAR, False),
    ("portal_vein_patency", {}, True),
    ("portal_vein_patency", {"portal_vein": "patent"}, False),
    ("portal_vein_patency", {"portal_vein": "thrombosis_extent_unknown"}, True),
    ("portal_vein_patency", nec(), False),
    ("maa_scan", NO_SHUNT, True),
    ("maa_scan", NO_SHUNT | {"lung_shunt_percent": 4}, False),
    ("maa_scan", {}, False),
    ("echocardiogram", CARCINOID, True),
    ("echocardiogram", CARCINOID | {"right_heart_failure": False}, False),
    ("echocardiogram", {}, False),
    ("nt_probnp", CARCINOID, True),
    ("nt_probnp", CARCINOID | {"nt_probnp_pg_ml": 90}, False),
    ("performance_status", {}, True),
    ("performance_status", {"ecog": 1}, False),
    ("performance_status", {"fit_for_major_surgery": True}, False),
    ("performance_status", old("ecog", 1), True),
    ("primary_search", {}, True),
    ("primary_search", {"primary_site": "unknown"}, True),
    ("primary_search", {"primary_site": "ileum"}, False),
]


@pytest.mark.parametrize(("item", "facts", "expected"), ROWS)
def test_item_is_suggested_where_it_is_needed(
    item: str, facts: dict[str, Any], expected: bool
) -> None:
    assert (item in items(facts)) is expected


@pytest.mark.parametrize(
    ("response", "when", "expected"),
    [
        ("PR", date(2026, 5, 1), True),
        ("CR", date(2026, 5, 1), True),
        ("SD", date(2026, 5, 1), False),
        ("PR", date(2026, 2, 1), False),
        ("PR", None, False),
    ],
)
def test_response_after_the_review_asks_for_a_new_one(
    response: str, when: date | None, expected: bool
) -> None:
    review = Fact("reported_resectability", "unresectable", effective=date(2026, 3, 1))
    facts = {
        "reported_resectability": review,
        "recist_status": Fact("recist_status", response, effective=when),
        "liver_lesion_count": 4,
    }
    assert ("resectability_re_review" in items(facts)) is expected


def test_every_item_is_tested_here() -> None:
    assert {row[0] for row in ROWS} | {"resectability_re_review"} == set(WORK_UP_ITEMS)
    assert set(WORK_UP_FACTS) == set(WORK_UP_ITEMS)


def because(item: str, facts: dict[str, Any], **parameters: Any) -> str:
    found = assessed(facts, **parameters).work_up
    return "; ".join(next(one for one in found if one.item == item).because)


def test_reasons_name_what_is_missing_and_what_is_stale() -> None:
    labs = CHILD_PUGH_A | old("inr", 1.0) | {"albumin_g_dl": None}
    assert because("liver_panel", labs) == "albumin not on file; INR older than its limit"


def test_chromogranin_a_shows_the_evidence_against_it() -> None:
    assert "AJCC version 9 (2024)" in because("tumor_markers", {})
    assert "AJCC" not in because("tumor_markers", {}, packs={"later": False})
    assert "AJCC" in because("tumor_markers", old("chromogranin_a_ng_ml", 80))
    measured = {"chromogranin_a_ng_ml": 80}
    assert "AJCC" not in because("tumor_markers", measured)


def test_serotonin_is_asked_for_only_where_the_syndrome_is_open() -> None:
    assert "5-HIAA" in because("tumor_markers", {})
    assert "5-HIAA" not in because("tumor_markers", {"functional_syndrome": "none"})


def test_items_that_most_options_wait_for_stand_first() -> None:
    assert items({})[0] == "pathology_review"
    assessment = assessed(G2 | CALM | {"liver_lesion_count": 2})
    counts = {name: 0 for name in assessment.missing}
    for option in assessment.options:
        for name in option.missing:
            counts[name] += 1
    best = [
        max((counts.get(fact, 0) for fact in one.facts), default=0) for one in assessment.work_up
    ]
    assert best == sorted(best, reverse=True)


def test_a_drafted_radioembolization_is_not_needed_where_the_branch_asks_for_it() -> None:
    assert "maa_scan" in items(NO_SHUNT)
    assert "maa_scan" not in items(NO_SHUNT | given("hepatectomy") | CLEAR)


# What an order brings. ----------------------------------------------------------------------

FROM_THE_RECORD = {"age_years", "stable_months", "progressed_on", "treatment_history"}


def test_every_missing_fact_has_a_test_that_brings_it_or_comes_from_the_record() -> None:
    missing = {
        name
        for case in sheet()["cases"]
        for judgement in assessed_case(case).options
        for name in judgement.missing
    }
    brought = {
        name for name in missing for item in [*WORK_UP_FACTS.values(), ALSO_BROUGHT] if name in item
    }
    assert missing - brought == FROM_THE_RECORD
