"""Which facts are older than their limit on a day, and when the next one will be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from nelm.catalog import CATALOG
from nelm.facts import FactSet

LIMIT_PARAMETER = {
    "labs": "fresh_labs_days",
    "imaging": "fresh_imaging_days",
    "receptor": "fresh_receptor_days",
    "ecog": "fresh_ecog_days",
}
_FRESHNESS = {kind.name: kind.freshness for kind in CATALOG.values() if kind.freshness}


class Freshness(NamedTuple):
    """Stale facts by the parameter that limits laboratory values; the next day one turns stale."""

    stale: dict[str, frozenset[str]]
    next_day: date | None


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
    return Freshness({limit: frozenset(names) for limit, names in stale.items()}, _day(soonest))


_NEVER = date.max.toordinal()


def _days(parameters: Mapping[str, Any], labs_limit: str) -> dict[str, int]:
    """Per kind the days after which a fact is stale: that many and one more."""
    found = {kind: int(parameters[name]) + 1 for kind, name in LIMIT_PARAMETER.items()}
    found["labs"] = int(parameters[labs_limit]) + 1
    return found


def _day(ordinal: int) -> date | None:
    return None if ordinal == _NEVER else date.fromordinal(ordinal)
