"""The list of codes nobody has mapped: counted set-based, per connection, until they are known."""

import sqlalchemy as sa

from storage import unmapped
from storage.database import Database
from storage.unmapped import Unmapped

NEW = Unmapped("Observation", "urn:x", "BILT", "no rule", "Bilirubin", "valueQuantity", 3)


def test_counts_add_up_and_the_last_time_moves_on(tx: sa.Connection) -> None:
    unmapped.note(tx, "main", [NEW], now=1)
    again = Unmapped("Observation", "urn:x", "BILT", "no rule", None, None, 2)
    unmapped.note(tx, "main", [again], now=5)
    (found,) = unmapped.unmapped(tx, "main")
    assert (found.seen, found.first_seen_at, found.last_seen_at) == (5, 1, 5)
    assert (found.display, found.shape) == ("Bilirubin", "valueQuantity")


def test_the_most_frequent_comes_first_and_connections_stay_apart(tx: sa.Connection) -> None:
    rare = Unmapped("Condition", "", "lebermetastasen", "no rule", seen=1)
    unmapped.note(tx, "main", [rare, NEW], now=1)
    unmapped.note(tx, "other", [rare], now=1)
    assert [one.code for one in unmapped.unmapped(tx, "main")] == ["BILT", "lebermetastasen"]
    assert [one.code for one in unmapped.unmapped(tx, "main", limit=1)] == ["BILT"]
    assert len(unmapped.unmapped(tx, "other")) == 1


def test_what_is_known_by_now_is_forgotten(tx: sa.Connection) -> None:
    unmapped.note(tx, "main", [NEW], now=1)
    unmapped.forget(tx, "main", unmapped.unmapped(tx, "main"))
    assert unmapped.unmapped(tx, "main") == []


def test_nothing_seen_writes_nothing(tx: sa.Connection) -> None:
    unmapped.note(tx, "main", [])
    assert unmapped.unmapped(tx, "main") == []


def test_a_large_batch_is_one_statement(database: Database) -> None:
    many = [Unmapped("Observation", "urn:x", f"c{n}", "no rule") for n in range(500)]
    asked: list[str] = []
    with database.transaction() as tx:
        sa.event.listen(tx.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        unmapped.note(tx, "main", many)
    assert len([one for one in asked if "unmapped_codes" in one]) == 1
