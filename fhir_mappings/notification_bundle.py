"""Notifications that are Bundles: history (backport, `$events`), transaction (HAPI).

Every entry is read by itself: a broken one is one `Problem`, the others count.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import msgspec

from fhir_mappings.notification_changes import (
    Change,
    Head,
    Heard,
    Kind,
    Problem,
    Unreadable,
    read_anything,
    read_head,
    read_reference,
    text_of,
    upsert,
    upsert_of,
)
from fhir_mappings.notification_status import STATUS_TYPES, EventStatus, read_status


class _Request(msgspec.Struct):
    method: str | None = None
    url: str | None = None


_MOST_PROBLEMS = 100
_NOTHING = msgspec.Raw(b"null")


class _Entry(msgspec.Struct):
    fullUrl: str | None = None
    resource: msgspec.Raw = _NOTHING
    request: _Request | None = None


class _Bundle(msgspec.Struct):
    type: str | None = None
    entry: list[msgspec.Raw] | None = None


_BUNDLE = msgspec.json.Decoder(_Bundle)
_ENTRY = msgspec.json.Decoder(_Entry)


class _Seen(msgspec.Struct):
    """An entry that stands for a resource: its key, its request method, its bytes if any."""

    type: str
    id: str
    version: str | None
    method: str
    resource: msgspec.Raw | None


def read_bundle(body: bytes, subscription: str | None) -> Heard:
    try:
        bundle = _BUNDLE.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Unreadable("the Bundle's type or entries are not what FHIR says") from None
    status: EventStatus | None = None
    said = b""
    seen: list[_Seen] = []
    problems: list[Problem] = []
    for raw in bundle.entry or []:
        try:
            found = _entry(raw)
        except Unreadable as reason:
            problems.append(Problem(f"entry: {reason}", bytes(raw)))
            continue
        if isinstance(found, EventStatus):
            status, said = found, bytes(raw)
        else:
            seen.append(found)
    return conclude(status, seen, _at_most(problems, body), subscription, said)


def _at_most(problems: list[Problem], body: bytes) -> list[Problem]:
    """A few one by one; of more than that the whole Bundle is kept once, and their number told."""
    more = len(problems) - _MOST_PROBLEMS
    if more <= 0:
        return problems
    rest = Problem(f"{more} more entries of this Bundle could not be read either", body)
    return [*problems[:_MOST_PROBLEMS], rest]


def _entry(raw: msgspec.Raw) -> _Seen | EventStatus:
    entry = _entry_of(raw)
    request = entry.request or _Request()
    method = (request.method or "").upper()
    resource = entry.resource
    if bytes(resource) in (b"null", b"{}"):
        key = _first_reference((request.url, entry.fullUrl))
        if key is None:
            raise Unreadable("neither a resource nor a reference to one")
        return _Seen(*key, method, None)
    head = read_head(resource)
    if head.resourceType in STATUS_TYPES:
        return read_status(read_anything(resource))
    key = _key_in_address(head, (entry.fullUrl, request.url))
    if key is not None:
        return _Seen(*key, method, None)
    change = upsert_of(head, b"")
    return _Seen(change.type, change.id, change.version, method, resource)


def _key_in_address(
    head: Head, addresses: Iterable[str | None]
) -> tuple[str, str, str | None] | None:
    """Some servers leave a resource's id to the address of its entry."""
    if not head.resourceType or head.id:
        return None
    key = _first_reference(addresses)
    return key if key is not None and key[0] == head.resourceType else None


def _entry_of(raw: msgspec.Raw) -> _Entry:
    try:
        return _ENTRY.decode(raw)
    except msgspec.ValidationError:
        found = read_anything(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Unreadable("not a Bundle entry") from None
    if not isinstance(found, dict):
        raise Unreadable("not a Bundle entry")
    request = found.get("request")
    request = request if isinstance(request, dict) else {}
    return _Entry(
        text_of(found.get("fullUrl")),
        msgspec.Raw(msgspec.json.encode(found.get("resource"))),
        _Request(text_of(request.get("method")), text_of(request.get("url"))),
    )


def _first_reference(candidates: Iterable[str | None]) -> tuple[str, str, str | None] | None:
    for candidate in candidates:
        key = read_reference(candidate)
        if key is not None:
            return key
    return None


_QUIET: dict[str, Kind] = {
    "handshake": "handshake",
    "heartbeat": "heartbeat",
    "query-status": "heartbeat",
}


def conclude(
    status: EventStatus | None,
    seen: list[_Seen],
    problems: list[Problem],
    subscription: str | None,
    said: bytes,
) -> Heard:
    """All of it together; `said`: the status as it came, kept where an event cannot be read."""
    told = status or EventStatus()
    subscription = told.subscription or subscription
    changes = _changes(told, seen, problems, subscription, said)
    kind: Kind = "changes"
    if not changes and not problems:
        kind = _QUIET.get(told.type or "", "poke")
    elif told.nameless_events:
        problems.append(Problem("an event names no resource", said))
    return Heard(
        kind,
        tuple(changes),
        tuple(problems),
        subscription,
        told.events_since_start,
        told.status,
    )


def _changes(
    told: EventStatus,
    seen: list[_Seen],
    problems: list[Problem],
    subscription: str | None,
    said: bytes,
) -> list[Change]:
    """Entries in their order, each with its event's number; then events without an entry."""
    numbers: dict[tuple[str, str], deque[int | None]] = {}
    for event in told.events:
        key = read_reference(event.focus)
        if key is None:
            problems.append(Problem("an event's focus names no resource", said))
        else:
            numbers.setdefault(key[:2], deque()).append(event.number)
    changes = [
        _change(entry, _take(numbers.get((entry.type, entry.id))), subscription) for entry in seen
    ]
    for (type_, id_), left in numbers.items():
        changes.extend(
            Change(type_, id_, event_number=number, subscription=subscription) for number in left
        )
    return changes


def _take(numbers: deque[int | None] | None) -> int | None:
    return numbers.popleft() if numbers else None


def _change(entry: _Seen, number: int | None, subscription: str | None) -> Change:
    if entry.method == "DELETE":
        return Change(
            entry.type,
            entry.id,
            interaction="delete",
            event_number=number,
            subscription=subscription,
        )
    if entry.resource is None:
        return Change(
            entry.type, entry.id, entry.version, None, "unknown", None, number, subscription
        )
    return upsert(entry.resource, number, subscription)
