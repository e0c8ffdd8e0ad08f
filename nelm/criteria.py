"""Criteria, the options made of them, and the verdict on an option.

An option's criteria are declared here and compiled in `nelm.compilation`; a `Judgement` keeps the
outcomes and renders them one by one only when asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal, NamedTuple, Required, TypedDict, Unpack

from nelm.logic import Kleene
from nelm.predicates import Predicate, always

Kind = Literal["require", "exclude", "caution", "favor", "note"]
Verdict = Literal[
    "eligible", "conditional", "insufficient_data", "not_indicated", "contraindicated"
]
Mark = bool | Predicate


@dataclass(frozen=True, slots=True)
class Conflict:
    """Where two papers disagree: (source, its position in our words) each, and what we follow."""

    positions: tuple[tuple[str, str], ...]
    default: str


@dataclass(frozen=True, slots=True, eq=False)
class Criterion:
    """One rule of an option, itself only. `strong`, `check` and `quiet` are `operational` marks.

    A require with `decides` false belongs to a rule set that is reported but not followed.
    """

    id: str
    kind: Kind
    title: str
    predicate: Predicate
    because: str
    cites: tuple[str, ...]
    conflict: Conflict | None = None
    strong: Mark = False
    check: Mark = False
    quiet: bool = False
    pack: str | None = None
    decides: bool = True

    @property
    def names(self) -> frozenset[str]:
        """Facts, staging outputs and verdicts that it reads, marks included."""
        marks = [mark.names for mark in (self.strong, self.check) if isinstance(mark, Predicate)]
        return self.predicate.names.union(*marks)

    @property
    def parameters(self) -> frozenset[str]:
        marks = [m.parameters for m in (self.strong, self.check) if isinstance(m, Predicate)]
        return self.predicate.parameters.union(*marks)


class _Said(TypedDict, total=False):
    """What every criterion says for itself: why, after whom, where papers disagree, which pack."""

    because: Required[str]
    cites: Required[Iterable[str]]
    conflict: Conflict | None
    pack: str | None


def _criterion(
    kind: Kind, name: str, title: str, predicate: Predicate, said: _Said, **marks: Any
) -> Criterion:
    because, cites = said["because"], tuple(said["cites"])
    conflict, pack = said.get("conflict"), said.get("pack")
    return Criterion(name, kind, title, predicate, because, cites, conflict, pack=pack, **marks)


# `name` is the id of the page.


def require(name: str, title: str, predicate: Predicate, **said: Unpack[_Said]) -> Criterion:
    """Must be met for the option to be indicated."""
    return _criterion("require", name, title, predicate, said)


def exclude(
    name: str,
    title: str,
    predicate: Predicate,
    *,
    quiet: bool = False,
    **said: Unpack[_Said],
) -> Criterion:
    """If met, the option is contraindicated; unknown is something to check, unless `quiet`."""
    return _criterion("exclude", name, title, predicate, said, quiet=quiet)


def caution(
    name: str,
    title: str,
    predicate: Predicate,
    *,
    strong: Mark = False,
    check: Mark = False,
    **said: Unpack[_Said],
) -> Criterion:
    """If met, the option stays open with a warning; `check`: unknown counts as met."""
    return _criterion("caution", name, title, predicate, said, strong=strong, check=check)


def favor(name: str, title: str, predicate: Predicate, **said: Unpack[_Said]) -> Criterion:
    """If met, speaks for the option; never changes its verdict."""
    return _criterion("favor", name, title, predicate, said)


def note(name: str, title: str, predicate: Predicate, **said: Unpack[_Said]) -> Criterion:
    """Shown with the option when met; never changes its verdict."""
    return _criterion("note", name, title, predicate, said)


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """A treatment by its id, with its criteria in the order of the page.

    `judged_in`: "first" the resection options (the resection candidacy follows from them),
    "second" the others, "last" what reads the strategy (`staging.strategy`). `labs_limit` names
    the parameter after which laboratory values are stale for this option.
    """

    id: str
    title: str
    criteria: tuple[Criterion, ...]
    adjunct: bool = False
    pack: str | None = None
    judged_in: Literal["first", "second", "last"] = "second"
    labs_limit: str = "fresh_labs_days"


class CriterionOutcome(NamedTuple):
    """What one criterion said of this patient.

    `outcome` is met (True), not met (False) or unknown (None); `strong` and `check` are the marks
    as they apply here. `counts`: it acts on the verdict (a check caution does when unknown).
    `stale_fact` is set on the caution that a stale fact adds.
    """

    criterion: Criterion
    outcome: Kleene
    strong: bool
    check: bool
    counts: bool
    stale_fact: str | None = None

    @property
    def id(self) -> str:
        return self.criterion.id

    @property
    def kind(self) -> Kind:
        return self.criterion.kind


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Where an option's outcomes and marks stand among the values of its round.

    `criteria` holds (criterion, outcome, strong mark, check mark); a mark is -1 for never, -2 for
    always, else a position. `requires` are the positions of the requires that decide, `holds`
    all that it looks at.
    """

    option: Option
    criteria: tuple[tuple[Criterion, int, int, int], ...]
    requires: frozenset[int]
    holds: frozenset[int]


ALWAYS, NEVER = -2, -1


def _mark(position: int, values: tuple[Kleene, ...]) -> bool:
    return position == ALWAYS or (position >= 0 and values[position] is True)


class _Judged(NamedTuple):
    option: Option
    verdict: Verdict
    strong: bool
    missing: tuple[str, ...]
    stale: tuple[str, ...]
    rank: int
    plan: Plan
    values: tuple[Kleene, ...]


class Judgement(_Judged):
    """The verdict on one option, with every outcome behind it.

    `strong` is true if a strong caution is met. `missing` names the unknown facts that its unknown
    requires read; `stale` the facts older than their limit. Options that share a rank stand in
    one tie group.
    """

    @cached_property
    def outcomes(self) -> tuple[CriterionOutcome, ...]:
        """Every criterion with its outcome, in the order of the page; stale cautions last."""
        return tuple(self._render())

    def _render(self) -> Iterator[CriterionOutcome]:
        for criterion, position, strong, check in self.plan.criteria:
            outcome = self.values[position]
            checked = _mark(check, self.values)
            yield CriterionOutcome(
                criterion,
                outcome,
                _mark(strong, self.values),
                checked
                or (criterion.kind == "exclude" and outcome is None and not criterion.quiet),
                _counts(criterion, outcome, checked),
            )
        for fact in self.stale:
            yield CriterionOutcome(stale_caution(fact), True, False, False, True, fact)

    def outcome(self, criterion_id: str) -> Kleene:
        """What the criterion said; Raises KeyError if the option has none of that id."""
        for criterion, position, _, _ in self.plan.criteria:
            if criterion.id == criterion_id:
                return self.values[position]
        raise KeyError(f"{self.option.id} has no criterion {criterion_id}")


def _counts(criterion: Criterion, outcome: Kleene, check: bool) -> bool:
    """Whether it acts on the verdict: against the option, or for require by not being met."""
    if outcome is None:
        return _counts_unknown(criterion, check)
    match criterion.kind:
        case "require":
            return outcome is False and criterion.decides
        case "exclude" | "caution":
            return outcome
        case _:
            return False


def _counts_unknown(criterion: Criterion, check: bool) -> bool:
    match criterion.kind:
        case "require":
            return criterion.decides
        case "exclude":
            return not criterion.quiet
        case "caution":
            return check
        case _:
            return False


@cache
def stale_caution(fact: str) -> Criterion:
    """The caution that a fact older than its limit adds to an option judged by it."""
    from_age = "older than its limit: counted as its value, and to be renewed"
    return Criterion(
        f"stale:{fact}",
        "caution",
        f"Older than its limit: {fact}",
        _ALWAYS,
        from_age,
        ("operational",),
    )


_ALWAYS = always()
