"""Layers of mapping rules: every version stays, one per connection is active, and who is judged."""

import pytest
import sqlalchemy as sa

from fhir_mappings.mapping_layer import Layer
from storage import assessments, mapping_sets, patients
from storage.assessments import Judged
from storage.database import Database
from storage.errors import StorageRefused


def judged(patient: int, mapping_set: str) -> Judged:
    return Judged(patient, b"{}", "x", "2026-06-01", f"digest {mapping_set}", "k", mapping_set)


FIRST, SECOND = Layer("one.yaml", b"a: 1"), Layer("two.yaml", b"a: 2")


def test_the_last_import_is_active_and_earlier_ones_stay(tx: sa.Connection) -> None:
    assert mapping_sets.put(tx, "main", FIRST, "first", "ada", now=1)
    assert mapping_sets.put(tx, "main", SECOND, now=2)
    assert mapping_sets.active_versions(tx) == {"main": SECOND.digest}
    assert mapping_sets.layer(tx, "main") == SECOND
    assert mapping_sets.layer(tx, "main", FIRST.digest[:6]) == FIRST
    newest, oldest = mapping_sets.versions(tx, "main")
    assert (newest.active, oldest.active) == (True, False)
    assert (oldest.note, oldest.author, oldest.imported_at) == ("first", "ada", 1)


def test_the_same_content_again_changes_nothing_and_an_older_one_comes_back(
    tx: sa.Connection,
) -> None:
    mapping_sets.put(tx, "main", FIRST, now=1)
    assert not mapping_sets.put(tx, "main", FIRST, now=2)
    mapping_sets.put(tx, "main", SECOND, now=3)
    assert mapping_sets.put(tx, "main", FIRST, now=4)
    assert mapping_sets.active_version(tx, "main") == FIRST.digest
    assert len(mapping_sets.versions(tx, "main")) == 2


def test_connections_do_not_share_layers(tx: sa.Connection) -> None:
    mapping_sets.put(tx, "main", FIRST)
    mapping_sets.put(tx, "other", SECOND)
    assert mapping_sets.layer(tx, "main") == FIRST
    assert mapping_sets.withdraw(tx, "main")
    assert not mapping_sets.withdraw(tx, "main")
    assert mapping_sets.active_versions(tx) == {"other": SECOND.digest}


@pytest.mark.parametrize("version", [None, "beef", "%"])
def test_a_layer_that_is_not_there_is_refused(tx: sa.Connection, version: str | None) -> None:
    with pytest.raises(StorageRefused, match="Connection main has no"):
        mapping_sets.layer(tx, "main", version)


def test_a_hook_sees_active_versions_at_a_glance(database: Database) -> None:
    with database.transaction() as tx:
        mapping_sets.put(tx, "main", FIRST)
    with database.glance() as conn:
        assert mapping_sets.active_versions(conn) == {"main": FIRST.digest}


def test_what_is_in_force_is_noted_once_per_connection(tx: sa.Connection) -> None:
    assert mapping_sets.in_force(tx, "main") is None
    mapping_sets.set_in_force(tx, "main", "v1", now=1)
    mapping_sets.set_in_force(tx, "main", "v2", now=2)
    mapping_sets.set_in_force(tx, "other", "v3", now=2)
    assert mapping_sets.in_force(tx, "main") == "v2"


def test_the_registry_is_who_shows_a_sign_at_this_connection(tx: sa.Connection) -> None:
    keys = patients.find_or_add(tx, "main", ["a", "b", "c"])
    elsewhere = patients.find_or_add(tx, "other", ["a"])
    patients.mark_sign(tx, [keys["a"], keys["b"], elsewhere["a"]])
    assert mapping_sets.registry(tx, "main") == sorted([keys["a"], keys["b"]])
    assessments.save(tx, [judged(keys["a"], "old"), judged(keys["b"], "new")])
    assert mapping_sets.registry(tx, "main", not_judged_by="new") == [keys["a"]]
