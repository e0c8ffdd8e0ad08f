"""Kleene's tables, and comparisons with ranges."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nelm.logic import (
    Kleene,
    Number,
    Range,
    agreed,
    at_least,
    at_most,
    kleene_and,
    kleene_not,
    kleene_or,
    less_than,
    more_than,
)

KLEENE = st.sampled_from([True, False, None])
ENDS = st.integers(-5, 5)


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (True, None, None, True),
        (False, False, False, False),
        (False, None, False, None),
        (None, None, None, None),
    ],
)
def test_tables_of_and_and_or(left: Kleene, right: Kleene, both: Kleene, either: Kleene) -> None:
    assert kleene_and((left, right)) is kleene_and((right, left)) is both
    assert kleene_or((left, right)) is kleene_or((right, left)) is either


@given(st.lists(KLEENE))
def test_de_morgan_holds_with_unknown(values: list[Kleene]) -> None:
    negated = [kleene_not(value) for value in values]
    assert kleene_not(kleene_and(values)) is kleene_or(negated)
    assert kleene_not(kleene_or(values)) is kleene_and(negated)


@given(KLEENE)
def test_not_twice_changes_nothing(value: Kleene) -> None:
    assert kleene_not(kleene_not(value)) is value


@given(KLEENE, KLEENE, KLEENE)
def test_and_distributes_over_or(a: Kleene, b: Kleene, c: Kleene) -> None:
    assert kleene_and((a, kleene_or((b, c)))) is kleene_or((kleene_and((a, b)), kleene_and((a, c))))


def test_nothing_at_all_is_met_for_all_and_not_met_for_any() -> None:
    assert kleene_and(()) is True
    assert kleene_or(()) is False


def test_agreement_needs_one_shared_value() -> None:
    assert agreed([True, True]) is True
    assert agreed([False]) is False
    assert agreed([True, None]) is None
    assert agreed([]) is None


COMPARISONS: list[tuple[Callable[[Number, float], Kleene], Callable[[float, float], bool]]] = [
    (less_than, lambda value, limit: value < limit),
    (at_most, lambda value, limit: value <= limit),
    (more_than, lambda value, limit: value > limit),
    (at_least, lambda value, limit: value >= limit),
]


@given(ENDS, ENDS, st.booleans(), st.booleans(), ENDS)
def test_range_is_settled_exactly_when_every_value_in_it_agrees(
    low: int, width: int, min_open: bool, max_open: bool, limit: int
) -> None:
    high = low + abs(width) + 1
    found = Range(low, high, min_open, max_open)
    quarters = [low + step / 4 for step in range((high - low) * 4 + 1)]
    inside = [q for q in quarters if (q > low or not min_open) and (q < high or not max_open)]
    for compare, plainly in COMPARISONS:
        assert compare(found, limit) is agreed(plainly(value, limit) for value in inside)


def test_open_ended_range_is_settled_on_its_closed_side_only() -> None:
    above_20 = Range(min=20, min_open=True)
    assert more_than(above_20, 20) is True
    assert at_least(above_20, 21) is None
    assert less_than(above_20, 20) is False
    assert at_most(Range(max=2), 2) is True
    assert less_than(Range(max=2), 2) is None
    assert less_than(Range(max=2, max_open=True), 2) is True


@pytest.mark.parametrize("compare", [less_than, at_most, more_than, at_least])
def test_missing_value_is_unknown(compare: Callable[[Number, float], Kleene]) -> None:
    assert compare(None, 3) is None
