"""Results that contradict, have no date or could not be read: no card reads as all clear."""

import asyncio
from typing import Any

import pytest

from fhir_mappings.mapping_set import MappingSet
from storage.database import Database
from tests.service.conftest import Start
from tests.service.memory import judge, keep
from tests.service.people import (
    MULTIFOCAL,
    Resource,
    conditions,
    observation,
    observations,
    person,
    searchset,
)
from tests.service.test_record import opened, signed

LOINC = "http://loinc.org"
CALM = MULTIFOCAL | {"functional_syndrome": "none", "symptomatic": False}


def without(facts: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in names}


def named(name: str, resource: Resource) -> Resource:
    return resource | {"id": name}


def undated(resource: Resource, day: str | None = None) -> Resource:
    found = {name: value for name, value in resource.items() if name != "effectiveDateTime"}
    return found | {"meta": {"versionId": "1", "lastUpdated": f"{day}T08:00:00Z"} if day else {}}


def platelets(value: dict[str, Any], day: str = "2026-05-28") -> Resource:
    code = {"coding": [{"system": LOINC, "code": "777-3"}]}
    sent = observation("p1", "platelets_10e9_l", 0, day=day) | {"id": "newer", "code": code}
    return {name: one for name, one in sent.items() if name != "valueQuantity"} | value


def brought(facts: dict[str, Any], *more: Resource) -> dict[str, Any]:
    return {
        "patient": person("p1"),
        "conditions": searchset(conditions("p1")),
        "observations": searchset([*observations("p1", facts), *more]),
        "procedures": searchset([]),
        "medications": searchset([]),
        "medicationStatements": searchset([]),
        "administrations": searchset([]),
        "reports": searchset([]),
    }


VEIN = [
    named("a", observation("p1", "portal_vein", "complete_thrombosis", day="2026-05-28")),
    named("b", observation("p1", "portal_vein", "patent", day="2026-05-28")),
]
NO_UNIT = platelets({"valueQuantity": {"value": 30}})
CASES = [
    (without(CALM, "portal_vein"), VEIN, "tae", "two results of 2026-05-28 differ"),
    (CALM, [NO_UNIT], "prrt", "Newer platelets (2026-05-28) could not be read: no unit"),
    (
        CALM,
        [platelets({"valueString": "30 (clumped)"})],
        "prrt",
        "Newer platelets (2026-05-28) could not be read: ",
    ),
    (
        CALM,
        [platelets({"valueQuantity": {"value": 30, "unit": "10*9/L"}}, "2026-06-02")],
        "prrt",
        "Newer platelets (2026-06-02) could not be read: dated in the future",
    ),
    (
        CALM,
        [
            undated(
                named("u", observation("p1", "portal_vein", "complete_thrombosis")), "2026-05-25"
            )
        ],
        "tae",
        "Portal vein: a result without a date (recorded 2026-05-25) differs",
    ),
]


@pytest.mark.parametrize(("facts", "more", "order", "line"), CASES)
def test_what_came_along_is_said_on_the_order_card_and_in_the_proposal(
    start: Start, facts: dict[str, Any], more: list[Resource], order: str, line: str
) -> None:
    async def go() -> None:
        async with start() as client:
            (card,) = await signed(client, order, prefetch=brought(facts, *more))
            assert line in card["detail"]
            assert len(card["summary"]) < 140
            (proposal,) = await opened(client, prefetch=brought(facts, *more))
            assert line in proposal["detail"]
            (before,) = await opened(client, prefetch=brought(facts))
            assert "in doubt" not in before["detail"]

    asyncio.run(go())


@pytest.mark.parametrize(("facts", "more", "order", "line"), CASES)
def test_what_is_stored_is_said_just_the_same(
    start: Start,
    database: Database,
    mapping_set: MappingSet,
    facts: dict[str, Any],
    more: list[Resource],
    order: str,
    line: str,
) -> None:
    older = [
        named(f"{one['id']}-{day}", one)
        for day in ("2026-05-01", "2026-05-02", "2026-05-03")
        for one in observations("p1", facts, day=day)
    ]
    keep(database, mapping_set, [person("p1"), *conditions("p1"), *older])
    keep(database, mapping_set, [*observations("p1", facts), *more])
    judge(database, "p1")

    async def go() -> None:
        async with start() as client:
            (card,) = await signed(client, order)
            assert line in card["detail"]
            (proposal,) = await opened(client)
            assert line in proposal["detail"]

    asyncio.run(go())


def test_where_silence_would_be_the_answer_the_doubt_makes_the_card(start: Start) -> None:
    facts = without(CALM, "portal_vein")

    async def go() -> None:
        async with start() as client:
            quiet = await signed(client, "tae", prefetch=brought(facts, VEIN[1]))
            assert quiet == []
            (card,) = await signed(client, "tae", prefetch=brought(facts, *VEIN))
            assert card["indicator"] == "info"
            assert card["summary"].startswith("TAE: portal vein: two results of 2026-05-28 differ")

    asyncio.run(go())


def test_an_undated_normal_result_does_not_undo_a_contraindication(start: Start) -> None:
    low = CALM | {"portal_vein": "complete_thrombosis"}
    normal = undated(named("u", observation("p1", "portal_vein", "patent")))

    async def go() -> None:
        async with start() as client:
            (card,) = await signed(client, "tae", prefetch=brought(low, normal))
            assert card["indicator"] == "critical"
            assert "complete portal vein thrombosis (2026-05-12" in card["summary"]

    asyncio.run(go())


def test_an_override_does_not_silence_a_doubt_that_came_later(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            (before,) = await opened(client, prefetch=brought(CALM))
            (after,) = await opened(client, prefetch=brought(CALM, NO_UNIT))
            assert before["uuid"] != after["uuid"]

    asyncio.run(go())
