"""An institution's own codes: understood by the next batch, and in what was read before."""

import json
from typing import Any

import pytest
import yaml

from fhir_mappings.mapping_layer import Layer
from fhir_mappings.mapping_set import MappingSet
from fhir_mappings.notifications import Change
from storage import mapping_sets, resources, unmapped
from storage.active_rules import ActiveRules
from storage.errors import StorageBroken
from storage.unmapped import Unmapped
from tests.workers.world import World, bilirubin, metastasis, net, patient
from workers.drain import drain
from workers.rereads import put_whose_rules_changed
from workers.schedule import tick

HOUSE = "urn:oid:1.2.3.4"


def layer(rule: dict[str, Any] | None = None) -> Layer:
    own = {"id": "house.bili", "like": "lab.bilirubin", "codes": {HOUSE: {"BILT": "Bilirubin"}}}
    return Layer("house.yaml", yaml.safe_dump({"observations": [rule or own]}).encode())


def house_bilirubin(value: float, id_: str = "own") -> dict[str, Any]:
    return bilirubin(value, id_=id_) | {"code": {"coding": [{"system": HOUSE, "code": "BILT"}]}}


def known_patient(world: World) -> None:
    for resource in (patient(), net(), metastasis(), house_bilirubin(1.7)):
        world.chart(resource)
    world.notify(world.ehr.read("Condition/met-p1"))
    tick(world.parts, "holder")


def take_over(world: World, imported: Layer) -> None:
    with world.database.transaction() as tx:
        mapping_sets.put(tx, "main", imported)
    world.parts.rules.refresh()


def seen(world: World) -> list[Unmapped]:
    with world.database.reading() as tx:
        return unmapped.unmapped(tx, "main")


def test_an_imported_layer_is_understood_in_what_was_read_before(world: World) -> None:
    known_patient(world)
    assert world.value("bilirubin_mg_dl") is None
    before = world.document()["mapping_set"]
    take_over(world, layer())
    reads = world.ehr.reads
    assert put_whose_rules_changed(world.parts, delay_seconds=0) == 1
    assert put_whose_rules_changed(world.parts, delay_seconds=0) == 0
    world.drain()
    assert world.value("bilirubin_mg_dl") == 1.7
    assert world.document()["mapping_set"] != before
    assert world.document()["mapping_set"].startswith("house-")
    assert world.ehr.reads == reads


def test_what_comes_after_the_import_is_read_with_the_new_rules(world: World) -> None:
    known_patient(world)
    take_over(world, layer())
    world.change(house_bilirubin(2.1))
    world.drain()
    assert world.value("bilirubin_mg_dl") == 2.1


def test_withdrawing_the_layer_takes_its_facts_back(world: World) -> None:
    known_patient(world)
    take_over(world, layer())
    put_whose_rules_changed(world.parts, delay_seconds=0)
    world.drain()
    with world.database.transaction() as tx:
        mapping_sets.withdraw(tx, "main")
    drain(world.parts)
    put_whose_rules_changed(world.parts, delay_seconds=0)
    world.drain()
    assert world.value("bilirubin_mg_dl") is None


def test_rules_of_another_connection_do_not_count_here(world: World) -> None:
    with world.database.transaction() as tx:
        mapping_sets.put(tx, "other", layer())
    known_patient(world)
    assert world.value("bilirubin_mg_dl") is None
    assert world.parts.rules.of("other").version != world.parts.rules.of("main").version


def test_codes_nobody_mapped_are_counted_with_their_shape_and_no_value(world: World) -> None:
    known_patient(world)
    world.change(house_bilirubin(1.9, "another"))
    world.drain()
    (found,) = [one for one in seen(world) if one.code == "BILT"]
    assert (found.system, found.type, found.shape) == (
        HOUSE,
        "Observation",
        "valueQuantity, unit mg/dL",
    )
    assert found.seen >= 2
    words = " ".join(str(getattr(found, name)) for name in found.__struct_fields__[:6])
    assert not any(value in words for value in ("1.7", "1.9"))


def test_a_layer_that_no_longer_fits_says_what_to_do(world: World, mapping_set: MappingSet) -> None:
    with world.database.transaction() as tx:
        mapping_sets.put(tx, "main", layer({"id": "house.x", "like": "lab.gone"}))
    rules = ActiveRules(world.database, mapping_set)
    with pytest.raises(StorageBroken, match="nelm-cds mappings import --connection main FILE"):
        rules.of("main")


def test_rules_once_known_hold_while_a_new_layer_cannot_be_used(
    world: World, mapping_set: MappingSet
) -> None:
    rules = ActiveRules(world.database, mapping_set)
    assert rules.of("main") is mapping_set
    with world.database.transaction() as tx:
        mapping_sets.put(tx, "main", layer({"id": "house.x", "like": "lab.gone"}))
    rules._refresh_aside()
    assert rules.of("main") is mapping_set


def test_every_kept_body_of_a_patient_is_found_again(world: World) -> None:
    known_patient(world)
    with world.database.reading() as tx:
        kept = resources.read_bodies(tx, world.key("p1"))
    assert {one.type for one in kept} == {"Patient", "Condition", "Observation"}
    assert all(one.body for one in kept)


def test_a_version_is_counted_once_however_often_it_is_read(world: World) -> None:
    for resource in (patient(), net(), metastasis()):
        world.chart(resource)
    for number in range(3):
        world.change(house_bilirubin(1.7 + number, id_=f"own{number}"))
    world.drain()
    world.notify(world.ehr.read("Condition/met-p1"))
    world.drain()
    assert [(one.code, one.seen) for one in seen(world)] == [("BILT", 3)]
    world.change(house_bilirubin(2.4, id_="own1"))
    world.drain()
    assert [(one.code, one.seen) for one in seen(world)] == [("BILT", 4)]


def test_what_was_loaded_is_counted_once_with_the_record_read(world: World) -> None:
    bodies = [patient(), net(), metastasis(), house_bilirubin(1.7)]
    world.hear(
        *(
            Change(body["resourceType"], body["id"], body=json.dumps(body).encode())
            for body in bodies
        ),
        origin="load",
    )
    world.drain()
    assert [(one.code, one.seen) for one in seen(world)] == [("BILT", 1)]
