"""A value on file that is too imprecise to answer is said as such, never as "not on file"."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nelm.assessment import assess
from nelm.explanation import explain
from nelm.facts import Fact, FactSet
from nelm.imprecise import Imprecise
from nelm.logic import Range
from nelm.options.questions import extrahepatic_is
from nelm.order_check import check_order
from nelm.predicates import all_of, is_true
from nelm.staging_words import staging_line
from nelm.wording import Voice
from tests.nelm.options.judged import AS_OF, NET

SEEN = date(2026, 5, 12)
WELL = {"differentiation": "well", "ki67_primary_percent": 8, "liver_lesion_count": 12}


def dated(name: str, value: Any) -> dict[str, Any]:
    return {name: Fact(name, value, effective=SEEN)}


def said(option: str, criterion: str, facts: dict[str, Any]) -> str:
    assessment = assess(FactSet.of(NET | WELL | facts), None, AS_OF)
    judgement = assessment.option(option)
    outcome = next(one for one in judgement.outcomes if one.id == criterion)
    assert outcome.outcome is None
    return Voice.of(assessment).outcome_line(outcome)


def headline(option: str, facts: dict[str, Any]) -> str:
    assessment = assess(FactSet.of(NET | WELL | facts), None, AS_OF)
    return Voice.of(assessment).verdict_line(assessment.option(option))


@pytest.mark.parametrize(
    ("option", "criterion", "facts", "words"),
    [
        (
            "tace", "EMB-3", dated("portal_vein", "thrombosis_extent_unknown"),
            "Portal vein thrombosis reported 2026-05-12, extent not stated: complete would exclude",
        ),
        (
            "tace", "EMB-3c", {"portal_vein": "thrombosis_extent_unknown"},
            "Portal vein thrombosis reported, extent not stated: partial would call for caution",
        ),
        (
            "tace", "EMB-5", dated("liver_tumor_burden_percent", Range(70, 80)),
            "Liver tumor burden 70 to 80 % (2026-05-12), on both sides of 75 %",
        ),
        (
            "tare", "TARE-4", dated("lung_shunt_percent", Range(15, 25)),
            "Not excluded: lung shunt too high; lung shunt 15 to 25 % (2026-05-12), "
            "on both sides of 20 %",
        ),
        (
            "ablation", "ABL-2", dated("largest_liver_lesion_mm", Range(30, 40)),
            "Largest lesion 30 to 40 mm (2026-05-12), on both sides of 35 mm",
        ),
        (
            "liver_transplant", "LT-3", dated("primary_status", "resected"),
            "Primary removal reported 2026-05-12, margin not stated",
        ),
        (
            "hepatectomy", "HEP-4", dated("extrahepatic_disease", "present_unquantified"),
            "Disease outside the liver reported 2026-05-12, amount not stated",
        ),
        (
            "hepatectomy", "HEP-4", dated("peritoneal_carcinomatosis", "limited"),
            "Limited peritoneal disease (2026-05-12), amount elsewhere not stated",
        ),
        (
            "hepatectomy", "HEP-4", dated("extrahepatic_sites", frozenset({"bone"})),
            "Sites outside the liver: bone (2026-05-12), amount not stated",
        ),
        (
            "ablation", "ABL-5", {"inr": Range(1.2, 1.8)},
            "INR 1.2 to 1.8, on both sides of 1.5; not on file: platelets",
        ),
    ],
)  # fmt: skip
def test_imprecise_value_is_said_with_its_date_and_what_it_leaves_open(
    option: str, criterion: str, facts: dict[str, Any], words: str
) -> None:
    assert said(option, criterion, facts) == words


def test_range_on_one_side_of_the_limit_is_not_what_leaves_it_open() -> None:
    assert said("ablation", "ABL-5", {"inr": Range(1.0, 1.2)}) == "Not checked: platelets"


def test_an_amount_that_is_settled_is_not_what_leaves_a_criterion_open() -> None:
    seen = {"peritoneal_carcinomatosis": "diffuse_or_unresectable"}
    facts = FactSet.of(NET | WELL | seen | dated("extrahepatic_disease", "present_unquantified"))
    one = assess(facts, None, AS_OF)
    predicate = all_of(extrahepatic_is("significant"), is_true("liver_dominant"))
    words = Imprecise(facts, one.staging, one.parameters, AS_OF)
    assert one.staging.extrahepatic_class == "significant"
    assert words.told("caution", predicate) == []


def test_disease_seen_where_none_was_reported_is_said_as_seen() -> None:
    against = {"extrahepatic_disease": "none", "reported_resectability": "r0"}
    facts = NET | WELL | against | dated("extrahepatic_sites", frozenset({"bone"}))
    told = explain(assess(FactSet.of(facts), None, AS_OF), "hepatectomy")
    words = "Sites outside the liver: bone (2026-05-12), amount not stated: not precise enough."
    assert f"- {words}" in told
    assert "No disease outside the liver: not precise enough" not in told


def test_headline_of_an_open_verdict_names_the_imprecise_value() -> None:
    known = {"ecog": 0, "primary_site": "ileum", "primary_status": "in_situ"}
    known |= {"extrahepatic_disease": "none", "primary_resectable": True}
    known |= {"future_liver_remnant_percent": 40, "remnant_contiguous_segments": 3}
    assert headline("debulking", known | dated("resectable_percent", Range(65, 75))) == (
        "Debulking: cannot be judged yet, removable share of the burden 65 to 75 % (2026-05-12), "
        "on both sides of 70 %"
    )


def test_card_of_an_order_names_the_imprecise_value() -> None:
    known = {"ecog": 0, "primary_site": "ileum", "primary_status": "in_situ"}
    known |= {"extrahepatic_disease": "none", "primary_resectable": True}
    known |= {"future_liver_remnant_percent": 40, "remnant_contiguous_segments": 3}
    known |= dated("resectable_percent", Range(65, 75))
    found = check_order(assess(FactSet.of(NET | WELL | known), None, AS_OF), "debulking")
    assert found is not None
    assert found.summary.startswith("Debulking: removable share of the burden 65 to 75 %")
    assert "not known" not in found.summary
    assert found.details == (
        "Removable share of the burden 65 to 75 % (2026-05-12), on both sides of 70 %",
    )


def test_ranges_stand_in_the_staging_line() -> None:
    ranges = {"ki67_primary_percent": Range(5, 10), "liver_tumor_burden_percent": Range(70, 80)}
    facts = FactSet.of(NET | WELL | ranges)
    line = staging_line(assess(facts, None, AS_OF).staging, facts)
    assert "G2 (Ki-67 5 to 10 %)" in line
    assert "burden 70 to 80 %" in line
    wide = FactSet.of(NET | WELL | {"ki67_primary_percent": Range(1, 10)})
    line = staging_line(assess(wide, None, AS_OF).staging, wide)
    assert line.startswith("Staging: grade not known (Ki-67 1 to 10 %)")


def test_of_two_ki67_the_higher_counts_in_words_too() -> None:
    both = {"ki67_primary_percent": 8, "ki67_metastasis_percent": Range(2, 10)}
    facts = FactSet.of(NET | WELL | both)
    assert "G2 (Ki-67 8 to 10 %)" in staging_line(assess(facts, None, AS_OF).staging, facts)


def test_reason_tells_the_range_that_settled_it() -> None:
    assert "Ki-67 5 to 10 % (needs below 5 %)" in headline(
        "liver_transplant",
        {"ki67_primary_percent": Range(5, 10), "histology_confirmed": True},
    )


def test_an_imprecise_value_is_not_listed_as_missing() -> None:
    known = {"primary_status": Fact("primary_status", "resected", effective=SEEN)}
    known |= {"histology_confirmed": True, "ki67_primary_percent": 2, "age_years": 40}
    known |= {"liver_tumor_burden_percent": 20, "recist_status": "SD", "stable_months": 12}
    known |= {"primary_site": "ileum", "extrahepatic_disease": "none", "ecog": 0}
    known |= {"reported_resectability": "unresectable"}
    assessment = assess(FactSet.of(NET | WELL | known), None, AS_OF)
    assert assessment.option("liver_transplant").missing == ("primary_status",)
    told = explain(assessment, "liver_transplant")
    assert "- Primary removed, margin not stated (2026-05-12): not precise enough." in told
    assert "primary tumor: not on file" not in told
