"""What is missing of an option: the unknown facts behind its unknown requires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from nelm.case import Case
from nelm.catalog import CATALOG, STAND_INS, in_table_order
from nelm.judging import Judgements
from nelm.staging.reads import MISSING, READS, facts_behind

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
        self._behind: dict[str, Iterable[str]] = dict.fromkeys(
            _FOLLOW_FROM_HEPATECTOMY, hepatectomy
        )
        self._found: dict[frozenset[str], frozenset[str]] = {}

    def of(self, option: str) -> tuple[str, ...]:
        """What is missing for one option, in table order."""
        found = self._found
        missing: set[str] = set()
        place, _, plan = self._judgements.compiled.places[option]
        values = self._judgements.outcomes[place]
        read = self._judgements.compiled.rounds[place].names
        for require in plan.requires:
            if values[require] is None:
                names = read[require]
                if names not in found:
                    found[names] = self._missing(names)
                missing |= found[names]
        return _in_table_order(frozenset(missing))

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


@lru_cache(maxsize=4096)
def _in_table_order(names: frozenset[str]) -> tuple[str, ...]:
    return in_table_order(names)


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
    counts: dict[str, int] = {}
    for names in missing:
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    ordered = sorted([(-count, CATALOG[name].order, name) for name, count in counts.items()])
    return {name: -count for count, _, name in ordered}
