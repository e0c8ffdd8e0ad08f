"""A predicate as FHIRPath over variables: facts by name, staging outputs, named judgements.

FHIRPath's and, or and not are three-valued as ours are; the empty collection is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nelm.logic import Kleene
from nelm.predicate_words import judgement_words
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


def fhirpath(predicate: Predicate, parameters: Mapping[str, Any]) -> str:
    """The predicate as a FHIRPath expression, such as "%ecog <= 2".

    A variable that has no value is unknown; a set that is known to be empty holds the one word
    'none'. A judgement that is no plain comparison is a variable too, named by what it says.

    Source: FHIRPath normative release 1; semantics after the predicates themselves.
    """
    match predicate:
        case Always():
            return "true"
        case Known(name, otherwise):
            return _known(f"{variable(name)}.exists()", otherwise)
        case OneOf(name, values):
            return _one_of(variable(name), values)
        case Contains(name, members):
            return _contains(variable(name), members)
        case Comparison(name, sign, limit):
            number = parameters[limit] if isinstance(limit, str) else limit
            return f"{variable(name)} {sign} {number:g}"
        case Compound(parts, decisive):
            joiner = " or " if decisive else " and "
            return joiner.join(f"({fhirpath(part, parameters)})" for part in parts)
        case Negated(part):
            return f"({fhirpath(part, parameters)}).not()"
        case Defaulted(part, default):
            return _defaulted(fhirpath(part, parameters), default)
        case Judged():
            return variable(judgement_words(predicate, parameters))
    raise TypeError(f"no FHIRPath for {type(predicate).__name__}")


def variable(name: str) -> str:
    """A variable by name; in backticks where the name is no plain word."""
    return f"%{name}" if name.isidentifier() else f"%`{name}`"


def _known(there: str, otherwise: Kleene) -> str:
    return there if otherwise is False else f"iif({there}, true, {{}})"


def _one_of(name: str, values: Iterable[Any]) -> str:
    literals = sorted(_literal(value) for value in values)
    return (
        f"{name} = {literals[0]}" if len(literals) == 1 else f"{name} in ({' | '.join(literals)})"
    )


def _contains(name: str, members: Iterable[Any]) -> str:
    listed = " | ".join(sorted(_literal(member) for member in members))
    return f"iif({name}.exists(), {name}.intersect({listed}).exists(), {{}})"


def _defaulted(inner: str, default: bool) -> str:
    """Unknown counts as the default: where only the other value would decide, ask for that one."""
    if default:
        return f"({inner}).where($this = false).exists().not()"
    return f"({inner}).where($this = true).exists()"


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else f"'{value}'"
