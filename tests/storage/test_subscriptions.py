"""Event numbers: gaps found whatever the order, restarts noticed, nothing dropped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from fhir_mappings.notifications import Change, Heard
from storage import leases, notifications, subscriptions, watermarks
from storage.subscriptions import Count, Followed, add_events

T = 1_000_000.0


def event(number: int, so_far: int | None = None) -> Heard:
    said = Change("Observation", f"o{number}", "1", event_number=number)
    return Heard("changes", (said,), (), "Subscription/1", so_far, "active")


def follow(tx: Connection, *numbers: int, start: float = T) -> Followed:
    for place, number in enumerate(numbers):
        notifications.put_now(tx, "a", event(number), "subscription", start + place)
    (one,) = subscriptions.followed(tx, "a")
    return one


def test_numbers_in_order_leave_no_gap(tx: Connection) -> None:
    one = follow(tx, 5, 6, 7)
    assert (one.seen_up_to, one.highest_seen, one.gap_since) == (7, 7, None)
    assert (one.status, one.last_heard_at) == ("active", T + 2)


def test_a_missing_number_is_a_gap_until_it_comes(tx: Connection) -> None:
    one = follow(tx, 1, 3, 4)
    assert (one.seen_up_to, one.highest_seen, one.gap_since) == (1, 4, T + 1)
    one = follow(tx, 2, start=T + 9)
    assert (one.seen_up_to, one.highest_seen, one.gap_since) == (4, 4, None)


def test_a_gap_is_closed_after_a_sweep(tx: Connection) -> None:
    follow(tx, 1, 3)
    subscriptions.gap_closed(tx, "a", "Subscription/1")
    one = follow(tx, 4, start=T + 9)
    assert (one.seen_up_to, one.gap_since) == (4, None)


def test_a_heartbeat_that_counts_more_than_we_heard_shows_a_gap(tx: Connection) -> None:
    follow(tx, 1, 2)
    beat = Heard("heartbeat", (), (), "Subscription/1", 4, "active")
    subscriptions.note_all_heard(tx, [("a", beat)], T + 60)
    (one,) = subscriptions.followed(tx, "a")
    assert (one.gap_since, one.last_heard_at) == (T + 60, T + 60)
    assert follow(tx, 3, 4, start=T + 61).gap_since is None


def test_a_counter_that_starts_anew_is_a_gap_until_it_was_looked_for(tx: Connection) -> None:
    follow(tx, 7, 8, 9)
    notifications.put_now(tx, "a", event(1, so_far=1), "subscription", T + 10)
    one = follow(tx, 2, start=T + 11)
    assert (one.seen_up_to, one.gap_since) == (2, T + 10)
    subscriptions.gap_closed(tx, "a", "Subscription/1")
    assert follow(tx, 3, start=T + 12).gap_since is None


def test_an_event_that_names_nothing_is_a_gap_until_it_was_looked_for(tx: Connection) -> None:
    for name in (None, "Subscription/1"):
        notifications.put_now(tx, "a", Heard("poke", subscription=name), "subscription", T)
    notifications.put_now(tx, "a", event(1), "subscription", T + 1)
    assert subscriptions.ailing(tx, T + 30) == []
    found = subscriptions.ailing(tx, T + 60)
    assert [(one.subscription, one.gap_since) for one in found] == [("", T), ("Subscription/1", T)]
    subscriptions.looked_for(tx, "a", T - 1)
    assert len(subscriptions.ailing(tx, T + 60)) == 2
    subscriptions.looked_for(tx, "a", T)
    assert subscriptions.ailing(tx, T + 60) == []


@pytest.mark.parametrize("status", ["off", "error"])
def test_a_subscription_that_is_switched_off_ails_until_it_is_active_or_was_looked_for(
    tx: Connection, status: str
) -> None:
    follow(tx, 1, 2)
    assert subscriptions.ailing(tx, T + 99) == []
    beat = Heard("heartbeat", (), (), "Subscription/1", 2, status)
    for active in (False, True):
        subscriptions.note_all_heard(tx, [("a", beat)], T + 99)
        (one,) = subscriptions.ailing(tx, T + 99)
        assert (one.status, one.gap_since) == (status, None)
        if active:
            follow(tx, 3)
        else:
            subscriptions.looked_for(tx, "a", T + 99)
        assert subscriptions.ailing(tx, T + 99) == []


def test_an_event_with_an_old_number_is_never_dropped(tx: Connection) -> None:
    follow(tx, 7, 8, 9)
    notifications.put_now(tx, "a", event(1, so_far=1), "subscription", T)
    assert "o1" in {one.id for one in notifications.take(tx, now=T + 99)}


def test_a_dialect_without_subscriptions_leaves_nothing_to_follow(tx: Connection) -> None:
    heard = Heard("changes", (Change("Observation", "o1", "1"),))
    notifications.put_now(tx, "a", heard, "subscription", T)
    assert subscriptions.followed(tx, "a") == []


@given(st.permutations(range(1, 12)), st.data())
def test_the_order_of_the_numbers_does_not_matter(numbers: list[int], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(numbers), max_size=5))
    count = add_events(Count(up_to=0), [], None, T)
    for number in [*numbers, *again]:
        count = add_events(count, [number], None, T)
    assert count == Count(up_to=11)


@given(st.sets(st.integers(1, 30), min_size=1))
def test_a_gap_is_shown_exactly_while_a_number_is_missing(numbers: set[int]) -> None:
    count = add_events(Count(up_to=0), numbers, None, T)
    complete = numbers == set(range(1, max(numbers) + 1))
    assert (count.gap_since is None) == complete


# --- Watermarks and leases ----------------------------------------------------------------------


def test_a_watermark_moves_forward_only_and_reads_back_as_sent(tx: Connection) -> None:
    assert watermarks.get(tx, "a", "Observation") is None
    for sent in ("2024-01-02T00:00:00Z", "2024-01-01T00:00:00Z", "2024-01-02T00:30:00+01:00"):
        watermarks.advance(tx, "a", "Observation", sent)
    assert watermarks.get(tx, "a", "Observation") == "2024-01-02T00:00:00Z"
    watermarks.advance(tx, "a", "Observation", "2024-01-02T03:00:00+01:00")
    assert watermarks.get(tx, "a", "Observation") == "2024-01-02T03:00:00+01:00"
    assert watermarks.get(tx, "b", "Observation") is None


@pytest.mark.parametrize(("later", "gets"), [(29, False), (30, True)])
def test_a_lease_is_one_holders_until_it_ends(tx: Connection, later: float, gets: bool) -> None:
    assert leases.acquire(tx, "schedule", "one", 30, T)
    assert leases.acquire(tx, "other", "two", 30, T)
    assert leases.acquire(tx, "schedule", "two", 30, T + later) == gets


def test_a_lease_can_be_renewed_and_given_back(tx: Connection) -> None:
    leases.acquire(tx, "schedule", "one", 30, T)
    assert leases.acquire(tx, "schedule", "one", 30, T + 20)
    assert not leases.acquire(tx, "schedule", "two", 30, T + 40)
    leases.release(tx, "schedule", "two")
    assert not leases.acquire(tx, "schedule", "two", 30, T + 40)
    leases.release(tx, "schedule", "one")
    assert leases.acquire(tx, "schedule", "two", 30, T + 40)
