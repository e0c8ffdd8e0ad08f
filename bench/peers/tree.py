"""Peer of the compiled criteria: the same predicates, walked as the trees they are declared as."""

import operator
from typing import Any

from nelm.case import Case
from nelm.logic import Kleene
from nelm.predicates import (
    Always,
    Comparison,
    Compound,
    Contains,
    Defaulted,
    Judged,
    Known,
    Negated,
    OneOf,
    Predicate,
)

_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def walk(predicate: Predicate, case: Case) -> Kleene:
    """Met, not met or unknown (None) for this patient."""
    match predicate:
        case Compound(parts, decisive):
            return _settled(parts, decisive, case)
        case Negated(part):
            inner = walk(part, case)
            return None if inner is None else not inner
        case Defaulted(part, default):
            inner = walk(part, case)
            return default if inner is None else inner
        case Judged(function=function):
            return function(case)
        case Always():
            return True
        case Known(name, otherwise):
            return otherwise if _value(name, case) is None else True
        case _:
            return _looked_at(predicate, case)


def _settled(parts: tuple[Predicate, ...], decisive: bool, case: Case) -> Kleene:
    unknown = False
    for part in parts:
        value = walk(part, case)
        if value is decisive:
            return decisive
        unknown = unknown or value is None
    return None if unknown else not decisive


def _looked_at(predicate: Predicate, case: Case) -> Kleene:
    assert isinstance(predicate, OneOf | Contains | Comparison)
    value = _value(predicate.name, case)
    if value is None:
        return None
    if isinstance(predicate, OneOf):
        return value in predicate.values
    if isinstance(predicate, Contains):
        return not predicate.members.isdisjoint(value)
    limit = predicate.limit
    number = case.parameters[limit] if isinstance(limit, str) else limit
    return bool(_SIGNS[predicate.sign](value, number))


def _value(name: str, case: Case) -> Any:
    kind, _, rest = name.rpartition(".")
    if kind == "staging":
        return getattr(case.staging, rest)
    return case.verdicts.get(rest) if kind == "verdict" else case.values.get(name)
