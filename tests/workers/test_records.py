"""A patient's record is read whole, or what could not be read is told."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fhir_mappings.mapping_rules import MappingSet, PathRule
from nelm_cds.backfilling import backfill
from storage import gaps, jobs
from storage.database import Database
from tests.workers.world import LOINC, World, bilirubin, metastasis, net, patient
from workers.ownerless import RECORD_TYPES, WHOLE_RECORD
from workers.records import MOST_TRIES, OUR_FAULT

OF_P1 = {"subject": {"reference": "Patient/p1"}, "status": "active"}


def _chart(world: World) -> None:
    for resource in (patient(), net(), metastasis(), bilirubin(0.8)):
        world.chart(resource)


def _unread(world: World) -> tuple[str, ...]:
    with world.database.reading() as tx:
        return gaps.unread_types(tx, world.key("p1"))


def _lines(world: World) -> list[dict[str, Any]]:
    return [one for one in world.document()["not_understood"] if one["reason"] == gaps.NOT_READ]


def test_a_record_that_was_read_whole_has_no_gaps(world: World) -> None:
    _chart(world)
    world.notify(world.ehr.read("Condition/met-p1"))
    world.drain()
    assert _unread(world) == ()
    assert _lines(world) == []


def test_what_the_ehr_refuses_to_tell_is_kept_and_told(world: World) -> None:
    _chart(world)
    sign = world.ehr.read("Condition/met-p1")
    world.ehr.refuses_types = frozenset({"Condition", "Patient"})
    world.notify(sign)
    world.drain()
    assert _unread(world) == ("Condition", "Patient")
    assert [line["source"] for line in _lines(world)] == ["Condition", "Patient"]
    assert world.value("bilirubin_mg_dl") == 0.8


def test_a_connection_that_is_no_longer_configured_tells_nothing(world: World) -> None:
    _chart(world)
    sign = world.ehr.read("Condition/met-p1")
    world.notify(sign)
    world.disconnect()
    world.drain()
    assert _unread(world) == tuple(sorted({"Patient", *RECORD_TYPES}))


def test_what_was_loaded_as_a_whole_has_no_gaps_without_any_ehr(world: World) -> None:
    _chart(world)
    for reference in ("Patient/p1", "Condition/net-p1", "Condition/met-p1", "Observation/bili"):
        world.notify(world.ehr.read(reference), origin="load")
    world.disconnect()
    world.drain()
    assert _unread(world) == ()


def test_a_backfill_reads_again_what_was_refused_before(world: World) -> None:
    _chart(world)
    sign = world.ehr.read("Condition/met-p1")
    world.ehr.refuses_types = frozenset({"Condition"})
    world.notify(sign)
    world.drain()
    world.ehr.refuses_types = frozenset()
    assert not any(one.refused for one in backfill(world.database, "main", world.ehr))
    world.drain()
    assert _unread(world) == ()
    assert _lines(world) == []


def test_nothing_is_said_not_to_be_on_file_before_the_record_was_read(world: World) -> None:
    _chart(world)
    world.parts.pauses.away("main", 600)
    world.notify(world.ehr.read("Condition/met-p1"))
    world.drain()
    assert _unread(world) == tuple(sorted(WHOLE_RECORD))
    world.notify(world.ehr.read("Condition/net-p1"))
    world.drain()
    assert {line["source"] for line in _lines(world)} == WHOLE_RECORD
    with world.database.transaction() as tx:
        jobs.revive(tx)
    world.drain()
    assert _unread(world) == ()
    assert _lines(world) == []


def test_one_type_that_the_ehr_fails_to_give_does_not_keep_the_rest_from_being_read(
    world: World,
) -> None:
    _chart(world)
    sign = world.ehr.read("Condition/met-p1")
    world.ehr.fails_for = frozenset({"MedicationAdministration"})
    world.notify(sign)
    world.drain()
    assert world.value("bilirubin_mg_dl") == 0.8
    assert [line["source"] for line in _lines(world)] == ["MedicationAdministration"]
    assert world.parts.pauses.remaining("main") == 0
    for _ in range(MOST_TRIES):
        _end_pauses(world)
        world.drain()
    assert world.waiting() == 0
    assert _unread(world) == ("MedicationAdministration",)


def test_it_is_read_once_the_ehr_gives_it(world: World) -> None:
    _chart(world)
    sign = world.ehr.read("Condition/met-p1")
    world.ehr.fails_for = frozenset({"Observation"})
    world.notify(sign)
    world.drain()
    world.ehr.fails_for = frozenset()
    _end_pauses(world)
    world.drain()
    assert (_unread(world), world.value("bilirubin_mg_dl")) == ((), 0.8)


def test_an_ehr_that_fails_to_give_most_of_it_is_away(world: World) -> None:
    _chart(world)
    sign = world.ehr.read("Condition/met-p1")
    world.ehr.fails_for = frozenset(RECORD_TYPES)
    world.notify(sign)
    for _ in range(MOST_TRIES + 2):
        _end_pauses(world)
        world.drain()
    assert world.waiting() == 1
    assert _unread(world) == tuple(sorted(WHOLE_RECORD))


def _fail(resource: dict[str, Any]) -> dict[str, Any]:
    raise ZeroDivisionError


@pytest.fixture
def faulty(database_url: str, mapping_set: MappingSet) -> Iterator[World]:
    """Our reading of one result and of one kind of resource has a fault."""
    paths = (
        PathRule("result", frozenset({"Observation"}), frozenset({(LOINC, "faulty")}), _fail),
        PathRule("drug", frozenset({"MedicationStatement"}), frozenset(), _fail),
    )
    opened = World(Database(database_url), replace(mapping_set, paths=paths))
    yield opened
    opened.close()


def test_a_resource_that_we_fail_to_read_takes_nothing_of_the_record_with_it(
    faulty: World,
) -> None:
    _chart(faulty)
    code = {"coding": [{"system": LOINC, "code": "faulty"}]}
    faulty.chart(bilirubin(1.0, id_="odd") | {"code": code})
    drug = {"medicationReference": {"reference": "Medication/m"}}
    faulty.chart(drug | {"resourceType": "MedicationStatement", "id": "ms", **OF_P1})
    faulty.notify(faulty.ehr.read("Condition/met-p1"))
    for _ in range(MOST_TRIES):
        faulty.drain()
        _end_pauses(faulty)
    assert faulty.value("bilirubin_mg_dl") == 0.8
    lines = [one for one in faulty.document()["not_understood"] if one["reason"] == OUR_FAULT]
    assert {one["source"] for one in lines} == {"MedicationStatement/ms", "Observation/odd"}
    assert faulty.waiting() == 0


def _end_pauses(world: World) -> None:
    with world.database.transaction() as tx:
        tx.exec_driver_sql("UPDATE jobs SET available_at = 0 WHERE state = 'waiting'")
