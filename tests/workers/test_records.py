"""A patient's record is read whole, or what could not be read is told."""

from typing import Any

from nelm_cds.backfilling import backfill
from storage import gaps
from tests.workers.world import World, bilirubin, metastasis, net, patient
from workers.records import RECORD_TYPES


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
