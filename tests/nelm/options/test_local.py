"""Ablation and stereotactic radiotherapy: both sides of each boundary."""

from __future__ import annotations

from typing import Any

import pytest

from tests.nelm.options.judged import (
    CARCINOID,
    CHILD_PUGH_A,
    CHILD_PUGH_C,
    G1,
    UNRESECTABLE,
    assessed,
    g3,
    given,
    nec,
    outcome,
    verdict,
)

FEW = {"liver_lesion_count": 2, "bilobar": False}
UNFIT = {"ecog": 4}
CANDIDATE = G1 | {
    "reported_resectability": "r0", "extrahepatic_disease": "none", "primary_status": "resected_r0",
    "ecog": 0, "right_heart_failure": False, "functional_syndrome": "none",
    **CHILD_PUGH_A,
}  # fmt: skip

ABLATION: list[tuple[str, dict[str, Any], bool | None]] = [
    ("ABL-1", {"liver_lesion_count": 0}, False),
    ("ABL-1", {"liver_lesion_count": 1}, True),
    ("ABL-1", {"liver_lesion_count": 3, "bilobar": True}, True),
    ("ABL-1", {"liver_lesion_count": 4, "bilobar": False}, False),
    ("ABL-1", {"liver_lesion_count": 3, "reported_liver_type": "III"}, False),
    ("ABL-1", {}, None),
    ("ABL-2", {"largest_liver_lesion_mm": 34.9}, True),
    ("ABL-2", {"largest_liver_lesion_mm": 35}, False),
    ("ABL-2", {}, None),
    ("ABL-2n", {"largest_liver_lesion_mm": 31}, True),
    ("ABL-3", {"hilar_or_bile_duct_proximity": True}, True),
    ("ABL-4", {"large_vessel_proximity": True}, True),
    ("ABL-5", {"platelets_10e9_l": 49, "inr": 1.0}, True),
    ("ABL-5", {"platelets_10e9_l": 50, "inr": 1.5}, False),
    ("ABL-5", {"platelets_10e9_l": 200, "inr": 1.6}, True),
    ("ABL-5", {"platelets_10e9_l": 200}, None),
    ("ABL-6", CANDIDATE, True),
    ("ABL-6", CANDIDATE | given("hepatectomy"), False),
    ("ABL-6", CANDIDATE | given("ablation"), False),
    ("ABL-6", CANDIDATE | given("tace"), True),
    ("ABL-6", UNRESECTABLE, False),
    ("ABL-6", {}, None),
    ("ABL-7", G1, True),
    ("ABL-7", g3(60), True),
    ("ABL-7", nec(), False),
    ("ABL-7", {"ki67_primary_percent": 30}, None),
    ("ABL-8", {"portal_vein": "partial_thrombosis"}, True),
    ("ABL-8", {"portal_vein": "patent"} | CHILD_PUGH_A, False),
    ("ABL-8", {"portal_vein": "thrombosis_extent_unknown"}, True),
    ("ABL-9", CARCINOID, True),
    ("ABL-10", given("hepatectomy") | FEW, True),
    ("ABL-10", {"functional_syndrome": "insulinoma", "symptomatic": True}, True),
    ("ABL-10", given("tace") | FEW | {"functional_syndrome": "gastrinoma"}, False),
    ("LIV", CHILD_PUGH_C, True),
    ("LIV", CHILD_PUGH_A, False),
]  # fmt: skip


@pytest.mark.parametrize(("criterion", "facts", "expected"), ABLATION)
def test_ablation_criterion(criterion: str, facts: dict[str, Any], expected: bool | None) -> None:
    assert outcome("ablation", criterion, facts) is expected


def test_ablation_size_is_the_institutions() -> None:
    largest = {"largest_liver_lesion_mm": 31}
    assert outcome("ablation", "ABL-2", largest, ablation_max_mm=30) is False


def test_unsettled_resectability_keeps_ablation_conditional() -> None:
    settled = G1 | FEW | {"largest_liver_lesion_mm": 20, "platelets_10e9_l": 200}
    settled |= CHILD_PUGH_A | {"functional_syndrome": "none"}
    assert verdict("ablation", settled) == "conditional"
    assert verdict("ablation", settled | UNFIT) == "eligible"


def test_liver_failure_is_a_strong_caution_for_ablation() -> None:
    facts = G1 | FEW | {"largest_liver_lesion_mm": 20} | UNFIT | CHILD_PUGH_C
    judgement = assessed(facts).option("ablation")
    assert (judgement.verdict, judgement.strong) == ("conditional", True)


SBRT: list[tuple[str, dict[str, Any], bool | None]] = [
    ("SBRT-1", {"liver_lesion_count": 3, "bilobar": False}, True),
    ("SBRT-1", {"liver_lesion_count": 4, "bilobar": False}, False),
    ("SBRT-1", {"liver_lesion_count": 0}, False),
    ("SBRT-1", {"liver_lesion_count": 3, "reported_liver_type": "III"}, False),
    ("SBRT-2", UNRESECTABLE, True),
    ("SBRT-2", CANDIDATE, False),
    ("SBRT-2", {}, None),
    ("SBRT-2r", CANDIDATE | {"reported_liver_type": "III"}, True),
    ("SBRT-2r", UNRESECTABLE, False),
    ("SBRT-3", g3(60), True),
    ("SBRT-3", nec(), False),
    ("SBRT-4", {}, True),
    ("SBRT-5", UNRESECTABLE | {"liver_lesion_count": 1, "largest_liver_lesion_mm": 31}, True),
    ("SBRT-5", UNRESECTABLE | {"liver_lesion_count": 1, "largest_liver_lesion_mm": 30}, False),
    ("SBRT-5", UNRESECTABLE | {"liver_lesion_count": 2, "bilobar": False}, False),
    ("LIV", CHILD_PUGH_C, True),
    ("PREG", {"pregnant": False}, False),
]  # fmt: skip


@pytest.mark.parametrize(("criterion", "facts", "expected"), SBRT)
def test_sbrt_criterion(criterion: str, facts: dict[str, Any], expected: bool | None) -> None:
    assert outcome("sbrt", criterion, facts) is expected


def test_pregnancy_excludes_radiotherapy() -> None:
    assert verdict("sbrt", {"pregnant": True}) == "contraindicated"
