"""The order of judging: staging, the resection options, candidacy, the others, the strategy.

Works on the compiled criteria. Facts given as a range are judged in each possible world and the
outcomes that agree are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from nelm.case import Case
from nelm.catalog import CATALOG, STAND_INS
from nelm.compilation import Compiled, Round, compiled_round, limits_compared
from nelm.criteria import Option, Plan, Verdict
from nelm.evidence.parameters import Parameters
from nelm.facts import FactSet
from nelm.logic import Kleene
from nelm.options.registry import options_for
from nelm.staging.reads import MISSING, READS, facts_behind
from nelm.staging.summary import merged, stage
from nelm.strategy import Strategy, decide_strategy
from nelm.worlds import completed, worlds

ROUNDS = ("first", "second", "last")


class Judged(NamedTuple):
    """One option as it was judged, before it has a rank.

    `unknown` are the positions of its requires that are unknown.
    """

    plan: Plan
    verdict: Verdict
    strong: bool
    values: tuple[Kleene, ...]
    names: tuple[frozenset[str], ...]
    unknown: frozenset[int]
    stale: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgements:
    """All options judged, with the staging and strategy that stand behind them."""

    case: Case
    strategy: Strategy
    options: dict[str, Judged]


def _compile(options: tuple[Option, ...], packs: Mapping[str, bool]) -> Compiled:
    first, second, last = (
        compiled_round((one for one in options if one.judged_in == name), packs) for name in ROUNDS
    )
    rounds = (first, second, last)
    return Compiled(rounds, limits_compared(rounds))


_COMPILED: dict[tuple[Any, ...], Compiled] = {}


def compiled(parameters: Parameters) -> Compiled:
    """The options under these parameters, compiled once for each choice of packs and rule set."""
    key = (parameters["lt_rule_set"], *sorted(parameters["packs"].items()))
    if key not in _COMPILED:
        _COMPILED[key] = _compile(options_for(parameters), parameters["packs"])
    return _COMPILED[key]


def _candidacy(verdict: str, strong: bool) -> str | None:
    """What the verdict on hepatectomy makes of the patient (operational)."""
    match verdict:
        case "eligible":
            return "candidate"
        case "conditional":
            return "possible" if strong else "candidate"
        case "insufficient_data":
            return None
        case _:
            return "not_candidate"


def _agreed(
    found: Sequence[tuple[Kleene, ...]], one: Round, blurred: frozenset[str]
) -> tuple[Kleene, ...]:
    """Per position what all worlds say; unknown where they differ or a blurred fact is read."""
    values = [column[0] if len(set(column)) == 1 else None for column in zip(*found, strict=True)]
    for position, names in enumerate(one.names if blurred else ()):
        if any(not facts_behind(name).isdisjoint(blurred) for name in names):
            values[position] = None
    return tuple(values)


class Judging:
    """One patient on the way through the rounds."""

    def __init__(
        self,
        facts: FactSet,
        parameters: Parameters,
        as_of: date,
        stale: Mapping[str, frozenset[str]],
    ) -> None:
        self._parameters = parameters
        self._stale = stale
        ready = compiled(parameters)
        self._rounds = ready.rounds
        self._verdicts: dict[str, str] = {}
        self._options: dict[str, Judged] = {}
        self._blurred: frozenset[str] = frozenset()
        values = completed(facts.values)
        plain = [values]
        if facts.uncertain:
            plain, self._blurred = worlds(facts, ready.cuts(parameters))
        self._cases = [
            Case(facts, one, stage(facts, one, parameters), parameters, as_of, self._verdicts)
            for one in plain
        ]
        self.case = self._cases[0]
        if facts.uncertain:
            staging = merged([case.staging for case in self._cases], self._blurred)
            self.case = Case(facts, values, staging, parameters, as_of, self._verdicts)

    def judge(self) -> Judgements:
        """Every option of the enabled packs, in the order the page gives."""
        first, second, last = self._rounds
        self._judge_round(first)
        hepatectomy = self._options["hepatectomy"]
        self._fill_in("resection_candidacy", _candidacy(hepatectomy.verdict, hepatectomy.strong))
        self._judge_round(second)
        strategy = decide_strategy(
            self.case.staging, self.case.values, self._verdicts, self._parameters
        )
        self._fill_in("strategy", strategy.branch)
        self._judge_round(last)
        return Judgements(self.case, strategy, self._options)

    def _fill_in(self, output: str, value: str | None) -> None:
        for case in (self.case, *self._cases):
            setattr(case.staging, output, value)

    def _outcomes(self, one: Round) -> tuple[Kleene, ...]:
        found = [
            one.outcomes(case, case.values, case.staging, self._parameters, self._verdicts)
            for case in self._cases
        ]
        single = len(found) == 1 and not self._blurred
        return found[0] if single else _agreed(found, one, self._blurred)

    def _judge_round(self, one: Round) -> None:
        values = self._outcomes(one)
        unknown = frozenset([place for place, value in enumerate(values) if value is None])
        for plan, (verdict, strong), facts in zip(
            one.plans, one.verdicts(values), one.judging_facts, strict=True
        ):
            stale = self._stale[plan.option.labs_limit]
            old = tuple(sorted(stale & facts, key=_table_order)) if stale else ()
            if old and verdict == "eligible":
                verdict = "conditional"
            self._verdicts[plan.option.id] = verdict
            self._options[plan.option.id] = Judged(
                plan, verdict, strong, values, one.names, plan.requires & unknown, old
            )


_TABLE_ORDER = {name: kind.order for name, kind in CATALOG.items()}
_table_order = _TABLE_ORDER.__getitem__


# What is missing: the unknown facts behind unknown requires.

_GROUP_OF = {name: group for group in STAND_INS for name in group}
Groups = tuple[tuple[str, ...], ...]


@cache
def _groups_behind(name: str) -> Groups:
    """The facts behind one name that a predicate reads; those that stand in for one another."""
    output = name.removeprefix("staging.")
    if output == name:
        return tuple(_GROUP_OF.get(one, (one,)) for one in facts_behind(name))
    named = MISSING.get(output)
    return named or tuple(_GROUP_OF.get(fact, (fact,)) for fact in sorted(READS[output]))


def _of_groups(groups: Groups, values: Mapping[str, Any]) -> list[str]:
    """The first of each group in which nothing is known."""
    return [group[0] for group in groups if values.keys().isdisjoint(group)]


def _remnant_missing(values: Mapping[str, Any]) -> list[str]:
    """Both are needed; the first that is unknown is named."""
    needed = ("future_liver_remnant_percent", "remnant_contiguous_segments")
    return [name for name in needed if values.get(name) is None][:1]


def _missing_behind(name: str, case: Case) -> list[str]:
    """The missing facts behind one name that a predicate reads."""
    output = name.removeprefix("staging.")
    if output != name:
        value = getattr(case.staging, output)
        if value is not None and value != "G3_or_NEC":
            return []
        if output in ("remnant", "remnant_adequate"):
            return _remnant_missing(case.values)
    return _of_groups(_groups_behind(name), case.values)


# Values that leave open what they stand for: margin, site or amount not stated.
_IMPRECISE = frozenset({"resected", "unknown", "present_unquantified"})


def _imprecise_behind(name: str, case: Case) -> list[str]:
    """Facts that are known, but not precisely enough: named where nothing else is missing."""
    if name == "staging.sstr_status":  # below the liver, but not by PET
        return ["krenning_score"] if case.staging.sstr_status is None else []
    amount = case.staging.extrahepatic_class
    if name == "staging.extrahepatic_class" and amount == "present_unquantified":
        return ["extrahepatic_disease"]  # seen at some site, or said to be there: how much?
    facts = sorted(facts_behind(name), key=_table_order)
    return [
        fact
        for fact in facts
        if fact in case.facts.uncertain or case.facts.values.get(fact) in _IMPRECISE
    ]


_FOLLOW_FROM_HEPATECTOMY = frozenset({"staging.resection_candidacy", "verdict.hepatectomy"})


class _Lacking:
    """What is missing behind the names that predicates read, looked up once per patient."""

    def __init__(self, case: Case, hepatectomy: Iterable[str]) -> None:
        self._case = case
        self._behind: dict[str, Iterable[str]] = dict.fromkeys(
            _FOLLOW_FROM_HEPATECTOMY, hepatectomy
        )
        self._found: dict[frozenset[str], frozenset[str]] = {}

    def of(self, judged: Judged) -> set[str]:
        """What is missing for one option."""
        found = self._found
        missing: set[str] = set()
        for position in judged.unknown:
            names = judged.names[position]
            if names not in found:
                found[names] = self._missing(names)
            missing |= found[names]
        return missing

    def _missing(self, names: frozenset[str]) -> frozenset[str]:
        behind = self._behind
        missing: set[str] = set()
        for name in names:
            if name not in behind:
                behind[name] = _missing_behind(name, self._case)
            missing.update(behind[name])
        if not missing:
            missing.update(*(_imprecise_behind(name, self._case) for name in names))
        return frozenset(missing)


def missing_facts(judgements: Judgements) -> dict[str, tuple[str, ...]]:
    """Per option the unknown facts that its unknown requires read, in table order.

    Of facts that can stand in for one another only the first is named. Where an option waits for
    the verdict on hepatectomy, what that one lacks is missing here too. Where all is known but not
    precisely enough (a range, a margin not stated), the imprecise fact is named.
    """
    case, options = judgements.case, judgements.options
    surgery = options["hepatectomy"]
    open_ = surgery.verdict == "insufficient_data"
    lacking = _Lacking(case, _Lacking(case, ()).of(surgery) if open_ else ())
    return {
        name: tuple(sorted(lacking.of(one), key=_table_order)) if one.unknown else ()
        for name, one in options.items()
    }
