"""Three-valued logic: `True` (met), `False` (not met), `None` (unknown), after Kleene.

Also ranges ("Ki-67 >20 %") and comparisons that are settled only if every possible value agrees.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

Kleene = bool | None

WORDS: dict[Kleene, str] = {True: "met", False: "not_met", None: "unknown"}
OF_WORD: dict[str, Kleene] = {word: value for value, word in WORDS.items()}


@dataclass(frozen=True, slots=True)
class Range:
    """All numbers between `min` and `max`; an end that is None is not limited.

    `min_open` and `max_open` leave the end itself out: ">20 %" is `Range(min=20, min_open=True)`.
    """

    min: float | None = None
    max: float | None = None
    min_open: bool = False
    max_open: bool = False


Number = float | int | Range | None


def kleene_and(values: Collection[Kleene]) -> Kleene:
    """Not met if any is not met; else unknown if any is unknown; met for none at all."""
    return False if False in values else None if None in values else True


def kleene_or(values: Collection[Kleene]) -> Kleene:
    """Met if any is met; else unknown if any is unknown; not met for none at all."""
    return True if True in values else None if None in values else False


def kleene_not(value: Kleene) -> Kleene:
    """The opposite; unknown stays unknown."""
    return None if value is None else not value


def agreed(values: Iterable[Kleene]) -> Kleene:
    """The one value that all share; unknown if they differ or there is none."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def less_than(value: Number, limit: float | None) -> Kleene:
    """Whether the value lies below the limit; unknown if either is missing or a range straddles."""
    if value is None or limit is None:
        return None
    if not isinstance(value, Range):
        return value < limit
    if value.max is not None and (value.max < limit or (value.max == limit and value.max_open)):
        return True
    if value.min is not None and value.min >= limit:
        return False
    return None


def at_most(value: Number, limit: float | None) -> Kleene:
    """Whether the value is the limit or below it; unknown as in `less_than`."""
    if value is None or limit is None:
        return None
    if not isinstance(value, Range):
        return value <= limit
    if value.max is not None and value.max <= limit:
        return True
    if value.min is not None and (value.min > limit or (value.min == limit and value.min_open)):
        return False
    return None


def more_than(value: Number, limit: float | None) -> Kleene:
    """Whether the value lies above the limit; unknown as in `less_than`."""
    return kleene_not(at_most(value, limit))


def at_least(value: Number, limit: float | None) -> Kleene:
    """Whether the value is the limit or above it; unknown as in `less_than`."""
    return kleene_not(less_than(value, limit))
