"""Facts: one dated value each, with unit and source, and the set of them for one patient.

The newest value wins whatever order facts come in; unknown names and impossible values are
refused. A missing fact is simply not there: it is unknown, never false.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from nelm.catalog import CATALOG, FactKind
from nelm.errors import ImpossibleValue, unknown_name
from nelm.logic import Range


@dataclass(frozen=True, slots=True)
class Therapy:
    """One treatment given: `therapy` by its id, from `start` to `stop` (None: not known)."""

    therapy: str
    start: date | None = None
    stop: date | None = None
    cycles: int | None = None
    best_response: str | None = None
    source: str | None = None

    @property
    def ended(self) -> date | None:
        """The last day known of it: its stop, else its start; None if it has no date."""
        return self.stop or self.start


class Fact(NamedTuple):
    """One value with where it came from.

    `effective` is when it was true; None counts as fresh. `source` is the reference of the
    resource (`Observation/123`), `mapping` the rule that read it, `upper_limit` the report's own.
    """

    name: str
    value: Any
    unit: str | None = None
    effective: date | None = None
    status: str = "final"
    source: str | None = None
    version: str | None = None
    mapping: str | None = None
    flags: tuple[str, ...] = ()
    upper_limit: float | None = None


def _impossible(name: str, why: str) -> ImpossibleValue:
    return ImpossibleValue(f"facts.{name}: {why}.", f"facts.{name}")


def _span(kind: FactKind) -> str:
    return f"{kind.low:g} and {kind.high:g}{' ' + kind.unit if kind.unit else ''}"


def _number(kind: FactKind, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise _impossible(kind.name, f"must be a number between {_span(kind)}")
    if not kind.low <= value <= kind.high:  # type: ignore[operator]
        raise _impossible(kind.name, f"must lie between {_span(kind)}")
    if kind.kind == "integer":
        if value != int(value):
            raise _impossible(kind.name, "must be a whole number")
        return int(value)
    return value


def _range(kind: FactKind, value: Range) -> Any:
    low = value.min if value.min is None else _number_end(kind, value.min)
    high = value.max if value.max is None else _number_end(kind, value.max)
    if low is None and high is None:
        raise _impossible(kind.name, "is a range without min and max; give at least one")
    if low is not None and high is not None:
        if (
            low > high
            or (low == high and (value.min_open or value.max_open))
            or (kind.kind == "integer" and not _holds_a_whole_number(value, low, high))
        ):
            raise _impossible(kind.name, "is a range that holds no value; min must be below max")
        if low == high:
            return _number(kind, low)
    return value


def _holds_a_whole_number(value: Range, low: float, high: float) -> bool:
    first = math.floor(low) + 1 if value.min_open else math.ceil(low)
    last = math.ceil(high) - 1 if value.max_open else math.floor(high)
    return first <= last


def _number_end(kind: FactKind, end: Any) -> float:
    if isinstance(end, bool) or not isinstance(end, int | float) or math.isnan(end):
        raise _impossible(kind.name, "is a range whose ends must be numbers")
    if not kind.low <= end <= kind.high:  # type: ignore[operator]
        raise _impossible(kind.name, f"has an end outside of {_span(kind)}")
    return end


def _boolean(kind: FactKind, value: Any) -> Any:
    if not isinstance(value, bool):
        raise _impossible(kind.name, "must be true or false")
    return value


def _choice(kind: FactKind, value: Any) -> Any:
    if not isinstance(value, str) or value not in kind.choices:
        raise _impossible(kind.name, f"must be one of {', '.join(kind.choices)}")
    return value


def _set(kind: FactKind, value: Any) -> Any:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise _impossible(kind.name, f"must be a list of {', '.join(kind.choices)}")
    members = frozenset(value)
    if not members.issubset(kind.choices):
        raise _impossible(kind.name, f"may only hold {', '.join(kind.choices)}")
    return members


def _date(kind: FactKind, value: Any) -> Any:
    if not isinstance(value, date):
        raise _impossible(kind.name, "must be a date, such as 2026-03-15")
    return value


def _therapies(kind: FactKind, value: Any) -> Any:
    therapies = tuple(value) if isinstance(value, Iterable) else ()
    if not isinstance(value, Iterable) or not all(isinstance(t, Therapy) for t in therapies):
        raise _impossible(kind.name, "must be a list of therapies")
    for therapy in therapies:
        if therapy.therapy not in kind.choices:
            raise _impossible(kind.name, f"may only hold {', '.join(kind.choices)}")
    return tuple(sorted(therapies, key=_therapy_order))


def _therapy_order(therapy: Therapy) -> tuple[date, date, str, str]:
    start, stop = therapy.start or date.min, therapy.stop or date.max
    return (start, stop, therapy.therapy, repr(therapy))


CHECKS = {
    "number": _number,
    "integer": _number,
    "boolean": _boolean,
    "choice": _choice,
    "set": _set,
    "date": _date,
    "therapies": _therapies,
}
UNSTATED: dict[str, dict[str, tuple[str, ...]]] = {
    kind.name: dict(kind.unstated) for kind in CATALOG.values() if kind.unstated
}


def checked_value(name: str, value: Any) -> Any:
    """The value in the form the catalog wants (sets frozen, whole numbers as integers).

    Raises: UnknownName, ImpossibleValue; both name the field, as `facts.ecog`.
    """
    kind = CATALOG.get(name)
    if kind is None:
        raise unknown_name("fact", name, CATALOG, f"facts.{name}")
    if isinstance(value, Range):
        if kind.kind not in ("number", "integer"):
            raise _impossible(name, "cannot be a range")
        return _range(kind, value)
    return CHECKS[kind.kind](kind, value)


def _newness(fact: Fact) -> tuple[date, str, str, str]:
    """Undated facts count as fresh, so they win; ties are settled the same way every time."""
    effective = date.max if fact.effective is None else fact.effective
    value = fact.value
    shown = repr(sorted(value)) if isinstance(value, frozenset) else repr(value)
    return (effective, fact.version or "", fact.source or "", shown)


def _uncertain(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of those given as a range or with unstated extent."""
    return tuple(
        name
        for name, value in values.items()
        if value.__class__ is Range or (name in UNSTATED and value in UNSTATED[name])
    )


class FactSet:
    """The current facts of one patient, at most one per name, with their series.

    `by_name` maps names to facts and `values` to plain values; `uncertain` names those given as a
    range or with unstated extent. Two sets are equal if their facts are.
    """

    __slots__ = ("by_name", "series", "uncertain", "values")

    def __init__(
        self, facts: Iterable[Fact] = (), series: Mapping[str, tuple[Fact, ...]] | None = None
    ) -> None:
        """Raises: UnknownName, ImpossibleValue."""
        current: dict[str, Fact] = {}
        for fact in facts:
            value = checked_value(fact.name, fact.value)
            if value is not fact.value:
                fact = fact._replace(value=value)
            rival = current.get(fact.name)
            if rival is None or _newness(rival) < _newness(fact):
                current[fact.name] = fact
        self.by_name = current
        self.values = {name: fact.value for name, fact in current.items()}
        self.uncertain = _uncertain(self.values)
        self.series = dict(series or {})

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> FactSet:
        """From bare values or facts by name; None is left out. Bare values count as fresh."""
        given = ((name, value) for name, value in values.items() if value is not None)
        return cls(v if isinstance(v, Fact) else Fact(name, v) for name, v in given)

    def value(self, name: str) -> Any:
        """The value; None if unknown."""
        return self.values.get(name)

    def get(self, name: str) -> Fact | None:
        return self.by_name.get(name)

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.by_name.values())

    def __len__(self) -> int:
        return len(self.by_name)

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, FactSet)
            and self.by_name == other.by_name
            and self.series == other.series
        )

    __hash__ = None  # type: ignore[assignment]

    def with_values(self, values: Mapping[str, Any]) -> FactSet:
        """A copy with some facts replaced, or left out where the value is None; series are kept."""
        kept = {fact.name: fact for fact in self if fact.name not in values}
        return FactSet(FactSet.of({**kept, **values}), self.series)
