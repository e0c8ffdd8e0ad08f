"""Until when an assessment holds: the next day on which something in it changes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from nelm.evidence.parameters import Parameters
from nelm.facts import FactSet
from nelm.follow_up import CLOSE_YEARS, FollowUp, add_months
from nelm.staging.reads import PREGNANCY_ENDS_AT_AGE

EMBOLIZATIONS = frozenset({"tae", "tace", "deb_tace", "tare"})
PROGRESSION_MONTHS = 12  # of `progressed_within_12_months`
VALIDITY_FACTS = frozenset({"age_years", "recist_status", "treatment_history"})
ONE_DAY = timedelta(days=1)


def _age_limits(facts: FactSet, parameters: Parameters) -> Iterator[date]:
    """Birthdays on which a criterion may change; the fact's `effective` is the last birthday."""
    age = facts.get("age_years")
    if age is None or age.effective is None or not isinstance(age.value, int | float):
        return
    for limit in (parameters["lt_age_max"], PREGNANCY_ENDS_AT_AGE):
        for years in (limit, limit + 1):
            if years > age.value:
                yield add_months(age.effective, round((years - age.value) * 12))


def _follow_up_due(follow: FollowUp, parameters: Parameters) -> Iterator[date]:
    months = int(parameters["follow_up_max_months"])
    for day in (follow.last_imaging, follow.last_markers):
        if day is not None:
            yield add_months(day, months) + ONE_DAY
    if follow.since is not None:  # from then on the interval is longer
        yield add_months(follow.since, CLOSE_YEARS * 12) + ONE_DAY


def _progressions_pass(facts: FactSet) -> Iterator[date]:
    """When a progression is no longer within the year."""
    progressions = [one for one in facts.series.get("recist_status", ()) if one.value == "PD"]
    recist = facts.get("recist_status")
    if recist is not None and recist.value == "PD":
        progressions.append(recist)
    for fact in progressions:
        if fact.effective is not None:
            yield add_months(fact.effective, PROGRESSION_MONTHS) + ONE_DAY


def _embolizations_pass(facts: FactSet, parameters: Parameters) -> Iterator[date]:
    """When an embolization is no longer recent."""
    weeks = parameters["sunitinib_after_embolization_weeks"]
    for therapy in facts.value("treatment_history") or ():
        if therapy.therapy in EMBOLIZATIONS and therapy.ended is not None:
            yield therapy.ended + timedelta(weeks=weeks) + ONE_DAY


def valid_until(
    facts: FactSet,
    parameters: Parameters,
    as_of: date,
    next_stale: date | None,
    follow: FollowUp | None,
) -> date | None:
    """The next day on which a fact turns stale, an age limit is passed or a window ends.

    None if nothing here depends on the day.
    """
    days = [
        *_age_limits(facts, parameters),
        *_progressions_pass(facts),
        *_embolizations_pass(facts, parameters),
    ]
    if next_stale is not None:
        days.append(next_stale)
    if follow is not None:
        days += _follow_up_due(follow, parameters)
    return min((day for day in days if day > as_of), default=None)
