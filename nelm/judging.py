"""The order of judging: staging, the resection options, candidacy, the others, the strategy.

Works on the compiled criteria. Facts given as a range are judged in each possible world and the
outcomes that agree are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from nelm.case import Case
from nelm.catalog import in_table_order
from nelm.compilation import Compiled, Decision, Outcomes, Round, compiled_round, limits_compared
from nelm.criteria import Option
from nelm.evidence.parameters import Parameters
from nelm.facts import FactSet
from nelm.options.registry import options_for
from nelm.staging.reads import facts_behind
from nelm.staging.summary import merged, stage
from nelm.strategy import Strategy, decide_strategy
from nelm.worlds import completed, worlds

ROUNDS = ("first", "second", "last")
Stale = Mapping[str, frozenset[str]]  # facts older than their limit, by what limits laboratory


class Judgements(NamedTuple):
    """All options judged, with the staging and strategy that stand behind them.

    `outcomes` are the values of each round. `decisions` and `stale` go by option; `stale` holds
    only those that a fact older than its limit warns of.
    """

    compiled: Compiled
    case: Case
    strategy: Strategy
    outcomes: tuple[Outcomes, ...]
    decisions: dict[str, Decision]
    stale: dict[str, tuple[str, ...]]

    def outcomes_of(self, option: str) -> Outcomes:
        return self.outcomes[self.compiled.places[option][0]]


def _compile(options: tuple[Option, ...], packs: Mapping[str, bool]) -> Compiled:
    first, second, last = (
        compiled_round((one for one in options if one.judged_in == name), packs) for name in ROUNDS
    )
    rounds = (first, second, last)
    return Compiled(rounds, limits_compared(rounds))


_COMPILED: dict[tuple[Any, ...], Compiled] = {}


def compiled(parameters: Parameters) -> Compiled:
    """The options under these parameters, compiled once for each choice of packs and rule set."""
    key = (parameters.by_name["lt_rule_set"], parameters.packs)
    if key not in _COMPILED:
        _COMPILED[key] = _compile(options_for(parameters), parameters["packs"])
    return _COMPILED[key]


def candidacy(hepatectomy: Decision) -> str | None:
    """What the verdict on hepatectomy makes of the patient.

    Source: operational.
    """
    verdict, strong, _ = hepatectomy
    match verdict:
        case "eligible":
            return "candidate"
        case "conditional":
            return "possible" if strong else "candidate"
        case "insufficient_data":
            return None
        case _:
            return "not_candidate"


Names = tuple[str, ...]


def stale_behind(one: Round, position: int, stale: Stale) -> Names:
    """The facts older than their limit that the option at that place of its round rests on."""
    old = stale[one.plans[position].option.labs_limit]
    return in_table_order(old & one.judging_facts[position]) if old else ()


def warned(decision: Decision) -> Decision:
    """A stale fact makes an eligible option conditional."""
    return ("conditional", *decision[1:]) if decision[0] == "eligible" else decision


def _agreed(found: Sequence[Outcomes], one: Round, blurred: frozenset[str]) -> Outcomes:
    """Per position what all worlds say; unknown where they differ or a blurred fact is read."""
    values = [column[0] if len(set(column)) == 1 else None for column in zip(*found, strict=True)]
    for position, names in enumerate(one.names if blurred else ()):
        if any(not facts_behind(name).isdisjoint(blurred) for name in names):
            values[position] = None
    return tuple(values)


class Judging:
    """One patient on the way through the rounds."""

    def __init__(self, facts: FactSet, parameters: Parameters, as_of: date, stale: Stale) -> None:
        self._parameters = parameters
        self._stale = stale
        self._any_stale = any(stale.values())
        self._compiled = compiled(parameters)
        self._verdicts: dict[str, str] = {}
        self._decisions: dict[str, Decision] = {}
        self._stale_of: dict[str, Names] = {}
        self._outcomes: list[Outcomes] = []
        self._blurred: frozenset[str] = frozenset()
        values = completed(facts.values)
        plain = [values]
        if facts.uncertain:
            plain, self._blurred = worlds(facts, self._compiled.cuts(parameters))
        limits = parameters.by_name
        self._cases = [
            Case(facts, one, stage(facts, one, limits), parameters, as_of, self._verdicts)
            for one in plain
        ]
        self.case = self._cases[0]
        if facts.uncertain:
            staging = merged([case.staging for case in self._cases], self._blurred)
            self.case = Case(facts, values, staging, parameters, as_of, self._verdicts)

    def judge(self) -> Judgements:
        """Every option of the enabled packs, in the order the page gives."""
        first, second, last = self._compiled.rounds
        self._judge_round(first)
        self._fill_in("resection_candidacy", candidacy(self._decisions["hepatectomy"]))
        self._judge_round(second)
        strategy = decide_strategy(
            self.case.staging, self.case.values, self._verdicts, self._parameters
        )
        self._fill_in("strategy", strategy.branch)
        self._judge_round(last)
        return Judgements(
            self._compiled,
            self.case,
            strategy,
            tuple(self._outcomes),
            self._decisions,
            self._stale_of,
        )

    def _fill_in(self, output: str, value: str | None) -> None:
        for case in (self.case, *self._cases):
            setattr(case.staging, output, value)

    def _values(self, one: Round) -> Outcomes:
        limits = self._parameters.by_name
        found = [
            one.outcomes(case, case.values, case.staging, limits, self._verdicts)
            for case in self._cases
        ]
        single = len(found) == 1 and not self._blurred
        return found[0] if single else _agreed(found, one, self._blurred)

    def _judge_round(self, one: Round) -> None:
        values = self._values(one)
        self._outcomes.append(values)
        decisions = self._decisions
        decisions.update(zip(one.options, one.decisions(values), strict=True))
        if self._any_stale:
            for position, option in enumerate(one.options):
                old = stale_behind(one, position, self._stale)
                if old:
                    self._stale_of[option] = old
                    decisions[option] = warned(decisions[option])
        for option in one.read_later:
            self._verdicts[option] = decisions[option][0]
