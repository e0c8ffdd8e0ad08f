"""Where the stored record is known to be incomplete, no answer takes it for whole."""

import asyncio
import time
from typing import Any

import pytest
import sqlalchemy as sa

from fhir_mappings.mapping_set import MappingSet
from fhir_mappings.notifications import Change, Heard
from storage import gaps, notifications, patients
from storage.database import Database
from tests.service.conftest import Start
from tests.service.memory import judge, keep
from tests.service.people import (
    MULTIFOCAL,
    condition,
    conditions,
    observation,
    person,
    prefetch,
    record,
    searchset,
)
from tests.service.test_record import opened, signed

NOTHING_OF_OURS = [person("p1"), condition("p1", "I10", "Hypertension")]


def key_of(database: Database) -> int:
    with database.reading() as conn:
        key = patients.find(conn, "main", "p1")
    assert key is not None
    return key


def could_not_read(database: Database, *types: str) -> None:
    """The EHR refused these types when p1's record was read."""
    with database.transaction() as tx:
        gaps.note_unread(tx, {key_of(database): types})


def lost(database: Database, *references: str) -> None:
    """Newer versions were told of, and given up on."""
    changes = tuple(Change(*reference.split("/")) for reference in references)
    with database.transaction() as tx:
        heard = Heard("changes", changes)
        notifications.put_now(tx, "main", heard, "subscription", time.time() + 60)
        given_up = sa.text("UPDATE notifications SET state = 'buried', patient = :key")
        tx.execute(given_up, {"key": key_of(database)})


@pytest.fixture
def multifocal(database: Database, mapping_set: MappingSet) -> Database:
    keep(database, mapping_set, record("p1", MULTIFOCAL))
    judge(database, "p1")
    return database


def cards(start: Start, *orders: str, **more: Any) -> list[list[dict[str, Any]]]:
    """The cards for signing each of these orders, then for opening the chart."""

    async def go() -> list[list[dict[str, Any]]]:
        async with start() as client:
            found = [await signed(client, order, **more) for order in orders]
            return [*found, await opened(client, **more)]

    return asyncio.run(go())


def test_an_order_is_not_fully_checked_where_a_type_could_not_be_read(
    start: Start, multifocal: Database
) -> None:
    assert cards(start, "everolimus")[0] == []
    could_not_read(multifocal, "Procedure")
    (card,), (proposal,) = cards(start, "everolimus")
    assert "not fully checked" in card["summary"]
    assert "procedures" in card["detail"]
    assert "**Not read completely:** procedures" in proposal["detail"]


def test_what_is_missing_is_not_said_of_what_the_ehr_refused(
    start: Start, multifocal: Database
) -> None:
    could_not_read(multifocal, "Observation")
    (card,), _ = cards(start, "tare")
    assert card["source"]["topic"]["code"] == "nelm-not-checked"
    assert "results" in card["detail"]


def test_a_type_that_came_along_is_no_gap(start: Start, multifocal: Database) -> None:
    could_not_read(multifocal, "Observation", "Condition")
    (card,), (proposal,) = cards(start, "tare", prefetch=prefetch("p1", MULTIFOCAL))
    assert card["source"]["topic"]["code"] == "nelm-order-insufficient-data"
    assert "Not read completely" not in proposal["detail"]


def test_a_card_says_that_a_newer_version_could_not_be_read(
    start: Start, multifocal: Database
) -> None:
    _, (before,) = cards(start, "tare")
    lost(multifocal, "Observation/p1-inr")
    (silent,), (finding,), (proposal,) = cards(start, "everolimus", "tare")
    for card in (silent, finding, proposal):
        assert "the newest version of Observation/p1-inr" in card["detail"]
    assert finding["source"]["topic"]["code"] == "nelm-order-insufficient-data"
    assert proposal["uuid"] != before["uuid"]


def test_a_version_that_came_along_is_not_lost(start: Start, multifocal: Database) -> None:
    lost(multifocal, "Observation/p1-inr")
    newer = observation("p1", "inr", 1.1)
    newer["meta"]["versionId"] = "2"
    _, (proposal,) = cards(start, "tare", prefetch={"observations": searchset([newer])})
    assert "newest version" not in proposal["detail"]


def test_many_lost_changes_are_counted(start: Start, multifocal: Database) -> None:
    lost(multifocal, *(f"Observation/x{number}" for number in range(40)))
    ((proposal,),) = cards(start)
    assert "the newest versions of 40 resources" in proposal["detail"]


@pytest.mark.parametrize("judged", [True, False])
def test_a_record_without_nelm_is_not_silent_where_conditions_are_lost(
    start: Start, database: Database, mapping_set: MappingSet, judged: bool
) -> None:
    keep(database, mapping_set, NOTHING_OF_OURS)
    if judged:
        judge(database, "p1")
    assert cards(start, "tace") == [[], []]
    lost(database, "Condition/p1-c7b02")
    (card,), nothing = cards(start, "tace")
    assert "could not be checked" in card["summary"]
    assert "the newest version of Condition/p1-c7b02" in card["detail"]
    assert nothing == []


def test_a_record_whose_conditions_were_refused_is_not_called_free_of_nelm(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, [person("p1"), observation("p1", "inr", 1.1)])
    judge(database, "p1")
    could_not_read(database, "Condition")
    (card,), _ = cards(start, "tace")
    assert "problem list" in card["detail"]
    assert "could not be checked" in card["summary"]


def test_conditions_that_came_along_settle_what_the_store_cannot_tell(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, [person("p1")])
    empty = {key: searchset([]) for key in prefetch("p1", {}) if key != "patient"}
    sent = empty | {"conditions": searchset([])}
    assert cards(start, "tace", prefetch=sent | {"patient": person("p1")}) == [[], []]
    assert cards(start, "tace", prefetch=sent) == [[], []]
    ours = sent | {"conditions": searchset(conditions("p1"))}
    assert cards(start, "tace", prefetch=ours)[0] != []
