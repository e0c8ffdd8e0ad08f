"""Sentences that say each value once, as people say it, and name what counts by default."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nelm.assessment import assess
from nelm.facts import Fact, FactSet, Therapy
from nelm.logic import Range
from nelm.phrases import value_with_date
from tests.nelm.options.judged import AS_OF, NET
from tests.nelm.test_wording import SEEN, dated, line, voice_of


def test_a_derived_value_names_what_it_is_derived_from_and_no_day() -> None:
    derived = Fact("pregnant", False, effective=SEEN, mapping="derived.pregnant")
    assert value_with_date(derived) == "not pregnant (derived from sex or age)"


def default_told(option: str, criterion: str, facts: dict[str, Any]) -> str:
    assessment = assess(FactSet.of(NET | facts), None, AS_OF)
    outcomes = assessment.option(option).outcomes
    return voice_of(assessment).counted_default(
        next(one for one in outcomes if one.id == criterion)
    )


def test_what_is_not_on_file_and_counts_as_no_is_said_beside_the_criterion() -> None:
    assert default_told("everolimus", "REPEAT", {}) == (
        "treatments the tumor progressed on: not on file; counts as none"
    )
    assert default_told("everolimus", "REPEAT", {"progressed_on": frozenset()}) == ""


def test_of_an_unknown_criterion_and_of_a_stale_fact_no_default_is_told() -> None:
    assert default_told("everolimus", "EVE-1", {}) == ""
    old = Fact("reported_resectability", "unresectable", effective=date(2020, 1, 1))
    assert default_told("debulking", "stale:reported_resectability", {old.name: old}) == ""


def test_where_no_fact_is_not_known_the_reason_is_what_the_surgeon_reported() -> None:
    assert line("hepatectomy", "HEP-5", dated(extrahepatic_disease="none")) == (
        "Diffuse or unresectable peritoneal disease: no, no disease outside the liver (2026-05-03)"
    )


def test_peritoneal_disease_is_named_once() -> None:
    assert line("hepatectomy", "HEP-5c", dated(peritoneal_carcinomatosis="limited")) == (
        "Limited peritoneal disease (2026-05-03)"
    )


@pytest.mark.parametrize(
    ("option", "criterion", "facts", "said"),
    [
        (
            "liver_transplant", "LT-5", {"recist_status": "SD", "stable_months": 3},
            "Stable for 3 months; needs at least 6 months",
        ),
        (
            "liver_transplant", "LT-5", {"recist_status": "PD"},
            "Progressive disease; needed: stable or responding long enough",
        ),
        (
            "liver_transplant", "LT-7", {"peritoneal_carcinomatosis": "present_unquantified"},
            "Disease outside the liver, amount not stated; needed: no disease outside the liver",
        ),
        (
            "ablation", "ABL-1", {"liver_lesion_count": Range(0, 2), "bilobar": False},
            "Number of liver lesions 0 to 2, on both sides of 1",
        ),
        (
            "hepatectomy", "HEP-3c",
            {"future_liver_remnant_percent": Range(25, 35), "remnant_contiguous_segments": 3},
            "Remnant 25 to 35 %, on both sides of 30 %",
        ),
        (
            "debulking", "DEB-4",
            {"reported_resectability": "debulkable", "future_liver_remnant_percent": 15},
            "Removable share of the burden: not on file",
        ),
        (
            "repeat_hepatectomy", "REHEP-1", {"treatment_history": ()},
            "No earlier liver resection on file; on file: no earlier treatment",
        ),
        (
            "sunitinib", "SUN-5",
            {"treatment_history": (Therapy("tace", start=date(2026, 5, 1)),)},
            "Embolized a short while ago: earlier treatment: TACE (2026-05-01)",
        ),
        (
            "everolimus", "EVE-4", {"functional_syndrome": "gastrinoma"},
            "Carcinoid syndrome: evidence borderline: no, gastrinoma",
        ),
        (
            "everolimus", "EVE-5",
            {"functional_syndrome": "vipoma", "symptoms_controlled_on_ssa": False},
            "Uncontrolled hormones or bulk symptoms: hormones not controlled",
        ),
        (
            "tae", "EMB-4", {"ascites": "none", "encephalopathy": "none", "albumin_g_dl": 4},
            "Liver function too poor: no, below Child-Pugh C",
        ),
        (
            "tare", "TARE-7",
            {"ascites": "severe", "encephalopathy": "mild", "albumin_g_dl": 3},
            "Bilirubin raised or Child-Pugh B: Child-Pugh B or C",
        ),
        (
            "captem", "CAP-1c",
            {"differentiation": "poor", "progressed_on": frozenset({"platinum_etoposide"})},
            "Aggressive tumor after platinum: progressed on platinum with etoposide, NEC",
        ),
    ],
)  # fmt: skip
def test_a_sentence_says_the_value_once_and_as_people_say_it(
    option: str, criterion: str, facts: dict[str, Any], said: str
) -> None:
    assert line(option, criterion, facts) == said


def test_what_does_not_apply_keeps_its_title_beside_the_value() -> None:
    assessment = assess(FactSet.of(NET | {"liver_tumor_burden_percent": 8}), None, AS_OF)
    outcome = next(one for one in assessment.option("ssa").outcomes if one.id == "SSA-4")
    assert voice_of(assessment).outcome_line(outcome, signed=True) == (
        "Burden above 10 %: smaller delay (liver tumor burden 8 %)"
    )


def test_a_report_that_is_not_on_file_is_named_as_what_counts_as_no() -> None:
    facts = {"resectable_percent": 95, "liver_lesion_count": 4}
    assert default_told("hepatectomy", "HEP-10", facts) == (
        "reported resectability: not on file; counts as no"
    )


def test_a_calm_disease_is_told_by_what_makes_it_calm() -> None:
    calm = dated(symptomatic=False, functional_syndrome="none", recist_status="SD")
    calm |= {"progressed_within_12_months": False}
    assert line("tae", "EMB-10", calm) == (
        "No symptoms, no hormones, no progression: no symptoms, no hormonal syndrome, "
        "no progression (2026-05-03)"
    )
    grown = calm | dated(functional_syndrome="vipoma", recist_status="PD")
    assert line("tae", "EMB-10", grown) == (
        "No symptoms, no hormones, no progression: no, VIPoma, progressive disease (2026-05-03)"
    )


def test_an_exception_that_does_not_hold_is_not_told() -> None:
    facts: dict[str, Any] = {"ki67_primary_percent": 4, "differentiation": "well"}
    facts |= dated(recist_status="SD", progressed_within_12_months=False)
    assert line("prrt", "PRRT-4", facts) == "No progression (2026-05-03)"
