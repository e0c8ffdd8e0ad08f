"""What we know of our subscriptions at the EHR: when last heard, and which events are missing.

Event numbers find gaps; they never drop an event (servers restart their counters).
"""

from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from fhir_mappings.notifications import Heard
from storage.rows import Writing
from storage.tables import subscriptions

# Beyond this many numbers after a gap the exact ones no longer matter: a sweep is due.
_MOST_BEYOND = 1000


class Followed(msgspec.Struct, frozen=True):
    """One subscription. `subscription` is its reference, `""` where the dialect names none.

    seen_up_to: every event number up to here was heard, counted from the first one heard.
    gap_since: Unix seconds since when a number is missing or the sender's counter started anew;
    None: nothing is missing.
    """

    connection: str
    subscription: str
    status: str | None
    last_heard_at: float
    seen_up_to: int | None
    highest_seen: int | None
    gap_since: float | None


class Ailing(msgspec.Struct, frozen=True):
    """A subscription from which things may be missing. `subscription`: `""` where none is named.

    status: `error` or `off` where the EHR said so last, else None. gap_since: as in `Followed`.
    """

    connection: str
    subscription: str
    status: str | None
    gap_since: float | None


class Count(msgspec.Struct, frozen=True):
    """Event numbers heard: all up to `up_to`, and those `beyond` the first one missing.

    restarted: the sender's counter began anew, or an event named nothing, so nobody knows what is
    missing.
    """

    up_to: int | None = None
    beyond: tuple[int, ...] = ()
    gap_since: float | None = None
    restarted: bool = False


def add_events(
    count: Count, numbers: Iterable[int], events_so_far: int | None, now: float
) -> Count:
    """The count after hearing these event numbers, in any order and repeated at will.

    events_so_far: how many events the sender says it has counted since the subscription began;
    fewer than we heard means that its counter started anew, so events may be missing.
    """
    heard = sorted(set(numbers))
    if events_so_far is not None and count.up_to is not None and events_so_far < count.up_to:
        return Count(max(heard, default=events_so_far), (), count.gap_since or now, True)
    first = heard[0] - 1 if heard else events_so_far
    up_to = count.up_to if count.up_to is not None else first
    if up_to is None:
        return count
    up_to, beyond = _advance(up_to, {*count.beyond, *heard})
    highest = beyond[-1] if beyond else up_to
    missing = count.restarted or bool(beyond) or (events_so_far or 0) > highest
    since = (count.gap_since or now) if missing else None
    return Count(up_to, beyond[-_MOST_BEYOND:], since, count.restarted)


def _advance(up_to: int, numbers: set[int]) -> tuple[int, tuple[int, ...]]:
    while up_to + 1 in numbers:
        up_to += 1
    return up_to, tuple(sorted(number for number in numbers if number > up_to))


def note_all_heard(tx: Connection, heard: Sequence[tuple[str, Heard]], now: float) -> None:
    """Notes the time, the status and the event numbers; `put_now` and `Inbox` do it already."""
    told = _by_subscription(heard)
    if not told:
        return
    before = _locked(tx, sorted(told))
    rows = []
    for key in sorted(told):
        status, count = before.get(key, (None, Count()))
        for one in told[key]:
            numbers = [c.event_number for c in one.changes if c.event_number is not None]
            count = add_events(count, numbers, one.events_since_start, now)
            if _is_nameless(one):
                since = count.gap_since or now
                count = msgspec.structs.replace(count, gap_since=since, restarted=True)
            status = one.subscription_status or status
        rows.append(_row(key, status, count, now))
    _REPLACE.run(tx, rows)


_TOLD = ["status", "last_heard_at", "seen_up_to", "seen_beyond", "gap_since", "restarted"]
_KEY = ["connection", "subscription"]
_REPLACE = Writing(subscriptions, [*_KEY, *_TOLD], {"index_elements": _KEY, "set": _TOLD})


def _by_subscription(heard: Sequence[tuple[str, Heard]]) -> dict[tuple[str, str], list[Heard]]:
    told: dict[tuple[str, str], list[Heard]] = {}
    for connection, one in heard:
        if one.subscription is not None or one.kind == "heartbeat" or _is_nameless(one):
            told.setdefault((connection, one.subscription or ""), []).append(one)
    return told


def _is_nameless(heard: Heard) -> bool:
    """Something happened, and nothing says to what: only looking finds it."""
    return heard.kind == "poke" and not heard.problems


def _locked(
    tx: Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[str | None, Count]]:
    row = subscriptions.c
    found = tx.execute(
        sa.select(subscriptions)
        .where(sa.tuple_(row.connection, row.subscription).in_(keys))
        .order_by(row.connection, row.subscription)
        .with_for_update()
    )
    return {
        (one.connection, one.subscription): (
            one.status,
            Count(one.seen_up_to, _numbers(one.seen_beyond), one.gap_since, one.restarted),
        )
        for one in found
    }


def _numbers(text: str) -> tuple[int, ...]:
    return msgspec.json.decode(text, type=tuple[int, ...])


def _row(key: tuple[str, str], status: str | None, count: Count, now: float) -> dict[str, object]:
    return {
        "connection": key[0],
        "subscription": key[1],
        "status": status,
        "last_heard_at": now,
        "seen_up_to": count.up_to,
        "seen_beyond": msgspec.json.encode(count.beyond).decode(),
        "gap_since": count.gap_since,
        "restarted": count.restarted,
    }


def followed(tx: Connection, connection: str) -> list[Followed]:
    """All subscriptions of a connection that were ever heard."""
    row = subscriptions.c
    found = tx.execute(
        sa.select(subscriptions).where(row.connection == connection).order_by(row.subscription)
    )
    return [
        Followed(
            one.connection,
            one.subscription,
            one.status,
            one.last_heard_at,
            one.seen_up_to,
            max(_numbers(one.seen_beyond), default=one.seen_up_to),
            one.gap_since,
        )
        for one in found
    ]


def gap_closed(tx: Connection, connection: str, subscription: str) -> None:
    """After a sweep: whatever was missing has been looked for."""
    for one in followed(tx, connection):
        if one.subscription == subscription:
            row = subscriptions.c
            tx.execute(
                sa.update(subscriptions)
                .where(row.connection == connection, row.subscription == subscription)
                .values(
                    seen_up_to=one.highest_seen, seen_beyond="[]", gap_since=None, restarted=False
                )
            )


# Numbers may come out of order; what is missing for longer than this is missing.
HOLD_SECONDS = 60.0
_NOT_ACTIVE = ("error", "off")


def ailing(conn: Connection, now: float) -> list[Ailing]:
    """Every subscription with a gap, or that its EHR calls switched off; by name. `now`: Unix."""
    row = subscriptions.c
    gap = row.gap_since <= now - HOLD_SECONDS
    found = conn.execute(
        sa.select(row.connection, row.subscription, row.status, row.gap_since)
        .where(sa.or_(gap, row.status.in_(_NOT_ACTIVE)))
        .order_by(row.connection, row.subscription)
    )
    return [
        Ailing(
            one.connection,
            one.subscription,
            one.status if one.status in _NOT_ACTIVE else None,
            one.gap_since if one.gap_since and one.gap_since <= now - HOLD_SECONDS else None,
        )
        for one in found
    ]


def looked_for(tx: Connection, connection: str, since: float) -> None:
    """Everything the EHR holds was looked at from that instant on (Unix seconds).

    Gaps from before are closed, and what was said of subscriptions before is forgotten: the EHR
    says it again if it still holds.
    """
    row = subscriptions.c
    for one in followed(tx, connection):
        if one.gap_since is not None and one.gap_since <= since:
            gap_closed(tx, connection, one.subscription)
    tx.execute(
        sa.update(subscriptions)
        .where(row.connection == connection, row.last_heard_at <= since)
        .where(row.status.in_(_NOT_ACTIVE))
        .values(status=None)
    )
