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


def course(name: str, *values: float) -> list[Fact]:
    """One value a month, with the upper limit of a report in ng/mL."""
    days = [date(2026, month, 12) for month in range(2, 2 + len(values))]
    return [
        Fact(name, value, effective=day, upper_limit=100.0)
        for value, day in zip(values, days, strict=True)
    ]


def test_the_limit_of_multiples_is_one_and_not_that_of_the_plain_values() -> None:
    multiples = course("chromogranin_a_x_uln", 4.0, 2.0)
    axis = axis_over([one.effective for one in multiples if one.effective], date(2026, 5, 12))
    (group,) = trends({"chromogranin_a_x_uln": multiples}, axis)
    (drawn,) = group.trends
    assert drawn.told == "2 × upper limit (2026-03-12), down from 4 (2026-02-12); upper limit 1"
    assert drawn.limit is not None
    assert drawn.limit.label == "upper limit 1"
    assert drawn.points[0].y < drawn.points[1].y < drawn.limit.y


def test_the_same_values_are_not_drawn_twice() -> None:
    plain = course("chromogranin_a_ng_ml", 402, 196)
    multiples = course("chromogranin_a_x_uln", 4.0, 2.0, 3.0)
    axis = axis_over([one.effective for one in multiples if one.effective], date(2026, 5, 12))

    def drawn(*known: Fact) -> list[str]:
        series = {"chromogranin_a_ng_ml": plain, "chromogranin_a_x_uln": known}
        return [one.unit for group in trends(series, axis) for one in group.trends]

    assert drawn(*multiples[:2]) == ["ng/mL"]
    assert drawn(*multiples) == ["ng/mL", "× upper limit"]
