"""What is missing counts where it could change an option still open, or the strategy."""

from __future__ import annotations

from datetime import date

import pytest

from nelm.assessment import Assessment, assess
from nelm.facts import Fact, FactSet, Therapy
from nelm.labels import missing_labels, missing_names, request_words
from nelm.logic import Range
from nelm.predicates import contains, is_true, one_of
from nelm.spoken_values import Spoken, SpokenValues, each_once
from nelm.waiting import (
    Waiting,
    decisive_missing,
    staging_gaps,
    unchecked_facts,
    waiting_options,
)
from tests.nelm.options.judged import AS_OF, NET
from tests.vignettes.worked_cases import assessed, case_named, sheet

SEEN = date(2026, 5, 3)
JUDGED = [assessed(case) for case in sheet()["cases"]]


def test_options_that_lack_the_same_wait_together() -> None:
    assert waiting_options(assessed(case_named("V30-lung-shunt-unknown"))) == [
        Waiting(("tare",), ("lung_shunt_percent",))
    ]


@pytest.mark.parametrize("assessment", JUDGED, ids=[case["id"] for case in sheet()["cases"]])
def test_what_only_closed_options_lack_decides_nothing(assessment: Assessment) -> None:
    found = decisive_missing(assessment)
    waiting = waiting_options(assessment)
    lacking = {name for one in waiting for name in one.missing}
    assert lacking <= set(found)
    assert set(found) <= set(assessment.missing)
    if assessment.strategy not in ("work_up", "resectability_unclear"):
        assert set(found) == lacking


def test_what_an_open_option_leaves_unchecked_is_named() -> None:
    known = dict(sheet()["bases"]["multifocal_midgut"])
    for name in ("portal_vein", "albumin_g_dl"):
        known.pop(name)
    found = unchecked_facts(assess(FactSet.of(known), None, AS_OF))
    assert {"portal_vein", "albumin_g_dl"} <= set(found)
    assert "lung_shunt_percent" not in found


@pytest.mark.parametrize("assessment", JUDGED, ids=[case["id"] for case in sheet()["cases"]])
def test_what_is_unchecked_is_not_on_file_and_not_counted_twice(assessment: Assessment) -> None:
    found = unchecked_facts(assessment)
    assert not set(found) & set(decisive_missing(assessment))
    assert not any(name in assessment.facts for name in found)


def test_what_one_look_at_the_images_answers_is_asked_for_once() -> None:
    names = ["krenning_score", "recist_status", "progressed_within_12_months", "stable_months"]
    assert missing_labels(names) == [
        "receptor imaging (Krenning score)",
        "progression (RECIST, last 12 months)",
        "months of stable disease",
    ]
    assert missing_names(names) == ["receptor imaging", "progression", "months of stable disease"]
    assert missing_labels(["recist_status"]) == ["response or growth on imaging (RECIST)"]


def test_what_nobody_orders_is_asked_for_otherwise() -> None:
    assert request_words("maa_scan") == "Order Tc-99m MAA scan"
    assert request_words("performance_status") == "Record performance status (ECOG)"
    assert request_words("surgical_review") == "Ask for a surgical review"


def test_a_phrase_within_another_is_not_said_again_and_keeps_its_date() -> None:
    said = [Spoken("both lobes", "2026-05-03"), Spoken("multifocal disease in both lobes")]
    assert each_once(said) == [Spoken("multifocal disease in both lobes", "2026-05-03")]
    twice = [Spoken("progressed on SSA"), Spoken("progressed on SSA", "2026-05-03")]
    assert each_once(twice) == [Spoken("progressed on SSA", "2026-05-03")]


def test_neighbors_of_one_date_carry_it_once() -> None:
    values = spoken_values(portal_vein="patent", largest_liver_lesion_mm=41)
    asked = one_of("largest_liver_lesion_mm", (41,)), one_of("portal_vein", ("patent",))
    assert values.told(*asked) == "largest lesion 41 mm, portal vein patent (2026-05-03)"


def spoken_values(**values: object) -> SpokenValues:
    facts = {name: Fact(name, value, effective=SEEN) for name, value in values.items()}
    assessment = assess(FactSet.of(NET | facts), None, AS_OF)
    return SpokenValues(assessment.facts, assessment.staging, 3)


def test_of_several_treatments_only_the_one_asked_for_is_named() -> None:
    given = (Therapy("ssa"), Therapy("tare", SEEN))
    values = spoken_values(progressed_on=frozenset({"ssa", "tae"}), treatment_history=given)
    assert values.told(contains("progressed_on", "tae")) == "progressed on TAE (2026-05-03)"
    asked = contains("staging.previous_therapies", "tare")
    assert values.told(asked) == "TARE given (2026-05-03)"


def test_a_yes_of_the_staging_is_said_by_the_fact_behind_it() -> None:
    values = spoken_values(recist_status="PD", functional_syndrome="carcinoid")
    assert values.told(is_true("staging.progression"), one_of("recist_status", ("PD",))) == (
        "progressive disease (2026-05-03)"
    )
    assert values.told(is_true("staging.functional")) == "carcinoid syndrome (2026-05-03)"


def test_the_staging_says_what_it_lacks_while_there_is_disease_in_the_liver() -> None:
    known = {
        "has_neuroendocrine_tumor": True,
        "has_liver_metastases": True,
        "differentiation": "well",
        "ki67_primary_percent": 8,
        "liver_lesion_count": 14,
        "bilobar": True,
        "extrahepatic_disease": "none",
        "reported_resectability": "unresectable",
    }
    lacking = assess(FactSet.of(known))
    gaps = ("liver_tumor_burden_percent", "future_liver_remnant_percent")
    assert staging_gaps(lacking) == gaps
    vague = {**known, "liver_tumor_burden_percent": Range(60, 90)}
    assert staging_gaps(assess(FactSet.of(vague))) == gaps[1:]
    measured = {
        "liver_tumor_burden_percent": 40,
        "future_liver_remnant_percent": 45,
        "remnant_contiguous_segments": 3,
    }
    assert staging_gaps(assess(FactSet.of(known | measured))) == ()
    clear = {name: known[name] for name in known if name not in ("bilobar", "liver_lesion_count")}
    del clear["reported_resectability"]
    assert staging_gaps(assess(FactSet.of(clear | {"liver_lesion_count": 0}))) == ()
