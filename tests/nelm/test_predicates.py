"""Declared predicates as they come out of the compilation, each with its three answers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nelm.case import Case
from nelm.compilation import compiled_round
from nelm.criteria import Criterion, Option, caution, exclude, favor, note, require
from nelm.errors import UnknownName
from nelm.evidence.parameters import DEFAULTS, Parameters
from nelm.facts import FactSet
from nelm.judging import compiled
from nelm.logic import Kleene
from nelm.predicates import (
    Predicate,
    all_of,
    always,
    any_of,
    at_least,
    at_most,
    contains,
    equals,
    is_false,
    is_true,
    judged,
    known,
    less_than,
    more_than,
    negated,
    one_of,
    present,
    unknown_as,
)
from nelm.staging.summary import stage


def criterion(predicate: Predicate, **marks: Any) -> Criterion:
    return caution("X-1", "a title", predicate, because="a reason", cites=["operational"], **marks)


def judge(
    criteria: list[Criterion], values: dict[str, Any]
) -> tuple[tuple[Kleene, ...], tuple[str, bool]]:
    one = compiled_round([Option("x", "X", tuple(criteria))], {"later": True})
    facts = FactSet.of(values)
    staging = stage(facts, facts.values, DEFAULTS)
    case = Case(facts, facts.values, staging, DEFAULTS, date(2026, 1, 1), {})
    outcomes = one.outcomes(case, case.values, staging, DEFAULTS, {"debulking": "eligible"})
    return outcomes, one.deciders[0](outcomes)[:2]


def answer(predicate: Predicate, **values: Any) -> Kleene:
    outcomes, _ = judge([criterion(predicate)], values)
    return outcomes[0]


@pytest.mark.parametrize(
    ("predicate", "met", "not_met"),
    [
        (is_true("bilobar"), True, False),
        (is_false("bilobar"), False, True),
        (negated(is_true("bilobar")), False, True),
        (equals("portal_vein", "patent"), "patent", "partial_thrombosis"),
        (one_of("ecog", (0, 1)), 1, 2),
        (contains("extrahepatic_sites", "bone", "brain"), ["brain"], ["lung"]),
        (less_than("age_years", 55), 54.9, 55),
        (at_most("age_years", 55), 55, 55.1),
        (more_than("age_years", 55), 55.1, 55),
        (at_least("age_years", 55), 55, 54.9),
        (less_than("largest_liver_lesion_mm", parameter="ablation_max_mm"), 34.9, 35),
        (at_least("staging.ki67", 20), 20, 19.9),
    ],
)
def test_each_predicate_is_met_not_met_and_unknown(
    predicate: Predicate, met: Any, not_met: Any
) -> None:
    (name,) = predicate.names
    fact = "ki67_primary_percent" if name == "staging.ki67" else name
    assert answer(predicate, **{fact: met}) is True
    assert answer(predicate, **{fact: not_met}) is False
    assert answer(predicate) is None


def test_known_is_never_unknown_and_present_never_not_met() -> None:
    assert [answer(known("ecog"), ecog=1), answer(known("ecog"))] == [True, False]
    assert [answer(present("ecog"), ecog=1), answer(present("ecog"))] == [True, None]


def test_unknown_may_be_counted_either_way() -> None:
    for default in (True, False):
        assert answer(unknown_as(is_true("bilobar"), default)) is default
        assert answer(unknown_as(is_true("bilobar"), default), bilobar=False) is False


def test_all_and_any_follow_kleene() -> None:
    fit, bilobar = at_most("ecog", 1), is_true("bilobar")
    assert answer(all_of(fit, bilobar), ecog=2) is False
    assert answer(all_of(fit, bilobar), ecog=1) is None
    assert answer(all_of(fit, bilobar), ecog=1, bilobar=True) is True
    assert answer(any_of(fit, bilobar), ecog=1) is True
    assert answer(any_of(fit, bilobar), ecog=2) is None
    assert answer(any_of(fit, bilobar), ecog=2, bilobar=False) is False
    assert answer(always()) is True


def test_verdicts_of_earlier_rounds_can_be_read() -> None:
    assert answer(equals("verdict.debulking", "eligible")) is True
    assert answer(equals("verdict.hepatectomy", "eligible")) is None


def _young(case: Case) -> Kleene:
    age = case.value("age_years")
    return None if age is None else age < 40


def test_judged_function_sees_the_case() -> None:
    young = judged(_young, reads=["age_years"], compares={"age_years": [40]})
    assert [answer(young, age_years=39), answer(young, age_years=40), answer(young)] == [
        True,
        False,
        None,
    ]
    assert young.limits == {("age_years", 40)}
    assert young.parameters == frozenset()


def test_parameters_and_limits_are_known_through_compounds() -> None:
    small = less_than("largest_liver_lesion_mm", parameter="ablation_max_mm")
    predicate = unknown_as(negated(any_of(small, at_least("ecog", 2))), True)
    assert predicate.names == {"largest_liver_lesion_mm", "ecog"}
    assert predicate.parameters == {"ablation_max_mm"}
    assert predicate.limits == {("largest_liver_lesion_mm", "ablation_max_mm"), ("ecog", 2)}


@pytest.mark.parametrize("name", ["eccog", "staging.grades", "nothing.ecog", "verdict.tea"])
def test_unknown_name_is_refused_when_compiled(name: str) -> None:
    with pytest.raises(UnknownName):
        answer(is_true(name))


def test_unknown_parameter_is_refused_when_compiled() -> None:
    with pytest.raises(UnknownName, match="Did you mean ablation_max_mm"):
        answer(less_than("ecog", parameter="ablation_max"))


def test_comparison_wants_either_a_limit_or_a_parameter() -> None:
    with pytest.raises(ValueError, match="either a limit or a parameter"):
        less_than("ecog")
    with pytest.raises(ValueError, match="either a limit or a parameter"):
        less_than("ecog", 2, parameter="surgery_ecog_max")


WORDS: dict[str, Any] = {"because": "a reason", "cites": ["operational"]}
REQUIRE = require("X-1", "t", is_true("bilobar"), **WORDS)
EXCLUDE = exclude("X-2", "t", is_true("pregnant"), **WORDS)
QUIET = exclude("X-2", "t", is_true("pregnant"), quiet=True, **WORDS)
CAUTION = caution("X-3", "t", is_true("hepatomegaly"), **WORDS)
CHECK = caution("X-3", "t", is_true("hepatomegaly"), check=True, **WORDS)
STRONG = caution("X-3", "t", is_true("hepatomegaly"), strong=True, **WORDS)
STRONG_IF = caution("X-3", "t", is_true("hepatomegaly"), strong=at_least("ecog", 2), **WORDS)
CHECK_IF = caution("X-3", "t", is_true("hepatomegaly"), check=at_least("ecog", 2), **WORDS)
FAVOR = favor("X-4", "t", is_true("bilobar"), **WORDS)
NOTE = note("X-5", "t", always(), **WORDS)


@pytest.mark.parametrize(
    ("criteria", "values", "verdict", "strong"),
    [
        ([], {}, "eligible", False),
        ([REQUIRE], {"bilobar": True}, "eligible", False),
        ([REQUIRE], {"bilobar": False}, "not_indicated", False),
        ([REQUIRE], {}, "insufficient_data", False),
        ([EXCLUDE], {"pregnant": True}, "contraindicated", False),
        ([EXCLUDE], {"pregnant": False}, "eligible", False),
        ([EXCLUDE], {}, "conditional", False),
        ([QUIET], {}, "eligible", False),
        ([REQUIRE, EXCLUDE], {"bilobar": False, "pregnant": True}, "contraindicated", False),
        ([CAUTION], {"hepatomegaly": True}, "conditional", False),
        ([CAUTION], {}, "eligible", False),
        ([CHECK], {}, "conditional", False),
        ([CHECK], {"hepatomegaly": False}, "eligible", False),
        ([STRONG], {"hepatomegaly": True}, "conditional", True),
        ([STRONG], {}, "eligible", False),
        ([STRONG_IF], {"hepatomegaly": True, "ecog": 2}, "conditional", True),
        ([STRONG_IF], {"hepatomegaly": True, "ecog": 1}, "conditional", False),
        ([STRONG_IF], {"hepatomegaly": True}, "conditional", False),
        ([CHECK_IF], {"ecog": 2}, "conditional", False),
        ([CHECK_IF], {"ecog": 1}, "eligible", False),
        ([FAVOR, NOTE], {"bilobar": False}, "eligible", False),
    ],
)
def test_five_verdicts_first_that_applies(
    criteria: list[Criterion], values: dict[str, Any], verdict: str, strong: bool
) -> None:
    _, found = judge(criteria, values)
    assert found == (verdict, strong)


def test_criteria_and_options_of_a_pack_that_is_off_are_left_out() -> None:
    later = require("X-9", "t", is_true("bilobar"), pack="later", **WORDS)
    options = [Option("x", "X", (later, NOTE)), Option("y", "Y", (NOTE,), pack="later")]
    on, off = (compiled_round(options, {"later": switch}) for switch in (True, False))
    assert [[row[0].id for row in plan.criteria] for plan in on.plans] == [
        ["X-9", "X-5"],
        ["X-5"],
    ]
    assert [[row[0].id for row in plan.criteria] for plan in off.plans] == [["X-5"]]


def test_limits_become_cuts_under_the_parameters_given() -> None:
    usual = compiled(DEFAULTS).cuts(DEFAULTS)
    strict = Parameters({"ablation_max_mm": 30})
    assert 35 in usual["largest_liver_lesion_mm"]
    assert 30 in compiled(strict).cuts(strict)["largest_liver_lesion_mm"]
    assert {3, 20, 55} <= usual["ki67_primary_percent"]
    assert usual["ki67_primary_percent"] == usual["ki67_metastasis_percent"]
