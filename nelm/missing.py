"""What is missing of an option: the unknown facts behind its unknown requires."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from itertools import chain
from typing import Any, NamedTuple

from nelm.case import Case
from nelm.catalog import CATALOG, STAND_INS, in_table_order
from nelm.judging import Judgements
from nelm.staging.reads import MISSING, READS, facts_behind

_GROUP_OF = {name: group for group in STAND_INS for name in group}
Groups = tuple[tuple[str, ...], ...]

# A set of facts as one number, in which each has the bit of its place in the table.
_BIT = {name: 1 << kind.order for name, kind in CATALOG.items()}


def _bits(names: Iterable[str]) -> int:
    found = 0
    for name in names:
        found |= _BIT[name]
    return found


@lru_cache(maxsize=4096)
def _in_table_order(facts: int) -> tuple[str, ...]:
    return in_table_order(name for name, bit in _BIT.items() if facts & bit)


@cache
def _groups_behind(name: str) -> Groups:
    """The facts behind one name that a predicate reads; those that stand in for one another."""
    output = name.removeprefix("staging.")
    if output == name:
        return tuple(_GROUP_OF.get(one, (one,)) for one in facts_behind(name))
    named = MISSING.get(output)
    return named or tuple(_GROUP_OF.get(fact, (fact,)) for fact in sorted(READS[output]))


class _Behind(NamedTuple):
    """One name that a predicate reads: the staging output it is, None for a fact; its groups.

    A group is its facts, and the first of them, which is named where none is known.
    """

    output: str | None
    groups: tuple[tuple[int, int], ...]


@cache
def _behind(name: str) -> _Behind:
    output = name.removeprefix("staging.")
    groups = tuple((_bits(group), _BIT[group[0]]) for group in _groups_behind(name))
    return _Behind(None if output == name else output, groups)


_REMNANT = ("future_liver_remnant_percent", "remnant_contiguous_segments")


def _remnant_missing(values: Mapping[str, Any]) -> int:
    """Both are needed; the first that is unknown is named."""
    for name in _REMNANT:
        if values.get(name) is None:
            return _BIT[name]
    return 0


# Values that leave open what they stand for: margin, site or amount not stated.
_IMPRECISE = frozenset({"resected", "unknown", "present_unquantified"})


def _imprecise_behind(name: str, case: Case) -> list[str]:
    """Facts that are known, but not precisely enough: named where nothing else is missing."""
    if name == "staging.sstr_status":  # below the liver, but not by PET
        return ["krenning_score"] if case.staging.sstr_status is None else []
    amount = case.staging.extrahepatic_class
    if name == "staging.extrahepatic_class" and amount == "present_unquantified":
        return ["extrahepatic_disease"]  # seen at some site, or said to be there: how much?
    return [
        fact
        for fact in in_table_order(facts_behind(name))
        if fact in case.facts.uncertain or case.facts.values.get(fact) in _IMPRECISE
    ]


_FOLLOW_FROM_HEPATECTOMY = frozenset({"staging.resection_candidacy", "verdict.hepatectomy"})


class _Lacking:
    """What is missing behind the names that predicates read, looked up once per patient."""

    def __init__(self, judgements: Judgements, hepatectomy: Iterable[str]) -> None:
        self._judgements = judgements
        self._case = judgements.case
        self._known = _bits(judgements.case.values)
        self._behind = dict.fromkeys(_FOLLOW_FROM_HEPATECTOMY, _bits(hepatectomy))
        self._found: dict[frozenset[str], int] = {}

    def of(self, option: str) -> tuple[str, ...]:
        """What is missing for one option, in table order."""
        found = self._found
        missing = 0
        place, _, plan = self._judgements.compiled.places[option]
        values = self._judgements.outcomes[place]
        read = self._judgements.compiled.rounds[place].names
        for require in plan.requires:
            if values[require] is None:
                names = read[require]
                facts = found.get(names)
                if facts is None:
                    facts = found[names] = self._missing(names)
                missing |= facts
        return _in_table_order(missing)

    def _missing(self, names: frozenset[str]) -> int:
        behind = self._behind
        missing = 0
        for name in names:
            facts = behind.get(name)
            if facts is None:
                facts = behind[name] = self._missing_behind(name)
            missing |= facts
        if not missing:
            for name in names:
                missing |= _bits(_imprecise_behind(name, self._case))
        return missing

    def _missing_behind(self, name: str) -> int:
        """The missing facts behind one name that a predicate reads."""
        output, groups = _behind(name)
        if output is not None:
            value = getattr(self._case.staging, output)
            if value is not None and value != "G3_or_NEC":
                return 0
            if output in ("remnant", "remnant_adequate"):
                return _remnant_missing(self._case.values)
        known, missing = self._known, 0
        for group, first in groups:
            if not group & known:
                missing |= first
        return missing


def missing_facts(judgements: Judgements) -> dict[str, tuple[str, ...]]:
    """Per option the unknown facts that its unknown requires read, in table order.

    Of facts that can stand in for one another only the first is named. Where an option waits for
    the verdict on hepatectomy, what that one lacks is missing here too. Where all is known but not
    precisely enough (a range, a margin not stated), the imprecise fact is named. Options without
    an unknown require are left out.
    """
    return missing_again(judgements, {}, judgements.decisions)


def missing_again(
    judgements: Judgements, before: Mapping[str, tuple[str, ...]], options: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """As `missing_facts`, taken over from before but for these options.

    Those that wait for hepatectomy must be among them where what that one lacks has changed.
    """
    decisions = judgements.decisions
    found = dict(before)
    if decisions["hepatectomy"][0] == "insufficient_data":
        surgery = found.get("hepatectomy", ())
        if "hepatectomy" in options:
            surgery = _Lacking(judgements, ()).of("hepatectomy")
    else:
        surgery = ()
    lacking = _Lacking(judgements, surgery)
    for option in options:
        if decisions[option][2]:
            found[option] = lacking.of(option)
        else:
            found.pop(option, None)
    return found


def wanted_behind(name: str) -> frozenset[str]:
    """Everything on which it depends what is missing behind a name: itself, and facts."""
    output = name.removeprefix("staging.")
    if output != name and output not in READS:  # follows from verdicts
        return frozenset({name})
    in_groups = (fact for group in _groups_behind(name) for fact in group)
    return frozenset({name, *facts_behind(name), *in_groups})


def missing_in_order(missing: Iterable[tuple[str, ...]]) -> dict[str, int]:
    """Missing facts with the number of options that lack them, most often missing first."""
    counts = Counter(chain.from_iterable(missing))
    ordered = sorted([(-count, CATALOG[name].order, name) for name, count in counts.items()])
    return {name: -count for count, _, name in ordered}
