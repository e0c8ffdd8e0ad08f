"""Facts: newest wins, unknown names and impossible values are refused, limits of freshness."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nelm.catalog import CATALOG
from nelm.errors import ImpossibleValue, UnknownName
from nelm.evidence.parameters import DEFAULTS
from nelm.facts import Fact, FactSet, Therapy
from nelm.freshness import freshness
from nelm.logic import Range


def test_newest_value_wins_in_either_order() -> None:
    old = Fact("ecog", 0, effective=date(2025, 1, 1))
    new = Fact("ecog", 2, effective=date(2026, 1, 1))
    assert FactSet([old, new]).value("ecog") == FactSet([new, old]).value("ecog") == 2


def test_undated_fact_counts_as_fresh_and_wins() -> None:
    dated = Fact("ecog", 2, effective=date(2026, 1, 1))
    assert FactSet([Fact("ecog", 1), dated]).value("ecog") == 1


def test_missing_value_is_left_out() -> None:
    facts = FactSet.of({"ecog": None, "sex": "male"})
    assert "ecog" not in facts
    assert facts.value("ecog") is None
    assert len(facts) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ki67_primary_percent", 140),
        ("ki67_primary_percent", -0.1),
        ("ki67_primary_percent", True),
        ("ki67_primary_percent", "12"),
        ("ki67_primary_percent", float("nan")),
        ("liver_lesion_count", -1),
        ("liver_lesion_count", 2.5),
        ("ecog", 6),
        ("krenning_score", 5),
        ("primary_site", "prostate"),
        ("pregnant", "no"),
        ("extrahepatic_sites", "bone"),
        ("extrahepatic_sites", ["bone", "moon"]),
        ("extrahepatic_sites", 3),
        ("latest_cross_sectional_imaging", "2026-01-01"),
        ("treatment_history", ["tae"]),
        ("treatment_history", [Therapy("surgery")]),
        ("treatment_history", 3),
        ("primary_site", Range(1, 2)),
        ("inr", Range()),
        ("inr", Range(3, 2)),
        ("inr", Range(2, 2, min_open=True)),
        ("inr", Range(1, 99)),
        ("liver_lesion_count", Range(2, 3, min_open=True, max_open=True)),
        ("liver_lesion_count", Range(2.1, 2.9)),
        ("inr", Range("1", 2)),
    ],
)
def test_impossible_value_is_refused_with_its_field(name: str, value: Any) -> None:
    with pytest.raises(ImpossibleValue) as refusal:
        FactSet.of({name: value})
    assert refusal.value.field == f"facts.{name}"
    assert name in refusal.value.message


def test_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean ki67_primary_percent"):
        FactSet.of({"ki67_primary": 3})


@pytest.mark.parametrize("name", [k.name for k in CATALOG.values() if k.low is not None])
def test_bounds_themselves_are_possible(name: str) -> None:
    kind = CATALOG[name]
    assert FactSet.of({name: kind.low}).value(name) == kind.low
    assert FactSet.of({name: kind.high}).value(name) == kind.high


def test_whole_number_given_as_float_becomes_integer() -> None:
    assert FactSet.of({"ecog": 2.0}).value("ecog") == 2
    assert isinstance(FactSet.of({"ecog": 2.0}).value("ecog"), int)


def test_range_of_one_value_is_that_value() -> None:
    assert FactSet.of({"inr": Range(1.2, 1.2)}).value("inr") == 1.2


def test_sets_are_frozen_and_therapies_sorted_by_start() -> None:
    facts = FactSet.of(
        {
            "extrahepatic_sites": ["bone", "bone"],
            "treatment_history": [
                Therapy("tae", date(2025, 1, 1)),
                Therapy("hepatectomy", date(2024, 1, 1)),
            ],
        }
    )
    assert facts.value("extrahepatic_sites") == frozenset({"bone"})
    assert [t.therapy for t in facts.value("treatment_history")] == ["hepatectomy", "tae"]


def test_ranges_and_unstated_extents_are_known_as_uncertain() -> None:
    facts = FactSet.of({"inr": Range(min=1.2), "ascites": "present", "portal_vein": "patent"})
    assert set(facts.uncertain) == {"inr", "ascites"}


def test_replacing_a_value_leaves_the_original_alone() -> None:
    facts = FactSet.of({"ecog": 1, "sex": "male"})
    assert facts.with_values({"ecog": 2, "sex": None}) == FactSet.of({"ecog": 2})
    assert facts.value("ecog") == 1
    assert facts != 1
    responses = {"recist_status": (Fact("recist_status", "SD", effective=date(2026, 3, 1)),)}
    assert FactSet(facts, responses).with_values({"ecog": 2}).series == responses


@pytest.mark.parametrize(
    ("name", "value", "days"),
    [
        ("bilirubin_mg_dl", 1, 90),
        ("liver_lesion_count", 2, 180),
        ("krenning_score", 3, 365),
        ("ecog", 1, 90),
    ],
)
def test_fact_is_stale_the_day_after_its_limit(name: str, value: Any, days: int) -> None:
    facts = FactSet([Fact(name, value, effective=date(2025, 1, 1))])
    last_fresh = date.fromordinal(date(2025, 1, 1).toordinal() + days)
    first_stale = date.fromordinal(last_fresh.toordinal() + 1)
    assert on(facts, last_fresh) == (frozenset(), first_stale)
    assert on(facts, first_stale) == (frozenset({name}), None)


def on(facts: FactSet, day: date) -> tuple[frozenset[str], date | None]:
    """What is stale by the usual limits, and the next day on which anything turns stale."""
    found = freshness(facts, DEFAULTS, day, ["fresh_labs_days"])
    return found.stale["fresh_labs_days"], found.next_day


def test_pathology_and_undated_facts_never_turn_stale() -> None:
    pathology = Fact("ki67_primary_percent", 2, effective=date(2001, 1, 1))
    facts = FactSet([pathology, Fact("ecog", 1)])
    assert on(facts, date(2026, 1, 1)) == (frozenset(), None)


def test_labs_have_a_shorter_limit_before_prrt() -> None:
    facts = FactSet([Fact("bilirubin_mg_dl", 1, effective=date(2026, 1, 1))])
    found = freshness(
        facts, DEFAULTS, date(2026, 2, 1), ["fresh_labs_days", "prrt_labs_max_age_days"]
    )
    assert found.stale == {
        "fresh_labs_days": frozenset(),
        "prrt_labs_max_age_days": frozenset({"bilirubin_mg_dl"}),
    }
    assert found.next_day == date(2026, 4, 2)
