"""Two imports of mapping rules at once: every version is kept, one is active, nobody is refused."""

import pytest

from fhir_mappings.mapping_layer import Layer
from storage import mapping_sets
from storage.database import Database
from tests.storage.test_concurrency import at_once

LAYERS = [Layer(f"{name}.yaml", f"a: {name}".encode()) for name in ("one", "two", "three", "four")]


@pytest.mark.parametrize("known", [False, True])
def test_of_imports_at_once_every_version_stays_and_one_is_active(
    database: Database, known: bool
) -> None:
    before = Layer("before.yaml", b"a: 0")
    if known:
        with database.transaction() as tx:
            mapping_sets.put(tx, "main", before)
    done = at_once(
        database, *(lambda tx, one=one: mapping_sets.put(tx, "main", one) for one in LAYERS)
    )
    assert done == [True] * len(LAYERS)
    wanted = {one.digest for one in [*LAYERS, *([before] if known else [])]}
    with database.reading() as tx:
        stored = mapping_sets.versions(tx, "main")
        assert {one.version for one in stored} == wanted
        (active,) = [one for one in stored if one.active]
        assert mapping_sets.layer(tx, "main").digest == active.version != before.digest


def test_the_same_file_imported_twice_at_once_is_one_version(database: Database) -> None:
    one = LAYERS[0]
    done = at_once(database, *(lambda tx: mapping_sets.put(tx, "main", one) for _ in range(3)))
    assert sorted(done, key=str) == [False, False, True]
    with database.reading() as tx:
        assert [one.active for one in mapping_sets.versions(tx, "main")] == [True]


def test_an_import_beside_a_withdrawal_leaves_a_state_that_one_of_them_made(
    database: Database,
) -> None:
    with database.transaction() as tx:
        mapping_sets.put(tx, "main", LAYERS[0])
    done = at_once(
        database,
        lambda tx: mapping_sets.put(tx, "main", LAYERS[1]),
        lambda tx: mapping_sets.withdraw(tx, "main"),
    )
    assert done[0] is True
    assert done[1] is True
    with database.reading() as tx:
        assert mapping_sets.active_version(tx, "main") in (None, LAYERS[1].digest)
        assert len(mapping_sets.versions(tx, "main")) == 2


def test_imports_for_two_connections_do_not_touch_each_other(database: Database) -> None:
    done = at_once(
        database,
        lambda tx: mapping_sets.put(tx, "main", LAYERS[0]),
        lambda tx: mapping_sets.put(tx, "other", LAYERS[1]),
    )
    assert done == [True, True]
    with database.reading() as tx:
        assert mapping_sets.active_versions(tx) == {
            "main": LAYERS[0].digest,
            "other": LAYERS[1].digest,
        }
