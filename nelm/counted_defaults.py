"""Where a criterion is settled only because what is not on file counts as none or as no.

For words only, as `nelm.telling`: no verdict comes from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nelm.predicates import Around, Compound, Contains, Defaulted, Known, Negated, Predicate
from nelm.telling import ValueOf, plain_value


def settled_by_default(
    predicate: Predicate, value_of: ValueOf, parameters: Mapping[str, Any]
) -> tuple[Defaulted, ...]:
    """The defaults without which the answer would be unknown; none where values settle it.

    None either where a named function takes part, of which only verdicts know the answer, or where
    the criterion asks itself whether a value is there: then it names what decides instead.
    """
    if plain_value(predicate, value_of, parameters) is None or _asks_whether_known(predicate):
        return ()
    if plain_value(_without_defaults(predicate), value_of, parameters) is not None:
        return ()
    return tuple(
        one for one in _defaults(predicate) if plain_value(one.part, value_of, parameters) is None
    )


def counts_as(default: Defaulted) -> str:
    """What stands in for the missing value: "none" of a list, else "no" or "yes"."""
    if default.default:
        return "yes"
    return "none" if isinstance(default.part, Contains) else "no"


def _asks_whether_known(predicate: Predicate) -> bool:
    match predicate:
        case Known():
            return True
        case Around(part):
            return _asks_whether_known(part)
        case Compound(parts):
            return any(map(_asks_whether_known, parts))
        case _:
            return False


def _without_defaults(predicate: Predicate) -> Predicate:
    match predicate:
        case Defaulted(part):
            return _without_defaults(part)
        case Negated(part):
            return Negated(_without_defaults(part))
        case Compound(parts):
            return replace(predicate, parts=tuple(map(_without_defaults, parts)))
        case _:
            return predicate


def _defaults(predicate: Predicate) -> Iterator[Defaulted]:
    match predicate:
        case Defaulted():
            yield predicate
        case Negated(part):
            yield from _defaults(part)
        case Compound(parts):
            for part in parts:
                yield from _defaults(part)
