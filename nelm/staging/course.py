"""How the disease behaves over time: tempo, progression, timing, what was given before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from nelm.facts import Fact, Therapy
from nelm.logic import Kleene, kleene_and, kleene_not, kleene_or

# The series that anything is judged by; all others are only shown.
SERIES_READ = ("recist_status",)
DAYS_PER_MONTH = 30.4375
# Systemic therapies other than somatostatin analogues: the systemic drugs, and PRRT.
SYSTEMIC_OTHER_THAN_SSA = frozenset(
    {
        "prrt",
        "everolimus",
        "sunitinib",
        "cabozantinib",
        "captem",
        "streptozocin_based",
        "platinum_etoposide",
        "oxaliplatin_based",
        "interferon",
        "bevacizumab",
    }
)


class Course(NamedTuple):
    """`stable_months` in months; None is unknown throughout, also of `previous_therapies`."""

    tempo: str | None
    stable_months: float | None
    progression: Kleene
    calm: Kleene
    timing: str | None
    systemic_failed: Kleene
    previous_therapies: frozenset[str] | None


def _months_between(begin: date | None, end: date | None) -> float | None:
    """Unknown where a day is, or where they are in the wrong order."""
    if begin is None or end is None or end < begin:
        return None
    return round((end - begin).days / DAYS_PER_MONTH, 1)


def months_stable(responses: Sequence[Fact], diagnosed: date | None = None) -> float | None:
    """Months from the latest PD (or the diagnosis) to the latest CR, PR or SD after it.

    `responses` are the dated `recist_status` facts, oldest first. Unknown if the latest response
    is a PD, or nothing marks the beginning.

    Source: cloyd2020, lasalvia2016 (stability in months); derivation operational.
    """
    dated = [fact for fact in responses if fact.effective is not None]
    if not dated or dated[-1].value == "PD":
        return None
    progressions = [fact.effective for fact in dated if fact.value == "PD"]
    begin = progressions[-1] if progressions else diagnosed
    return _months_between(begin, dated[-1].effective)


def _tempo(recist: str | None, stable_months: float | None, minimum: float) -> str | None:
    if recist is None:
        return None
    if recist == "PD":
        return "progressive"
    if recist in ("CR", "PR"):
        return "responding"
    lasting = stable_months is not None and stable_months >= minimum
    return "stable" if lasting else "stable_short"


def _progression(recist: Kleene, within_year: Kleene, progressed_on: Kleene) -> Kleene:
    """A missing `progressed_on` is ignored where the other two are known."""
    if progressed_on is None and recist is not None and within_year is not None:
        return recist or within_year
    return kleene_or((recist, within_year, progressed_on))


def _previous(history: tuple[Therapy, ...] | None) -> frozenset[str] | None:
    return None if history is None else frozenset(therapy.therapy for therapy in history)


def _systemic_failed(progressed_on: frozenset[str] | None, progression: Kleene) -> Kleene:
    if progressed_on is not None:
        return not SYSTEMIC_OTHER_THAN_SSA.isdisjoint(progressed_on)
    return False if progression is False else None


def derive_course(
    values: Mapping[str, Any],
    parameters: Mapping[str, Any],
    series: Mapping[str, tuple[Fact, ...]],
    symptomatic: Kleene,
    functional: Kleene,
) -> Course:
    """Tempo, months of stability, progression, calm disease, timing, earlier therapies.

    Calm: not symptomatic, not functional, no progression. Each is unknown where the facts do
    not settle it.

    Source: tempo lasalvia2016 (6 months); timing cloyd2020, lewis2012; terms operational.
    """
    recist = values.get("recist_status")
    months = values.get("stable_months")
    if months is None and series:
        months = months_stable(series.get("recist_status", ()))
    on = values.get("progressed_on")
    progression = _progression(
        None if recist is None else recist == "PD",
        values.get("progressed_within_12_months"),
        None if on is None else bool(on),
    )
    synchronous = values.get("liver_metastases_synchronous")
    not_calm = (kleene_not(symptomatic), kleene_not(functional), kleene_not(progression))
    return Course(
        _tempo(recist, months, parameters["stable_min_months"]),
        months,
        progression,
        kleene_and(not_calm),
        None if synchronous is None else "synchronous" if synchronous else "metachronous",
        _systemic_failed(on, progression),
        _previous(values.get("treatment_history")),
    )
