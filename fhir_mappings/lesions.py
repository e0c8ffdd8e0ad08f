"""Lesions reported one by one to count, largest diameter and bilobar of the newest study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fhir_mappings.dates import day_of, instant_key
from fhir_mappings.statements import Statement

MAPPING = "derived.lesions"


def extent_of_lesions(lesions: Sequence[Statement]) -> list[Statement]:
    """Statements of the newest study with lesions, as if it had stated them itself.

    A lesion counts once, known by its BodyStructure or its Observation. The list is taken as
    complete unless lesions are marked as target or measurable ones: then the count is at least
    theirs, and bilobar only ever true. A lesion of 0 mm is gone.
    """
    if not lesions:
        return []
    newest = max(lesions, key=lambda one: instant_key(one.effective))
    day = day_of(newest.effective)
    study: dict[str, Statement] = {}
    for one in sorted(lesions, key=lambda one: instant_key(one.last_updated)):
        if day_of(one.effective) == day:
            study[one.value["id"]] = one
    present = [one for one in study.values() if one.value["size_mm"] != 0]
    if not present:
        return []
    complete = not any(one.value["targets_only"] for one in present)
    found: list[tuple[str, Any, str | None]] = [
        ("liver_lesion_count", len(present) if complete else {"min": len(present)}, "lesions")
    ]
    largest = _largest([one.value["size_mm"] for one in present])
    if largest is not None:
        found.append(("largest_liver_lesion_mm", largest, "mm"))
    bilobar = _bilobar([one.value["lobe"] for one in present], complete)
    if bilobar is not None:
        found.append(("bilobar", bilobar, None))
    return [_derived(fact, value, unit, newest, present) for fact, value, unit in found]


def _derived(
    fact: str, value: Any, unit: str | None, newest: Statement, study: Sequence[Statement]
) -> Statement:
    flags = tuple(sorted({flag for one in study for flag in one.flags}))
    return Statement(
        fact=fact,
        value=value,
        source=newest.source,
        unit=unit,
        effective=newest.effective,
        last_updated=newest.last_updated,
        version=newest.version,
        status=newest.status,
        mapping=MAPPING,
        flags=(*flags, "from_lesions"),
    )


def _largest(sizes: Sequence[Any]) -> Any:
    """The greatest diameter; a range where a size with a comparator may be the greatest."""
    if len(sizes) == 1:
        return sizes[0]
    lows = [_ends(size)[0] for size in sizes]
    highs = [_ends(size)[1] for size in sizes]
    low = max(lows)
    if any(high is None for high in highs):
        return {"min": low}
    high = max(end for end in highs if end is not None)
    return low if low == high else {"min": low, "max": high}


def _ends(size: Any) -> tuple[float, float | None]:
    if isinstance(size, dict):
        return size.get("min", 0), size.get("max")
    return size, size


def _bilobar(lobes: Sequence[str | None], complete: bool) -> bool | None:
    """True with lesions left and right; false only if every lesion's lobe is known."""
    if "left" in lobes and "right" in lobes:
        return True
    return False if complete and None not in lobes else None
