"""What the facts say against each other; noted beside the staging, never settled by a guess."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from nelm.facts import FactSet

# Each says that there is tumor in the liver, if it is more than zero or true.
TUMOR_IN_LIVER: tuple[str, ...] = (
    "largest_liver_lesion_mm",
    "bilobar",
    "liver_disease_diffuse",
    "liver_tumor_burden_percent",
)


def contradictions(facts: FactSet, values: Mapping[str, Any]) -> tuple[str, ...]:
    """`lesion_conflict`: no lesion counted, yet a finding at least as recent shows tumor.

    The count decides; an older finding is the disease before it was cleared, not a contradiction.

    Source: operational.
    """
    if values.get("liver_lesion_count") != 0:
        return ()
    counted = _day(facts, "liver_lesion_count")
    against = (name for name in TUMOR_IN_LIVER if values.get(name))
    return ("lesion_conflict",) if any(_day(facts, one) >= counted for one in against) else ()


def _day(facts: FactSet, name: str) -> date:
    """When it was true; undated facts count as fresh."""
    fact = facts.get(name)
    return date.max if fact is None or fact.effective is None else fact.effective
