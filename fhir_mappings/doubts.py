"""What makes the value that counts doubtful: another result that says otherwise or cannot be read.

The value stays; the fact is flagged, so that whatever names or reads it can say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fhir_mappings.dates import day_of, instant_key
from fhir_mappings.fact_values import order_of, value_in_fact
from fhir_mappings.lesions import MAPPING as FROM_LESIONS
from fhir_mappings.statements import UNDATED, NotUnderstood, Statement
from nelm.catalog import CATALOG
from nelm.doubts import CONTRADICTED, NEWER_CREATININE, NEWER_UNREAD, UNDATED_DIFFERS, doubt
from nelm.facts import UNSTATED, Fact
from nelm.logic import Range
from nelm.spoken_values import value_text

# The source that counts instead is named; the value itself stands in that resource only.
TIED = "another result of the same time counts, updated last or with the later id: {}"
UNDATED_LOSES = "sent without a date; a dated result that says otherwise counts: {}"
_ONE_COUNTS = ("newest", "latest_study")
# A lesion is part of what gives this fact.
_DOUBTED = {"liver_lesion": "liver_lesion_count"}


def contradicted(
    groups: dict[str, list[Statement]], facts: dict[str, Fact]
) -> Iterator[NotUnderstood]:
    """What does not count because another result of the very same time says something else.

    Flags the fact unless a later lastUpdated settles it: that is a correction.
    """
    for name, found in groups.items():
        fact = facts.get(name)
        if fact is None or len(found) == 1 or CATALOG[name].rule not in _ONE_COUNTS:
            continue
        days = [one for one in found if day_of(one.effective) == fact.effective]
        if len(days) == 1:
            continue
        chosen = max(days, key=lambda one: (one.source == fact.source, order_of(one)))
        moment = instant_key(chosen.effective)
        for one in days:
            if (
                instant_key(one.effective) == moment
                and one.value != chosen.value
                and one.mapping != FROM_LESIONS
            ):
                yield NotUnderstood(one.source, None, name, TIED.format(chosen.source))
                if not _is_settled(one, chosen) and _differs(one, fact):
                    _flag(facts, name, doubt(CONTRADICTED, fact.effective, _words(one, name)))


def _is_settled(one: Statement, chosen: Statement) -> bool:
    """Whether it is known that one of them was written down after the other."""
    if not one.last_updated or not chosen.last_updated:
        return False
    return instant_key(one.last_updated) != instant_key(chosen.last_updated)


def undated_ones(undated: Sequence[Statement], facts: dict[str, Fact]) -> Iterator[NotUnderstood]:
    """What does not count for want of a date, where a dated result says otherwise."""
    for one in sorted(undated, key=order_of):
        name = _DOUBTED.get(one.fact, one.fact)
        fact = facts.get(name)
        if fact is None or (name == one.fact and not _differs(one, fact)):
            continue
        yield NotUnderstood(one.source, None, name, UNDATED_LOSES.format(fact.source))
        words = _words(one, name) if name == one.fact else ""
        _flag(facts, name, doubt(UNDATED_DIFFERS, day_of(one.effective), words))


def doubt_by_unread(
    unread: Iterable[Statement],
    misdated: Iterable[NotUnderstood],
    groups: Mapping[str, Sequence[Statement]],
    facts: dict[str, Fact],
) -> None:
    """Flags the facts of which a newer value was sent that could not be read.

    unread: of results whose value cannot be read. misdated: lines of those whose date cannot be;
    they may be newer.
    """
    found = [(one.value["fact"], one.value["reason"], one) for one in sorted(unread, key=order_of)]
    for name, reason, one in found:
        if name in facts and _is_newer(one, groups.get(name, ())):
            day = None if UNDATED in one.flags else day_of(one.effective)
            _flag(facts, name, doubt(NEWER_UNREAD, day, reason))
    for line in misdated:
        if line.fact in facts:
            _flag(facts, line.fact, doubt(NEWER_UNREAD, day_of(line.effective), line.reason))


def doubt_by_creatinine(facts: dict[str, Fact]) -> None:
    """Flags an eGFR that is older than the creatinine on file: it was not made from it."""
    rate, creatinine = facts.get("egfr_ml_min_1_73m2"), facts.get("creatinine_mg_dl")
    if rate is None or creatinine is None or not rate.effective or not creatinine.effective:
        return
    undated = UNDATED in rate.flags or UNDATED in creatinine.flags
    if creatinine.effective > rate.effective and not undated:
        words = value_text(creatinine.name, creatinine.value)
        flag = doubt(NEWER_CREATININE, creatinine.effective, words)
        _flag(facts, rate.name, flag)


def _is_newer(unread: Statement, read: Sequence[Statement]) -> bool:
    """Whether it may have come after every result that was read, or came at the same time."""
    if unread.effective is None:
        return True
    moment = instant_key(unread.effective)
    return all(instant_key(one.effective) <= moment for one in read)


def _flag(facts: dict[str, Fact], name: str, flag: str) -> None:
    """Adds the doubt; of one kind the last one stands."""
    fact, kind = facts[name], flag.partition(":")[0]
    others = (one for one in fact.flags if one.partition(":")[0] != kind)
    facts[name] = fact._replace(flags=(*others, flag))


def _words(one: Statement, name: str) -> str:
    """What a result says, as people say it."""
    return value_text(name, value_in_fact(name, one.value))


def _differs(one: Statement, fact: Fact) -> bool:
    """Whether both cannot be true, or would be written differently on the ward."""
    value = value_in_fact(fact.name, one.value)
    if _may_be(fact.name, value, fact.value) or _may_be(fact.name, fact.value, value):
        return False
    return value_text(fact.name, value) != value_text(fact.name, fact.value)


def _may_be(name: str, vague: Any, exact: Any) -> bool:
    """Whether the first leaves open what the second says."""
    if isinstance(vague, Range) and isinstance(exact, int | float):
        return _holds(vague, exact)
    return isinstance(vague, str) and exact in UNSTATED.get(name, {}).get(vague, ())


def _holds(found: Range, value: float) -> bool:
    low, high = found.min, found.max
    above = low is None or value > low or (value == low and not found.min_open)
    return above and (high is None or value < high or (value == high and not found.max_open))
