"""Facts given as a range or of unstated extent: settled only if every possible value agrees."""

from __future__ import annotations

from typing import Any

import pytest

from nelm import Assessment, FactSet, Range, assess, read_case
from nelm.catalog import CATALOG
from nelm.worlds import MOST_WORLDS, representatives, worlds
from tests.vignettes.worked_cases import case_file, case_named, sheet

RESECTABLE: dict[str, Any] = sheet()["bases"]["resectable_ileal"]
MULTIFOCAL: dict[str, Any] = sheet()["bases"]["multifocal_midgut"]


def with_facts(base: dict[str, Any], **changes: Any) -> Assessment:
    return assess(FactSet.of({**base, **changes}))


@pytest.mark.parametrize(
    ("found", "grade"),
    [
        (Range(5, 10), "G2"),
        (Range(3, 20), "G2"),
        (Range(2, 3), None),
        (Range(2, 3, max_open=True), "G1"),
        (Range(min=20), None),
        (Range(min=20, min_open=True), "G3"),
        (Range(max=2), "G1"),
        (Range(1, 40), None),
    ],
)
def test_grade_of_a_range(found: Range, grade: str | None) -> None:
    base = {**RESECTABLE, "mitoses_per_2mm2": None}
    assert with_facts(base, ki67_primary_percent=found).staging.grade == grade


def test_criterion_may_be_settled_where_the_grade_is_not() -> None:
    assessment = with_facts(RESECTABLE, ki67_primary_percent=Range(5, 40))
    assert assessment.staging.grade is None
    assert assessment.option("hepatectomy").outcome("HEP-1") is True
    assert assessment.option("everolimus").outcome("EVE-1") is None


def test_thrombosis_of_unstated_extent_leaves_its_exclusion_open() -> None:
    tace = with_facts(MULTIFOCAL, portal_vein="thrombosis_extent_unknown").option("tace")
    assert tace.outcome("EMB-3") is None
    assert tace.verdict == "conditional"
    tare = with_facts(MULTIFOCAL, portal_vein="thrombosis_extent_unknown").option("tare")
    assert tare.outcome("TARE-10") is True


def test_thrombosis_of_any_degree_excludes_where_the_institution_says_so() -> None:
    case = case_file(case_named("V04-multifocal-midgut"))
    case["facts"]["portal_vein"] = "thrombosis_extent_unknown"
    case["parameters"] = {"embolization_portal_vein_exclude": "any"}
    from_case = assess(*read_case(case))
    assert from_case.option("tace").outcome("EMB-3") is True


def test_ascites_present_is_worth_two_or_three_points() -> None:
    good = with_facts(RESECTABLE, ascites="present").staging
    assert good.liver_function is None
    assert good.child_pugh_at_least_c is False
    worse = with_facts(RESECTABLE, ascites="present", bilirubin_mg_dl=2.5).staging
    assert worse.liver_function == "B"


def test_peritoneal_disease_of_unstated_amount_with_significant_spread_is_significant() -> None:
    spread = {"peritoneal_carcinomatosis": "present_unquantified"}
    significant = with_facts(RESECTABLE, extrahepatic_disease="significant", **spread)
    assert significant.staging.extrahepatic_class == "significant"
    open_ = with_facts(RESECTABLE, **spread)
    assert open_.staging.extrahepatic_class is None
    assert open_.staging.extrahepatic_none is False
    assert open_.strategy == "work_up"


def test_at_least_twelve_lesions_are_type_three_when_bilobar() -> None:
    assessment = with_facts(RESECTABLE, liver_lesion_count=Range(min=12), bilobar=True)
    assert assessment.staging.liver_type == "III"
    assert assessment.staging.distribution == "multifocal_bilobar"
    assert assessment.option("ablation").outcome("ABL-1") is False


def test_representatives_are_each_cut_and_a_value_between() -> None:
    ki67 = CATALOG["ki67_primary_percent"]
    found = representatives(ki67, Range(2, 25), [3, 20, 55])
    assert found == [2, 2.5, 3, 11.5, 20, 22.5, 25]
    open_ends = representatives(ki67, Range(3, 20, min_open=True, max_open=True), [3, 20])
    assert open_ends == [11.5]


def test_representatives_of_whole_numbers_are_whole() -> None:
    count = CATALOG["liver_lesion_count"]
    found = representatives(count, Range(2, 5), [3])
    assert found == [2, 3, 4, 5]
    assert representatives(count, Range(2, 3, min_open=True, max_open=True), [3]) == []


def test_too_many_possibilities_are_blurred_to_unknown() -> None:
    ranged = {
        name: Range(CATALOG[name].low, CATALOG[name].high)
        for name in (
            "ki67_primary_percent",
            "ki67_metastasis_percent",
            "largest_liver_lesion_mm",
            "liver_tumor_burden_percent",
            "bilirubin_mg_dl",
            "albumin_g_dl",
        )
    }
    facts = FactSet.of({**RESECTABLE, **ranged})
    assessment = assess(facts)
    assert assessment.staging.grade is None
    assert assessment.option("hepatectomy").outcome("HEP-6") is False
    possible, blurred = worlds(facts, {name: frozenset({1.0, 2.0, 3.0}) for name in ranged})
    assert len(possible) <= MOST_WORLDS
    assert blurred


def test_age_range_across_the_limit_leaves_pregnancy_open() -> None:
    base = {name: value for name, value in MULTIFOCAL.items() if name != "pregnant"}
    across = with_facts(base, age_years=Range(54, 56)).option("prrt")
    above = with_facts(base, age_years=Range(55, 56)).option("prrt")
    assert (across.outcome("PREG"), above.outcome("PREG")) == (None, False)
