"""A proposal says in itself what a board must not miss: old results, contradictions, frailty."""

import asyncio
from typing import Any

from tests.service.conftest import Start
from tests.service.people import MULTIFOCAL, RESECTABLE, observations, person, prefetch, searchset
from tests.service.test_record import opened, signed


def proposal(
    start: Start, facts: dict[str, Any], day: str = "2026-05-12", **instead: Any
) -> dict[str, Any]:
    brought = prefetch("p1", facts, observations=searchset(observations("p1", facts, day)))
    brought |= instead

    async def go() -> dict[str, Any]:
        async with start() as client:
            (card,) = await opened(client, prefetch=brought)
            return card

    return asyncio.run(go())


def test_a_record_of_last_year_is_said_to_be_old_in_headline_and_options(start: Start) -> None:
    card = proposal(start, MULTIFOCAL, "2025-04-27")
    assert "results too old (imaging 400 days)" in card["summary"]
    first = card["detail"].partition("**Open, best first**\n")[2].partition("\n")[0]
    assert "Mind: " in first
    assert "results too old (imaging 400 days)" in first
    fresh = proposal(start, MULTIFOCAL)
    assert "too old" not in fresh["summary"] + fresh["detail"]


def test_the_grade_that_the_pathologist_reported_stands_beside_the_one_that_counts(
    start: Start,
) -> None:
    case = MULTIFOCAL | {"ki67_primary_percent": 25, "reported_grade": "NEC"}
    card = proposal(start, case)
    assert "NET G3 (pathologist reported NEC)" in card["summary"]
    assert "Staging: G3 (Ki-67 25 %, pathologist reported NEC)" in card["detail"]
    assert "**Contradictory:** the reported grade disagrees with" in card["detail"]
    agreed = proposal(start, case | {"reported_grade": "G3"})
    assert "reported" not in agreed["summary"]
    assert "Contradictory" not in agreed["detail"]


def test_an_order_card_names_what_contradicts_itself_too(start: Start) -> None:
    case = MULTIFOCAL | {"ki67_metastasis_percent": 1, "portal_vein": "complete_thrombosis"}

    async def go() -> None:
        async with start() as client:
            (card,) = await signed(client, "tae", prefetch=prefetch("p1", case))
            assert "**Contradictory:** primary and metastasis differ in grade" in card["detail"]

    asyncio.run(go())


def test_a_performance_status_from_two_on_stands_in_the_staging(start: Start) -> None:
    assert "ECOG 4." in proposal(start, MULTIFOCAL | {"ecog": 4})["detail"]
    assert (
        "ECOG" not in proposal(start, MULTIFOCAL | {"ecog": 1})["detail"].rpartition("Staging")[2]
    )


def test_the_strength_beside_a_criterion_is_that_of_the_criterion(start: Start) -> None:
    detail = proposal(start, RESECTABLE)["detail"]
    assert "expert criteria (HEP-1, Cloyd 2020, La Salvia 2016); review (HEP-2" in detail


def test_figures_of_patients_with_tumor_are_not_given_for_adjuvant_use(start: Start) -> None:
    gone = ("largest_liver_lesion_mm", "bilobar", "reported_resectability")
    clear = {name: one for name, one in RESECTABLE.items() if name not in gone}
    card = proposal(start, clear | {"liver_lesion_count": 0, "liver_tumor_burden_percent": 0})
    line = next(one for one in card["detail"].splitlines() if "Somatostatin analogue" in one)
    assert "No figures are reported of this use" in line
    assert "randomized" not in line
    (plan,) = [
        one["actions"][0]["resource"]
        for one in card["suggestions"]
        if one["actions"][0]["resource"]["resourceType"] == "CarePlan"
    ]
    (told,) = [
        one["detail"]["description"]
        for one in plan["activity"]
        if one["detail"]["code"]["coding"][-1]["code"] == "ssa"
    ]
    assert "of this use no figures are reported" in told
    assert "Time to progression" not in told


def test_a_remnant_that_nobody_measured_is_missing_for_the_staging(start: Start) -> None:
    """Also of whom surgeons called unresectable: boards look at that again."""
    case = {name: one for name, one in MULTIFOCAL.items() if "remnant" not in name}
    detail = proposal(start, case | {"reported_resectability": "unresectable"})["detail"]
    assert "liver remnant" in detail.partition("for the staging:")[2]


def test_the_headline_names_the_strong_caution_of_what_leads(start: Start) -> None:
    young = person("p1") | {"birthDate": "1993-02-14"}
    summary = proposal(start, MULTIFOCAL | {"pregnant": True}, patient=young)["summary"]
    assert "with a strong caution: pregnant (2026-05-12)" in summary
