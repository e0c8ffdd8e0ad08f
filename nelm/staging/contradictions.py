"""What the facts say against each other; noted beside the staging, never settled by a guess."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from nelm.facts import FactSet

# Each says that there is tumor in the liver, if it is more than zero or true.
TUMOR_IN_LIVER: tuple[str, ...] = (
    "largest_liver_lesion_mm",
    "bilobar",
    "liver_disease_diffuse",
    "liver_tumor_burden_percent",
)


class Contradictions(NamedTuple):
    """Empty where the facts agree, or where too little is known to disagree."""

    notes: tuple[str, ...]


_NONE = Contradictions(())
_LESION = Contradictions(("lesion_conflict",))
_EXTENT = Contradictions(("extent_conflict",))


def contradictions(facts: FactSet, values: Mapping[str, Any]) -> Contradictions:
    """`lesion_conflict`: no lesion counted, yet a finding at least as recent shows tumor.

    The count decides; an older finding is the disease before it was cleared, not a contradiction.
    `extent_conflict`: lesions counted, yet size or burden is 0, or one lesion in both lobes.

    Source: operational.
    """
    count = values.get("liver_lesion_count")
    if count is None:
        return _NONE
    if count:
        return _EXTENT if _extent_disagrees(count, values) else _NONE
    counted = _day(facts, "liver_lesion_count")
    against = (name for name in TUMOR_IN_LIVER if values.get(name))
    conflict = any(_day(facts, one) >= counted for one in against)
    return _LESION if conflict else _NONE


def _extent_disagrees(count: int, values: Mapping[str, Any]) -> bool:
    nothing = 0 in (values.get("largest_liver_lesion_mm"), values.get("liver_tumor_burden_percent"))
    return nothing or (count == 1 and values.get("bilobar") is True)


def _day(facts: FactSet, name: str) -> date:
    """When it was true; undated facts count as fresh."""
    fact = facts.get(name)
    return date.max if fact is None or fact.effective is None else fact.effective
