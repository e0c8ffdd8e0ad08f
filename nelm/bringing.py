"""The test that brings a fact, for the buttons of what an order check finds missing."""

from __future__ import annotations

from collections.abc import Iterator

from nelm.assessment import Assessment
from nelm.logic import Range
from nelm.work_up import WORK_UP_FACTS

# Missing facts that a test brings although its own list does not name them.
ALSO_BROUGHT = {
    "expected_operative_mortality_percent": "surgical_review",
    "primary_resectable": "surgical_review",
    "primary_status": "surgical_review",
    "resectable_plus_ablatable_percent": "surgical_review",
    "recist_status": "cross_sectional_imaging",
    "progressed_within_12_months": "cross_sectional_imaging",
    "functional_syndrome": "tumor_markers",
}
# Drawn with one needle: a line that lacks values of several of them asks for all.
BLOOD = ("blood_count", "renal_function", "liver_panel")
IMAGING = frozenset({"cross_sectional_imaging", "liver_mri"})


def item_for(assessment: Assessment, order: str, fact: str) -> str | None:
    """The test that brings a fact: one already suggested, else the first that could.

    None where none does, and for a size or share that fresh images leave on both sides of a
    limit: the way out is measuring it again on them.
    """
    if fact == "lung_shunt_percent" and any(one.option.id == order for one in assessment.options):
        return "maa_scan"
    found = next(_bringing(assessment, fact), ALSO_BROUGHT.get(fact))
    return None if found in IMAGING and is_measured(assessment, fact) else found


def _bringing(assessment: Assessment, fact: str) -> Iterator[str]:
    asked = (one.item for one in assessment.work_up)
    items = dict.fromkeys((*asked, *WORK_UP_FACTS))
    return (item for item in items if fact in WORK_UP_FACTS[item])


def is_measured(assessment: Assessment, fact: str) -> bool:
    """Whether a fresh range of it is on file."""
    return isinstance(assessment.facts.value(fact), Range) and fact not in assessment.stale
