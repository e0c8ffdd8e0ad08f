"""PRRT: both sides of each boundary, and the band that the later pack opens."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nelm.facts import Fact
from tests.nelm.options.judged import (
    CALM,
    CARCINOID,
    CHILD_PUGH_C,
    G1,
    G2,
    GROWING,
    UNRESECTABLE,
    assessed,
    g3,
    given,
    nec,
    outcome,
    verdict,
)

AVID = {"krenning_score": 3}
LABS = {
    "hemoglobin_g_dl": 8.0, "platelets_10e9_l": 75, "leukocytes_10e9_l": 2.0,
    "egfr_ml_min_1_73m2": 40, "bilirubin_mg_dl": 3.6, "albumin_g_dl": 3.0,
}  # fmt: skip
ROWS: list[tuple[str, dict[str, Any], bool | None]] = [
    ("PRRT-1", {"krenning_score": 2}, True),
    ("PRRT-1", {"krenning_score": 1}, False),
    ("PRRT-1", {"krenning_score": 1, "sstr_modality": "spect"}, None),
    ("PRRT-1", {"sstr_uptake_at_least_liver": True}, True),
    ("PRRT-1", {}, None),
    ("PRRT-2", G2, True),
    ("PRRT-2", g3(55), True),
    ("PRRT-2", g3(55.1), False),
    ("PRRT-2", nec(), False),
    ("PRRT-2", {"ki67_primary_percent": 30}, None),
    ("PRRT-3", UNRESECTABLE, True),
    ("PRRT-3", {}, None),
    ("PRRT-3r", UNRESECTABLE, False),
    ("PRRT-4", G1 | CALM, True),
    ("PRRT-4", G1 | GROWING, False),
    ("PRRT-4", G1, None),
    ("PRRT-4f", {"progressed_on": {"ssa"}}, True),
    ("PRRT-4f", {"primary_site": "ileum"}, True),
    ("PRRT-4f", {"primary_site": "pancreas"}, True),
    ("PRRT-4f", {"primary_site": "lung", "progressed_on": set()}, False),
    ("PRRT-5", LABS, False),
    ("PRRT-5", LABS | {"hemoglobin_g_dl": 7.9}, True),
    ("PRRT-5", LABS | {"platelets_10e9_l": 74}, True),
    ("PRRT-5", LABS | {"leukocytes_10e9_l": 1.9}, True),
    ("PRRT-5", LABS | {"egfr_ml_min_1_73m2": 39}, True),
    ("PRRT-5", LABS | {"bilirubin_mg_dl": 3.7}, True),
    ("PRRT-5", LABS | {"albumin_g_dl": 2.9}, True),
    ("PRRT-5", {name: value for name, value in LABS.items() if name != "albumin_g_dl"}, None),
    ("PRRT-7", {"liver_tumor_burden_percent": 50}, False),
    ("PRRT-7", {"liver_tumor_burden_percent": 51}, True),
    ("PRRT-8", CARCINOID, True),
    ("PRRT-9", {"extrahepatic_disease": "low_volume_indolent"}, True),
    ("PRRT-9", {"extrahepatic_disease": "none"}, False),
    ("PRRT-10", given("tare"), True),
    ("PRRT-10", given("tace"), False),
    ("PRRT-11", {"primary_site": "pancreas"} | UNRESECTABLE, True),
    ("PRRT-12", {}, True),
    ("PRRT-13", {"krenning_score": 2}, False),
    ("PRRT-13", {"krenning_score": 3}, True),
    ("PRRT-13", {}, None),
    ("NED", {"liver_lesion_count": 0, "extrahepatic_disease": "none"}, False),
    ("NED", {"liver_lesion_count": 0, "extrahepatic_disease": "significant"}, True),
    ("NED", {"liver_lesion_count": 0, "extrahepatic_disease": "present_unquantified"}, True),
    ("NED", {"liver_lesion_count": 0}, None),
    ("LIV", CHILD_PUGH_C, True),
    ("REPEAT", {"progressed_on": {"prrt"}}, True),
    ("RHF", {"right_heart_failure": True}, True),
]


@pytest.mark.parametrize(("criterion", "facts", "expected"), ROWS)
def test_prrt_criterion(criterion: str, facts: dict[str, Any], expected: bool | None) -> None:
    assert outcome("prrt", criterion, facts) is expected


def test_bilirubin_is_measured_against_the_reports_own_upper_limit() -> None:
    for upper_limit, expected in ((1.0, True), (1.2, False), (None, False)):
        bilirubin = Fact("bilirubin_mg_dl", 3.3, upper_limit=upper_limit)
        assert outcome("prrt", "PRRT-5", LABS | {"bilirubin_mg_dl": bilirubin}) is expected


def test_pregnancy_contraindicates() -> None:
    assert verdict("prrt", {"pregnant": True}) == "contraindicated"


def test_calm_disease_makes_missing_progression_a_strong_caution() -> None:
    for facts, strong in ((G1 | CALM, True), (G1 | CALM | {"symptomatic": True}, False)):
        outcomes = assessed(facts).option("prrt").outcomes
        assert next(one for one in outcomes if one.id == "PRRT-4").strong is strong


@pytest.mark.parametrize(
    ("facts", "cautioned"),
    [
        (g3(30), False),
        (g3(55), False),
        (g3(30) | {"progressed_on": {"ssa"}}, False),
        (G2 | {"ki67_primary_percent": 10}, False),
        (G2 | {"ki67_primary_percent": 9.9}, True),
        (g3(30) | GROWING | {"progressed_on": {"captem"}}, True),
        (g3(30) | {"krenning_score": 1}, True),
    ],
)
def test_later_pack_lifts_the_cautions_only_in_its_band(
    facts: dict[str, Any], cautioned: bool
) -> None:
    case = AVID | CALM | facts
    lifted = "PRRT-2c" if facts.get("ki67_primary_percent", 0) > 20 else "PRRT-4"
    assert outcome("prrt", lifted, case) is cautioned


def test_without_the_pack_the_cautions_stand() -> None:
    case = AVID | CALM | g3(30)
    off = {"later": False}
    assert outcome("prrt", "PRRT-2c", case, packs=off) is True
    assert outcome("prrt", "PRRT-4", case, packs=off) is True


def test_unknown_progression_lifts_nothing() -> None:
    assert outcome("prrt", "PRRT-2c", AVID | g3(30)) is True


def test_blood_count_is_stale_after_four_weeks_here_and_later_elsewhere() -> None:
    drawn = Fact("platelets_10e9_l", 200, effective=date(2026, 5, 1))
    judged = assessed({"platelets_10e9_l": drawn})
    assert "platelets_10e9_l" in judged.option("prrt").stale
    assert judged.option("ablation").stale == ()
