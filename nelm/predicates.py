"""Declared predicates over facts, staging outputs (`staging.grade`) and verdicts (`verdict.tae`).

Each says which names it reads, with which limits and parameters, and how it is written as Python;
`nelm.compilation` turns them into code. Nothing here looks at a patient.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nelm.logic import Kleene

Limit = float | str  # a number, or the name of a parameter
Question = Callable[[Any], Kleene]  # asked of a `nelm.case.Case`, which stands above this room


class Writer(Protocol):
    """What a predicate may ask for while it is written as Python; names of local variables."""

    def read(self, name: str) -> str: ...
    def parameter(self, name: str) -> str: ...
    def constant(self, value: object) -> str: ...
    def value_of(self, predicate: Predicate) -> str: ...


@dataclass(frozen=True, slots=True)
class Predicate(ABC):
    """A question with three answers: `True` met, `False` not met, `None` unknown."""

    @property
    def names(self) -> frozenset[str]:
        """Facts, `staging.…` and `verdict.…` that it reads, as written."""
        return frozenset()

    @property
    def open_names(self) -> frozenset[str]:
        """Those of its names that can leave it unknown."""
        return self.names

    @property
    def parameters(self) -> frozenset[str]:
        """Parameters that it reads."""
        return frozenset()

    @property
    def limits(self) -> frozenset[tuple[str, Limit]]:
        """(name, limit or parameter) for each number that it compares."""
        return frozenset()

    @abstractmethod
    def expression(self, writer: Writer) -> str:
        """A Python expression of its value."""


@dataclass(frozen=True, slots=True)
class Always(Predicate):
    def expression(self, writer: Writer) -> str:
        return "True"


@dataclass(frozen=True, slots=True)
class Known(Predicate):
    name: str
    otherwise: Kleene

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.name})

    def expression(self, writer: Writer) -> str:
        return f"True if {writer.read(self.name)} is not None else {self.otherwise}"


@dataclass(frozen=True, slots=True)
class OneOf(Predicate):
    """`left_open_by`: values that say that it is not known yet."""

    name: str
    values: frozenset[Any]
    left_open_by: frozenset[Any] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.name})

    @property
    def limits(self) -> frozenset[tuple[str, Limit]]:
        numbers = (v for v in self.values if isinstance(v, int | float) and not isinstance(v, bool))
        return frozenset((self.name, number) for number in numbers)

    def expression(self, writer: Writer) -> str:
        value = writer.read(self.name)
        if self.left_open_by:
            unknown = writer.constant(self.left_open_by | {None})
            return f"None if {value} in {unknown} else {value} in {writer.constant(self.values)}"
        if len(self.values) == 1:
            (only,) = self.values
            if isinstance(only, bool):  # asked of what is true, false or unknown itself
                return value if only else f"None if {value} is None else not {value}"
            return f"None if {value} is None else {value} == {only!r}"
        return f"None if {value} is None else {value} in {writer.constant(self.values)}"


@dataclass(frozen=True, slots=True)
class Contains(Predicate):
    name: str
    members: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.name})

    def expression(self, writer: Writer) -> str:
        value = writer.read(self.name)
        members = writer.constant(self.members)
        return f"None if {value} is None else not {members}.isdisjoint({value})"


@dataclass(frozen=True, slots=True)
class Comparison(Predicate):
    name: str
    sign: str
    limit: Limit

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.name})

    @property
    def parameters(self) -> frozenset[str]:
        return frozenset({self.limit}) if isinstance(self.limit, str) else frozenset()

    @property
    def limits(self) -> frozenset[tuple[str, Limit]]:
        return frozenset({(self.name, self.limit)})

    def expression(self, writer: Writer) -> str:
        value = writer.read(self.name)
        named = isinstance(self.limit, str)
        limit = writer.parameter(str(self.limit)) if named else repr(self.limit)
        return f"None if {value} is None else {value} {self.sign} {limit}"


@dataclass(frozen=True, slots=True)
class Compound(Predicate):
    """`all` or `any` of its parts, after Kleene."""

    parts: tuple[Predicate, ...]
    decisive: bool  # the value that settles it alone: False for all, True for any

    @property
    def names(self) -> frozenset[str]:
        return frozenset().union(*(part.names for part in self.parts))

    @property
    def open_names(self) -> frozenset[str]:
        return frozenset().union(*(part.open_names for part in self.parts))

    @property
    def parameters(self) -> frozenset[str]:
        return frozenset().union(*(part.parameters for part in self.parts))

    @property
    def limits(self) -> frozenset[tuple[str, Limit]]:
        return frozenset().union(*(part.limits for part in self.parts))

    def expression(self, writer: Writer) -> str:
        values = [writer.value_of(part) for part in self.parts]
        settled = " or ".join(f"{value} is {self.decisive}" for value in values)
        unknown = " or ".join(f"{value} is None" for value in values)
        return f"{self.decisive} if {settled} else None if {unknown} else {not self.decisive}"


@dataclass(frozen=True, slots=True)
class Around(Predicate):
    """One other predicate, read as it is."""

    part: Predicate

    @property
    def names(self) -> frozenset[str]:
        return self.part.names

    @property
    def open_names(self) -> frozenset[str]:
        return self.part.open_names

    @property
    def parameters(self) -> frozenset[str]:
        return self.part.parameters

    @property
    def limits(self) -> frozenset[tuple[str, Limit]]:
        return self.part.limits


@dataclass(frozen=True, slots=True)
class Negated(Around):
    def expression(self, writer: Writer) -> str:
        value = writer.value_of(self.part)
        return f"None if {value} is None else not {value}"


@dataclass(frozen=True, slots=True)
class Defaulted(Around):
    """Unknown counts as the default: nothing leaves it open."""

    default: bool

    @property
    def open_names(self) -> frozenset[str]:
        return frozenset()

    def expression(self, writer: Writer) -> str:
        value = writer.value_of(self.part)
        return f"{self.default} if {value} is None else {value}"


@dataclass(frozen=True, slots=True)
class Judged(Predicate):
    function: Question
    reads: frozenset[str]
    uses: frozenset[str]
    compares: frozenset[tuple[str, Limit]]

    @property
    def names(self) -> frozenset[str]:
        return self.reads

    @property
    def parameters(self) -> frozenset[str]:
        return self.uses | {limit for _, limit in self.compares if isinstance(limit, str)}

    @property
    def limits(self) -> frozenset[tuple[str, Limit]]:
        return self.compares

    def expression(self, writer: Writer) -> str:
        return f"{writer.constant(self.function)}(case)"


# What options are written with.


def always() -> Predicate:
    """Met for every patient."""
    return Always()


def known(name: str) -> Predicate:
    """Met if there is a value, not met if there is none: never unknown."""
    return Known(name, False)


def present(name: str) -> Predicate:
    """Met if there is a value, unknown if there is none (a missing fact is never not met)."""
    return Known(name, None)


def is_true(name: str) -> Predicate:
    return OneOf(name, frozenset({True}))


def is_false(name: str) -> Predicate:
    return OneOf(name, frozenset({False}))


def equals(name: str, value: Any) -> Predicate:
    return OneOf(name, frozenset({value}))


def one_of(name: str, values: Iterable[Any], *, left_open_by: Iterable[Any] = ()) -> Predicate:
    return OneOf(name, frozenset(values), frozenset(left_open_by))


def contains(name: str, *members: str) -> Predicate:
    """Met if the set holds any of the members; unknown if the set is unknown."""
    return Contains(name, frozenset(members))


def _comparison(name: str, sign: str, limit: float | None, parameter: str | None) -> Predicate:
    if (limit is None) == (parameter is None):
        raise ValueError(f"compare {name} with either a limit or a parameter")
    return Comparison(name, sign, parameter if limit is None else limit)  # type: ignore[arg-type]


def less_than(name: str, limit: float | None = None, *, parameter: str | None = None) -> Predicate:
    return _comparison(name, "<", limit, parameter)


def at_most(name: str, limit: float | None = None, *, parameter: str | None = None) -> Predicate:
    return _comparison(name, "<=", limit, parameter)


def more_than(name: str, limit: float | None = None, *, parameter: str | None = None) -> Predicate:
    return _comparison(name, ">", limit, parameter)


def at_least(name: str, limit: float | None = None, *, parameter: str | None = None) -> Predicate:
    return _comparison(name, ">=", limit, parameter)


def all_of(*parts: Predicate) -> Predicate:
    return Compound(parts, decisive=False)


def any_of(*parts: Predicate) -> Predicate:
    return Compound(parts, decisive=True)


def negated(part: Predicate) -> Predicate:
    return Negated(part)


def unknown_as(part: Predicate, default: bool) -> Predicate:
    """The part, with unknown counted as met (`True`) or not met (`False`)."""
    return Defaulted(part, default)


def judged(
    function: Question,
    *,
    reads: Iterable[str],
    parameters: Iterable[str] = (),
    compares: Mapping[str, Iterable[Limit]] | None = None,
) -> Predicate:
    """A named function of three to ten lines, where plain comparisons are not enough.

    `reads` names everything it looks at; `compares` gives the limits (numbers or parameter names)
    per fact, so that facts given as a range are tried on both sides of each.
    """
    pairs = [(name, limit) for name, limits in (compares or {}).items() for limit in limits]
    return Judged(function, frozenset(reads), frozenset(parameters), frozenset(pairs))
