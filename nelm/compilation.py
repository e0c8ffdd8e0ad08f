"""Declared criteria turned into Python functions, once for each choice of knowledge packs.

A predicate shared by several criteria is computed once per patient. Nothing is evaluated that was
not written in `nelm/options`: names and limits come from there, never from a patient or a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nelm.catalog import CATALOG
from nelm.criteria import ALWAYS, NEVER, Criterion, Mark, Option, Plan, Verdict
from nelm.errors import unknown_name
from nelm.evidence.parameters import THRESHOLDS
from nelm.logic import Kleene
from nelm.predicates import Limit, Predicate
from nelm.staging.reads import COMPARED, READS, facts_behind

# By a later criterion, or by the strategy.
VERDICTS_READ = frozenset({"hepatectomy", "debulking"})
FILLED_IN = ("resection_candidacy", "strategy")
ARGUMENTS = "case, values, staging, parameters, verdicts"
Outcomes = tuple[Kleene, ...]
Decision = tuple[Verdict, bool, bool]  # with: a strong caution is met; a require is unknown


class _Text:
    """The body of one generated function: each predicate and each name is written once."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.lines: list[str] = []
        self.scope: dict[str, object] = {}
        self.values: dict[Predicate, str] = {}
        self._names: dict[str, str] = {}

    def _head(self, name: str, prefix: str, expression: str) -> str:
        if name not in self._names:
            local = f"{prefix}_{name.rpartition('.')[2]}"
            self._names[name] = local
            self.heads.append(f"    {local} = {expression}")
        return self._names[name]

    def read(self, name: str) -> str:
        kind, _, rest = name.rpartition(".")
        if kind == "staging":
            if rest not in READS and rest not in FILLED_IN:
                raise unknown_name("staging output", rest, READS, name)
            return self._head(name, "s", f"staging.{rest}")
        if kind == "verdict":
            if rest not in VERDICTS_READ:
                raise unknown_name("verdict to read", rest, VERDICTS_READ, name)
            return self._head(name, "v", f"verdicts.get({rest!r})")
        if name not in CATALOG:
            raise unknown_name("fact", name, CATALOG, name)
        return self._head(name, "f", f"get({name!r})")

    def parameter(self, name: str) -> str:
        if name not in THRESHOLDS:
            raise unknown_name("parameter", name, THRESHOLDS, name)
        return self._head(f"parameter.{name}", "p", f"parameters[{name!r}]")

    def constant(self, value: object) -> str:
        name = f"k{len(self.scope)}"
        self.scope[name] = value
        return name

    def value_of(self, predicate: Predicate) -> str:
        if predicate not in self.values:
            expression = predicate.expression(self)
            if expression.isidentifier():  # what was read answers by itself
                self.values[predicate] = expression
            else:
                local = self.values[predicate] = f"t{len(self.values)}"
                self.lines.append(f"    {local} = {expression}")
        return self.values[predicate]

    def body(self, returned: Iterable[str]) -> list[str]:
        """The lines of a function that returns these locals as a tuple."""
        return ["    get = values.get", *self.heads, *self.lines, _returned(returned)]


def _returned(expressions: Iterable[str]) -> str:
    return f"    return ({''.join(one + ', ' for one in expressions)})"


def _function(name: str, arguments: str, body: Iterable[str], scope: dict[str, object]) -> Any:
    text = "\n".join([f"def {name}({arguments}):", *body])
    namespace: dict[str, Any] = dict(scope)
    exec(compile(text, f"<{name} of the criteria>", "exec"), namespace)  # noqa: S102  our own text
    return namespace[name]


class Touched(NamedTuple):
    """The values of a round that read one name: where they stand, and a function for them alone."""

    positions: tuple[int, ...]
    values: Callable[..., Outcomes]


@dataclass(frozen=True, slots=True)
class Round:
    """The options judged together: one function for their outcomes, one for their decisions.

    `deciders` are the same for one option each. `predicates[i]` gives the value at position i,
    which reads `names[i]`.
    """

    plans: tuple[Plan, ...]
    outcomes: Callable[..., Outcomes]
    decisions: Callable[[Outcomes], tuple[Decision, ...]]
    deciders: tuple[Callable[[Outcomes], Decision], ...]
    predicates: tuple[Predicate, ...]
    names: tuple[frozenset[str], ...]
    judging_facts: tuple[frozenset[str], ...]  # per option: what can make it stale
    options: tuple[str, ...]  # the id of each plan's option
    read_later: tuple[str, ...]  # options whose verdict something looks at
    _holding: tuple[frozenset[int], ...]
    _touched: dict[str, Touched | None] = field(default_factory=dict)

    def touched(self, name: str) -> Touched | None:
        """What has to be asked again when this name changed; written once, None for nothing."""
        if name not in self._touched:
            self._touched[name] = self._write_touched(name)
        return self._touched[name]

    def _write_touched(self, name: str) -> Touched | None:
        positions = tuple(place for place, names in enumerate(self.names) if name in names)
        if not positions:
            return None
        text = _Text()
        body = text.body([text.value_of(self.predicates[place]) for place in positions])
        return Touched(positions, _function("touched", ARGUMENTS, body, text.scope))

    def holding(self, position: int) -> frozenset[int]:
        """The places of the plans that look at the value at that position."""
        return self._holding[position]


def _any(conditions: Sequence[str]) -> str:
    return " or ".join(conditions) if conditions else "False"


def _mark_holds(mark: int) -> str | None:
    """The condition under which a mark holds; None: never, "": always."""
    return None if mark == NEVER else "" if mark == ALWAYS else f"o[{mark}] is True"


def _marked(condition: str, mark: int) -> list[str]:
    """The condition together with its mark; none if the mark never holds."""
    holds = _mark_holds(mark)
    if holds is None:
        return []
    return [f"({condition} and {holds})" if holds else f"({condition})"]


def _cautions(plan: Plan) -> tuple[list[str], list[str]]:
    """The conditions that make the option conditional, and those that make it so strongly."""
    counting: list[str] = []
    strongly: list[str] = []
    for criterion, position, strong, check in plan.criteria:
        if criterion.kind == "exclude" and not criterion.quiet:
            counting.append(f"o[{position}] is None")
        if criterion.kind != "caution":
            continue
        counting.append(f"o[{position}] is True")
        counting += _marked(f"o[{position}] is None", check)
        strongly += _marked(f"o[{position}] is True", strong)
    return counting, strongly


def _verdict_expression(plan: Plan) -> str:
    """The five verdicts in their order, as one expression of a decision over the outcomes `o`."""
    positions = {kind: [] for kind in ("require", "exclude")}  # type: dict[str, list[int]]
    for criterion, position, _, _ in plan.criteria:
        if criterion.decides:
            positions.setdefault(criterion.kind, []).append(position)
    excluded = _any([f"o[{position}] is True" for position in positions["exclude"]])
    refused = _any([f"o[{position}] is False" for position in positions["require"]])
    open_ = _any([f"o[{position}] is None" for position in positions["require"]])
    counting, strongly = _cautions(plan)
    return (
        f"('contraindicated' if {excluded} else 'not_indicated' if {refused}"
        f" else 'insufficient_data' if {open_} else 'conditional' if {_any(counting)}"
        f" else 'eligible', {_any(strongly)}, {open_})"
    )


class _Places:
    """Where each predicate's value stands among those of its round."""

    def __init__(self) -> None:
        self.of: dict[Predicate, int] = {}

    def place(self, predicate: Predicate) -> int:
        return self.of.setdefault(predicate, len(self.of))

    def mark(self, mark: Mark) -> int:
        if isinstance(mark, Predicate):
            return self.place(mark)
        return ALWAYS if mark else NEVER


def _plan(option: Option, criteria: Iterable[Criterion], places: _Places) -> Plan:
    rows = [
        (one, places.place(one.predicate), places.mark(one.strong), places.mark(one.check))
        for one in criteria
    ]
    requires = frozenset(row[1] for row in rows if row[0].kind == "require" and row[0].decides)
    holds = frozenset(place for row in rows for place in row[1:] if place >= 0)
    return Plan(option, tuple(rows), requires, holds)


def _judging_facts(plan: Plan) -> frozenset[str]:
    judging = (
        row[0]
        for row in plan.criteria
        if row[0].kind in ("require", "exclude", "caution") and row[0].decides
    )
    return frozenset(fact for one in judging for name in one.names for fact in facts_behind(name))


def _is_on(pack: str | None, packs: Mapping[str, bool]) -> bool:
    return pack is None or packs.get(pack, False)


def _plans(options: Iterable[Option], packs: Mapping[str, bool], places: _Places) -> list[Plan]:
    """The plans of what belongs to no pack or to one that is on."""
    plans = []
    for option in options:
        if _is_on(option.pack, packs):
            criteria = (one for one in option.criteria if _is_on(one.pack, packs))
            plans.append(_plan(option, criteria, places))
    return plans


def compiled_round(options: Iterable[Option], packs: Mapping[str, bool]) -> Round:
    """One round of options, without what belongs to packs that are off.

    Raises: UnknownName if a predicate reads a fact or staging output that does not exist.
    """
    text, places = _Text(), _Places()
    plans = _plans(options, packs, places)
    body = text.body([text.value_of(predicate) for predicate in places.of])
    verdicts = [_verdict_expression(plan) for plan in plans]
    return Round(
        tuple(plans),
        _function("outcomes", ARGUMENTS, body, text.scope),
        _function("decisions", "o", [_returned(verdicts)], {}),
        tuple(_function("decision", "o", [f"    return {one}"], {}) for one in verdicts),
        tuple(places.of),
        tuple(predicate.names for predicate in places.of),
        tuple(_judging_facts(plan) for plan in plans),
        tuple(plan.option.id for plan in plans),
        tuple(plan.option.id for plan in plans if plan.option.id in VERDICTS_READ),
        tuple(_holding(plans, position) for position in range(len(places.of))),
    )


def _holding(plans: Sequence[Plan], position: int) -> frozenset[int]:
    return frozenset(place for place, plan in enumerate(plans) if position in plan.holds)


def _facts_compared(name: str) -> frozenset[str]:
    return (
        facts_behind(name)
        if name in ("staging.ki67", "staging.stable_months")
        else (frozenset({name}) if name in CATALOG else frozenset())
    )


def _predicates(plan: Plan) -> Iterator[Predicate]:
    for criterion, _, _, _ in plan.criteria:
        yield criterion.predicate
        yield from (m for m in (criterion.strong, criterion.check) if isinstance(m, Predicate))


def limits_compared(rounds: Iterable[Round]) -> frozenset[tuple[str, Limit]]:
    """(fact, number or parameter) for each limit of a criterion or of the staging."""
    of_staging = {(fact, cut) for fact, found in COMPARED.items() for cut in found}
    return frozenset(
        of_staging
        | {
            (fact, limit)
            for one in rounds
            for plan in one.plans
            for predicate in _predicates(plan)
            for name, limit in predicate.limits
            for fact in _facts_compared(name)
        }
    )


class Compiled:
    """Every option under one choice of packs and rule set, in the order of judging.

    `places` says of each option which round judges it, where in that round it stands, and how.
    `tace_favored` is the position of TACE-1, the one favor that orders.
    """

    def __init__(
        self, rounds: tuple[Round, Round, Round], limits: frozenset[tuple[str, Limit]]
    ) -> None:
        self.rounds = rounds
        self.limits = limits
        self.places: dict[str, tuple[int, int, Plan]] = {
            plan.option.id: (place, position, plan)
            for place, one in enumerate(rounds)
            for position, plan in enumerate(one.plans)
        }
        self.tace_favored = next(
            row[1] for row in self.places["tace"][2].criteria if row[0].id == "TACE-1"
        )

    def cuts(self, parameters: Mapping[str, Any]) -> dict[str, frozenset[float]]:
        """The numbers at which something may change, per fact."""
        found: dict[str, set[float]] = {}
        for fact, limit in self.limits:
            number = parameters[limit] if isinstance(limit, str) else limit
            found.setdefault(fact, set()).add(number)
        return {fact: frozenset(numbers) for fact, numbers in found.items()}
