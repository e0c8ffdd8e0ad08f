"""Which facts are older than their limit on a day, and when the next one will be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from nelm.catalog import CATALOG
from nelm.facts import Fact, FactSet

LIMIT_PARAMETER = {
    "labs": "fresh_labs_days",
    "imaging": "fresh_imaging_days",
    "receptor": "fresh_receptor_days",
    "ecog": "fresh_ecog_days",
}
_FRESHNESS = {kind.name: kind.freshness for kind in CATALOG.values() if kind.freshness}


class Freshness(NamedTuple):
    """Stale facts by the parameter that limits laboratory values; the next day one turns stale.

    `limits` are the days after which a fact of each kind is stale, by the same parameter.
    """

    stale: dict[str, frozenset[str]]
    next_day: date | None
    limits: dict[str, dict[str, int]]


def freshness(
    facts: FactSet, parameters: Mapping[str, Any], as_of: date, labs_limits: Iterable[str]
) -> Freshness:
    """What is older than its limit on that day; undated facts and pathology never are.

    `labs_limits` names the parameters that limit laboratory values (PRRT has its own).

    Source: operational.
    """
    today = as_of.toordinal()
    limits = {limit: _days(parameters, limit) for limit in labs_limits}
    stale: dict[str, list[str]] = {limit: [] for limit in limits}
    soonest = _NEVER
    for fact in facts:
        effective = fact.effective
        kind = _FRESHNESS.get(fact.name) if effective else None
        if effective is None or kind is None:
            continue
        since = effective.toordinal()
        for limit, days in limits.items():
            turns = since + days[kind]
            if turns <= today:
                stale[limit].append(fact.name)
            elif turns < soonest:
                soonest = turns
    found = {limit: frozenset(names) for limit, names in stale.items()}
    return Freshness(found, _day(soonest), limits)


def freshness_again(
    before: Freshness, was: Fact | None, now: Fact | None, as_of: date
) -> Freshness | None:
    """The freshness after one fact changed; None where all have to be looked at again.

    That is so where the fact as it was may have been the next to turn stale.

    Source: operational.
    """
    fact = was or now
    kind = None if fact is None else _FRESHNESS.get(fact.name)
    if fact is None or kind is None:
        return before
    stale, next_day = before.stale, before.next_day
    for limit, days in before.limits.items():
        if next_day is not None and _turns(was, days[kind]) == next_day:
            return None
        turns = _turns(now, days[kind])
        is_stale = turns is not None and turns <= as_of
        if is_stale is not (fact.name in stale[limit]):
            stale = {**stale, limit: stale[limit] ^ {fact.name}}
        next_day = _sooner(next_day, None if is_stale else turns)
    if stale is before.stale and next_day == before.next_day:
        return before
    return Freshness(stale, next_day, before.limits)


def _sooner(one: date | None, other: date | None) -> date | None:
    """The earlier of two days; None is no day at all."""
    return min((day for day in (one, other) if day is not None), default=None)


def _turns(fact: Fact | None, days: int) -> date | None:
    """The day on which the fact is stale for the first time; None if it never is."""
    if fact is None or fact.effective is None:
        return None
    return fact.effective + timedelta(days)


_NEVER = date.max.toordinal()


def _days(parameters: Mapping[str, Any], labs_limit: str) -> dict[str, int]:
    """Per kind the days after which a fact is stale: that many and one more."""
    found = {kind: int(parameters[name]) + 1 for kind, name in LIMIT_PARAMETER.items()}
    found["labs"] = int(parameters[labs_limit]) + 1
    return found


def _day(ordinal: int) -> date | None:
    return None if ordinal == _NEVER else date.fromordinal(ordinal)
