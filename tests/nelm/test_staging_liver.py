"""Liver extent, resectability and liver function, at both sides of each cut."""

from __future__ import annotations

from typing import Any

import pytest

from tests.nelm.staged import staged


@pytest.mark.parametrize(
    ("values", "liver_type"),
    [
        ({"liver_lesion_count": 1}, "I"),
        ({"liver_lesion_count": 2}, "II"),
        ({"liver_lesion_count": 9, "bilobar": True}, "II"),
        ({"liver_lesion_count": 10, "bilobar": True}, "III"),
        ({"liver_lesion_count": 10, "bilobar": False}, "II"),
        ({"liver_lesion_count": 10}, None),
        ({"liver_lesion_count": 3, "liver_disease_diffuse": True}, "III"),
        ({"liver_disease_diffuse": True}, "III"),
        ({"liver_disease_diffuse": False}, None),
        ({"liver_lesion_count": 0}, None),
        ({"liver_lesion_count": 12, "bilobar": True, "reported_liver_type": "I"}, "I"),
        ({}, None),
    ],
)
def test_liver_type(values: dict[str, Any], liver_type: str | None) -> None:
    assert staged(**values).liver_type == liver_type


@pytest.mark.parametrize(
    ("percent", "band"),
    [
        (0, "0"),
        (0.1, "(0,10]"),
        (10, "(0,10]"),
        (10.1, "(10,25]"),
        (25, "(10,25]"),
        (25.1, "(25,50]"),
        (50, "(25,50]"),
        (50.1, "(50,75]"),
        (75, "(50,75]"),
        (75.1, "(75,100]"),
        (100, "(75,100]"),
        (None, None),
    ],
)
def test_burden_bands_include_their_upper_end(percent: float | None, band: str | None) -> None:
    assert staged(liver_tumor_burden_percent=percent).burden_band == band


@pytest.mark.parametrize(
    ("values", "distribution"),
    [
        ({"liver_lesion_count": 0}, "none"),
        ({"liver_lesion_count": 1}, "solitary"),
        ({"liver_lesion_count": 2}, "oligometastatic"),
        ({"liver_lesion_count": 3}, "oligometastatic"),
        ({"liver_lesion_count": 4}, "multifocal"),
        ({"liver_lesion_count": 4, "bilobar": True}, "multifocal_bilobar"),
        ({"liver_lesion_count": 4, "bilobar": False}, "multifocal_unilobar"),
        ({"reported_liver_type": "III"}, "multifocal_bilobar"),
        ({"liver_disease_diffuse": True}, "multifocal_bilobar"),
        ({"liver_disease_diffuse": True, "liver_lesion_count": 3}, "multifocal_bilobar"),
        ({"liver_disease_diffuse": True, "liver_lesion_count": 0}, "none"),
        ({}, None),
    ],
)
def test_distribution(values: dict[str, Any], distribution: str | None) -> None:
    assert staged(**values).distribution == distribution


@pytest.mark.parametrize(
    ("values", "clear", "conflict"),
    [
        ({"liver_lesion_count": 0}, True, False),
        ({"recist_status": "CR"}, True, False),
        ({"recist_status": "CR", "liver_lesion_count": 2}, False, True),
        ({"recist_status": "CR", "liver_lesion_count": 0}, True, False),
        ({"recist_status": "PR"}, False, False),
        ({}, False, False),
    ],
)
def test_clear_liver(values: dict[str, Any], clear: bool, conflict: bool) -> None:
    staging = staged(**values)
    assert staging.clear_liver is clear
    assert ("response_conflict" in staging.notes) is conflict


SMALL = {"future_liver_remnant_percent": 15}
LARGE = {"future_liver_remnant_percent": 45, "remnant_contiguous_segments": 3}


@pytest.mark.parametrize(
    ("values", "resectability"),
    [
        ({}, None),
        ({"liver_lesion_count": 0, "reported_resectability": "r0"}, "none"),
        ({"reported_resectability": "unresectable"}, "unresectable"),
        ({"reported_resectability": "r0"}, "r0"),
        ({"reported_resectability": "r0", **LARGE}, "r0"),
        ({"reported_resectability": "r0", **SMALL}, "needs_remnant_augmentation"),
        ({"reported_resectability": "debulkable"}, "debulkable"),
        ({"reported_resectability": "debulkable", "resectable_percent": 100}, "cytoreducible_90"),
        ({"reported_resectability": "debulkable", "resectable_percent": 69}, "unresectable"),
        ({"resectable_percent": 100}, "r0"),
        ({"resectable_percent": 99.9}, "cytoreducible_90"),
        ({"resectable_percent": 90}, "cytoreducible_90"),
        ({"resectable_percent": 90, **SMALL}, "needs_remnant_augmentation"),
        ({"resectable_percent": 89.9, **SMALL}, "cytoreducible_70"),
        ({"resectable_percent": 70}, "cytoreducible_70"),
        ({"resectable_percent": 69.9}, "unresectable"),
        ({"reported_liver_type": "III"}, "unresectable"),
        ({"reported_liver_type": "II"}, None),
    ],
)
def test_resectability(values: dict[str, Any], resectability: str | None) -> None:
    assert staged(**values).resectability == resectability


@pytest.mark.parametrize(
    ("values", "notes"),
    [
        ({"reported_resectability": "unresectable", "resectable_percent": 70}, {"conflict"}),
        ({"reported_resectability": "unresectable", "resectable_percent": 69}, set()),
        ({"reported_resectability": "debulkable", "resectable_percent": 69}, {"conflict"}),
        ({"reported_resectability": "debulkable", "resectable_percent": 70}, set()),
        ({"reported_liver_type": "III"}, {"derived"}),
    ],
)
def test_resectability_notes(values: dict[str, Any], notes: set[str]) -> None:
    found = {n.removeprefix("resectability_") for n in staged(**values).notes}
    assert found == notes


@pytest.mark.parametrize(
    ("percent", "segments", "remnant"),
    [
        (20, 2, "adequate"),
        (19.9, 2, "inadequate"),
        (20, 1, "inadequate"),
        (19.9, None, "inadequate"),
        (None, 1, "inadequate"),
        (20, None, None),
        (None, 2, None),
    ],
)
def test_remnant(percent: float | None, segments: int | None, remnant: str | None) -> None:
    staging = staged(future_liver_remnant_percent=percent, remnant_contiguous_segments=segments)
    assert staging.remnant == remnant


@pytest.mark.parametrize(("percent", "noted"), [(29.9, True), (30, False), (15, False)])
def test_adequate_remnant_below_30_percent_is_noted(percent: float, noted: bool) -> None:
    staging = staged(future_liver_remnant_percent=percent, remnant_contiguous_segments=2)
    assert ("remnant_below_caution" in staging.notes) is noted


GOOD = {
    "bilirubin_mg_dl": 0.7,
    "albumin_g_dl": 4.2,
    "inr": 1.0,
    "ascites": "none",
    "encephalopathy": "none",
}


@pytest.mark.parametrize(
    ("values", "child_pugh"),
    [
        ({}, "A"),
        ({"bilirubin_mg_dl": 1.99}, "A"),
        ({"bilirubin_mg_dl": 2}, "A"),
        ({"bilirubin_mg_dl": 3, "ascites": "mild"}, "B"),
        ({"bilirubin_mg_dl": 3.01}, "B"),
        ({"albumin_g_dl": 3.51, "ascites": "mild"}, "A"),
        ({"albumin_g_dl": 3.5, "ascites": "mild"}, "B"),
        ({"albumin_g_dl": 2.8}, "A"),
        ({"albumin_g_dl": 2.79}, "B"),
        ({"inr": 1.69, "ascites": "mild"}, "A"),
        ({"inr": 1.7, "ascites": "mild"}, "B"),
        ({"inr": 2.3}, "A"),
        ({"inr": 2.31}, "B"),
        ({"ascites": "severe", "encephalopathy": "severe"}, "B"),
        ({"ascites": "severe", "encephalopathy": "severe", "inr": 1.7}, "C"),
        ({"encephalopathy": None}, None),
        ({"ascites": "severe", "encephalopathy": None}, "B"),
        ({"bilirubin_mg_dl": 4, "ascites": "severe", "albumin_g_dl": 2, "inr": None}, "C"),
    ],
)
def test_child_pugh(values: dict[str, Any], child_pugh: str | None) -> None:
    assert staged(**{**GOOD, **values}).liver_function == child_pugh


def test_missing_parts_leave_the_class_open_from_both_sides() -> None:
    nothing = staged()
    assert (nothing.child_pugh_at_least_b, nothing.child_pugh_at_least_c) == (None, None)
    bad = staged(bilirubin_mg_dl=4, albumin_g_dl=2)
    assert (bad.child_pugh_at_least_b, bad.child_pugh_at_least_c) == (True, None)
    good = staged(bilirubin_mg_dl=1, albumin_g_dl=4, inr=1)
    assert (good.child_pugh_at_least_b, good.child_pugh_at_least_c) == (None, False)


@pytest.mark.parametrize(
    ("values", "compromised"),
    [
        (GOOD, False),
        ({**GOOD, "bilirubin_mg_dl": 2.0}, False),
        ({**GOOD, "bilirubin_mg_dl": 2.01}, True),
        ({**GOOD, "albumin_g_dl": 2.8}, False),
        ({"albumin_g_dl": 2.79}, True),
        ({"bilirubin_mg_dl": 1}, None),
    ],
)
def test_synthetic_function(values: dict[str, Any], compromised: bool | None) -> None:
    assert staged(**values).synthetic_function_compromised is compromised
