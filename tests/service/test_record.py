"""Where an answer comes from: the store, prefetch, both; and when silence is allowed."""

import asyncio
from datetime import date
from typing import Any

import pytest

from fhir_mappings.mapping_set import MappingSet
from runtime.metrics import Metrics
from storage import patients, resources
from storage.database import Database
from tests.service.asgi_client import Client
from tests.service.conformance import problems_of_response
from tests.service.conftest import Start
from tests.service.memory import judge, keep
from tests.service.people import (
    EMPTY,
    MULTIFOCAL,
    RESECTABLE,
    call,
    condition,
    conditions,
    draft_order,
    observation,
    observations,
    person,
    prefetch,
    record,
    searchset,
)

SIGN = "/cds-services/nelm-order-sign"
VIEW = "/cds-services/nelm-patient-view"
ERROR = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "exception", "diagnostics": "timeout"}],
}


async def signed(client: Client, order: str, **more: Any) -> list[dict[str, Any]]:
    """The cards for signing one order of patient p1."""
    answer = await client.post(SIGN, call("order-sign", "p1", [draft_order("p1", order)], **more))
    assert answer.status == 200, answer.body
    assert problems_of_response(answer.json()) == []
    cards: list[dict[str, Any]] = answer.json()["cards"]
    return cards


async def opened(client: Client, **more: Any) -> list[dict[str, Any]]:
    """The cards for opening the chart of patient p1."""
    answer = await client.post(VIEW, call("patient-view", "p1", **more))
    assert answer.status == 200, answer.body
    assert problems_of_response(answer.json()) == []
    cards: list[dict[str, Any]] = answer.json()["cards"]
    return cards


def rows(database: Database) -> int:
    """How many of p1's resources are stored."""
    with database.reading() as conn:
        key = patients.find(conn, "main", "p1")
        return len(resources.sources(conn, key)) if key is not None else 0


def test_a_patient_not_stored_is_judged_from_prefetch_and_not_stored(
    start: Start, database: Database
) -> None:
    async def go() -> None:
        async with start() as client:
            blocked = MULTIFOCAL | {"portal_vein": "complete_thrombosis"}
            (card,) = await signed(client, "tace", prefetch=prefetch("p1", blocked))
            assert card["indicator"] == "critical"
            assert "complete portal vein thrombosis" in card["summary"]

    asyncio.run(go())
    assert rows(database) == 0


def test_without_prefetch_the_stored_assessment_answers(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, record("p1", RESECTABLE))
    judge(database, "p1")

    async def go() -> None:
        async with start() as client:
            (card,) = await opened(client)
            assert "Resection first" in card["summary"]
            assert await signed(client, "hepatectomy") == []
            (other,) = await signed(client, "tace")
            assert other["indicator"] == "warning"

    asyncio.run(go())


@pytest.mark.parametrize("version", ["2", "1"])
def test_f7_newer_results_in_prefetch_replace_their_stored_versions(
    start: Start, database: Database, mapping_set: MappingSet, version: str
) -> None:
    """Some servers count no versions: every one of theirs is 1, and lastUpdated tells."""
    keep(database, mapping_set, record("p1", MULTIFOCAL))
    judge(database, "p1")
    stored = rows(database)
    newer = observation("p1", "portal_vein", "complete_thrombosis", day="2026-05-30")
    newer["meta"]["versionId"] = version

    async def go() -> None:
        async with start() as client:
            (before,) = await signed(client, "tace")
            assert before["indicator"] == "info"
            found = {"observations": searchset([newer])}
            (after,) = await signed(client, "tace", prefetch=found)
            assert after["indicator"] == "critical"
            assert "2026-05-30" in after["summary"]

    asyncio.run(go())
    assert rows(database) == stored


def test_older_versions_in_prefetch_change_nothing(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    newer = observation("p1", "portal_vein", "complete_thrombosis", day="2026-05-30")
    newer["meta"]["versionId"] = "2"
    keep(database, mapping_set, [*record("p1", MULTIFOCAL), newer])
    judge(database, "p1")

    async def go() -> None:
        async with start() as client:
            (card,) = await signed(client, "tace", prefetch=prefetch("p1", MULTIFOCAL))
            assert card["indicator"] == "critical"

    asyncio.run(go())


@pytest.mark.parametrize("version", ["²", "9" * 5000, "W/1"])
def test_a_version_that_is_no_number_counts_as_just_read(
    start: Start, database: Database, mapping_set: MappingSet, version: str
) -> None:
    keep(database, mapping_set, record("p1", MULTIFOCAL))
    judge(database, "p1")
    other = observation("p1", "portal_vein", "complete_thrombosis")
    other["meta"]["versionId"] = version

    async def go() -> None:
        async with start() as client:
            found = {"observations": searchset([other])}
            (card,) = await signed(client, "tace", prefetch=found)
            assert card["indicator"] == "critical"

    asyncio.run(go())


def test_a_result_withdrawn_in_prefetch_no_longer_counts(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    blocked = MULTIFOCAL | {"portal_vein": "complete_thrombosis"}
    keep(database, mapping_set, record("p1", blocked))
    judge(database, "p1")
    withdrawn = observation("p1", "portal_vein", "complete_thrombosis", status="entered-in-error")
    withdrawn["meta"] = {"versionId": "2", "lastUpdated": "2026-05-31T08:00:00Z"}

    async def go() -> None:
        async with start() as client:
            found = {"observations": searchset([withdrawn])}
            (card,) = await signed(client, "tace", prefetch=found)
            assert card["indicator"] == "info"
            assert "portal vein" in card["detail"].lower()

    asyncio.run(go())


def test_an_assessment_past_its_date_is_judged_again(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, record("p1", MULTIFOCAL, day="2026-01-15"))
    document = judge(database, "p1", date(2026, 2, 1))
    assert document["valid_until"] < "2026-06-01"

    async def go() -> None:
        async with start() as client:
            (card,) = await opened(client)
            assert "As of 2026-06-01" in card["detail"]

    asyncio.run(go())


def test_a_known_patient_whose_first_assessment_waits_gets_one_honest_card(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, conditions("p1"))

    async def go() -> None:
        async with start() as client:
            for cards in (await opened(client), await signed(client, "tace")):
                (card,) = cards
                assert card["indicator"] == "info"
                assert "first assessment not finished" in card["summary"]

    asyncio.run(go())


def test_a_waiting_patient_is_judged_from_what_prefetch_brings(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, conditions("p1"))

    async def go() -> None:
        async with start() as client:
            (card,) = await opened(client, prefetch=prefetch("p1", RESECTABLE))
            assert "Resection first" in card["summary"]

    asyncio.run(go())


def test_the_stored_record_without_any_sign_is_silent(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, [person("p1"), condition("p1", "I10", "Hypertension")])

    async def go() -> None:
        async with start() as client:
            assert await opened(client) == []
            assert await signed(client, "tace") == []

    asyncio.run(go())


def test_a_complete_problem_list_without_liver_metastases_is_silent(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            healthy = prefetch(
                "p1", {"inr": 1.0}, conditions=searchset([condition("p1", "I10", "-")])
            )
            assert await opened(client, prefetch=healthy) == []
            assert await signed(client, "tace", prefetch=healthy) == []

    asyncio.run(go())


@pytest.mark.parametrize(
    "unread",
    [
        None,
        ERROR,
        EMPTY | {"entry": [{"resource": ERROR}]},
        EMPTY | {"link": [{"relation": "next", "url": "https://main.example/fhir?p=2"}]},
        "{{context.patientId}}",
    ],
)
def test_an_unread_problem_list_is_never_silent_about_an_order_of_ours(
    start: Start, metrics: Metrics, unread: Any
) -> None:
    async def go() -> None:
        async with start() as client:
            found = prefetch("p1", {"inr": 1.0}, conditions=unread)
            (card,) = await signed(client, "tace", prefetch=found)
            assert card["summary"] == "TACE: could not be checked, the record was not readable"
            assert await signed(client, "aspirin", prefetch=found) == []
            assert await opened(client, prefetch=found) == []

    asyncio.run(go())
    assert metrics.value("nelm_hooks_unread_total", service="nelm-patient-view") == 1


def test_nothing_sent_and_nothing_stored_is_said(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            (card,) = await signed(client, "prrt")
            assert "could not be checked" in card["summary"]

    asyncio.run(go())


def test_unread_results_are_not_called_missing(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            found = prefetch("p1", MULTIFOCAL, observations=None)
            (card,) = await signed(client, "tace", prefetch=found)
            assert "not fully checked" in card["summary"]
            assert "suggestions" not in card
            (chart,) = await opened(client, prefetch=found)
            assert "not readable: results" in chart["summary"]
            assert "suggestions" not in chart

    asyncio.run(go())


def test_what_speaks_against_an_order_stands_although_more_could_not_be_read(
    start: Start,
) -> None:
    async def go() -> None:
        async with start() as client:
            page = [observation("p1", "portal_vein", "complete_thrombosis")]
            page += observations("p1", MULTIFOCAL | {"portal_vein": "complete_thrombosis"})
            link = [{"relation": "next", "url": "https://main.example/fhir?p=2"}]
            found = prefetch("p1", MULTIFOCAL, observations=searchset(page, link=link))
            (card,) = await signed(client, "tace", prefetch=found)
            assert card["indicator"] == "critical"
            assert "**Not read completely:** results" in card["detail"]

    asyncio.run(go())


def test_another_patients_resources_never_count(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            assert await opened(client, prefetch=prefetch("p2", RESECTABLE)) == []
            (card,) = await signed(client, "tace", prefetch=prefetch("p2", RESECTABLE))
            assert "could not be checked" in card["summary"]

    asyncio.run(go())


def test_one_lab_without_conditions_proves_no_absence(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, [person("p1"), observation("p1", "albumin_g_dl", 4.0)])

    async def go() -> None:
        async with start() as client:
            (card,) = await signed(client, "tace")
            assert "could not" in card["summary"].lower()
            assert await opened(client) == []

    asyncio.run(go())


def test_one_notified_condition_does_not_make_the_others_known(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    told = [person("p1"), condition("p1", "I10", "Hypertension")]
    keep(database, mapping_set, told, "subscription")

    async def go() -> None:
        async with start() as client:
            (card,) = await signed(client, "tace")
            assert "could not" in card["summary"].lower()

    asyncio.run(go())


def test_a_known_record_without_sign_is_silent(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, [person("p1"), condition("p1", "I10", "Hypertension")])

    async def go() -> None:
        async with start() as client:
            assert await signed(client, "tace") == []

    asyncio.run(go())


def test_another_servers_patient_of_the_same_id_never_meets_what_is_stored(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, record("p1", RESECTABLE))
    judge(database, "p1")
    foreign = {"fhirServer": "https://foreign.example/fhir"}

    async def go() -> None:
        async with start() as client:
            assert await opened(client, **foreign) == []
            (unknown,) = await signed(client, "tace", **foreign)
            assert "could not" in unknown["summary"].lower()
            blocked = MULTIFOCAL | {"portal_vein": "complete_thrombosis"}
            brought = prefetch("p1", blocked)
            (card,) = await signed(client, "tace", prefetch=brought, **foreign)
            assert card["indicator"] == "critical"

    asyncio.run(go())
