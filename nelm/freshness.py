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
    days = {kind: parameters[name] for kind, name in LIMIT_PARAMETER.items()}
    labs = [(limit, parameters[limit]) for limit in labs_limits]
    stale: dict[str, list[str]] = {limit: [] for limit, _ in labs}
    soonest = date.max.toordinal()
    for fact in facts:
        kind = _FRESHNESS.get(fact.name)
        if kind is None or fact.effective is None:
            continue
        since = fact.effective.toordinal()
        for limit, labs_days in labs:
            turns = since + int(labs_days if kind == "labs" else days[kind]) + 1
            if turns <= today:
                stale[limit].append(fact.name)
            elif turns < soonest:
                soonest = turns
    next_day = date.fromordinal(soonest)
    return Freshness(
        {limit: frozenset(names) for limit, names in stale.items()},
        None if next_day == date.max else next_day,
    )
