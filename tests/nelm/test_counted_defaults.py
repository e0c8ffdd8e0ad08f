"""Criteria that only a default settles: said as not on file, judged as before."""

from typing import Any

import pytest

from nelm.counted_defaults import counts_as, settled_by_default
from nelm.predicates import (
    Defaulted,
    Predicate,
    all_of,
    any_of,
    contains,
    equals,
    is_true,
    known,
    negated,
    unknown_as,
)

PROGRESSED = unknown_as(contains("progressed_on", "tace"), False)
R0 = unknown_as(equals("reported_resectability", "r0"), False)


def told(predicate: Predicate, **facts: Any) -> list[str]:
    return [counts_as(one) for one in settled_by_default(predicate, facts.get, {})]


@pytest.mark.parametrize("predicate", [PROGRESSED, negated(PROGRESSED)])
def test_what_is_not_on_file_is_told_as_counted(predicate: Predicate) -> None:
    assert told(predicate) == ["none"]
    assert told(predicate, progressed_on=frozenset()) == []
    assert told(predicate, progressed_on=frozenset({"tace"})) == []


def test_a_default_that_settles_nothing_is_not_told() -> None:
    either = any_of(is_true("bilobar"), negated(R0))
    assert told(either) == ["no"]
    assert told(either, bilobar=True) == []
    both = all_of(is_true("bilobar"), negated(R0))
    assert told(both, bilobar=False) == []
    assert told(both, bilobar=True) == ["no"]


def test_what_counts_as_there_is_said_as_yes() -> None:
    assert told(unknown_as(is_true("bilobar"), True)) == ["yes"]


def test_what_a_criterion_asks_for_itself_is_no_default() -> None:
    fit = any_of(unknown_as(is_true("fit"), False), all_of(negated(known("fit")), R0))
    assert told(fit, reported_resectability="r0") == []


def test_of_a_named_function_and_of_what_is_asked_as_known_nothing_is_told() -> None:
    assert told(any_of(R0, negated(known("bilobar")))) == []
    assert told(Defaulted(known("bilobar"), True)) == []
