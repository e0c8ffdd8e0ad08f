"""The grounds of a verdict: which criteria settle it, and which of them is named first."""

from __future__ import annotations

from nelm.criteria import CriterionOutcome, Judgement
from nelm.logic import WORDS

VERDICT_WORDS: dict[str, str] = {
    "eligible": "eligible",
    "conditional": "open with cautions",
    "insufficient_data": "cannot be judged yet",
    "not_indicated": "not indicated",
    "contraindicated": "contraindicated",
}
# Verdict: the kind and outcome of the criteria that settle it.
_SETTLED_BY = {
    "contraindicated": ("exclude", "met"),
    "not_indicated": ("require", "not_met"),
    "insufficient_data": ("require", "unknown"),
    "conditional": ("caution", "met"),
}


def acts(verdict: str, kind: str, outcome: str, check: bool) -> bool:
    """Whether a criterion of that outcome (in the words of a document) settles that verdict."""
    if verdict == "conditional" and outcome == "unknown":
        return check and kind in ("caution", "exclude")
    return (kind, outcome) == _SETTLED_BY.get(verdict)


def settling_outcomes(judgement: Judgement) -> list[CriterionOutcome]:
    """The criteria that settle a verdict, in the order of the page; stale facts last."""
    return [
        one
        for one in judgement.outcomes
        if acts(judgement.verdict, one.kind, WORDS[one.outcome], one.check)
    ]


def deciding_outcome(judgement: Judgement) -> CriterionOutcome | None:
    """The criterion to name first for a verdict; None where nothing speaks against the option."""
    settling = [one for one in settling_outcomes(judgement) if one.counts]
    return min(settling, key=_urgency, default=None)


def _urgency(outcome: CriterionOutcome) -> int:
    """Met strong cautions first, then what is to be checked; else the order of the page."""
    if outcome.strong and outcome.outcome is True:
        return 0
    return 1 if outcome.check else 2
