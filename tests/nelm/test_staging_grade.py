"""Grade: both sides of each cut, what decides where inputs are missing or disagree."""

from __future__ import annotations

from typing import Any

import pytest

from tests.nelm.staged import staged


@pytest.mark.parametrize(
    ("ki67", "grade"),
    [(0, "G1"), (2.99, "G1"), (3, "G2"), (20, "G2"), (20.1, "G3"), (100, "G3")],
)
def test_ki67_cuts_of_well_differentiated_tumors(ki67: float, grade: str) -> None:
    assert staged(ki67_primary_percent=ki67, differentiation="well").grade == grade


@pytest.mark.parametrize(("ki67", "grade"), [(2, "G1"), (2.01, "G2"), (3, "G2")])
def test_cutoff_of_2010_includes_two(ki67: float, grade: str) -> None:
    parameters = {"g1_ki67_cutoff": "le_2"}
    assert staged(parameters, ki67_primary_percent=ki67).grade == grade


@pytest.mark.parametrize(
    ("mitoses", "grade"), [(0, "G1"), (1.9, "G1"), (2, "G2"), (20, "G2"), (21, "G3_or_NEC")]
)
def test_mitoses_cuts(mitoses: float, grade: str) -> None:
    assert staged(mitoses_per_2mm2=mitoses).grade == grade


def test_higher_of_ki67_and_mitoses_decides() -> None:
    assert staged(ki67_primary_percent=1, mitoses_per_2mm2=5).grade == "G2"
    assert staged(ki67_primary_percent=5, mitoses_per_2mm2=1).grade == "G2"


def test_higher_ki67_of_primary_and_metastasis_decides_with_a_note() -> None:
    staging = staged(ki67_primary_percent=1, ki67_metastasis_percent=12)
    assert (staging.grade, staging.ki67) == ("G2", 12)
    assert staging.notes == ("grade_discordance",)


def test_same_grade_in_both_is_not_discordant() -> None:
    assert staged(ki67_primary_percent=4, ki67_metastasis_percent=12).notes == ()


@pytest.mark.parametrize(
    ("values", "grade", "conflict"),
    [
        ({"differentiation": "poor"}, "NEC", False),
        ({"differentiation": "poor", "ki67_primary_percent": 1}, "NEC", False),
        ({"differentiation": "poor", "reported_grade": "NEC"}, "NEC", False),
        ({"differentiation": "poor", "reported_grade": "G1"}, "NEC", True),
        ({"reported_grade": "NEC"}, "NEC", False),
        ({"reported_grade": "NEC", "ki67_primary_percent": 80}, "NEC", False),
        ({"reported_grade": "NEC", "ki67_primary_percent": 5}, "NEC", True),
        ({"reported_grade": "NEC", "differentiation": "well"}, None, True),
        (
            {"reported_grade": "NEC", "differentiation": "well", "ki67_primary_percent": 30},
            "G3",
            True,
        ),
        ({"reported_grade": "G1"}, "G1", False),
        ({"reported_grade": "G3"}, "G3_or_NEC", False),
        ({"reported_grade": "G3", "differentiation": "well"}, "G3", False),
        ({"reported_grade": "G1", "ki67_primary_percent": 5}, "G2", True),
        ({"reported_grade": "G2", "ki67_primary_percent": 5}, "G2", False),
        ({"reported_grade": "G3", "ki67_primary_percent": 50}, "G3_or_NEC", False),
        ({"reported_grade": "G2", "ki67_primary_percent": 50}, "G3_or_NEC", True),
        ({"differentiation": "well"}, None, False),
        ({}, None, False),
    ],
)
def test_reported_grade_and_differentiation(
    values: dict[str, Any], grade: str | None, conflict: bool
) -> None:
    staging = staged(**values)
    assert staging.grade == grade
    assert ("grade_conflict" in staging.notes) is conflict


@pytest.mark.parametrize(
    ("values", "low_grade", "well_g3", "nec"),
    [
        ({"ki67_primary_percent": 2}, True, False, False),
        ({"ki67_primary_percent": 10}, True, False, False),
        ({"ki67_primary_percent": 30, "differentiation": "well"}, False, True, False),
        ({"ki67_primary_percent": 30}, False, None, None),
        ({"differentiation": "poor"}, False, False, True),
        ({}, None, None, None),
    ],
)
def test_questions_about_the_grade(
    values: dict[str, Any], low_grade: bool | None, well_g3: bool | None, nec: bool | None
) -> None:
    staging = staged(**values)
    assert (staging.low_grade, staging.well_g3, staging.nec) == (low_grade, well_g3, nec)


def test_well_is_only_what_differentiation_says() -> None:
    assert staged(differentiation="well").well is True
    assert staged(differentiation="poor").well is False
    assert staged(ki67_primary_percent=1).well is None
