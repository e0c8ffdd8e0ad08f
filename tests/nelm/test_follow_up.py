"""Follow-up is never silent: what is due, overdue or not known stands in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from nelm.assessment import assess
from nelm.explanation import follow_up_lines
from nelm.facts import Fact, FactSet, Therapy
from nelm.follow_up import FollowUp, visits_words
from tests.nelm.options.judged import AS_OF, NET

FOUND = FollowUp(
    months_min=3,
    months_max=12,
    since=date(2022, 3, 1),
    last_imaging=date(2024, 1, 1),
    overdue=True,
    last_markers=None,
    markers_overdue=None,
    next_due=date(2025, 1, 1),
)
CLEARED = NET | {"liver_lesion_count": 0, "extrahepatic_disease": "none", "differentiation": "well"}


def test_overdue_imaging_is_said_with_the_day_since_when() -> None:
    assert visits_words(FOUND, AS_OF, 12) == (
        "imaging overdue since 2025-01-01 (last 2024-01-01)",
        "not known when markers were last taken",
    )


def test_imaging_of_no_known_date_is_said_to_be_unknown() -> None:
    unknown = replace(FOUND, last_imaging=None, overdue=None, next_due=None)
    assert visits_words(unknown, AS_OF, 12)[0] == "not known when last imaged"


def test_what_is_not_due_yet_is_said_with_its_day() -> None:
    seen = replace(
        FOUND, last_imaging=date(2026, 3, 1), overdue=False, next_due=date(2027, 3, 1),
        last_markers=date(2026, 3, 2), markers_overdue=False,
    )  # fmt: skip
    assert visits_words(seen, AS_OF, 12) == (
        "next imaging due 2027-03-01 (last 2026-03-01)",
        "markers up to date (last 2026-03-02)",
    )


def test_what_is_past_the_suggested_interval_and_not_overdue_was_due() -> None:
    seen = replace(
        FOUND, months_max=6, last_imaging=date(2025, 9, 1), overdue=False,
        next_due=date(2026, 3, 1), last_markers=date(2025, 9, 2), markers_overdue=False,
    )  # fmt: skip
    assert visits_words(seen, AS_OF, 12)[1] == "markers were due 2026-03-02 (last 2025-09-02)"
    assert visits_words(seen, AS_OF, 12)[0] == "imaging was due 2026-03-01 (last 2025-09-01)"


def lines_of(**facts: object) -> tuple[str, ...]:
    """What is said of a clear liver with no treatment on file that cleared it."""
    assessment = assess(FactSet.of(CLEARED | facts), None, AS_OF)
    assert assessment.follow_up is None
    return follow_up_lines(assessment)


def test_a_clear_liver_without_a_treatment_on_file_is_followed_all_the_same() -> None:
    assert lines_of() == (
        "imaging and markers every 3 to 12 months",
        "not known when last imaged",
        "not known when markers were last taken",
        "no treatment that cleared the liver is on file",
    )


def test_what_is_due_of_a_liver_that_no_treatment_cleared_is_said_with_its_days() -> None:
    marker = Fact("chromogranin_a_ng_ml", 80, effective=date(2026, 4, 2))
    seen = lines_of(latest_cross_sectional_imaging=date(2026, 1, 3), chromogranin_a_ng_ml=marker)
    assert seen[1:3] == (
        "last imaging 2026-01-03, next due by 2027-01-03",
        "markers last taken 2026-04-02",
    )
    (_, late, *_) = lines_of(latest_cross_sectional_imaging=date(2024, 1, 3))
    assert late == "last imaging 2024-01-03, overdue since 2025-01-03"


def test_the_interval_stands_before_what_is_due() -> None:
    history = Fact("treatment_history", (Therapy("hepatectomy", date(2022, 3, 1)),))
    assessment = assess(FactSet.of(CLEARED | {"treatment_history": history}), None, AS_OF)
    assert follow_up_lines(assessment)[1:] == (
        "not known when last imaged",
        "not known when markers were last taken",
    )


def test_overdue_counts_from_the_outermost_interval_and_not_from_the_suggested_one() -> None:
    late = replace(
        FOUND, months_max=6, next_due=date(2024, 7, 1), last_markers=date(2024, 2, 2),
        markers_overdue=True,
    )  # fmt: skip
    assert visits_words(late, AS_OF, 12) == (
        "imaging overdue since 2025-01-01 (last 2024-01-01)",
        "markers overdue since 2025-02-02 (last 2024-02-02)",
    )
    undated = replace(FOUND, markers_overdue=False)
    assert visits_words(undated, AS_OF, 12)[1] == "markers up to date"
