"""What an EHR's notification says, whatever its dialect: which resources changed, and how.

Reads bytes, does no I/O and never raises: what cannot be read is a `Problem` of its own.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from fhir_mappings.notification_status import STATUS_TYPES, EventStatus, read_status

Interaction = Literal["upsert", "delete", "unknown"]
Kind = Literal["changes", "handshake", "heartbeat", "poke"]


class Change(msgspec.Struct, frozen=True):
    """One resource that is new, changed or gone at the EHR.

    `interaction` unknown: only a read tells (id-only payload; HFS sends a delete like any event).
    `body` is the resource exactly as sent, None where the notification carried none.
    """

    type: str
    id: str
    version: str | None = None
    last_updated: str | None = None
    interaction: Interaction = "unknown"
    body: bytes | None = None
    event_number: int | None = None
    subscription: str | None = None

    @property
    def reference(self) -> str:
        return f"{self.type}/{self.id}"


class Problem(msgspec.Struct, frozen=True):
    """A part that could not be read: why, without any value of it, and the bytes to keep."""

    reason: str
    raw: bytes


class Heard(msgspec.Struct, frozen=True):
    """All that one notification said.

    `poke`: something changed, nobody says what; look for it. `events_since_start` and
    `subscription_status` are the sender's own, None in dialects that have none.
    """

    kind: Kind
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    subscription: str | None = None
    events_since_start: int | None = None
    subscription_status: str | None = None


def read_notification(
    method: str,
    type_in_path: str | None,
    id_in_path: str | None,
    headers: Mapping[str, str],
    body: bytes,
) -> Heard:
    """The changes a notification reports. `headers` may be in any case; never raises.

    Source: FHIR R4 Subscription; Subscriptions R5 Backport IG; HAPI, Medplum and HFS as captured.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    subscription = _subscription(lower.get("x-medplum-subscription"))
    if type_in_path or id_in_path:
        return _at_path(method.upper(), type_in_path or "", id_in_path or "", body)
    deleted = lower.get("x-medplum-deleted-resource")
    if deleted is not None:
        return _deleted_by_header(deleted, subscription, body)
    if method.upper() == "DELETE":
        return Heard("poke", problems=(Problem("DELETE without a resource in the path", body),))
    if not body.strip():
        return Heard("poke", subscription=subscription)
    gone = lower.get("x-medplum-interaction", "").lower() == "delete"
    return _at_root(body, subscription, gone)


# --- One resource, named by the path (HAPI) or by the body (Medplum) ---------------------------

_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_REFERENCE = re.compile(
    r"(?:.*/)?([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})"
    r"(?:/_history(?:/([A-Za-z0-9\-.]{1,64}))?)?/?"
)


class _Meta(msgspec.Struct):
    versionId: str | None = None
    lastUpdated: str | None = None


class _Head(msgspec.Struct):
    resourceType: str | None = None
    id: str | None = None
    meta: _Meta | None = None


class _Unreadable(ValueError):
    """The bytes are not what they should be; the message says how, without a value."""


_read_head = msgspec.json.Decoder(_Head).decode
_read_any = msgspec.json.Decoder().decode


def _head(raw: bytes | msgspec.Raw) -> _Head:
    try:
        return _read_head(raw)
    except msgspec.ValidationError:
        return _tolerant_head(_anything(raw))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise _Unreadable("not JSON") from None


def _anything(raw: bytes | msgspec.Raw) -> Any:
    try:
        return _read_any(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise _Unreadable("not JSON") from None


def _tolerant_head(found: Any) -> _Head:
    if not isinstance(found, dict):
        raise _Unreadable("not a JSON object")
    meta = found.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    return _Head(
        _text(found.get("resourceType")),
        _text(found.get("id")),
        _Meta(_text(meta.get("versionId")), _text(meta.get("lastUpdated"))),
    )


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return None
    return str(value) if isinstance(value, str | int) else None


def _at_path(method: str, type_: str, id_: str, body: bytes) -> Heard:
    if not (_TYPE.fullmatch(type_) and _ID.fullmatch(id_)):
        return Heard("poke", problems=(Problem("the path names no FHIR resource", body),))
    if method == "DELETE":
        return Heard("changes", (Change(type_, id_, interaction="delete"),))
    if not body.strip():
        return Heard("changes", (Change(type_, id_),))
    try:
        change = _upsert(body)
        if (change.type, change.id) != (type_, id_):
            raise _Unreadable("the body is another resource than the path names")
    except _Unreadable as reason:
        # The path alone is still a hint: the resource will be read again.
        return Heard("changes", (Change(type_, id_),), (Problem(str(reason), body),))
    return Heard("changes", (change,))


def _upsert(
    raw: bytes | msgspec.Raw, number: int | None = None, subscription: str | None = None
) -> Change:
    return _upsert_of(_head(raw), bytes(raw), number, subscription)


def _upsert_of(
    head: _Head, raw: bytes, number: int | None = None, subscription: str | None = None
) -> Change:
    if head.resourceType is None or not _TYPE.fullmatch(head.resourceType):
        raise _Unreadable("no resourceType")
    if head.id is None or not _ID.fullmatch(head.id):
        raise _Unreadable("no id")
    meta = head.meta or _Meta()
    version = meta.versionId if meta.versionId and _ID.fullmatch(meta.versionId) else None
    return Change(
        head.resourceType, head.id, version, meta.lastUpdated, "upsert", raw, number, subscription
    )


def _deleted_by_header(deleted: str, subscription: str | None, body: bytes) -> Heard:
    key = read_reference(deleted)
    if key is None:
        problem = Problem("X-Medplum-Deleted-Resource names no resource", body)
        return Heard("poke", problems=(problem,), subscription=subscription)
    change = Change(key[0], key[1], interaction="delete", subscription=subscription)
    return Heard("changes", (change,), subscription=subscription)


def _at_root(body: bytes, subscription: str | None, gone: bool) -> Heard:
    try:
        head = _head(body)
        if head.resourceType == "Bundle":
            return _bundle(body, subscription)
        if head.resourceType in STATUS_TYPES:
            return _conclude(read_status(_anything(body)), [], [], subscription)
        change = _upsert_of(head, body, None, subscription)
    except _Unreadable as reason:
        return Heard("changes", (), (Problem(str(reason), body),), subscription)
    if gone:
        change = Change(change.type, change.id, interaction="delete", subscription=subscription)
    return Heard("changes", (change,), subscription=subscription)


# --- Bundles: history and subscription-notification (backport), transaction (HAPI) -------------


class _Request(msgspec.Struct):
    method: str | None = None
    url: str | None = None


_NOTHING = msgspec.Raw(b"null")


class _Entry(msgspec.Struct):
    fullUrl: str | None = None
    resource: msgspec.Raw = _NOTHING
    request: _Request | None = None


class _Bundle(msgspec.Struct):
    type: str | None = None
    entry: list[msgspec.Raw] | None = None


_read_bundle = msgspec.json.Decoder(_Bundle).decode
_read_entry = msgspec.json.Decoder(_Entry).decode


class _Seen(msgspec.Struct):
    """An entry that stands for a resource: its key, its request method, its bytes if any."""

    type: str
    id: str
    version: str | None
    method: str
    resource: msgspec.Raw | None


def _bundle(body: bytes, subscription: str | None) -> Heard:
    try:
        bundle = _read_bundle(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise _Unreadable("the Bundle's type or entries are not what FHIR says") from None
    status: EventStatus | None = None
    seen: list[_Seen] = []
    problems: list[Problem] = []
    for raw in bundle.entry or []:
        try:
            found = _entry(raw)
        except _Unreadable as reason:
            problems.append(Problem(f"entry: {reason}", bytes(raw)))
            continue
        if isinstance(found, EventStatus):
            status = found
        else:
            seen.append(found)
    return _conclude(status, seen, problems, subscription)


def _entry(raw: msgspec.Raw) -> _Seen | EventStatus:
    entry = _entry_of(raw)
    request = entry.request or _Request()
    method = (request.method or "").upper()
    resource = entry.resource
    if bytes(resource) in (b"null", b"{}"):
        key = _first_reference((request.url, entry.fullUrl))
        if key is None:
            raise _Unreadable("neither a resource nor a reference to one")
        return _Seen(*key, method, None)
    head = _head(resource)
    if head.resourceType in STATUS_TYPES:
        return read_status(_anything(resource))
    if head.resourceType and not head.id:
        # Some servers leave the id to the address of the entry.
        key = _first_reference((entry.fullUrl, request.url))
        if key is not None and key[0] == head.resourceType:
            return _Seen(*key, method, None)
    change = _upsert_of(head, b"")
    return _Seen(change.type, change.id, change.version, method, resource)


def _entry_of(raw: msgspec.Raw) -> _Entry:
    try:
        return _read_entry(raw)
    except msgspec.ValidationError:
        found = _anything(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise _Unreadable("not a Bundle entry") from None
    if not isinstance(found, dict):
        raise _Unreadable("not a Bundle entry")
    request = found.get("request")
    request = request if isinstance(request, dict) else {}
    return _Entry(
        _text(found.get("fullUrl")),
        msgspec.Raw(msgspec.json.encode(found.get("resource"))),
        _Request(_text(request.get("method")), _text(request.get("url"))),
    )


def read_reference(reference: str | None) -> tuple[str, str, str | None] | None:
    """(type, id, version or None) of a relative or absolute reference; None if it is none."""
    match = _REFERENCE.fullmatch(reference.strip()) if reference else None
    return (match[1], match[2], match[3]) if match else None


def _first_reference(candidates: Iterable[str | None]) -> tuple[str, str, str | None] | None:
    for candidate in candidates:
        key = read_reference(candidate)
        if key is not None:
            return key
    return None


def _subscription(value: str | None) -> str | None:
    if not value:
        return None
    return value if "/" in value else f"Subscription/{value}"


_QUIET: dict[str, Kind] = {
    "handshake": "handshake",
    "heartbeat": "heartbeat",
    "query-status": "heartbeat",
}


def _conclude(
    status: EventStatus | None,
    seen: list[_Seen],
    problems: list[Problem],
    subscription: str | None,
) -> Heard:
    told = status or EventStatus()
    subscription = told.subscription or subscription
    changes = _changes(told, seen, problems, subscription)
    kind: Kind = "changes"
    if not changes and not problems:
        kind = _QUIET.get(told.type or "", "poke")
    elif told.nameless_events:
        problems.append(Problem("an event names no resource", b""))
    return Heard(
        kind,
        tuple(changes),
        tuple(problems),
        subscription,
        told.events_since_start,
        told.status,
    )


def _changes(
    told: EventStatus, seen: list[_Seen], problems: list[Problem], subscription: str | None
) -> list[Change]:
    """Entries in their order, each with its event's number; then events without an entry."""
    numbers: dict[tuple[str, str], deque[int | None]] = {}
    for event in told.events:
        key = read_reference(event.focus)
        if key is None:
            problems.append(Problem("an event's focus names no resource", b""))
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
    return _upsert(entry.resource, number, subscription)
