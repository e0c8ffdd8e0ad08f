"""What a notification reports, as records, and the few fields of a resource that identify it.

Used by `notifications` (the door) and `notification_bundle`; reads bytes, does no I/O.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

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


_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_TIME = re.compile(r"[0-9T:+\-.Z]{4,40}")
_REFERENCE = re.compile(
    r"(?:.*/)?([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})"
    r"(?:/_history(?:/([A-Za-z0-9\-.]{1,64}))?)?/?"
)


def is_type(name: str) -> bool:
    return _TYPE.fullmatch(name) is not None


def is_id(name: str) -> bool:
    """Whether it may stand in a FHIR reference; `.` and `..` would lead elsewhere in a URL."""
    return _ID.fullmatch(name) is not None and name not in (".", "..")


def read_reference(reference: str | None) -> tuple[str, str, str | None] | None:
    """(type, id, version or None) of a relative or absolute reference; None if it is none."""
    match = _REFERENCE.fullmatch(reference.strip()) if reference else None
    return (match[1], match[2], match[3]) if match and is_id(match[2]) else None


class Meta(msgspec.Struct):
    versionId: str | None = None
    lastUpdated: str | None = None


class Head(msgspec.Struct):
    resourceType: str | None = None
    id: str | None = None
    meta: Meta | None = None


class Unreadable(ValueError):
    """The bytes are not what they should be; the message says how, without a value."""


_HEAD = msgspec.json.Decoder(Head)
_ANY = msgspec.json.Decoder()


def read_head(raw: bytes | msgspec.Raw) -> Head:
    try:
        return _HEAD.decode(raw)
    except msgspec.ValidationError:
        return _tolerant_head(read_anything(raw))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Unreadable("not JSON") from None


def read_anything(raw: bytes | msgspec.Raw) -> Any:
    try:
        return _ANY.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Unreadable("not JSON") from None


def _tolerant_head(found: Any) -> Head:
    if not isinstance(found, dict):
        raise Unreadable("not a JSON object")
    meta = found.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    return Head(
        text_of(found.get("resourceType")),
        text_of(found.get("id")),
        Meta(text_of(meta.get("versionId")), text_of(meta.get("lastUpdated"))),
    )


def text_of(value: Any) -> str | None:
    if isinstance(value, bool):
        return None
    return str(value) if isinstance(value, str | int) else None


def upsert(
    raw: bytes | msgspec.Raw, number: int | None = None, subscription: str | None = None
) -> Change:
    return upsert_of(read_head(raw), bytes(raw), number, subscription)


def upsert_of(
    head: Head, raw: bytes, number: int | None = None, subscription: str | None = None
) -> Change:
    if head.resourceType is None or not _TYPE.fullmatch(head.resourceType):
        raise Unreadable("no resourceType")
    if head.id is None or not is_id(head.id):
        raise Unreadable("no id")
    meta = head.meta or Meta()
    version, written = _if_whole(_ID, meta.versionId), _if_whole(_TIME, meta.lastUpdated)
    return Change(head.resourceType, head.id, version, written, "upsert", raw, number, subscription)


def _if_whole(pattern: re.Pattern[str], text: str | None) -> str | None:
    """The text where all of it is as the pattern says, else None."""
    return text if text and pattern.fullmatch(text) else None
