"""The whole judgement: staleness, what is missing, follow-up, how long it holds, what changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from nelm import (
    Assessment,
    Fact,
    FactSet,
    Parameters,
    Range,
    Therapy,
    UnreadableDocument,
    assess,
    clinically_changed,
    from_document,
    to_document,
)
from nelm.assessment import today
from tests.vignettes.worked_cases import sheet

RESECTABLE: dict[str, Any] = sheet()["bases"]["resectable_ileal"]
MULTIFOCAL: dict[str, Any] = sheet()["bases"]["multifocal_midgut"]
DAY = date(2026, 6, 1)


def assessed(base: dict[str, Any], **changes: Any) -> Assessment:
    return assess(FactSet.of({**base, **changes}), as_of=DAY)


def dated(name: str, value: Any, days_ago: int) -> Fact:
    return Fact(name, value, effective=DAY - timedelta(days=days_ago), source="Observation/1")


def test_assessment_without_a_day_is_of_today() -> None:
    assert assess(FactSet.of(RESECTABLE)).as_of == today()


def test_stale_fact_counts_and_cautions_only_where_it_is_read() -> None:
    quiet = {"functional_syndrome": "none", "symptomatic": False}
    fresh = assessed(MULTIFOCAL, **quiet, krenning_score=dated("krenning_score", 4, 365))
    stale = assessed(MULTIFOCAL, **quiet, krenning_score=dated("krenning_score", 4, 366))
    assert (fresh.option("prrt").verdict, fresh.option("prrt").stale) == ("eligible", ())
    assert stale.option("prrt").verdict == "conditional"
    assert stale.option("prrt").stale == ("krenning_score",)
    assert stale.option("everolimus").stale == ()
    caution = stale.option("prrt").outcomes[-1]
    assert (caution.id, caution.kind, caution.counts) == ("stale:krenning_score", "caution", True)


def test_blood_counts_are_stale_earlier_before_prrt() -> None:
    assessment = assessed(MULTIFOCAL, platelets_10e9_l=dated("platelets_10e9_l", 190, 29))
    assert assessment.option("prrt").stale == ("platelets_10e9_l",)
    assert assessment.stale == frozenset()


def test_missing_names_one_of_those_that_stand_in_for_one_another() -> None:
    nothing = {"has_neuroendocrine_tumor": True, "has_liver_metastases": True}
    hepatectomy = assessed(nothing).option("hepatectomy")
    assert "ki67_primary_percent" in hepatectomy.missing
    assert "ki67_metastasis_percent" not in hepatectomy.missing
    assert {"differentiation", "ecog", "reported_resectability"} <= set(hepatectomy.missing)
    assert not {"fit_for_major_surgery", "resectable_percent"} & set(hepatectomy.missing)


def test_missing_differentiation_is_named_alone_where_ki67_is_known() -> None:
    assessment = assessed(RESECTABLE, ki67_primary_percent=80, differentiation=None)
    assert assessment.option("ssa").missing == ("differentiation",)


def test_second_half_of_the_remnant_is_named_where_the_first_is_known() -> None:
    without_report = {"reported_resectability": None, "resectable_percent": 100}
    both = assessed(
        RESECTABLE,
        **without_report,
        future_liver_remnant_percent=None,
        remnant_contiguous_segments=None,
    )
    second = assessed(RESECTABLE, **without_report, remnant_contiguous_segments=None)
    assert both.option("hepatectomy").missing == ("future_liver_remnant_percent",)
    assert second.option("hepatectomy").missing == ("remnant_contiguous_segments",)


def test_option_waiting_for_hepatectomy_misses_what_that_one_lacks() -> None:
    assessment = assessed(RESECTABLE, ecog=None)
    assert assessment.option("hepatectomy").missing == ("ecog",)
    assert "ecog" in assessment.option("tae").missing


def test_missing_facts_stand_in_order_of_the_options_that_lack_them() -> None:
    nothing = {"has_neuroendocrine_tumor": True, "has_liver_metastases": True}
    assessment = assessed(nothing)
    counts = [sum(name in one.missing for one in assessment.options) for name in assessment.missing]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1] >= 1


HEPATECTOMY = (Therapy("hepatectomy", date(2025, 1, 10)),)


@pytest.mark.parametrize(
    ("imaged", "overdue"), [(date(2025, 6, 1), False), (date(2025, 5, 31), True), (None, None)]
)
def test_imaging_is_overdue_after_twelve_months(imaged: date | None, overdue: bool | None) -> None:
    assessment = assessed(
        RESECTABLE, treatment_history=HEPATECTOMY, latest_cross_sectional_imaging=imaged
    )
    assert assessment.follow_up is not None
    assert assessment.follow_up.overdue is overdue


@pytest.mark.parametrize(
    ("marker", "overdue"),
    [
        (Fact("chromogranin_a_ng_ml", 80, effective=date(2025, 6, 1)), False),
        (Fact("chromogranin_a_ng_ml", 80, effective=date(2025, 5, 31)), True),
        (80, False),
        (None, None),
    ],
)
def test_markers_are_overdue_after_twelve_months(marker: Any, overdue: bool | None) -> None:
    assessment = assessed(RESECTABLE, treatment_history=HEPATECTOMY, chromogranin_a_ng_ml=marker)
    assert assessment.follow_up is not None
    assert assessment.follow_up.markers_overdue is overdue


@pytest.mark.parametrize(
    ("operated", "ki67", "months"),
    [
        (date(2023, 6, 1), 1, 6),
        (date(2023, 5, 31), 1, 12),
        (date(2020, 1, 1), 3, 6),
        (None, 1, 12),
    ],
)
def test_follow_up_is_closer_in_the_first_three_years_and_from_g2(
    operated: date | None, ki67: float, months: int
) -> None:
    history = (Therapy("ablation", operated),)
    follow = assessed(RESECTABLE, treatment_history=history, ki67_primary_percent=ki67).follow_up
    assert follow is not None
    assert (follow.months_min, follow.months_max) == (3, months)


def test_no_follow_up_without_surgery_ablation_or_transplant() -> None:
    assert assessed(RESECTABLE).follow_up is None
    assert assessed(RESECTABLE, treatment_history=(Therapy("tae", DAY),)).follow_up is None


def test_assessment_of_undated_facts_holds_for_ever() -> None:
    assert assessed(RESECTABLE).valid_until is None


@pytest.mark.parametrize(
    ("fact", "until"),
    [
        (dated("krenning_score", 3, 0), DAY + timedelta(days=366)),
        (dated("bilirubin_mg_dl", 1, 0), DAY + timedelta(days=29)),
        (dated("bilirubin_mg_dl", 1, 29), DAY + timedelta(days=62)),
        (dated("krenning_score", 3, 400), None),
        (dated("ki67_primary_percent", 1, 0), None),
        (Fact("age_years", 54, effective=date(2026, 2, 3)), date(2027, 2, 3)),
        (Fact("age_years", 50, effective=date(2026, 2, 3)), date(2031, 2, 3)),
        (Fact("age_years", 55, effective=date(2026, 2, 3)), date(2027, 2, 3)),
        (Fact("age_years", 56, effective=date(2026, 2, 3)), None),
        (Fact("latest_cross_sectional_imaging", date(2026, 5, 1)), date(2027, 5, 2)),
        (Fact("recist_status", "PD", effective=DAY), DAY + timedelta(days=181)),
    ],
)
def test_assessment_holds_until_the_next_limit_is_passed(fact: Fact, until: date | None) -> None:
    facts = {**RESECTABLE, fact.name: fact}
    if fact.name == "latest_cross_sectional_imaging":
        facts["treatment_history"] = HEPATECTOMY
    assert assess(FactSet.of(facts), as_of=DAY).valid_until == until


def test_recent_embolization_and_progression_end_their_windows() -> None:
    embolized = assessed(RESECTABLE, treatment_history=(Therapy("tace", DAY),))
    assert embolized.valid_until == DAY + timedelta(weeks=8, days=1)
    lasting = (Therapy("tace", DAY - timedelta(days=70), stop=DAY),)
    until_its_end = assessed(RESECTABLE, treatment_history=lasting)
    assert until_its_end.option("sunitinib").outcome("SUN-5") is True
    assert until_its_end.valid_until == embolized.valid_until
    series = {"recist_status": (Fact("recist_status", "PD", effective=date(2025, 9, 1)),)}
    facts = FactSet(FactSet.of(RESECTABLE), series)
    assert assess(facts, as_of=DAY).valid_until == date(2026, 9, 2)


def test_a_closer_follow_up_ends_three_years_after_the_treatment() -> None:
    treated = assessed(RESECTABLE, treatment_history=(Therapy("hepatectomy", date(2024, 3, 1)),))
    assert treated.valid_until == date(2027, 3, 2)
    before, after = (
        assess(treated.facts, as_of=treated.valid_until - timedelta(days=days)) for days in (1, 0)
    )
    assert [one.follow_up and one.follow_up.months_max for one in (before, after)] == [6, 12]


def test_raw_values_alone_are_no_clinical_change() -> None:
    before = assessed(RESECTABLE)
    assert not clinically_changed(before, assessed(RESECTABLE, largest_liver_lesion_mm=33))
    assert not clinically_changed(before, assessed(RESECTABLE, bilirubin_mg_dl=0.8))


@pytest.mark.parametrize(
    "changes",
    [
        {"ki67_primary_percent": 3},
        {"right_heart_failure": True},
        {"ecog": None},
        {"largest_liver_lesion_mm": 35},
    ],
)
def test_staging_verdicts_and_missing_facts_are_clinical_changes(changes: dict[str, Any]) -> None:
    assert clinically_changed(assessed(RESECTABLE), assessed(RESECTABLE, **changes))


def test_first_assessment_is_a_change() -> None:
    assert clinically_changed(None, assessed(RESECTABLE))


def test_asking_for_an_option_that_was_not_judged_is_an_error() -> None:
    with pytest.raises(KeyError, match="tea"):
        assessed(RESECTABLE).option("tea")
    with pytest.raises(KeyError, match="EMB-99"):
        assessed(RESECTABLE).option("tae").outcome("EMB-99")


def test_option_of_a_pack_that_is_off_is_not_judged() -> None:
    facts = FactSet.of(RESECTABLE)
    with_pack = assess(facts, Parameters({"packs": {"later": True}}), DAY)
    without = assess(facts, Parameters({"packs": {"later": False}}), DAY)
    left_out = {one.option.id for one in with_pack.options} - {
        one.option.id for one in without.options
    }
    assert left_out == {"cabozantinib"}
    assert with_pack.knowledge_version != without.knowledge_version


# The document.


def test_document_shows_value_threshold_source_and_conflict() -> None:
    facts = {**MULTIFOCAL, "largest_liver_lesion_mm": dated("largest_liver_lesion_mm", 58, 10)}
    document = to_document(assess(FactSet.of(facts), as_of=DAY))
    options = {one["option"]: one for one in document["options"]}
    criteria = {one["id"]: one for one in options["ablation"]["criteria"]}
    too_large = criteria["ABL-2"]
    assert (too_large["outcome"], too_large["kind"]) == ("not_met", "require")
    assert too_large["facts"] == {"largest_liver_lesion_mm": 58}
    assert too_large["threshold"] == {"ablation_max_mm": 35}
    assert document["facts"]["largest_liver_lesion_mm"]["source"] == "Observation/1"
    assert document["facts"]["largest_liver_lesion_mm"]["effective"] == "2026-05-22"
    assert criteria["ABL-1"]["conflict"]["positions"]


def test_document_says_what_was_not_excluded_and_not_checked() -> None:
    bare = {name: value for name, value in MULTIFOCAL.items() if name != "portal_vein"}
    options = {one["option"]: one for one in to_document(assessed(bare))["options"]}
    emb_3 = next(one for one in options["tae"]["criteria"] if one["id"] == "EMB-3")
    assert emb_3["title"].startswith("not excluded: ")
    assert (emb_3["outcome"], emb_3["check"]) == ("unknown", True)


def test_document_of_a_stale_fact_shows_its_limit() -> None:
    assessment = assessed(MULTIFOCAL, platelets_10e9_l=dated("platelets_10e9_l", 190, 29))
    prrt = next(o for o in to_document(assessment)["options"] if o["option"] == "prrt")
    stale = prrt["criteria"][-1]
    assert stale["id"] == "stale:platelets_10e9_l"
    assert stale["threshold"] == {"prrt_labs_max_age_days": 28}
    assert stale["facts"] == {"platelets_10e9_l": 190}


def test_document_of_another_knowledge_version_is_not_read() -> None:
    document = to_document(assessed(RESECTABLE)) | {"knowledge_version": "1999.1"}
    with pytest.raises(UnreadableDocument, match=r"1999\.1"):
        from_document(document)


# What is known, but not precisely enough.


@pytest.mark.parametrize(
    ("changes", "option", "missing"),
    [
        ({"primary_status": "resected"}, "liver_transplant", "primary_status"),
        ({"primary_site": "unknown"}, "sunitinib", "primary_site"),
        ({"krenning_score": 1, "sstr_modality": "spect"}, "prrt", "krenning_score"),
        ({"ki67_primary_percent": Range(1, 40)}, "everolimus", "ki67_primary_percent"),
        (
            {
                "reported_resectability": None,
                "resectable_percent": 80,
                "future_liver_remnant_percent": Range(15, 25),
                "remnant_contiguous_segments": 3,
            },
            "debulking",
            "future_liver_remnant_percent",
        ),
    ],
)
def test_imprecise_fact_is_named_where_nothing_else_is_missing(
    changes: dict[str, Any], option: str, missing: str
) -> None:
    judgement = assessed(MULTIFOCAL, **changes).option(option)
    assert missing in judgement.missing
