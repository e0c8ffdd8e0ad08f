"""Facts as plain JSON values, in the words of the contract; unknown values are null."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from nelm.catalog import CATALOG
from nelm.facts import Fact, FactSet, Therapy
from nelm.logic import Range

Json = dict[str, Any]


def plain(value: Any) -> Any:
    """A value as JSON holds it: dates as ISO text, sets as sorted lists, ranges as their ends."""
    match value:
        case date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case Range():
            ends = asdict(value).items()
            return {name: end for name, end in ends if end is not None and end is not False}
        case Therapy():
            found = {name: plain(one) for name, one in asdict(value).items()}
            return {name: one for name, one in found.items() if one is not None}
        case tuple():
            return [plain(one) for one in value]
        case _:
            return value


def fact_document(fact: Fact) -> Json:
    """One fact with where it came from, as the contract lists it."""
    return {
        "value": plain(fact.value),
        "unit": fact.unit or CATALOG[fact.name].unit,
        "effective": plain(fact.effective),
        "status": fact.status,
        "upper_limit": fact.upper_limit,
        "flags": list(fact.flags),
        "source": fact.source,
        "version": fact.version,
        "mapping": fact.mapping,
    }


def facts_document(facts: FactSet) -> Json:
    """Every known fact by name, in table order."""
    ordered = sorted(facts, key=lambda fact: CATALOG[fact.name].order)
    return {fact.name: fact_document(fact) for fact in ordered}


def series_document(facts: FactSet) -> Json:
    """The results over time by name, oldest first."""
    return {
        name: [fact_document(fact) for fact in found]
        for name, found in sorted(facts.series.items())
    }
