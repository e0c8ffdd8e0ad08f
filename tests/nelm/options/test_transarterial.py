"""Embolizations and radioembolization: both sides of each boundary."""

from __future__ import annotations

from typing import Any

import pytest

from tests.nelm.options.judged import (
    CALM,
    CARCINOID,
    CHILD_PUGH_A,
    CHILD_PUGH_B,
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

EMBOLIZATIONS = ["tae", "tace", "deb_tace"]
EVERY_ARTERY = [*EMBOLIZATIONS, "tare"]
QUIET_ELSEWHERE = {"functional_syndrome": "none", "symptomatic": True}

SHARED: list[tuple[str, dict[str, Any], bool | None]] = [
    ("EMB-1", UNRESECTABLE, True),
    ("EMB-1", {}, None),
    ("EMB-1r", UNRESECTABLE, False),
    ("EMB-1c", UNRESECTABLE, False),
    ("EMB-1f", {"bilobar": True}, True),
    ("EMB-1f", {"liver_lesion_count": 4, "bilobar": False}, True),
    ("EMB-1f", CALM | {"liver_lesion_count": 3, "bilobar": False, "progressed_on": set()}, False),
    ("EMB-2", g3(60), True),
    ("EMB-2", nec(), False),
    ("EMB-2", {"ki67_primary_percent": 30}, None),
    ("EMB-2c", g3(21), True),
    ("EMB-2c", g3(20), False),
    ("EMB-3", {"portal_vein": "complete_thrombosis"}, True),
    ("EMB-3", {"portal_vein": "partial_thrombosis"}, False),
    ("EMB-3", {"portal_vein": "thrombosis_extent_unknown"}, None),
    ("EMB-3", {}, None),
    ("EMB-3c", {"portal_vein": "partial_thrombosis"}, True),
    ("EMB-3c", {"portal_vein": "patent"}, False),
    ("EMB-4", CHILD_PUGH_C, True),
    ("EMB-4", CHILD_PUGH_B, False),
    ("EMB-4c", CHILD_PUGH_B, True),
    ("EMB-4c", CHILD_PUGH_A | {"albumin_g_dl": 2.7}, True),
    ("EMB-4c", CHILD_PUGH_A, False),
    ("EMB-5", {"liver_tumor_burden_percent": 75}, False),
    ("EMB-5", {"liver_tumor_burden_percent": 75.1}, True),
    ("EMB-6", {"biliary_enteric_anastomosis": True}, True),
    ("EMB-6", {"biliary_enteric_anastomosis": False}, False),
    ("EMB-7", {"extrahepatic_disease": "significant"}, True),
    ("EMB-8", CARCINOID, True),
    ("EMB-9", {}, True),
    ("EMB-10", CALM, True),
    ("EMB-10", CALM | GROWING, False),
    ("EMB-10", CALM | {"symptomatic": True}, False),
    ("EMB-11", {"extrahepatic_disease": "significant"}, True),
    ("EMB-11", {"extrahepatic_disease": "significant", "liver_dominant": True}, False),
    ("EMB-11", {"extrahepatic_disease": "low_volume_indolent"}, False),
    ("EMB-11", {"extrahepatic_disease": "present_unquantified"}, None),
    ("PREG", {"pregnant": True}, True),
    ("PREG", {"sex": "male"}, False),
    ("NED", {"liver_lesion_count": 0}, False),
    ("NED", {"recist_status": "CR"}, False),
    ("NED", {"liver_lesion_count": 3, "recist_status": "CR"}, True),
    ("RHF", {"right_heart_failure": True}, True),
    ("RHF", {"right_heart_failure": False}, False),
]


@pytest.mark.parametrize("option", EMBOLIZATIONS)
@pytest.mark.parametrize(("criterion", "facts", "expected"), SHARED)
def test_embolization_criterion(
    option: str, criterion: str, facts: dict[str, Any], expected: bool | None
) -> None:
    assert outcome(option, criterion, facts) is expected


@pytest.mark.parametrize("option", EVERY_ARTERY)
def test_progression_under_it_is_a_strong_caution(option: str) -> None:
    judgement = assessed({"progressed_on": {option}}).option(option)
    repeat = next(one for one in judgement.outcomes if one.id == "REPEAT")
    assert (repeat.outcome, repeat.strong) == (True, True)
    assert outcome(option, "REPEAT", {"progressed_on": {"ssa"}}) is False


def test_any_thrombosis_excludes_where_the_institution_says_so() -> None:
    partial = {"portal_vein": "partial_thrombosis"}
    unclear = {"portal_vein": "thrombosis_extent_unknown"}
    for facts in (partial, unclear):
        assert outcome("tae", "EMB-3", facts, embolization_portal_vein_exclude="any") is True
    patent = {"portal_vein": "patent"}
    assert outcome("tae", "EMB-3", patent, embolization_portal_vein_exclude="any") is False


def test_child_pugh_b_excludes_where_the_institution_says_so() -> None:
    assert outcome("tace", "EMB-4", CHILD_PUGH_B, embolization_child_pugh_exclude="B") is True
    assert outcome("tace", "EMB-4", CHILD_PUGH_A, embolization_child_pugh_exclude="B") is False


@pytest.mark.parametrize("option", EMBOLIZATIONS)
@pytest.mark.parametrize("facts", [{"portal_vein": "complete_thrombosis"}, CHILD_PUGH_C])
def test_each_exclude_contraindicates_embolization(option: str, facts: dict[str, Any]) -> None:
    assert verdict(option, facts) == "contraindicated"


@pytest.mark.parametrize("option", EVERY_ARTERY)
def test_unknown_right_heart_counts_only_in_carcinoid_syndrome(option: str) -> None:
    for facts, counts in ((CARCINOID, True), (QUIET_ELSEWHERE, False), ({}, False)):
        outcomes = assessed(facts).option(option).outcomes
        assert next(one for one in outcomes if one.id == "RHF").counts is counts


def test_pregnancy_is_a_strong_caution_for_embolization_and_excludes_radiation() -> None:
    pregnant = assessed({"pregnant": True} | UNRESECTABLE | G2)
    assert pregnant.option("tae").strong is True
    assert pregnant.option("tare").verdict == "contraindicated"


OWN: list[tuple[str, str, dict[str, Any], bool | None]] = [
    ("tace", "TACE-1", {"primary_site": "pancreas"}, True),
    ("tace", "TACE-1", {"primary_site": "lung"}, True),
    ("tace", "TACE-1", {"primary_site": "ileum"}, False),
    ("tace", "TACE-1", {"primary_site": "unknown"}, None),
    ("tace", "TACE-2", {}, True),
    ("tace", "TACE-3", {}, True),
    ("deb_tace", "DEBT-1", {}, True),
    ("deb_tace", "DEBT-2", {"largest_liver_lesion_mm": 39}, True),
    ("deb_tace", "DEBT-2", {"largest_liver_lesion_mm": 40}, False),
]


@pytest.mark.parametrize(("option", "criterion", "facts", "expected"), OWN)
def test_own_criterion_of_chemoembolization(
    option: str, criterion: str, facts: dict[str, Any], expected: bool | None
) -> None:
    assert outcome(option, criterion, facts) is expected


AUGMENT = {
    "reported_resectability": "r0", "future_liver_remnant_percent": 15,
    "remnant_contiguous_segments": 2,
}  # fmt: skip
RADIO: list[tuple[str, dict[str, Any], bool | None]] = [
    ("TARE-1", UNRESECTABLE, True),
    ("TARE-1", AUGMENT, True),
    ("TARE-1", {}, None),
    ("TARE-1a", AUGMENT, True),
    ("TARE-1a", UNRESECTABLE, False),
    ("TARE-1r", UNRESECTABLE, False),
    ("TARE-1c", UNRESECTABLE, False),
    ("TARE-2", G1, True),
    ("TARE-2", nec(), False),
    ("TARE-2c", g3(30), True),
    ("TARE-3", {"lung_shunt_percent": 0}, True),
    ("TARE-3", {}, None),
    ("TARE-4", {"lung_shunt_percent": 20}, False),
    ("TARE-4", {"lung_shunt_percent": 20.1}, True),
    ("TARE-5", {"liver_tumor_burden_percent": 49, "extrahepatic_disease": "none"}, True),
    ("TARE-5", {"liver_tumor_burden_percent": 50, "extrahepatic_disease": "none"}, False),
    ("TARE-5", {"liver_tumor_burden_percent": 49, "extrahepatic_disease": "significant"}, False),
    ("TARE-6", {"portal_vein": "complete_thrombosis"}, True),
    ("TARE-7", CHILD_PUGH_A | {"bilirubin_mg_dl": 2.0}, False),
    ("TARE-7", CHILD_PUGH_A | {"bilirubin_mg_dl": 2.1}, True),
    ("TARE-7", CHILD_PUGH_B, True),
    ("TARE-7", {}, None),
    ("TARE-8", G1 | {"liver_tumor_burden_percent": 25}, True),
    ("TARE-8", G1 | {"liver_tumor_burden_percent": 26}, False),
    ("TARE-8", G2 | {"liver_tumor_burden_percent": 10}, False),
    ("TARE-9", given("prrt"), True),
    ("TARE-9", given("ssa"), False),
    ("TARE-9", {}, None),
    ("TARE-10", {"biliary_enteric_anastomosis": True}, True),
    ("TARE-10", {"portal_vein": "thrombosis_extent_unknown"}, True),
    ("TARE-10", {"portal_vein": "patent", "biliary_enteric_anastomosis": False}, False),
    ("TARE-11", CARCINOID, True),
    ("TARE-12", CHILD_PUGH_C, True),
    ("TARE-12", CHILD_PUGH_B, False),
    ("TARE-13", {}, True),
    ("TARE-14", CALM, True),
    ("TARE-15", {"extrahepatic_disease": "significant"}, True),
    ("TARE-16", {}, True),
    ("TARE-17", {}, True),
    ("TARE-18", {}, True),
    ("NED", {"liver_lesion_count": 0}, False),
]


@pytest.mark.parametrize(("criterion", "facts", "expected"), RADIO)
def test_radioembolization_criterion(
    criterion: str, facts: dict[str, Any], expected: bool | None
) -> None:
    assert outcome("tare", criterion, facts) is expected


@pytest.mark.parametrize(
    "facts", [{"lung_shunt_percent": 25}, CHILD_PUGH_C, {"pregnant": True, "sex": "female"}]
)
def test_each_exclude_contraindicates_radioembolization(facts: dict[str, Any]) -> None:
    assert verdict("tare", facts) == "contraindicated"
