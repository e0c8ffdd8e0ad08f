"""The queue of notifications: one row each, in order, leased, retried, buried."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from fhir_mappings.notifications import Change, Heard, Problem
from storage import notifications, resources
from storage.database import Database
from storage.notifications import Origin, Taken
from tests.storage.builders import change, heard, kept, observation

ORIGINS: tuple[Origin, ...] = ("subscription", "load", "sweep", "backfill")
T = 1_000_000.0


def put(tx: Connection, *changes: Change, now: float = T) -> None:
    notifications.put_now(tx, "a", heard(*changes), "subscription", now)


def take(tx: Connection, now: float = T, limit: int = 500) -> list[Taken]:
    return notifications.take(tx, limit, 60, now)


def states(tx: Connection) -> list[str]:
    every = ("waiting", "taken", "done", "buried", "poison")
    return [one.state for one in notifications.list_noted(tx, every)]


def test_notifications_come_out_in_the_order_they_came(tx: Connection) -> None:
    put(tx, change(1), change(2, None), change(3))
    put(tx, change(4), now=T + 1)
    assert [one.id for one in take(tx, T + 1)] == ["o1", "o2", "o3", "o4"]


def test_everything_said_is_kept_until_it_is_taken(tx: Connection) -> None:
    said = Change("Observation", "o1", "3", "2024-01-01T00:00:00Z", "delete", b"\x00{", 7, "Sub/1")
    notifications.put_now(tx, "b", heard(said), "load", T)
    (one,) = take(tx)
    assert (one.connection, one.reference, one.version) == ("b", "Observation/o1", "3")
    assert (one.last_updated, one.interaction) == ("2024-01-01T00:00:00Z", "delete")
    assert (one.body, one.subscription, one.origin) == (b"\x00{", "Sub/1", "load")
    assert (one.received_at, one.attempt) == (T, 1)


def test_the_same_version_is_one_row_even_after_it_was_done(tx: Connection) -> None:
    put(tx, change(1), change(1))
    put(tx, change(1))
    notifications.finish(tx, take(tx))
    resources.keep(tx, "a", kept(observation(1, "2024-01-01")))
    put(tx, change(1))
    assert states(tx) == ["done"]


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_version_that_was_given_up_on_is_tried_again_when_it_is_told_again(
    tx: Connection, origin: Origin
) -> None:
    put(tx, change(1, body=b"old"))
    notifications.bury(tx, take(tx), "EhrRefused")
    again = change(1, body=b"new")
    notifications.put_now(tx, "a", heard(again, again), origin, T + 5)
    (one,) = take(tx, T + 5)
    assert (one.body, one.origin, one.attempt, one.received_at) == (b"new", origin, 1, T + 5)


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_done_version_of_what_is_deleted_here_is_worked_on_again(
    tx: Connection, origin: Origin
) -> None:
    put(tx, change(1))
    notifications.finish(tx, take(tx))
    resources.keep(tx, "a", kept(observation(1, "2024-01-01")))
    resources.delete(tx, "a", [("Observation", "o1")])
    notifications.put_now(tx, "a", heard(change(1)), origin, T)
    assert states(tx) == ["waiting"]


@pytest.mark.parametrize("origin", ORIGINS)
def test_what_is_looked_up_is_worked_on_again_where_another_version_is_here(
    tx: Connection, origin: Origin
) -> None:
    put(tx, change(1))
    notifications.finish(tx, take(tx))
    resources.keep(tx, "a", kept(observation(1, "2024-01-01", version="2")))
    notifications.put_now(tx, "a", heard(change(1)), origin, T)
    assert states(tx) == ["done" if origin == "subscription" else "waiting"]


def test_a_file_loaded_again_with_other_content_is_worked_on_again(tx: Connection) -> None:
    notifications.put_now(tx, "a", heard(change(1, body=b"one")), "load", T)
    notifications.finish(tx, take(tx))
    resources.keep(tx, "a", kept(observation(1, "2024-01-01"), body=b"one", origin="load"))
    notifications.put_now(tx, "a", heard(change(1, body=b"one")), "load", T)
    assert states(tx) == ["done"]
    notifications.put_now(tx, "a", heard(change(1, body=b"two")), "load", T)
    assert states(tx) == ["waiting"]


def told_at(updated: str | None, body: bytes = b"{}") -> Change:
    return Change("Observation", "o1", "1", updated, "upsert", body)


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_version_that_is_told_with_another_time_is_worked_on_again(
    tx: Connection, origin: Origin
) -> None:
    put(tx, told_at("2026-01-01T10:00:00Z", b"one"))
    notifications.finish(tx, take(tx))
    kept_one = observation(1, "2024-01-01", updated="2026-01-01T10:00:00Z")
    resources.keep(tx, "a", kept(kept_one, body=b"one"))
    for same in (told_at("2026-01-01T10:00:00Z", b"one"), told_at(None, b"one")):
        notifications.put_now(tx, "a", heard(same), origin, T)
        assert states(tx) == ["done"]
    notifications.put_now(tx, "a", heard(told_at("2026-01-01T11:00:00Z", b"two")), origin, T)
    (one,) = take(tx)
    assert (one.body, one.last_updated) == (b"two", "2026-01-01T11:00:00Z")


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize("later", ["2026-01-01T11:00:00Z", "2026-01-01T09:00:00Z"])
def test_of_two_that_wait_under_one_version_the_ehr_is_asked(
    tx: Connection, taken: bool, later: str
) -> None:
    put(tx, told_at("2026-01-01T10:00:00Z", b"one"))
    working = take(tx) if taken else []
    put(tx, told_at(later, b"two"))
    notifications.finish(tx, working)
    (one,) = take(tx)
    assert (one.body, one.last_updated) == (None, later)


@pytest.mark.parametrize("order", [(9, 11, 10), (11, 10, 9)])
def test_of_one_version_told_several_times_at_once_the_newest_stands(
    tx: Connection, order: tuple[int, ...]
) -> None:
    put(tx, *(told_at(f"2026-01-01T{hour:02}:00:00Z", b"%d" % hour) for hour in order))
    (one,) = take(tx)
    assert one.body == b"11"


def test_the_same_version_in_another_connection_is_another_row(tx: Connection) -> None:
    put(tx, change(1))
    notifications.put_now(tx, "b", heard(change(1)), "subscription", T)
    assert len(take(tx)) == 2


def test_without_a_version_the_last_word_stands_while_it_waits(tx: Connection) -> None:
    put(tx, change(1, None, b"old"), change(1, None, b"new"))
    gone = Change("Observation", "o1", interaction="delete")
    put(tx, gone)
    (one,) = take(tx)
    assert (one.interaction, one.body) == ("delete", None)


def test_without_a_version_a_change_during_the_work_is_another_row(tx: Connection) -> None:
    put(tx, change(1, None))
    first = take(tx)
    put(tx, change(1, None))
    notifications.retry(tx, first, "EhrUnavailable", 5, T)
    assert len(take(tx)) == 1
    assert len(take(tx, T + 5)) == 1


def test_deleted_and_made_again_keeps_its_order_within_one_notification(tx: Connection) -> None:
    gone = Change("Observation", "o1", interaction="delete")
    put(tx, gone, change(1, "5"), Change("Observation", "o2", "1"), gone)
    assert [(one.id, one.version) for one in take(tx)] == [
        ("o1", None),
        ("o1", "5"),
        ("o2", "1"),
    ]


def test_a_taken_row_is_nobody_elses_until_its_lease_ends(tx: Connection) -> None:
    put(tx, change(1))
    first = take(tx)
    assert take(tx, T + 59) == []
    (again,) = take(tx, T + 60)
    assert (again.row, again.attempt) == (first[0].row, 2)


def test_a_taker_whose_lease_ended_changes_nothing_any_more(tx: Connection) -> None:
    put(tx, change(1))
    late = take(tx)
    take(tx, T + 60)
    notifications.finish(tx, late)
    notifications.bury(tx, late, "Late")
    assert states(tx) == ["taken"]


def test_done_keeps_the_ids_and_drops_the_body(tx: Connection) -> None:
    put(tx, change(1, body=b"secret"))
    notifications.finish(tx, take(tx))
    row = tx.execute(sa.text("SELECT body, fhir_id FROM notifications")).one()
    assert (row.body, row.fhir_id) == (None, "o1")
    assert take(tx, T + 1000) == []


@pytest.mark.parametrize(("attempt", "pause"), [(1, 2), (2, 4), (5, 32), (10, 900), (60, 900)])
def test_the_pause_before_a_retry_grows_to_a_quarter_of_an_hour(
    tx: Connection, attempt: int, pause: int
) -> None:
    put(tx, change(1))
    taken: list[Taken] = []
    for number in range(attempt):
        taken = take(tx, T + number * 60)
    now = T + attempt * 60
    notifications.retry(tx, taken, "EhrUnavailable", now=now)
    assert take(tx, now + pause - 0.5) == []
    assert len(take(tx, now + pause)) == 1


def test_a_pause_the_ehr_asked_for_is_kept(tx: Connection) -> None:
    put(tx, change(1))
    notifications.retry(tx, take(tx), "EhrUnavailable", 120, T)
    assert take(tx, T + 119) == []
    assert len(take(tx, T + 120)) == 1


def test_buried_rows_wait_for_a_person_and_can_be_revived(tx: Connection) -> None:
    put(tx, change(1))
    notifications.bury(tx, take(tx), "KeyError")
    assert take(tx, T + 9999) == []
    (noted,) = notifications.list_noted(tx)
    assert (noted.state, noted.error, noted.id) == ("buried", "KeyError", "o1")
    assert notifications.revive(tx, [noted.row + 1], T) == 0
    assert notifications.revive(tx, [noted.row], T) == 1
    (again,) = take(tx)
    assert (again.attempt, again.body) == (1, b"{}")


def test_what_cannot_be_read_is_kept_as_poison_beside_the_rest(tx: Connection) -> None:
    said = Heard("changes", (change(1),), (Problem("not JSON", b"\xff"), Problem("no id", b"{}")))
    assert notifications.put_now(tx, "a", said, "subscription", T) == 1
    assert len(take(tx)) == 1
    assert [one.error for one in notifications.list_noted(tx)] == ["no id", "not JSON"]


def test_waiting_and_taken_rows_are_counted(tx: Connection) -> None:
    put(tx, change(1), change(2), change(3))
    notifications.finish(tx, take(tx, limit=1))
    take(tx, limit=1)
    assert notifications.count_waiting(tx) == 2


def test_only_old_done_rows_are_forgotten(tx: Connection) -> None:
    put(tx, change(1), change(2))
    notifications.finish(tx, take(tx, limit=1))
    put(tx, change(3), now=T + 100)
    notifications.finish(tx, take(tx, T + 100, limit=5))
    assert notifications.forget_done(tx, T + 50) == 2
    assert states(tx) == ["done"]


def test_done_rows_are_forgotten_behind_those_that_were_given_up_on(tx: Connection) -> None:
    put(tx, *(change(n) for n in range(5)))
    notifications.bury(tx, take(tx, limit=5), "EhrRefused")
    put(tx, *(change(n) for n in range(5, 9)))
    notifications.finish(tx, take(tx, limit=4))
    assert notifications.forget_done(tx, T + 50, limit=3) == 3
    assert notifications.forget_done(tx, T + 50, limit=3) == 1
    assert states(tx) == ["buried"] * 5


def test_what_was_given_up_long_ago_holds_nothing_of_patients_any_more(tx: Connection) -> None:
    put(tx, change(1, body=b"secret"))
    notifications.bury(tx, take(tx), "KeyError")
    poison = Heard("changes", (), (Problem("not JSON", b"secret"),))
    notifications.put_now(tx, "a", poison, "subscription", T)
    notifications.put_now(tx, "a", poison, "subscription", T + 100)
    assert notifications.forget_given_up(tx, T) == 0
    assert notifications.forget_given_up(tx, T + 50) == 2
    assert sorted(states(tx)) == ["buried", "poison"]
    assert notifications.revive(tx, now=T + 60) == 1
    (again,) = take(tx, T + 60)
    assert (again.reference, again.body) == ("Observation/o1", None)


def test_takers_at_once_never_get_the_same_row(database: Database) -> None:
    count = 300
    with database.transaction() as tx:
        put(tx, *(change(number) for number in range(count)))
    got: list[list[int]] = [[], [], [], []]
    start = threading.Barrier(len(got))

    def work(mine: list[int]) -> None:
        start.wait()
        for _ in range(count // 7 + 1):
            with database.transaction() as tx:
                mine.extend(one.row for one in notifications.take(tx, 7, 600, T))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = [row for mine in got for row in mine]
    assert len(rows) == len(set(rows)) == count


def test_a_crash_while_working_gives_everything_back(database: Database) -> None:
    with database.transaction() as tx:
        put(tx, change(1))

    class Crash(Exception):
        pass

    def crash() -> None:
        with database.transaction() as tx:
            notifications.finish(tx, take(tx))
            raise Crash

    with pytest.raises(Crash):
        crash()
    with database.transaction() as tx:
        assert [one.attempt for one in take(tx)] == [1]
