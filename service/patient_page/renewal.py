"""On which day an assessment is made anew by itself, and what changes on that day."""

from datetime import date

from nelm import Assessment
from nelm.assessment import LABS_LIMITS
from nelm.catalog import CATALOG
from nelm.freshness import freshness
from nelm.labels import fact_label

_MOST_NAMED = 2
_OTHERWISE = "when an age limit, a time since treatment or a follow-up is reached"


def judged_again(assessment: Assessment) -> str:
    """Such as "judged again on 2026-12-06, when ECOG is past its limit"; empty without a day."""
    day = assessment.valid_until
    if day is None:
        return ""
    aged = _stale_on(assessment, day) - _stale_on(assessment, assessment.as_of)
    in_order = sorted(aged, key=lambda one: CATALOG[one].order)
    labels = list(dict.fromkeys(map(fact_label, in_order)))
    beyond = len(labels) - _MOST_NAMED
    named = ", ".join(labels[:_MOST_NAMED]) + (f" and {beyond} more" if beyond > 0 else "")
    verb = "is past its limit" if len(labels) == 1 else "are past their limit"
    return f"judged again on {day}, {f'when {named} {verb}' if labels else _OTHERWISE}"


def _stale_on(assessment: Assessment, day: date) -> frozenset[str]:
    found = freshness(assessment.facts, assessment.parameters.by_name, day, LABS_LIMITS)
    return frozenset().union(*found.stale.values())
