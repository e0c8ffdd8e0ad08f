"""The status part of a notification: R4 backport `Parameters` or R5 `SubscriptionStatus`.

Servers disagree on value types (HAPI sends dates, Microsoft uris): any of them is accepted.
"""

from __future__ import annotations

from typing import Any

import msgspec

_BEYOND_ANY = 2**63
STATUS_TYPES = frozenset({"Parameters", "SubscriptionStatus"})


class Event(msgspec.Struct, frozen=True):
    """One reported event: its number (None if not a number) and the reference it is about."""

    number: int | None
    focus: str


class EventStatus(msgspec.Struct, frozen=True):
    """What the sender says of its Subscription; None and empty where it says nothing."""

    type: str | None = None
    status: str | None = None
    subscription: str | None = None
    events_since_start: int | None = None
    events: tuple[Event, ...] = ()
    nameless_events: int = 0


def read_status(resource: Any) -> EventStatus:
    """The status in decoded JSON of a `Parameters` or `SubscriptionStatus`; never raises."""
    if not isinstance(resource, dict):
        return EventStatus()
    if resource.get("resourceType") == "SubscriptionStatus":
        return _r5(resource)
    named = [_named(part) for part in _objects(resource.get("parameter"))]
    first = dict(reversed(named))
    reported = [part for name, part in named if name == "notification-event"]
    events = [_event(part) for part in reported]
    return EventStatus(
        _string(first.get("type")),
        _string(first.get("status")),
        _string(first.get("subscription")),
        _number(first.get("events-since-subscription-start")),
        tuple(event for event in events if event is not None),
        events.count(None),
    )


def _r5(resource: dict[str, Any]) -> EventStatus:
    events = [
        _event_of(event.get("eventNumber"), _target(event.get("focus")))
        for event in _objects(resource.get("notificationEvent"))
    ]
    return EventStatus(
        _plain(resource.get("type")),
        _plain(resource.get("status")),
        _target(resource.get("subscription")),
        _whole(resource.get("eventsSinceSubscriptionStart")),
        tuple(event for event in events if event is not None),
        events.count(None),
    )


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _named(part: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    name = part.get("name")
    return (name if isinstance(name, str) else "", part)


def _event(part: dict[str, Any]) -> Event | None:
    inner = dict(reversed([_named(piece) for piece in _objects(part.get("part"))]))
    return _event_of(_value(inner.get("event-number")), _string(inner.get("focus")))


def _event_of(number: Any, focus: str | None) -> Event | None:
    return Event(_whole(number), focus) if focus else None


def _value(part: dict[str, Any] | None) -> Any:
    """The value[x] of a parameter, whichever type the server chose."""
    for key, value in (part or {}).items():
        if key.startswith("value"):
            return value
    return None


def _string(part: dict[str, Any] | None) -> str | None:
    value = _value(part)
    return _target(value) if isinstance(value, dict) else _plain(value)


def _target(reference: Any) -> str | None:
    return _plain(reference.get("reference")) if isinstance(reference, dict) else None


def _plain(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(part: dict[str, Any] | None) -> int | None:
    return _whole(_value(part))


def _whole(value: Any) -> int | None:
    """A count of events; None for what counts nothing, or further than 64 bits do."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 <= value < _BEYOND_ANY else None
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
