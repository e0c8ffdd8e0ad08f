"""What an EHR's notification says, whatever its dialect: which resources changed, and how.

Reads bytes, does no I/O and never raises: what cannot be read is a `Problem` of its own.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping

from fhir_mappings.notification_bundle import conclude, read_bundle
from fhir_mappings.notification_changes import (
    Change,
    Heard,
    Interaction,
    Kind,
    Problem,
    Unreadable,
    is_id,
    is_type,
    read_anything,
    read_head,
    read_reference,
    upsert,
    upsert_of,
)
from fhir_mappings.notification_status import STATUS_TYPES, read_status

__all__ = ["Change", "Heard", "Interaction", "Kind", "Problem", "read_notification"]


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
    body = body.removeprefix(BOM_UTF8)
    if type_in_path or id_in_path:
        return _at_path(method.upper(), type_in_path or "", id_in_path or "", body)
    lower = {name.lower(): value for name, value in headers.items()}
    return _without_path(method.upper(), lower, body)


def _without_path(method: str, lower: Mapping[str, str], body: bytes) -> Heard:
    subscription = _subscription(lower.get("x-medplum-subscription"))
    deleted = lower.get("x-medplum-deleted-resource")
    if deleted is not None:
        return _deleted_by_header(deleted, subscription, body)
    if method == "DELETE":
        return Heard("poke", problems=(Problem("DELETE without a resource in the path", body),))
    if not body.strip():
        return Heard("poke", subscription=subscription)
    gone = lower.get("x-medplum-interaction", "").lower() == "delete"
    return _at_root(body, subscription, gone)


def _at_path(method: str, type_: str, id_: str, body: bytes) -> Heard:
    if not (is_type(type_) and is_id(id_)):
        return Heard("poke", problems=(Problem("the path names no FHIR resource", body),))
    if method == "DELETE":
        return Heard("changes", (Change(type_, id_, interaction="delete"),))
    if not body.strip():
        return Heard("changes", (Change(type_, id_),))
    try:
        change = upsert(body)
        if (change.type, change.id) != (type_, id_):
            raise Unreadable("the body is another resource than the path names")
    except Unreadable as reason:
        # The path alone is still a hint: the resource will be read again.
        return Heard("changes", (Change(type_, id_),), (Problem(str(reason), body),))
    return Heard("changes", (change,))


def _deleted_by_header(deleted: str, subscription: str | None, body: bytes) -> Heard:
    key = read_reference(deleted)
    if key is None:
        problem = Problem("X-Medplum-Deleted-Resource names no resource", body)
        return Heard("poke", problems=(problem,), subscription=subscription)
    change = Change(key[0], key[1], interaction="delete", subscription=subscription)
    return Heard("changes", (change,), subscription=subscription)


def _at_root(body: bytes, subscription: str | None, gone: bool) -> Heard:
    try:
        head = read_head(body)
        if head.resourceType == "Bundle":
            return read_bundle(body, subscription)
        if head.resourceType in STATUS_TYPES:
            return conclude(read_status(read_anything(body)), [], [], subscription, body)
        change = upsert_of(head, body, None, subscription)
    except Unreadable as reason:
        return Heard("changes", (), (Problem(str(reason), body),), subscription)
    if gone:
        change = Change(change.type, change.id, interaction="delete", subscription=subscription)
    return Heard("changes", (change,), subscription=subscription)


def _subscription(value: str | None) -> str | None:
    if not value:
        return None
    return value if "/" in value else f"Subscription/{value}"
