"""The possible values behind facts that are given as a range or without their extent.

Judging each possible patient and keeping what all agree on is sound for every criterion and
staging output alike, so that none of them has to know of ranges.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import pairwise, product
from typing import Any

from nelm.catalog import CATALOG, FactKind
from nelm.facts import UNSTATED, FactSet
from nelm.logic import Range, at_least
from nelm.staging.reads import PREGNANCY_ENDS_AT_AGE

# Beyond this many combinations the facts with most possibilities are blurred: whatever reads
# them is unknown, which is always sound.
MOST_WORLDS = 256


def _inside(value: float, low: float, high: float, found: Range) -> bool:
    above = value > low if found.min_open and found.min is not None else value >= low
    below = value < high if found.max_open and found.max is not None else value <= high
    return above and below


def _candidates(kind: FactKind, points: list[float]) -> list[float]:
    """The points with one value between each two, or the whole numbers near them."""
    if kind.kind == "integer":
        return sorted({math.floor(point) + step for point in points for step in (-1, 0, 1, 2)})
    between = [(left + right) / 2 for left, right in pairwise(points)]
    return sorted([*points, *between])


def representatives(kind: FactKind, found: Range, cuts: Iterable[float]) -> list[float]:
    """One value of the range for each piece that the cuts leave, and each cut in it."""
    low = (kind.low or 0.0) if found.min is None else found.min
    high = (kind.high or 0.0) if found.max is None else found.max
    points = sorted({low, high, *(cut for cut in cuts if low < cut < high)})
    candidates = _candidates(kind, points)
    return [value for value in candidates if _inside(value, low, high, found)]


def _possible(facts: FactSet, name: str, cuts: Mapping[str, frozenset[float]]) -> list[Any]:
    value = facts.values[name]
    if not isinstance(value, Range):
        return list(UNSTATED[name][value])
    if name not in cuts:  # compared with nothing: any of its values will do
        return [value.max if value.min is None else value.min]
    return representatives(CATALOG[name], value, cuts[name])


def completed(values: dict[str, Any]) -> dict[str, Any]:
    """With what follows from other facts: not pregnant if male or 55 and older (operational)."""
    if values.get("pregnant") is None:
        old = at_least(values.get("age_years"), PREGNANCY_ENDS_AT_AGE)
        if values.get("sex") == "male" or old:
            return {**values, "pregnant": False}
    return values


def worlds(
    facts: FactSet, cuts: Mapping[str, frozenset[float]]
) -> tuple[list[dict[str, Any]], frozenset[str]]:
    """Plain values for each possible patient, and the facts that had to be blurred."""
    choices = {name: _possible(facts, name, cuts) for name in facts.uncertain}
    tried: list[str] = []
    blurred: list[str] = []
    count = 1
    for name in sorted(choices, key=lambda one: (len(choices[one]), one)):
        if count * len(choices[name]) <= MOST_WORLDS:
            count *= len(choices[name])
            tried.append(name)
        else:
            blurred.append(name)
    plain = {name: value for name, value in facts.values.items() if name not in choices}
    return [
        completed({**plain, **dict(zip(tried, combination, strict=True))})
        for combination in product(*(choices[name] for name in tried))
    ], frozenset(blurred)
