"""Judging only what a changed fact touches gives the same as judging everything."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nelm import (
    Assessment,
    Fact,
    FactSet,
    Parameters,
    Range,
    assess,
    read_case,
    reassess,
    to_document,
)
from nelm.catalog import CATALOG
from nelm.compilation import Compiled
from nelm.criteria import Judgement
from nelm.judging import compiled
from nelm.predicates import Judged
from tests.nelm.random_facts import AS_OF, fact_lists, values
from tests.vignettes.worked_cases import case_file, sheet

pytestmark = pytest.mark.thorough

PATIENT: dict[str, Any] = {
    "has_neuroendocrine_tumor": True,
    "has_liver_metastases": True,
    "age_years": 50,
    "ecog": 0,
    "differentiation": "well",
    "ki67_primary_percent": 2,
    "mitoses_per_2mm2": 1,
    "primary_site": "ileum",
    "primary_status": "resected_r0",
    "liver_lesion_count": 2,
    "largest_liver_lesion_mm": 20,
    "liver_tumor_burden_percent": 5,
    "reported_resectability": "r0",
    "extrahepatic_disease": "none",
    "functional_syndrome": "none",
    "symptomatic": False,
    "recist_status": "SD",
    "progressed_within_12_months": False,
}


def judged(facts: FactSet, parameters: Parameters | None = None) -> Assessment:
    return assess(facts, parameters, AS_OF)


def told(one: Judgement) -> tuple[Any, ...]:
    return one.option, one.verdict, one.strong, one.missing, one.stale, one.rank, one.outcomes


def assert_same(before: Assessment, facts: FactSet) -> Assessment:
    """The second look equals the first, in its document and wherever a document does not look."""
    again = reassess(before, facts)
    whole = assess(facts, before.parameters, before.as_of)
    assert to_document(again) == to_document(whole)
    assert again.staging == whole.staging
    assert [told(one) for one in again.options] == [told(one) for one in whole.options]
    assert again.work_up == whole.work_up
    assert again.follow_up == whole.follow_up
    assert (again.stale, again.valid_until) == (whole.stale, whole.valid_until)
    return again


LAWS = settings(max_examples=60, deadline=None)


@LAWS
@given(fact_lists(), st.data())
def test_a_changed_fact_judged_again_gives_what_the_whole_gives(
    facts: list[Fact], data: st.DataObject
) -> None:
    before = judged(FactSet(facts))
    for _ in range(3):  # each on what the last look left behind
        name = data.draw(st.sampled_from(sorted(CATALOG)))
        effective = data.draw(st.none() | st.dates(date(2023, 1, 1), AS_OF))
        changed = [fact for fact in before.facts if fact.name != name]
        if data.draw(st.integers(0, 4)):
            changed.append(Fact(name, data.draw(values(name)), effective=effective))
        before = assert_same(before, FactSet(changed))


@LAWS
@given(fact_lists(uncertain=True), fact_lists(uncertain=True))
def test_any_two_sets_of_facts_may_follow_each_other(old: list[Fact], new: list[Fact]) -> None:
    assert_same(judged(FactSet(old)), FactSet(new))


def _changes(facts: FactSet, chance: random.Random) -> list[FactSet]:
    """The same with one fact left out, with each of its dates moved, and with facts of others."""
    name = chance.choice(sorted(facts.by_name))
    fact = facts.by_name[name]
    day = AS_OF - timedelta(days=chance.randint(0, 400))
    other = chance.choice(OTHERS)
    rest = [one for one in facts if one.name != name]
    borrowed = [one for one in facts if one.name != other.name]
    sets = (rest, [*rest, fact._replace(effective=day)], [*borrowed, other])
    return [FactSet(one, facts.series) for one in sets]


CASES = {case["id"]: read_case(case_file(case)) for case in sheet()["cases"]}
OTHERS = [fact for facts, _, _ in CASES.values() for fact in facts]


@pytest.mark.parametrize("case", CASES)
def test_worked_cases_judged_again_are_the_same(case: str) -> None:
    facts, parameters, as_of = CASES[case]
    chance = random.Random(case)  # noqa: S311  repeatable, no secret
    before = assess(facts, parameters, as_of)
    for changed in _changes(facts, chance):
        before = assert_same(before, changed)


def test_what_nothing_touches_is_taken_over_as_it_is() -> None:
    before = judged(FactSet.of(PATIENT | {"hemoglobin_g_dl": 12}))
    after = reassess(before, FactSet.of(PATIENT | {"hemoglobin_g_dl": 12.4}))
    assert after.options is before.options
    assert after.staging is before.staging
    assert after.facts.value("hemoglobin_g_dl") == 12.4


def test_the_same_facts_give_the_same_assessment() -> None:
    before = judged(FactSet.of(PATIENT))
    assert reassess(before, FactSet.of(PATIENT)) is before


def test_a_verdict_that_turns_carries_its_consequences() -> None:
    before = judged(FactSet.of(PATIENT))
    assert before.staging.resection_candidacy == "candidate"
    after = assert_same(before, FactSet.of(PATIENT | {"right_heart_failure": True}))
    assert after.option("hepatectomy").verdict == "contraindicated"
    assert after.staging.resection_candidacy == "not_candidate"
    assert before.option("hepatectomy").verdict != "contraindicated"
    assert before.staging.resection_candidacy == "candidate"


def test_a_range_is_judged_as_a_whole() -> None:
    before = judged(FactSet.of(PATIENT))
    ranged = FactSet.of(PATIENT | {"ki67_primary_percent": Range(min=20, min_open=True)})
    after = assert_same(before, ranged)
    assert after.staging.grade == "G3"
    assert_same(after, FactSet.of(PATIENT))


def test_a_patient_becomes_one_of_these_and_is_one_no_longer() -> None:
    other = FactSet.of(PATIENT | {"has_liver_metastases": False})
    before = judged(other)
    after = assert_same(before, FactSet.of(PATIENT))
    assert after.options
    assert assert_same(after, other).options == ()


def test_a_response_in_the_series_counts_and_a_laboratory_series_is_carried_along() -> None:
    day = AS_OF - timedelta(days=300)
    facts = [Fact(name, value) for name, value in PATIENT.items()]
    responses = {"recist_status": (Fact("recist_status", "PD", effective=day),)}
    before = judged(FactSet(facts))
    assert_same(before, FactSet(facts, responses))
    markers = {"chromogranin_a_ng_ml": (Fact("chromogranin_a_ng_ml", 90, effective=day),)}
    after = assert_same(before, FactSet(facts, markers))
    assert after.facts.series == markers
    assert after.options is before.options


def test_other_parameters_hold_in_the_second_look_too() -> None:
    parameters = Parameters({"lt_rule_set": "enets", "packs": {"later": False}})
    before = judged(FactSet.of(PATIENT), parameters)
    assert_same(before, FactSet.of(PATIENT | {"age_years": 58}))


def _ready() -> Compiled:
    return compiled(Parameters())


def test_a_criterion_reads_verdicts_of_earlier_rounds_only() -> None:
    ready = _ready()
    for place, one in enumerate(ready.rounds):
        for names in one.names:
            read = {name[len("verdict.") :] for name in names if name.startswith("verdict.")}
            assert all(ready.places[option][0] < place for option in read)


def test_no_question_of_a_criterion_looks_at_a_verdict_it_does_not_name() -> None:
    asked = {
        predicate
        for one in _ready().rounds
        for predicate in one.predicates
        if isinstance(predicate, Judged)
    }
    assert asked
    for predicate in asked:
        assert "verdicts" not in predicate.function.__code__.co_names
