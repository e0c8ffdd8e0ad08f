"""A connection's own codes in what a hook call brings, without a restart."""

import asyncio
from typing import Any

import pytest
import yaml

from fhir_mappings.mapping_layer import Layer
from fhir_mappings.mapping_set import MappingSet
from storage import mapping_sets
from storage.active_rules import ActiveRules
from storage.database import Database
from tests.service.conftest import Start, connection

HOUSE = "urn:oid:1.2.3.4"
RULE: dict[str, Any] = {
    "id": "house.bili",
    "like": "lab.bilirubin",
    "codes": {HOUSE: {"BILT": "Bilirubin"}},
}


def put(database: Database, **more: Any) -> None:
    layer = Layer("house.yaml", yaml.safe_dump({"observations": [RULE | more]}).encode())
    with database.transaction() as tx:
        mapping_sets.put(tx, "main", layer)


def knows(rules: MappingSet) -> bool:
    return (HOUSE, "BILT") in rules.observations.codes


def test_a_layer_counts_for_its_connection_only(
    database: Database, mapping_set: MappingSet
) -> None:
    put(database)
    rules = ActiveRules(database, mapping_set)
    assert knows(rules.of("main"))
    assert rules.of("other") is mapping_set


def test_an_import_is_seen_without_a_restart(database: Database, mapping_set: MappingSet) -> None:
    rules = ActiveRules(database, mapping_set, refresh_seconds=0)
    assert not knows(rules.of("main"))
    put(database)
    for _ in range(1000):
        if knows(rules.of("main")):
            break
    else:
        rules.refresh()
    assert knows(rules.of("main"))


@pytest.mark.parametrize(("more", "looks"), [({}, False), ({"when": "true"}, True)])
def test_typed_reading_gives_way_only_where_a_rule_looks_at_what_was_sent(
    database: Database, mapping_set: MappingSet, more: dict[str, Any], looks: bool
) -> None:
    rules = ActiveRules(database, mapping_set)
    assert rules.use_paths
    put(database, **more)
    rules.of("main")
    assert rules.use_paths is looks


def test_the_page_about_us_names_the_set_that_reads_each_connections_codes(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    def told(**settings: Any) -> Any:
        async def go() -> Any:
            async with start(**settings) as client:
                return (await client.get("/about", {"accept": "application/json"})).json()

        return asyncio.run(go())

    own = mapping_set.version
    assert told()["mappingSets"] == [{"version": own, "connections": 1}]
    put(database)
    three = {name: connection(name) for name in ("main", "north", "south")}
    found = told(connections=three)
    assert found["mappingSet"] == own
    ours, layered = found["mappingSets"]
    assert ours == {"version": own, "connections": 2}
    assert layered["version"].startswith("house-")
    assert layered["connections"] == 1


def test_rules_that_cannot_be_used_are_no_version(start: Start, database: Database) -> None:
    put(database, like="nothing.known")

    async def go() -> None:
        async with start() as client:
            answer = await client.get("/about", {"accept": "text/html"})
            assert "not known at present" in answer.body.decode()

    asyncio.run(go())
