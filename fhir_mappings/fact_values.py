"""One statement as a fact of `nelm`, and its place in the order of those of one fact."""

from __future__ import annotations

from typing import Any

from fhir_mappings.dates import day_of, instant_key
from fhir_mappings.statements import Statement
from nelm.catalog import CATALOG
from nelm.facts import Fact
from nelm.logic import Range


def order_of(one: Statement) -> tuple[str, str, str, int]:
    """Oldest first; ties by lastUpdated, then source."""
    updated = instant_key(one.last_updated) if one.last_updated else ""
    return (instant_key(one.effective), updated, one.source, one.ordinal)


def fact_of(one: Statement) -> Fact:
    """One statement as a fact."""
    value = one.value
    if value.__class__ is not float:
        value = value_in_fact(one.fact, value)
    # By the tuple itself: the named way takes twice as long, and a record has dozens of them.
    told = (
        one.fact, value, one.unit, day_of(one.effective), one.status,
        one.source, one.version, one.mapping, one.flags, one.upper_limit,
    )  # fmt: skip
    return tuple.__new__(Fact, told)


def value_in_fact(fact: str, value: Any) -> Any:
    """A stored value as the catalog holds it: ranges and dates as such."""
    if value.__class__ is dict:
        return Range(
            value.get("min"),
            value.get("max"),
            bool(value.get("min_open")),
            bool(value.get("max_open")),
        )
    if CATALOG[fact].kind == "date" and isinstance(value, str):
        return day_of(value)
    return value
