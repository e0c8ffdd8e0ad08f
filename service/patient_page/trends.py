"""Courses of laboratory values, tumor size and pathology as small drawings, one axis for all."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from nelm import Fact
from nelm.figures import figure
from nelm.labels import fact_label, fact_unit
from nelm.logic import Range
from nelm.staging_words import range_word
from nelm.wording import sentence
from service.patient_page.axis import Axis

HEIGHT = 88  # pixels, the labels not counted
_TOP, _BOTTOM = 20, 80
_APART = 16  # percent of the width that the words of one value may take
# The same values in multiples of the upper limit: drawn where the plain ones are not.
_MULTIPLE_OF = {"chromogranin_a_x_uln": "chromogranin_a_ng_ml"}
_WIDE = 30  # values further apart than this are drawn by their logarithm
_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Tumor markers",
        (
            "chromogranin_a_ng_ml",
            "chromogranin_a_x_uln",
            "pancreastatin_pg_ml",
            "urine_5hiaa_mg_24h",
            "serotonin",
            "pancreatic_polypeptide",
            "gastrin",
            "insulin",
            "glucagon",
            "vip",
        ),
    ),
    (
        "Tumor",
        (
            "ki67_primary_percent",
            "ki67_metastasis_percent",
            "largest_liver_lesion_mm",
            "liver_lesion_count",
            "liver_tumor_burden_percent",
        ),
    ),
    (
        "Liver, kidney, blood, heart",
        (
            "bilirubin_mg_dl",
            "albumin_g_dl",
            "inr",
            "egfr_ml_min_1_73m2",
            "hemoglobin_g_dl",
            "platelets_10e9_l",
            "leukocytes_10e9_l",
            "nt_probnp_pg_ml",
        ),
    ),
)


class Point(NamedTuple):
    """A value in the drawing; `open_end`: only a bound is known.

    `said` stands above it, and is empty where there is no room beside a newer one.
    """

    x: float
    y: float
    open_end: bool
    said: str


class Segment(NamedTuple):
    x1: float
    y1: float
    x2: float
    y2: float


class Limit(NamedTuple):
    """The newest upper limit of normal that a report gave."""

    y: float
    label: str


class Value(NamedTuple):
    day: date
    text: str
    source: str


class Trend(NamedTuple):
    """One course. `told` names the last value, which way it came, and the first; `values` are all
    of them, newest first."""

    label: str
    unit: str
    told: str
    points: tuple[Point, ...]
    segments: tuple[Segment, ...]
    limit: Limit | None
    values: tuple[Value, ...]


class Group(NamedTuple):
    title: str
    trends: tuple[Trend, ...]


def trends(series: Mapping[str, Sequence[Fact]], axis: Axis | None) -> tuple[Group, ...]:
    """The courses that have at least two values, by subject; none without an axis."""
    if axis is None:
        return ()
    groups = (
        Group(
            title, tuple(_trend(series[name], axis) for name in names if _is_course(series, name))
        )
        for title, names in _GROUPS
    )
    return tuple(group for group in groups if group.trends)


def _is_course(series: Mapping[str, Sequence[Fact]], name: str) -> bool:
    """Whether there are two values at least, and no other course says all of them."""
    days = {one.effective for one in series.get(name, ())}
    told = {one.effective for one in series.get(_MULTIPLE_OF.get(name, ""), ())}
    return len(series.get(name, ())) > 1 and not days <= told


def number_of(fact: Fact) -> float:
    """The value, or the bound that is known of it."""
    value = fact.value
    if isinstance(value, Range):
        return float(value.max if value.min is None else value.min)  # type: ignore[arg-type]
    return float(value)


def value_words(fact: Fact) -> str:
    """The value as people write it, without its unit."""
    value = fact.value
    return range_word(value) if isinstance(value, Range) else figure(fact.name, value)


def _trend(facts: Sequence[Fact], axis: Axis) -> Trend:
    name = facts[0].name
    unit = fact_unit(name)
    limit = _upper_limit(facts)
    numbers = [number_of(one) for one in facts]
    scale = _Scale([*numbers, *([limit] if limit is not None else [])])
    places = [axis.at(_day(one)) for one in facts]
    points = tuple(
        Point(x, scale.at(number), isinstance(one.value, Range), said)
        for one, number, x, said in zip(facts, numbers, places, _said(facts, places), strict=True)
    )
    return Trend(
        label=sentence(fact_label(name)),
        unit=unit,
        told=_told(facts, unit, "" if limit is None else _limit_words(name, limit)),
        points=points,
        segments=tuple(_between(points)),
        limit=None if limit is None else Limit(scale.at(limit), _limit_words(name, limit)),
        values=tuple(_value(one, unit) for one in reversed(facts)),
    )


def _said(facts: Sequence[Fact], places: Sequence[float]) -> list[str]:
    """The words above each value, the newest first served."""
    found: list[str] = []
    free = math.inf
    for one, x in zip(reversed(facts), reversed(places), strict=True):
        has_room = x <= free - _APART
        found.append(value_words(one) if has_room else "")
        free = x if has_room else free
    return found[::-1]


def _upper_limit(facts: Sequence[Fact]) -> float | None:
    """The newest upper limit of normal, in the unit of the values."""
    if facts[0].name in _MULTIPLE_OF:
        return 1.0
    return next((one.upper_limit for one in reversed(facts) if one.upper_limit is not None), None)


def _day(fact: Fact) -> date:
    """Its day; only dated facts come here."""
    if fact.effective is None:
        raise ValueError(f"{fact.name} without a day has no place in a course")
    return fact.effective


def _limit_words(name: str, limit: float) -> str:
    if name in _MULTIPLE_OF:
        return "upper limit 1"
    return f"upper limit {figure(name, limit)} {fact_unit(name)}".rstrip()


def _between(points: Sequence[Point]) -> Iterator[Segment]:
    for one, after in pairwise(points):
        yield Segment(one.x, one.y, after.x, after.y)


def _told(facts: Sequence[Fact], unit: str, limit: str) -> str:
    """Such as "59 mg/24 h (2026-10-23), up from its lowest 33 (2026-03-07); first 80 (2026-01-26)".

    The way is told from the last turn: a value that fell and rose again is not called falling.
    """
    last = f"{value_words(facts[-1])} {unit}".rstrip()
    told = f"{last} ({_day(facts[-1])}){_way(facts)}"
    return f"{told}; {limit}" if limit else told


def _way(facts: Sequence[Fact]) -> str:
    numbers = [number_of(one) for one in facts]
    low, high = (_last_place(numbers, pick(numbers)) for pick in (min, max))
    end = len(facts) - 1
    if numbers[low] == numbers[high]:
        return f", unchanged since {_day(facts[0])}"
    rises = high == end or (low != end and low > high)
    turn, other = (low, high) if rises else (high, low)
    words = ("lowest", "highest") if rises else ("highest", "lowest")
    way = f", {'up' if rises else 'down'} from "
    way += _dated(facts[turn]) if turn == 0 else f"its {words[0]} {_dated(facts[turn])}"
    if other not in (0, end):
        way += f", {words[1]} {_dated(facts[other])}"
    return way if turn == 0 else f"{way}; first {_dated(facts[0])}"


def _last_place(numbers: Sequence[float], number: float) -> int:
    return max(place for place, one in enumerate(numbers) if one == number)


def _dated(fact: Fact) -> str:
    return f"{value_words(fact)} ({_day(fact)})"


def _value(fact: Fact, unit: str) -> Value:
    return Value(_day(fact), f"{value_words(fact)} {unit}".rstrip(), fact.source or "")


class _Scale:
    """From zero to the highest value, or its logarithm where values lie far apart."""

    def __init__(self, numbers: Sequence[float]) -> None:
        self._high = max(numbers) or 1.0
        above = [one for one in numbers if one > 0]
        low = min(above, default=1.0)
        self._logarithmic = self._high / low > _WIDE
        self._low = low

    def at(self, number: float) -> float:
        """Pixels from the top."""
        return round(_BOTTOM - self._share(number) * (_BOTTOM - _TOP), 1)

    def _share(self, number: float) -> float:
        if not self._logarithmic:
            return number / self._high
        if number <= self._low:
            return 0.0
        return math.log(number / self._low) / math.log(self._high / self._low)
