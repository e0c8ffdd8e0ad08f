"""Hepatectomy, with ablation, repeated, and debulking: both sides of each boundary."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nelm.facts import Fact
from tests.nelm.options.judged import (
    CARCINOID,
    CHILD_PUGH_A,
    CHILD_PUGH_B,
    CHILD_PUGH_C,
    G1,
    G2,
    UNRESECTABLE,
    assessed,
    g3,
    given,
    nec,
    outcome,
    verdict,
)

R0 = {"reported_resectability": "r0"}
SILENT = {"symptomatic": False, "functional_syndrome": "none"}
SYMPTOMS = {"symptomatic": True, "functional_syndrome": "none"}
CENTRAL = {"bilobar": False, "large_vessel_proximity": True}
ENOUGH = {"future_liver_remnant_percent": 45, "remnant_contiguous_segments": 3}
TOO_SMALL = {"future_liver_remnant_percent": 15, "remnant_contiguous_segments": 3}
NOWHERE_ELSE = {"extrahepatic_disease": "none"}
IN_PLACE = {"primary_status": "in_situ"}


def remnant(percent: float, segments: int) -> dict[str, Any]:
    return {"future_liver_remnant_percent": percent, "remnant_contiguous_segments": segments}


HEPATECTOMY: list[tuple[str, dict[str, Any], bool | None]] = [
    ("HEP-1", G1, True),
    ("HEP-1", G2, True),
    ("HEP-1", g3(54.9), True),
    ("HEP-1", g3(55), False),
    ("HEP-1", nec(), False),
    ("HEP-1", {"ki67_primary_percent": 30}, None),
    ("HEP-1", {"ki67_primary_percent": 60}, False),
    ("HEP-1", {}, None),
    ("HEP-1c", g3(30), True),
    ("HEP-1c", g3(20), False),
    ("HEP-2", R0, True),
    ("HEP-2", {"resectable_percent": 100}, True),
    ("HEP-2", {"resectable_percent": 90}, True),
    ("HEP-2", {"resectable_percent": 89}, False),
    ("HEP-2", UNRESECTABLE, False),
    ("HEP-2", {"liver_lesion_count": 0}, False),
    ("HEP-2", {}, None),
    ("HEP-2c", SILENT | {"resectable_percent": 95}, True),
    ("HEP-2c", SYMPTOMS | {"resectable_percent": 95}, False),
    ("HEP-2c", SILENT | {"resectable_percent": 100}, False),
    ("HEP-3", remnant(20, 2), True),
    ("HEP-3", remnant(19, 2) | {"resectable_percent": 80}, False),
    ("HEP-3", remnant(20, 1) | {"resectable_percent": 80}, False),
    ("HEP-3", R0, True),
    ("HEP-3", {"reported_resectability": "debulkable"}, True),
    ("HEP-3", {"resectable_percent": 100}, None),
    ("HEP-3", R0 | TOO_SMALL, True),
    ("HEP-3", {"resectable_percent": 90} | TOO_SMALL, True),
    ("HEP-3c", R0 | TOO_SMALL, True),
    ("HEP-3c", remnant(29, 2), True),
    ("HEP-3c", remnant(30, 2), False),
    ("HEP-3c", {}, False),
    ("HEP-4", NOWHERE_ELSE, True),
    ("HEP-4", {"extrahepatic_disease": "low_volume_indolent"}, True),
    ("HEP-4", {"extrahepatic_disease": "significant"}, False),
    ("HEP-4", {"extrahepatic_disease": "present_unquantified"}, None),
    ("HEP-4", {}, None),
    ("HEP-4c", {"extrahepatic_disease": "low_volume_indolent"}, True),
    ("HEP-4c", {"extrahepatic_disease": "present_unquantified"}, None),
    ("HEP-5", {"peritoneal_carcinomatosis": "diffuse_or_unresectable"}, True),
    ("HEP-5", {"peritoneal_carcinomatosis": "limited"}, False),
    ("HEP-5", {"peritoneal_carcinomatosis": "present_unquantified"}, None),
    ("HEP-5", NOWHERE_ELSE, False),
    ("HEP-5", {}, None),
    ("HEP-5c", {"peritoneal_carcinomatosis": "limited"}, True),
    ("HEP-5c", {"peritoneal_carcinomatosis": "none"}, False),
    ("HEP-6", {"right_heart_failure": True}, True),
    ("HEP-6", {"right_heart_failure": False}, False),
    ("HEP-7", {"unresectable_nodes_or_extraabdominal": True}, True),
    ("HEP-7", {"unresectable_nodes_or_extraabdominal": False}, False),
    ("HEP-7", NOWHERE_ELSE, False),
    ("HEP-7", {}, None),
    ("HEP-8", {"primary_status": "resected"}, True),
    ("HEP-8", IN_PLACE | {"primary_resectable": True}, True),
    ("HEP-8", IN_PLACE | {"primary_resectable": False}, False),
    ("HEP-8", IN_PLACE | {"primary_resectable": False, "primary_site": "unknown"}, True),
    ("HEP-8", IN_PLACE, None),
    ("HEP-8c", {"primary_site": "unknown"}, True),
    ("HEP-8c", {"primary_site": "ileum"}, False),
    ("HEP-9", {"ecog": 2}, True),
    ("HEP-9", {"ecog": 3}, False),
    ("HEP-9", {"ecog": 3, "fit_for_major_surgery": True}, True),
    ("HEP-9", {"ecog": 0, "fit_for_major_surgery": False}, False),
    ("HEP-9", {}, None),
    ("HEP-9c", {"ecog": 2}, True),
    ("HEP-9c", {"ecog": 1}, False),
    ("HEP-10", {"reported_liver_type": "II"}, True),
    ("HEP-10", {"reported_liver_type": "II"} | R0, False),
    ("HEP-10", {"reported_liver_type": "I"}, False),
    ("HEP-10s", {"reported_liver_type": "III"}, True),
    ("HEP-10s", {"reported_liver_type": "II"}, False),
    ("HEP-11", CARCINOID, True),
    ("HEP-11", {"functional_syndrome": "gastrinoma"}, False),
    ("HEP-11", {}, None),
    ("HEP-12", SYMPTOMS | {"liver_tumor_burden_percent": 26}, True),
    ("HEP-12", SYMPTOMS | {"liver_tumor_burden_percent": 25}, False),
    ("HEP-12", CARCINOID | R0 | ENOUGH, True),
    ("HEP-13", {"liver_lesion_count": 1}, True),
    ("HEP-13", {"liver_lesion_count": 2, "bilobar": False}, False),
    ("HEP-14", {"expected_operative_mortality_percent": 5}, True),
    ("HEP-14", {"expected_operative_mortality_percent": 4.9}, False),
    ("HEP-14c", {"expected_morbidity_percent": 31}, True),
    ("HEP-14c", {"expected_morbidity_percent": 30}, False),
    ("HEP-15", CHILD_PUGH_C, True),
    ("HEP-15", CHILD_PUGH_B, False),
    ("HEP-15", {}, None),
    ("HEP-15c", CHILD_PUGH_B, True),
    ("HEP-15c", CHILD_PUGH_A, False),
    ("HEP-15c", CHILD_PUGH_A | {"bilirubin_mg_dl": 2.1}, True),
    ("HEP-15c", CHILD_PUGH_A | {"bilirubin_mg_dl": 2.0}, False),
    ("HEP-16", NOWHERE_ELSE | {"sstr_modality": "spect"}, True),
    ("HEP-16", NOWHERE_ELSE | {"sstr_modality": "cu64_pet"}, False),
    ("HEP-16", NOWHERE_ELSE, False),
    ("HEP-17", IN_PLACE | {"primary_resectable": True, "liver_metastases_synchronous": True}, True),
    ("HEP-17", IN_PLACE | {"primary_resectable": True}, None),
    ("HEP-18", {"primary_site": "pancreas", "liver_metastases_synchronous": True}, True),
    ("HEP-19", {"reported_resectability": "r0"}, True),
    ("HEP-19", {"reported_resectability": "unresectable"}, False),
    ("HEP-19", {}, None),
]  # fmt: skip


@pytest.mark.parametrize(("criterion", "facts", "expected"), HEPATECTOMY)
def test_hepatectomy_criterion(
    criterion: str, facts: dict[str, Any], expected: bool | None
) -> None:
    assert outcome("hepatectomy", criterion, facts) is expected


WITH_ABLATION: list[tuple[str, dict[str, Any], bool | None]] = [
    ("HWA-1", {"liver_lesion_count": 2}, True),
    ("HWA-1", {"liver_lesion_count": 1}, False),
    ("HWA-1", {}, None),
    ("HWA-2", R0, True),
    ("HWA-2", {"resectable_percent": 70}, True),
    ("HWA-2", {"resectable_percent": 69}, False),
    ("HWA-2", {"reported_resectability": "debulkable"}, True),
    ("HWA-2", UNRESECTABLE, False),
    ("HWA-2", UNRESECTABLE | {"resectable_plus_ablatable_percent": 90}, True),
    ("HWA-2", UNRESECTABLE | {"resectable_plus_ablatable_percent": 89}, False),
    ("HWA-2", {"liver_lesion_count": 0, "resectable_plus_ablatable_percent": 100}, False),
    ("HWA-2", {"resectable_plus_ablatable_percent": 89}, None),
    ("HWA-2c", {"resectable_percent": 75}, True),
    ("HWA-2c", {"resectable_percent": 95}, False),
    ("HWA-3", {"future_liver_remnant_percent": 29}, True),
    ("HWA-3", R0 | ENOUGH, False),
    ("HWA-3", R0 | TOO_SMALL, True),
    ("HWA-4", {"bilobar": True}, True),
    ("HWA-4", CENTRAL | {"largest_liver_lesion_mm": 34}, True),
    ("HWA-4", CENTRAL | {"largest_liver_lesion_mm": 35}, False),
    ("ABL-3", {"hilar_or_bile_duct_proximity": True}, True),
    ("ABL-4", {"large_vessel_proximity": False}, False),
    ("HEP-6", {"right_heart_failure": True}, True),
]  # fmt: skip


@pytest.mark.parametrize(("criterion", "facts", "expected"), WITH_ABLATION)
def test_hepatectomy_with_ablation_criterion(
    criterion: str, facts: dict[str, Any], expected: bool | None
) -> None:
    assert outcome("hepatectomy_with_ablation", criterion, facts) is expected


DEBULKING: list[tuple[str, dict[str, Any], bool | None]] = [
    ("DEB-1", {"resectable_percent": 70}, True),
    ("DEB-1", {"resectable_percent": 69.9}, False),
    ("DEB-1", {"resectable_percent": 100}, False),
    ("DEB-1", {"resectable_percent": 80, "reported_resectability": "unresectable"}, False),
    ("DEB-1", {"resectable_percent": 80, "reported_resectability": "r0"}, False),
    ("DEB-1", {"reported_resectability": "debulkable"}, True),
    ("DEB-1", {"reported_resectability": "debulkable", "resectable_percent": 60}, False),
    ("DEB-1", {"reported_liver_type": "III"}, False),
    ("DEB-1", {"liver_lesion_count": 0, "resectable_percent": 80}, False),
    ("DEB-1", {}, None),
    ("DEB-1c", {"resectable_percent": 70}, True),
    ("DEB-1c", {"resectable_percent": 90}, False),
    ("DEB-2", g3(54.9), True),
    ("DEB-2", g3(55), False),
    ("DEB-2c", g3(30), True),
    ("DEB-2c", G2, False),
    ("DEB-3", {"symptomatic": True}, True),
    ("DEB-3", SILENT | {"progressed_on": {"ssa"}}, True),
    ("DEB-3", SILENT | {"progressed_on": {"tae"}}, False),
    ("DEB-4", ENOUGH, True),
    ("DEB-4", {"reported_resectability": "debulkable"}, True),
    ("DEB-4", {"resectable_percent": 80}, None),
    ("DEB-4", TOO_SMALL | {"resectable_percent": 90}, True),
    ("DEB-4", TOO_SMALL | {"resectable_percent": 89}, False),
    ("HEP-3c", TOO_SMALL | {"resectable_percent": 90}, True),
    ("DEB-5", {"reported_liver_type": "II"}, True),
    ("DEB-5", {"reported_liver_type": "I"}, False),
    ("DEB-6", CARCINOID, True),
    ("DEB-7", SILENT, True),
    ("DEB-7", {"symptomatic": False} | CARCINOID, False),
    ("HEP-4", {"extrahepatic_disease": "significant"}, False),
    ("HEP-15", CHILD_PUGH_C, True),
]  # fmt: skip


@pytest.mark.parametrize(("criterion", "facts", "expected"), DEBULKING)
def test_debulking_criterion(criterion: str, facts: dict[str, Any], expected: bool | None) -> None:
    assert outcome("debulking", criterion, facts) is expected


def test_debulking_threshold_is_the_institutions() -> None:
    facts = {"resectable_percent": 80}
    assert outcome("debulking", "DEB-1", facts, debulking_min_percent=90) is False


@pytest.mark.parametrize(
    ("exclude", "facts"),
    [
        ("HEP-5", {"peritoneal_carcinomatosis": "diffuse_or_unresectable"}),
        ("HEP-6", {"right_heart_failure": True}),
        ("HEP-7", {"unresectable_nodes_or_extraabdominal": True}),
        ("HEP-14", {"expected_operative_mortality_percent": 6}),
        ("HEP-15", CHILD_PUGH_C),
    ],
)
@pytest.mark.parametrize(
    "option", ["hepatectomy", "hepatectomy_with_ablation", "repeat_hepatectomy", "debulking"]
)
def test_each_exclude_contraindicates_every_resection(
    option: str, exclude: str, facts: dict[str, Any]
) -> None:
    assert outcome(option, exclude, facts) is True
    assert verdict(option, facts) == "contraindicated"


def test_expected_mortality_not_recorded_stays_quiet() -> None:
    judgement = assessed({}).option("hepatectomy")
    quiet = next(one for one in judgement.outcomes if one.id == "HEP-14")
    assert (quiet.outcome, quiet.check, quiet.counts) == (None, False, False)


def test_unknown_right_heart_is_something_to_check() -> None:
    judgement = assessed({}).option("hepatectomy")
    heart = next(one for one in judgement.outcomes if one.id == "HEP-6")
    assert (heart.outcome, heart.check, heart.counts) == (None, True, True)


def test_small_remnant_is_to_be_checked_only_where_inadequate() -> None:
    small = {"future_liver_remnant_percent": 25, "remnant_contiguous_segments": 3}
    for facts, check in ((R0 | TOO_SMALL, True), (R0 | small, False)):
        outcomes = assessed(facts).option("hepatectomy").outcomes
        assert next(one for one in outcomes if one.id == "HEP-3c").check is check


# Repeated. ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "expected"),
    [(given("hepatectomy"), True), (given("ablation"), False), (given(), False), ({}, None)],
)
def test_repeat_hepatectomy_needs_an_earlier_one(
    facts: dict[str, Any], expected: bool | None
) -> None:
    assert outcome("repeat_hepatectomy", "REHEP-1", facts) is expected


@pytest.mark.parametrize(
    ("recurred", "expected"),
    [
        (date(2025, 12, 31), True),
        (date(2026, 1, 15), False),
        (None, None),
        (date(2024, 1, 1), None),
    ],
)
def test_recurrence_within_a_year_is_early(recurred: date | None, expected: bool | None) -> None:
    operated = given("hepatectomy", start=date(2025, 1, 1))
    seen = {"recist_status": Fact("recist_status", "PD", effective=recurred)}
    assert outcome("repeat_hepatectomy", "REHEP-2", operated | seen) is expected


def test_recurrence_may_be_seen_as_new_lesions() -> None:
    lesions = Fact("liver_lesion_count", 2, effective=date(2025, 8, 1))
    facts = given("hepatectomy", start=date(2025, 1, 1)) | {"liver_lesion_count": lesions}
    assert outcome("repeat_hepatectomy", "REHEP-2", facts) is True


def test_recurrence_without_date_of_the_operation_is_unknown() -> None:
    assert outcome("repeat_hepatectomy", "REHEP-2", given("hepatectomy")) is None
