"""A proposal for follow-up says when imaging is due, and that it is not known where it is not."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

from fhir_mappings.careplan import to_careplan
from nelm import Fact, FactSet, assess, to_document
from nelm.facts import Therapy
from service.cds_hooks.proposal_text import next_visits
from tests.service.conftest import NOW, Start
from tests.service.people import RESECTABLE, call, prefetch

GONE = ("largest_liver_lesion_mm", "bilobar", "reported_resectability")
CLEARED: dict[str, Any] = {name: one for name, one in RESECTABLE.items() if name not in GONE}
CLEARED |= {
    "has_neuroendocrine_tumor": True,
    "has_liver_metastases": True,
    "liver_lesion_count": 0,
    "liver_tumor_burden_percent": 0,
    "extrahepatic_disease": "none",
    "treatment_history": (Therapy("hepatectomy", date(2025, 1, 10)),),
}


def visits(**facts: Any) -> list[str]:
    return list(next_visits(assess(FactSet.of(CLEARED | facts), None, NOW.date())))


def test_the_day_of_the_next_imaging_is_said() -> None:
    assert visits(latest_cross_sectional_imaging=date(2026, 1, 3)) == [
        "next imaging due 2026-07-03"
    ]


def test_a_day_that_has_passed_is_said_as_passed() -> None:
    assert visits(latest_cross_sectional_imaging=date(2025, 10, 1)) == [
        "imaging was due 2026-04-01"
    ]
    marker = Fact("chromogranin_a_ng_ml", 80, effective=date(2025, 4, 2))
    assert visits(
        latest_cross_sectional_imaging=date(2025, 4, 20), chromogranin_a_ng_ml=marker
    ) == ["imaging overdue since 2026-04-20", "markers overdue since 2026-04-02"]


def test_imaging_of_no_known_date_does_not_read_as_done() -> None:
    assert visits() == ["not known when last imaged"]


def test_the_care_plan_says_what_is_overdue_and_never_that_all_is_met() -> None:
    known = CLEARED | {"latest_cross_sectional_imaging": date(2025, 4, 20)}
    plan = to_careplan(
        to_document(assess(FactSet.of(known), None, NOW.date())),
        connection="main", patient_key="7", patient_reference="Patient/p1",
    )  # fmt: skip
    overdue = "imaging overdue since 2026-04-20 (last 2025-04-20)"
    (row,) = [line for line in plan["note"][0]["text"].splitlines() if "| Follow-up |" in line]
    assert overdue in row
    assert "all requirements met" not in row
    assert any(overdue in one["detail"]["description"] for one in plan["activity"])


def test_a_liver_that_no_treatment_on_file_cleared_is_not_left_without_a_day(start: Start) -> None:
    clear = {name: value for name, value in RESECTABLE.items() if name not in GONE}
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
