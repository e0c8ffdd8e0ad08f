"""A proposal for follow-up says when imaging is due, and that it is not known where it is not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

from nelm.follow_up import FollowUp
from service.cds_hooks.proposal_text import next_visits
from tests.service.conftest import Start
from tests.service.people import RESECTABLE, call, prefetch

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


def test_a_liver_that_no_treatment_on_file_cleared_is_not_left_without_a_day(start: Start) -> None:
    gone = ("largest_liver_lesion_mm", "bilobar", "reported_resectability")
    clear = {name: value for name, value in RESECTABLE.items() if name not in gone}
    clear |= {"liver_lesion_count": 0, "liver_tumor_burden_percent": 0}
    body = call("patient-view", "p1", prefetch=prefetch("p1", clear))

    async def go() -> str:
        async with start() as client:
            (card,) = (await client.post("/cds-services/nelm-patient-view", body)).json()["cards"]
            return str(card["detail"])

    assert (
        "**Follow-up**: imaging and markers every 3 to 12 months, not known when last imaged, "
        "not known when markers were last taken, "
        "no treatment that cleared the liver is on file (FU-1, Cloyd 2020)"
    ) in asyncio.run(go())
