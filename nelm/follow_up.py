"""Follow-up after the liver was cleared: interval, and whether imaging or markers are overdue."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from nelm.facts import FactSet, Therapy
from nelm.staging.summary import Staging

CLEARING = frozenset({"hepatectomy", "ablation", "liver_transplant"})
MARKERS = (
    "chromogranin_a_ng_ml",
    "chromogranin_a_x_uln",
    "pancreastatin_pg_ml",
    "urine_5hiaa_mg_24h",
)
FOLLOW_UP_FACTS = frozenset({"treatment_history", "latest_cross_sectional_imaging", *MARKERS})
CLOSE_YEARS = 3  # most recurrences come within three years (cloyd2020)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """`overdue` and `markers_overdue` are unknown (None) where no date is on record."""

    months_min: int
    months_max: int
    since: date | None
    last_imaging: date | None
    overdue: bool | None
    last_markers: date | None
    markers_overdue: bool | None
    next_due: date | None


def add_months(day: date, months: int) -> date:
    """The same day that many months later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _is_overdue(last: date | None, months: int, as_of: date) -> bool | None:
    return None if last is None else as_of > add_months(last, months)


def _latest_markers(facts: FactSet) -> tuple[date | None, bool]:
    """The latest dated marker; and whether an undated one counts as fresh."""
    markers = [fact for name in MARKERS if (fact := facts.get(name))]
    dates = [fact.effective for fact in markers if fact.effective]
    return max(dates, default=None), any(fact.effective is None for fact in markers)


def _clearing(facts: FactSet) -> list[Therapy]:
    history = facts.value("treatment_history") or ()
    return [therapy for therapy in history if therapy.therapy in CLEARING]


def follow_up(
    facts: FactSet, staging: Staging, parameters: Mapping[str, Any], as_of: date
) -> FollowUp | None:
    """The follow-up of a patient after hepatectomy, ablation or transplant; else None.

    Cross-sectional imaging and markers every 3 to 12 months; 3 to 6 for grade G2 or above or in
    the first three years. Overdue when older than `follow_up_max_months`.

    Source: cloyd2020; interval operational.
    """
    clearing = _clearing(facts)
    if not clearing:
        return None
    since = max((therapy.start for therapy in clearing if therapy.start), default=None)
    recent = since is not None and as_of <= add_months(since, CLOSE_YEARS * 12)
    close = recent or staging.grade not in (None, "G1")
    months_max = 6 if close else 12
    months = int(parameters["follow_up_max_months"])
    imaging = facts.value("latest_cross_sectional_imaging")
    markers, fresh_markers = _latest_markers(facts)
    return FollowUp(
        months_min=3,
        months_max=months_max,
        since=since,
        last_imaging=imaging,
        overdue=_is_overdue(imaging, months, as_of),
        last_markers=markers,
        markers_overdue=False if fresh_markers else _is_overdue(markers, months, as_of),
        next_due=add_months(imaging, months_max) if imaging else None,
    )


def visits_without_treatment(
    facts: FactSet, parameters: Mapping[str, Any], as_of: date
) -> tuple[str, ...]:
    """The same of a liver found clear with no treatment that cleared it on file.

    No interval counts from a treatment then: the outermost one is named, and the day of the last
    imaging with the day by which it is to be repeated. What is not on file is said to be unknown.

    Source: cloyd2020 (FU-1); interval operational.
    """
    months = int(parameters["follow_up_max_months"])
    imaging = facts.value("latest_cross_sectional_imaging")
    markers, fresh = _latest_markers(facts)
    imaged = "not known when last imaged"
    if imaging is not None:
        due = add_months(imaging, months)
        late = "overdue since" if as_of > due else "next due by"
        imaged = f"last imaging {imaging}, {late} {due}"
    taken = f"markers last taken {markers}" if markers else "markers on file without a date"
    return (
        f"imaging and markers every 3 to {months} months",
        imaged,
        taken if markers or fresh else "not known when markers were last taken",
        "no treatment that cleared the liver is on file",
    )


def visits_words(found: FollowUp, as_of: date, limit_months: int) -> tuple[str, ...]:
    """What is due, overdue or not known of imaging and markers, in words; never silent.

    Due by the suggested interval, overdue since the outermost one (`limit_months`) was over. Such
    as "imaging overdue since 2025-01-01 (last 2024-01-01)", "not known when last imaged".
    """
    return (
        _imaging_words(found, as_of, limit_months) or "not known when last imaged",
        _marker_words(found, as_of, limit_months) or "not known when markers were last taken",
    )


def _imaging_words(found: FollowUp, as_of: date, limit_months: int) -> str | None:
    last = found.last_imaging
    if found.overdue is None or last is None:
        return None
    due = add_months(last, found.months_max)
    if found.overdue:
        said = f"imaging overdue since {add_months(last, limit_months)}"
    else:
        said = f"imaging was due {due}" if due < as_of else f"next imaging due {due}"
    return f"{said} (last {last})"


def _marker_words(found: FollowUp, as_of: date, limit_months: int) -> str | None:
    last = found.last_markers
    if found.markers_overdue is None:
        return None
    if last is None:
        return "markers up to date"
    due = add_months(last, found.months_max)
    if found.markers_overdue:
        said = f"markers overdue since {add_months(last, limit_months)}"
    else:
        said = f"markers were due {due}" if due < as_of else "markers up to date"
    return f"{said} (last {last})"
