"""The same lesions in two studies, compared as RECIST 1.1 compares target lesions.

Only ever a candidate: lesions elsewhere, new ones and those without a size are not in it.
Source: Eisenhauer 2009 (RECIST 1.1, Eur J Cancer 45:228), sections 3.1.2, 4.1 and 4.3.1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fhir_mappings.dates import day_of, instant_key
from fhir_mappings.statements import CANDIDATE_WORDS, Statement

MAPPING = "derived.lesion_response"
# At least 10 mm on CT, at most two of one organ; grown by 20 % and 5 mm over the smallest sum,
# shrunk by 30 % from the first.
MEASURABLE_MM = 10
TARGETS_PER_ORGAN = 2
GROWN, GROWN_MM, SHRUNK = 1.2, 5, 0.7


def response_of_lesions(
    lesions: Sequence[Statement], stated: Sequence[Statement]
) -> tuple[Statement, ...]:
    """What the newest study's diameters say against earlier ones, as one candidate, or nothing.

    lesions: those of all studies. Lesions are the same by their BodyStructure, never by size or
    place. stated: responses somebody stated; one of the newest study's day or later says more.
    """
    studies = _studies(lesions)
    if len(studies) < 2:
        return ()
    days = sorted(studies)
    first, latest = days[0], days[-1]
    if any((day_of(one.effective) or date.max) >= latest for one in stated):
        return ()
    targets = _targets(studies[first], studies[latest])
    sums = {
        day: sum(studies[day][target].value["size_mm"] for target in targets)
        for day in days
        if targets and targets <= studies[day].keys()
    }
    if len(sums) < 2:
        return ()
    value = _response(sums, first, latest)
    source = max(studies[latest].values(), key=lambda one: instant_key(one.last_updated))
    return (_candidate(value, sums, latest, len(targets), source),)


def _studies(lesions: Sequence[Statement]) -> dict[date, dict[str, Statement]]:
    """Lesions with an identity of their own and a plain size, by day; what was sent last counts."""
    found: dict[date, dict[str, Statement]] = defaultdict(dict)
    for one in sorted(lesions, key=lambda one: instant_key(one.last_updated)):
        day = day_of(one.effective)
        size = one.value["size_mm"]
        if day is not None and one.value["id"] != one.source and isinstance(size, int | float):
            found[day][one.value["id"]] = one
    return found


def _targets(first: Mapping[str, Statement], latest: Mapping[str, Statement]) -> set[str]:
    """The lesions that are followed: those marked so, else the two largest measurable ones."""
    both = [one for name, one in first.items() if name in latest]
    measurable = [one for one in both if one.value["size_mm"] >= MEASURABLE_MM]
    marked = [one for one in measurable if one.value["targets_only"]]
    largest = sorted(marked or measurable, key=lambda one: (-one.value["size_mm"], one.value["id"]))
    return {one.value["id"] for one in largest[:TARGETS_PER_ORGAN]}


def _response(sums: Mapping[date, float], first: date, latest: date) -> str:
    smallest = min(total for day, total in sums.items() if day != latest)
    total = sums[latest]
    if total == 0:
        return "CR"
    if total >= smallest * GROWN and total - smallest >= GROWN_MM:
        return "PD"
    return "PR" if total <= sums[first] * SHRUNK else "SD"


def _candidate(
    value: str, sums: Mapping[date, float], latest: date, number: int, source: Statement
) -> Statement:
    said = ", ".join(f"{total:g} mm on {day.isoformat()}" for day, total in sorted(sums.items()))
    lesions = "1 lesion" if number == 1 else f"{number} lesions"
    sentence = f"Sum of the diameters of {lesions} of the liver followed by identity: {said}"
    told: dict[str, Any] = {"fact": "recist_status", "value": value, "sentence": sentence}
    return Statement(
        fact=CANDIDATE_WORDS,
        value=told,
        source=source.source,
        effective=latest.isoformat(),
        last_updated=source.last_updated,
        version=source.version,
        status=source.status,
        mapping=MAPPING,
        flags=("from_lesions",),
    )
