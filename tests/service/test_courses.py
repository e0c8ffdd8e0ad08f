"""The course of a value on the staging page: its caption tells last, turn and first."""

from datetime import date, timedelta

import pytest

from nelm import Fact
from service.patient_page.axis import axis_over
from service.patient_page.trends import trends


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            [80.31, 32.5, 59.27],
            "59 mg/24 h (2026-05-12), up from its lowest 33 (2026-04-12); first 80",
        ),
        ([80, 40], "40 mg/24 h (2026-05-12), down from 80 (2026-04-12)"),
        ([40, 60, 80], "80 mg/24 h (2026-05-12), up from 40 (2026-03-13)"),
        ([50, 90, 60], "60 mg/24 h (2026-05-12), down from its highest 90 (2026-04-12); first 50"),
        (
            [50, 90, 20, 60],
            "60 mg/24 h (2026-05-12), up from its lowest 20 (2026-04-12), highest 90 (2026-03-13);"
            " first 50",
        ),
        ([50, 90, 20], "20 mg/24 h (2026-05-12), down from its highest 90 (2026-04-12); first 50"),
        ([50, 50], "50 mg/24 h (2026-05-12), unchanged since 2026-04-12"),
    ],
)
def test_a_caption_tells_the_way_from_the_last_turn(values: list[float], told: str) -> None:
    newest = date(2026, 5, 12)
    days = [newest - timedelta(days=30 * back) for back in range(len(values))][::-1]
    facts = [
        Fact("urine_5hiaa_mg_24h", value, effective=day)
        for value, day in zip(values, days, strict=True)
    ]
    (group,) = trends({"urine_5hiaa_mg_24h": facts}, axis_over(days, newest))
    assert group.trends[0].told.startswith(told)
