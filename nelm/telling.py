"""Which part of a criterion settled it, so that a sentence names the value that matters.

For words only: verdicts come from the compiled criteria. Named functions are left whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nelm.logic import (
    Kleene,
    Range,
    at_least,
    at_most,
    kleene_and,
    kleene_not,
    kleene_or,
    less_than,
    more_than,
)
from nelm.predicates import (
    Comparison,
    Compound,
    Contains,
    Defaulted,
    Known,
    Negated,
    OneOf,
    Predicate,
)

COMPARE = {"<": less_than, "<=": at_most, ">": more_than, ">=": at_least}
ValueOf = Callable[[str], Any]


def _compared(part: Comparison, value: Any, parameters: Mapping[str, Any]) -> Kleene:
    limit = parameters[part.limit] if isinstance(part.limit, str) else part.limit
    known = isinstance(value, int | float | Range)
    return COMPARE[part.sign](value, limit) if known else None


def _is_one_of(part: OneOf, value: Any) -> Kleene:
    is_open = value is None or isinstance(value, Range) or value in part.left_open_by
    return None if is_open else value in part.values


def _is_plain(predicate: Predicate) -> bool:
    match predicate:
        case OneOf() | Contains() | Comparison() | Known():
            return True
        case Negated(part) | Defaulted(part):
            return _is_plain(part)
        case Compound(parts):
            return all(_is_plain(part) for part in parts)
        case _:
            return False


def _is_exception(predicate: Predicate) -> bool:
    """Several conditions that would have changed the answer together; of no interest if not."""
    match predicate:
        case Negated(Defaulted(Compound())):
            return True
        case _:
            return False


def plain_value(predicate: Predicate, value_of: ValueOf, parameters: Mapping[str, Any]) -> Kleene:
    """What a predicate of plain parts says; unknown where it is a named function."""
    match predicate:
        case OneOf(name):
            return _is_one_of(predicate, value_of(name))
        case Contains(name, members):
            value = value_of(name)
            return None if value is None else not members.isdisjoint(value)
        case Comparison(name):
            return _compared(predicate, value_of(name), parameters)
        case Known(name, otherwise):
            return otherwise if value_of(name) is None else True
        case Negated(part):
            return kleene_not(plain_value(part, value_of, parameters))
        case Defaulted(part, default):
            value = plain_value(part, value_of, parameters)
            return default if value is None and _is_plain(part) else value
        case Compound(parts, decisive):
            answers = [plain_value(part, value_of, parameters) for part in parts]
            return kleene_or(answers) if decisive else kleene_and(answers)
        case _:
            return None


def telling(
    predicate: Predicate, outcome: bool, value_of: ValueOf, parameters: Mapping[str, Any]
) -> Predicate:
    """The parts that settled the outcome: the first that an all-of fails by, those that hold of an
    any-of; all where every part counts. Of parts that are no plain question, those that may."""
    match predicate:
        case Negated(part):
            return telling(part, not outcome, value_of, parameters)
        case Defaulted(part):
            return telling(part, outcome, value_of, parameters)
        case Compound(parts, decisive):
            if decisive is outcome:
                named = _settling(parts, outcome, value_of, parameters) or parts
            else:
                named = tuple(part for part in parts if not _is_exception(part)) or parts
            told = tuple(telling(part, outcome, value_of, parameters) for part in named)
            return told[0] if len(told) == 1 else replace(predicate, parts=told)
        case _:
            return predicate


def _settling(
    parts: tuple[Predicate, ...],
    outcome: bool,
    value_of: ValueOf,
    parameters: Mapping[str, Any],
) -> tuple[Predicate, ...]:
    """Of an any-of that holds the parts that hold; of an all-of that fails the first that fails."""
    answers = [(part, plain_value(part, value_of, parameters)) for part in parts]
    found = [part for part, answer in answers if answer is outcome]
    # That a value is there suffices: what else holds beside it tells nothing more.
    asked = [part for part in found if outcome and isinstance(part, Known)]
    found = [*asked] or found or [part for part, answer in answers if answer is None]
    return tuple(found if outcome else found[:1])
