"""A predicate written out: names of facts and staging outputs, limits, and/or/not.

For people who read the criteria outside of this program; nothing is computed from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import cleandoc
from typing import Any

from nelm.predicates import (
    Always,
    Comparison,
    Compound,
    Contains,
    Defaulted,
    Judged,
    Known,
    Limit,
    Negated,
    OneOf,
    Predicate,
)


def predicate_words(predicate: Predicate, parameters: Mapping[str, Any]) -> str:
    """The predicate as text, such as "largest_liver_lesion_mm < 35 (ablation_max_mm)".

    Numbers are in the unit of the fact. Unknown facts make it unknown, after Kleene, except where
    the text says "unknown counts as".

    Raises: TypeError for a predicate of a kind that has no words yet.
    """
    match predicate:
        case Always():
            return "always"
        case Known(name):
            return f"{name} is on file"
        case OneOf(name, values, left_open_by):
            return _one_of(name, _words(values), " or ".join(_words(left_open_by)))
        case Contains(name, members):
            return f"{name} includes {' or '.join(sorted(members))}"
        case Comparison(name, sign, limit):
            return f"{name} {sign} {_limit(limit, parameters)}"
        case Compound(parts, decisive):
            joiner = " or " if decisive else " and "
            return joiner.join(_inner(part, parameters) for part in parts)
        case Negated(part):
            text = predicate_words(part, parameters)
            return f"not {text}" if isinstance(part, Defaulted | Judged) else f"not ({text})"
        case Defaulted(part, default):
            counts = "met" if default else "not met"
            return f"({predicate_words(part, parameters)}; unknown counts as {counts})"
        case Judged():
            return f"[{judgement_words(predicate, parameters)}]"
    raise TypeError(f"no words for {type(predicate).__name__}")


def _one_of(name: str, words: list[str], unknown: str) -> str:
    said = f"{name} = {words[0]}" if len(words) == 1 else f"{name} in ({', '.join(words)})"
    return f"({said}; {unknown} counts as unknown)" if unknown else said


def _words(values: Iterable[Any]) -> list[str]:
    return sorted(map(_word, values))


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _limit(limit: Limit, parameters: Mapping[str, Any]) -> str:
    return f"{parameters[limit]:g} ({limit})" if isinstance(limit, str) else f"{limit:g}"


def _inner(part: Predicate, parameters: Mapping[str, Any]) -> str:
    """A part within a larger one, in brackets where it is compound itself."""
    text = predicate_words(part, parameters)
    return f"({text})" if isinstance(part, Compound) else text


def judgement_words(predicate: Judged, parameters: Mapping[str, Any]) -> str:
    """A named function: what it says, what it reads and under which settings."""
    said = cleandoc(predicate.function.__doc__ or "").partition("\n")[0].rstrip(".")
    name = predicate.function.__name__.strip("_").replace("_", " ")
    settings = [
        f"{one} {parameters[one]}" for one in sorted(predicate.parameters) if one != "packs"
    ]
    reads = ", ".join([*sorted(predicate.names), *settings])
    return (said or name) + (f" (from {reads})" if reads else "")
