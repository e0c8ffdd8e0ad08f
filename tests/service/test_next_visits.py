"""A proposal for follow-up says when imaging is due, and that it is not known where it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from nelm.follow_up import FollowUp
from service.cds_hooks.proposal_text import next_visits

IMAGED = FollowUp(
    months_min=3,
    months_max=12,
    since=date(2022, 3, 1),
    last_imaging=date(2026, 1, 3),
    overdue=False,
    last_markers=None,
    markers_overdue=None,
    next_due=date(2027, 1, 3),
)


def test_the_day_of_the_next_imaging_is_said() -> None:
    assert list(next_visits(IMAGED)) == ["next imaging due 2027-01-03"]


def test_imaging_of_no_known_date_does_not_read_as_done() -> None:
    unknown = replace(IMAGED, last_imaging=None, overdue=None, next_due=None)
    assert list(next_visits(unknown)) == ["not known when last imaged"]
