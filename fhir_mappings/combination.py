"""The statements of one patient to facts: one pure function for `stage`, workers and hooks.

The rule of each fact is the catalog's; ties are settled by lastUpdated, then by source.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from msgspec import structs

from fhir_mappings.dates import day_of, instant_key, is_after
from fhir_mappings.derived_facts import Derivation, counted_responses, derive
from fhir_mappings.doubts import contradicted, doubt_by_creatinine, doubt_by_unread, undated_ones
from fhir_mappings.fact_values import fact_of, order_of
from fhir_mappings.lesion_response import response_of_lesions
from fhir_mappings.lesions import MAPPING as FROM_LESIONS
from fhir_mappings.lesions import extent_of_lesions
from fhir_mappings.mapping_rules import MappingSet
from fhir_mappings.mapping_set import load_mapping_set
from fhir_mappings.statements import (
    CANDIDATE_CONDITION,
    CANDIDATE_WORDS,
    UNDATED,
    UNREAD_RESULT,
    NotUnderstood,
    Statement,
)
from nelm.catalog import CATALOG
from nelm.errors import Refused
from nelm.evidence.parameters import DEFAULTS, Parameters
from nelm.facts import Fact, FactSet, checked_value

FUTURE = "dated in the future"
NOT_A_DATE = "its date is not a date"
IMPOSSIBLE = "not a possible value of the fact"
DIFFERING = "two reports of this day differ"

SERIES = frozenset(
    {name for name, kind in CATALOG.items() if kind.group == "labs"} | {"recist_status"}
)
# Of these one statement is the fact: what was sent without a date waits for a dated one.
_ONE_COUNTS = frozenset(
    {name for name, kind in CATALOG.items() if kind.rule in ("newest", "latest_study", "derived")}
    | {"liver_lesion"}
)
# Of these the last one of the series is the fact itself.
_NEWEST_OF_SERIES = SERIES - {"recist_status"}


@dataclass(frozen=True, slots=True)
class Combination:
    """The facts; what did not count on that day; what is only suggested, never counted."""

    facts: FactSet
    not_understood: tuple[NotUnderstood, ...]
    candidates: tuple[Statement, ...]


def combine(
    statements: Iterable[Statement],
    as_of: date,
    mapping_set: MappingSet | None = None,
    parameters: Parameters | None = None,
    *,
    with_series: bool = True,
) -> FactSet:
    """The facts of one patient on a day, from the statements that count on it.

    Unknown facts are absent. The mapping set says which drugs make a regimen, the parameters how
    near metastases are synchronous; both are the shipped ones by default. Without
    `with_series` the series of laboratory values are left out, which no verdict reads.
    """
    combined = combine_with_reasons(
        statements, as_of, mapping_set, parameters, with_series=with_series
    )
    return combined.facts


def combine_with_reasons(
    statements: Iterable[Statement],
    as_of: date,
    mapping_set: MappingSet | None = None,
    parameters: Parameters | None = None,
    *,
    with_series: bool = True,
) -> Combination:
    """As `combine`, with what did not count and the candidates."""
    refused: list[NotUnderstood] = []
    groups, undated = _grouped(statements, as_of, refused)
    misdated, unread = tuple(refused), groups.pop(UNREAD_RESULT, ())
    undated = _without_a_dated_one(undated, groups) if undated else undated
    lesions = groups.pop("liver_lesion", ())
    extent = extent_of_lesions(lesions)
    for derived in extent:
        groups.setdefault(derived.fact, []).append(derived)
    suspected = groups.pop(CANDIDATE_CONDITION, ())
    compared = response_of_lesions(lesions, groups.get("recist_status", ())) if lesions else ()
    candidates = (*suspected, *_newest_words(groups.pop(CANDIDATE_WORDS, ())), *compared)
    facts, series = _combined(groups, with_series)
    refused += contradicted(groups, facts)
    if unread or misdated:
        doubt_by_unread(unread, misdated, groups, facts)
    doubt_by_creatinine(facts)
    if undated:
        refused += undated_ones(undated, facts)
    months = int((parameters or DEFAULTS)["synchronous_months"])
    derive(Derivation(facts, groups, as_of, mapping_set or load_mapping_set(), months, refused))
    return Combination(_fact_set(facts, series, refused), tuple(refused), candidates)


def _newest_words(words: Sequence[Statement]) -> list[Statement]:
    """What reports say in words: of each fact the newest report that says something of it.

    Others of its day that say something else stand beside it. Of facts that hold all that was
    ever stated, each value once, as last said.
    """
    kept: dict[tuple[str, str], list[Statement]] = {}
    for one in sorted(words, key=order_of, reverse=True):
        fact = one.value["fact"]
        every = CATALOG[fact].rule in ("union", "therapy_line")
        held = kept.setdefault((fact, repr(one.value["value"]) if every else ""), [])
        if not held or (not every and _stands_beside(one, held)):
            held.append(one)
    found = [one for ones in kept.values() for one in _marked(ones)]
    return sorted(
        found, key=lambda one: (CATALOG[one.value["fact"]].order, one.source, one.ordinal)
    )


def _stands_beside(one: Statement, held: Sequence[Statement]) -> bool:
    """Of the newest report itself, or of another one that says something else and is of that day
    or of an unknown one."""
    if held[0].source == one.source:
        return True
    same_day = day_of(held[0].effective) == day_of(one.effective)
    return (same_day or not one.effective) and all(
        one.value["value"] != other.value["value"] for other in held
    )


def _marked(held: Sequence[Statement]) -> Sequence[Statement]:
    """With a note where several reports of one day differ: none of them is the newest."""
    day = day_of(held[0].effective)
    if len({one.source for one in held if day_of(one.effective) == day}) == 1:
        return held
    return [
        structs.replace(one, value={**one.value, "note": DIFFERING})
        if day_of(one.effective) == day
        else one
        for one in held
    ]


def _combined(
    groups: dict[str, list[Statement]], with_series: bool
) -> tuple[dict[str, Fact], dict[str, tuple[Fact, ...]]]:
    """The facts of the catalog that are stated, and their series."""
    facts: dict[str, Fact] = {}
    series: dict[str, tuple[Fact, ...]] = {}
    for name in [name for name in groups if name in CATALOG]:
        found = groups[name]
        if name in SERIES and (with_series or name == "recist_status"):
            series[name] = _series(found)
            if name in _NEWEST_OF_SERIES:
                facts[name] = series[name][-1]
                continue
        facts[name] = _fact(name, found)
    return facts, series


def _grouped(
    statements: Iterable[Statement], as_of: date, refused: list[NotUnderstood]
) -> tuple[dict[str, list[Statement]], list[Statement]]:
    """Statements by fact, without those whose date is none or lies ahead.

    Beside them those without a date of facts that one statement decides.
    """
    groups: dict[str, list[Statement]] = defaultdict(list)
    undated: list[Statement] = []
    today = as_of.isoformat()
    for one in statements:
        effective = one.effective
        if effective is not None:
            # Days repeat from result to result, moments do not: it is the days that are kept.
            if day_of(effective[:10]) is None:
                refused.append(_misdated(one, NOT_A_DATE))
                continue
            if effective[:10] > today and is_after(effective, today):
                refused.append(_misdated(one, FUTURE))
                continue
        flags = one.flags
        if (effective is None or (flags and UNDATED in flags)) and one.fact in _ONE_COUNTS:
            undated.append(one)
        else:
            groups[one.fact].append(one)
    return dict(groups), undated


def _misdated(one: Statement, reason: str) -> NotUnderstood:
    """The line of a statement whose date cannot be; it may hide something newer."""
    name = one.value["fact"] if one.fact == UNREAD_RESULT else one.fact
    fact = name if name in CATALOG else None
    return NotUnderstood(one.source, None, name, reason, None, fact, one.effective)


def _without_a_dated_one(
    undated: Sequence[Statement], groups: dict[str, list[Statement]]
) -> list[Statement]:
    """Adds those of which nothing dated is known; what a dated one outranks is given back."""
    outranked = [one for one in undated if one.fact in groups]
    waiting = [one for one in undated if one.fact not in groups]
    for one in waiting:
        groups.setdefault(one.fact, []).append(one)
    return outranked


def _fact(name: str, statements: Sequence[Statement]) -> Fact:
    """The fact that these statements make under its rule."""
    kind = CATALOG[name]
    if kind.kind == "set":
        return _union(name, statements)
    if len(statements) == 1:
        return fact_of(statements[0])
    if kind.rule == "latest_study":
        return fact_of(max(statements, key=_study_order))
    if name == "recist_status":
        statements = counted_responses(statements)
    elif kind.rule == "union" and kind.kind == "boolean":
        statements = _true_ones(statements) or statements
    return fact_of(_newest(statements))


def _newest(statements: Sequence[Statement]) -> Statement:
    """The last by `_order`, of which the date alone settles nearly all."""
    moments = [instant_key(one.effective) for one in statements]
    last = max(moments)
    if moments.count(last) == 1:
        return statements[moments.index(last)]
    tied = [one for one, moment in zip(statements, moments, strict=True) if moment == last]
    return max(tied, key=order_of)


def _true_ones(statements: Sequence[Statement]) -> list[Statement]:
    return [one for one in statements if one.value is True]


def _study_order(one: Statement) -> tuple[str, bool, tuple[str, str, str, int]]:
    """By day of the study; what the study states itself wins over what its lesions add up to."""
    day = day_of(one.effective)
    return (day.isoformat() if day else "", one.mapping != FROM_LESIONS, order_of(one))


def _union(name: str, statements: Sequence[Statement]) -> Fact:
    newest = _newest(statements)
    members: set[str] = set()
    for one in statements:
        members.update(one.value if isinstance(one.value, list) else (one.value,))
    flags = tuple(sorted({flag for one in statements for flag in one.flags}))
    return Fact(
        name, frozenset(members), None, day_of(newest.effective), newest.status, newest.source,
        newest.version, newest.mapping, flags,
    )  # fmt: skip


def _series(statements: Sequence[Statement]) -> tuple[Fact, ...]:
    """Oldest first; the same value at the same time under two ids once."""
    if len(statements) == 1:
        return (fact_of(statements[0]),)
    kept: list[Statement] = []
    for one in sorted(statements, key=order_of):
        if kept and kept[-1].effective == one.effective and kept[-1].value == one.value:
            kept[-1] = one
        else:
            kept.append(one)
    return tuple(map(fact_of, kept))


def _fact_set(
    facts: dict[str, Fact], series: dict[str, tuple[Fact, ...]], refused: list[NotUnderstood]
) -> FactSet:
    """The set; a value that the catalog no longer allows is listed, the others count."""
    try:
        return FactSet(facts.values(), series)
    except Refused:
        possible = [fact for fact in facts.values() if _is_possible(fact, refused)]
        return FactSet(possible, series)


def _is_possible(fact: Fact, refused: list[NotUnderstood]) -> bool:
    try:
        checked_value(fact.name, fact.value)
    except Refused:
        refused.append(NotUnderstood(fact.source or "", None, fact.name, IMPOSSIBLE))
        return False
    return True
