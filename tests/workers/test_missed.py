"""What an EHR never told us of: a backfill finds it, deletions included."""

import time

from fhir_mappings.notifications import Heard
from nelm_cds.backfilling import Filled, backfill
from storage.subscriptions import ailing, note_all_heard
from tests.workers.world import World, bilirubin, metastasis, net, patient


def known_patient(world: World) -> None:
    for resource in (patient(), net(), metastasis(), bilirubin(0.8)):
        world.chart(resource)
    world.notify(world.ehr.read("Condition/met-p1"))
    world.drain()
    assert world.value("bilirubin_mg_dl") == 0.8


def filled(world: World) -> dict[str, Filled]:
    found = {one.type: one for one in backfill(world.database, "main", world.ehr)}
    world.drain()
    return found


def test_a_deletion_that_nobody_told_us_of_counts_after_a_backfill(world: World) -> None:
    known_patient(world)
    world.ehr.delete("Observation/bili")
    found = filled(world)
    assert {type_: one.missed for type_, one in found.items() if one.missed} == {"Observation": 1}
    assert world.value("bilirubin_mg_dl") is None
    assert filled(world)["Observation"].missed == 0


def test_what_a_search_leaves_out_and_the_ehr_still_holds_stays(world: World) -> None:
    known_patient(world)
    world.ehr.hides = frozenset({"Observation/bili"})
    assert filled(world)["Observation"].missed == 1
    assert world.value("bilirubin_mg_dl") == 0.8


def test_what_was_loaded_is_not_asked_of_the_ehr(world: World) -> None:
    for resource in (patient(), net(), metastasis(), bilirubin(0.8)):
        world.notify(world.chart(resource), origin="load")
    world.drain()
    world.ehr.delete("Observation/bili")
    assert filled(world)["Observation"].missed == 0
    assert world.value("bilirubin_mg_dl") == 0.8


def test_a_search_that_is_refused_tells_nothing_of_what_is_held(world: World) -> None:
    known_patient(world)
    world.ehr.refuses_types = frozenset({"Observation"})
    world.ehr.delete("Observation/bili")
    found = filled(world)["Observation"]
    assert (found.refused, found.missed) == (True, 0)
    assert world.value("bilirubin_mg_dl") == 0.8


def test_missing_events_have_been_looked_for_after_a_backfill(world: World) -> None:
    with world.database.transaction() as tx:
        note_all_heard(tx, [("main", Heard("poke"))], time.time() - 600)
        assert len(ailing(tx, time.time())) == 1
    filled(world)
    with world.database.transaction() as tx:
        assert ailing(tx, time.time()) == []
