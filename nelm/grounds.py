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


def is_adjuvant(judgement: Judgement) -> bool:
    """Whether no disease is left to treat: the option's figures are of patients with tumor.

    Source: the disease rule (`NED`), operational.
    """
    found = (one for one in judgement.outcomes if one.id == "NED" and one.kind == "caution")
    return any(one.outcome is True for one in found)


def deciding_outcome(judgement: Judgement) -> CriterionOutcome | None:
    """The criterion to name first for a verdict; None where nothing speaks against the option."""
    settling = [one for one in settling_outcomes(judgement) if one.counts]
    return min(settling, key=urgency, default=None)


# Of what is met: who must not be hurt first, then the organs that treatments fail by.
_MET_FIRST = {"PREG": 0, "LIV": 1, "RHF": 2}
_VALUE, _NOT_EXCLUDED, _NOT_CHECKED, _PRECAUTION, _STALE, _OF_THE_DISEASE, _ALWAYS = range(3, 10)
# Cautions without a mark that speak of harm by the treatment, not of its benefit.
_OF_HARM = frozenset({
    "ABL-3", "ABL-4", "ABL-8", "EMB-3c", "HEP-9c", "HEP-14c", "HWA-3", "PRRT-7", "PRRT-10",
    "TARE-9",
})  # fmt: skip
_SYNDROME = frozenset({"functional_syndrome"})


def urgency(outcome: CriterionOutcome) -> tuple[bool, int]:
    """What is named first: met strong cautions, then what speaks of this patient's safety.

    Pregnancy, liver, right heart and values before contraindications that nobody ruled out and
    before what was not checked; then precautions of the hormonal syndrome, stale facts, what the
    disease itself says of the benefit, and what is true of everybody. Ties keep the order of the
    page.

    Source: operational.
    """
    strong = outcome.strong and outcome.outcome is True
    return not strong, _place(outcome)


def is_danger(outcome: CriterionOutcome) -> bool:
    """Whether it stands before what was merely not checked: a value of this patient that speaks
    against the treatment, or a contraindication that nobody ruled out."""
    return _place(outcome) < _NOT_CHECKED


def _place(outcome: CriterionOutcome) -> int:
    if outcome.stale_fact is not None:
        return _STALE
    criterion = outcome.criterion
    names = criterion.names
    if not names:
        return _ALWAYS
    if outcome.kind == "require":
        return _VALUE
    if outcome.outcome is None:
        return _place_of_unknown(outcome)
    if outcome.id in _MET_FIRST:
        return _MET_FIRST[outcome.id]
    if names <= _SYNDROME:
        return _PRECAUTION
    of_harm = outcome.kind == "exclude" or outcome.check or outcome.id in _OF_HARM
    return _VALUE if of_harm else _OF_THE_DISEASE


def _place_of_unknown(outcome: CriterionOutcome) -> int:
    if outcome.kind == "exclude" or outcome.id == "PREG":
        return _NOT_EXCLUDED
    return _PRECAUTION if outcome.criterion.names <= _SYNDROME else _NOT_CHECKED
