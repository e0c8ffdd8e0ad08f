"""Declared criteria turned into Python functions, once for each choice of knowledge packs.

A predicate shared by several criteria is computed once per patient. Nothing is evaluated that was
not written in `nelm/options`: names and limits come from there, never from a patient or a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from nelm.catalog import CATALOG
from nelm.criteria import ALWAYS, NEVER, Criterion, Mark, Option, Plan, Verdict
from nelm.errors import unknown_name
from nelm.evidence.parameters import THRESHOLDS
from nelm.logic import Kleene
from nelm.predicates import Limit, Predicate
from nelm.staging.reads import COMPARED, READS, facts_behind
from nelm.strategy import OPTION_IDS

FILLED_IN = ("resection_candidacy", "strategy")
VerdictAndStrength = tuple[Verdict, bool]


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
            if rest not in OPTION_IDS:
                raise unknown_name("option", rest, OPTION_IDS, name)
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
            local = f"t{len(self.values)}"
            self.values[predicate] = local
            self.lines.append(f"    {local} = {expression}")
        return self.values[predicate]


def _function(name: str, arguments: str, body: Iterable[str], scope: dict[str, object]) -> Any:
    text = "\n".join([f"def {name}({arguments}):", *body])
    namespace: dict[str, Any] = dict(scope)
    exec(compile(text, f"<{name} of the criteria>", "exec"), namespace)  # noqa: S102  our own text
    return namespace[name]


@dataclass(frozen=True, slots=True)
class Round:
    """The options judged together: one function for their outcomes, one for their verdicts.

    `names[i]` is what the value at position i reads.
    """

    plans: tuple[Plan, ...]
    outcomes: Callable[..., tuple[Kleene, ...]]
    verdicts: Callable[[tuple[Kleene, ...]], tuple[VerdictAndStrength, ...]]
    names: tuple[frozenset[str], ...]
    judging_facts: tuple[frozenset[str], ...]  # per option: what can make it stale


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
    """The five verdicts in their order, as one expression over the outcomes `o`."""
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
        f" else 'eligible', {_any(strongly)})"
    )


def _position(mark: Mark, text: _Text, order: dict[str, int]) -> int:
    if isinstance(mark, Predicate):
        return order.setdefault(text.value_of(mark), len(order))
    return ALWAYS if mark else NEVER


def _plan(
    option: Option, criteria: Iterable[Criterion], text: _Text, order: dict[str, int]
) -> Plan:
    rows = []
    for criterion in criteria:
        local = text.value_of(criterion.predicate)
        position = order.setdefault(local, len(order))
        strong = _position(criterion.strong, text, order)
        check = _position(criterion.check, text, order)
        rows.append((criterion, position, strong, check))
    requires = frozenset(row[1] for row in rows if row[0].kind == "require" and row[0].decides)
    return Plan(option, tuple(rows), requires)


def _judging_facts(plan: Plan) -> frozenset[str]:
    judging = (
        row[0]
        for row in plan.criteria
        if row[0].kind in ("require", "exclude", "caution") and row[0].decides
    )
    return frozenset(fact for one in judging for name in one.names for fact in facts_behind(name))


def _is_on(pack: str | None, packs: Mapping[str, bool]) -> bool:
    return pack is None or packs.get(pack, False)


def _plans(
    options: Iterable[Option], packs: Mapping[str, bool], text: _Text, order: dict[str, int]
) -> list[Plan]:
    """The plans of what belongs to no pack or to one that is on."""
    plans = []
    for option in options:
        if _is_on(option.pack, packs):
            criteria = (one for one in option.criteria if _is_on(one.pack, packs))
            plans.append(_plan(option, criteria, text, order))
    return plans


def compiled_round(options: Iterable[Option], packs: Mapping[str, bool]) -> Round:
    """One round of options, without what belongs to packs that are off.

    Raises: UnknownName if a predicate reads a fact or staging output that does not exist.
    """
    text, order = _Text(), cast("dict[str, int]", {})
    plans = _plans(options, packs, text, order)
    result = f"    return ({''.join(local + ', ' for local in order)})"
    body = ["    get = values.get", *text.heads, *text.lines, result]
    by_local = {local: predicate for predicate, local in text.values.items()}
    verdicts = "".join(_verdict_expression(plan) + ", " for plan in plans)
    return Round(
        tuple(plans),
        _function("outcomes", "case, values, staging, parameters, verdicts", body, text.scope),
        _function("verdicts", "o", [f"    return ({verdicts})"], {}),
        tuple(by_local[local].names for local in order),
        tuple(_judging_facts(plan) for plan in plans),
    )


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


class Compiled(NamedTuple):
    """Every option under one choice of packs and rule set, in the order of judging."""

    rounds: tuple[Round, Round, Round]
    limits: frozenset[tuple[str, Limit]]

    def cuts(self, parameters: Mapping[str, Any]) -> dict[str, frozenset[float]]:
        """The numbers at which something may change, per fact."""
        found: dict[str, set[float]] = {}
        for fact, limit in self.limits:
            number = parameters[limit] if isinstance(limit, str) else limit
            found.setdefault(fact, set()).add(number)
        return {fact: frozenset(numbers) for fact, numbers in found.items()}
