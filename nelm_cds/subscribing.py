"""Our Subscriptions in one EHR: created where missing, repaired where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ehr.errors import EhrError, EhrUnavailable
from ehr.interface import Ehr
from fhir_mappings.subscriptions import (
    SUBSCRIBED_TYPES,
    difference,
    is_same_request,
    rest_hook_subscription,
    topic_canonical,
    topic_resource,
    topic_subscription,
)
from runtime.settings import ConnectionSettings, Settings


class Subscribed(msgspec.Struct, frozen=True):
    """What was done for one type. done: created, repaired, unchanged or refused."""

    type: str
    done: str
    reference: str | None = None
    status: str | None = None
    repaired: tuple[str, ...] = ()


def wanted_subscriptions(
    settings: Settings, connection: ConnectionSettings
) -> dict[str, dict[str, Any]]:
    """The Subscription for each resource type, in the connection's dialect."""
    endpoint = f"{settings.public_url.rstrip('/')}/notifications/{connection.name}"
    secrets = connection.intake.secrets
    secret = secrets[0].value if secrets else ""
    wanted = {}
    for type_ in SUBSCRIBED_TYPES:
        if connection.intake.dialect == "topic":
            wanted[type_] = topic_subscription(
                connection.name,
                type_,
                endpoint,
                secret,
                settings.canonical_base,
                payload="full-resource" if connection.intake.payload else "id-only",
            )
        else:
            wanted[type_] = rest_hook_subscription(
                connection.name,
                type_,
                endpoint,
                secret,
                settings.canonical_base,
                payload=connection.intake.payload,
            )
    return wanted


def subscribe(settings: Settings, connection: ConnectionSettings, ehr: Ehr) -> list[Subscribed]:
    """Create or repair every Subscription; a type the EHR refuses does not keep back the others.

    Raises:
        EhrUnavailable: the EHR does not answer.
    """
    found = held_subscriptions(ehr)
    done = []
    for type_, wanted in wanted_subscriptions(settings, connection).items():
        try:
            if connection.intake.dialect == "topic":
                _ensure_topic(ehr, type_, settings.canonical_base)
            done.append(_ensure(ehr, type_, wanted, found))
        except EhrUnavailable:
            raise
        except EhrError as refusal:
            done.append(Subscribed(type_, "refused", status=str(refusal.status or "")))
    return done


def held_subscriptions(ehr: Ehr) -> list[dict[str, Any]]:
    """All Subscriptions the EHR shows us."""
    return [msgspec.json.decode(body) for body in ehr.search("Subscription")]


def _ensure(
    ehr: Ehr, type_: str, wanted: dict[str, Any], found: list[dict[str, Any]]
) -> Subscribed:
    for held in found:
        if is_same_request(held, wanted):
            reference = f"Subscription/{held['id']}"
            wrong = difference(held, wanted)
            if not wrong:
                return Subscribed(type_, "unchanged", reference, held.get("status"))
            repaired = ehr.update({**wanted, "id": held["id"]})
            return Subscribed(type_, "repaired", reference, _status(repaired.body), wrong)
    created = ehr.create(wanted)
    return Subscribed(type_, "created", created.reference, _status(created.body))


def _ensure_topic(ehr: Ehr, type_: str, canonical_base: str) -> None:
    """The topic our Subscription names, where the EHR keeps topics as `Basic` resources."""
    canonical = topic_canonical(type_, canonical_base)
    for body in ehr.search("Basic", {"code": "SubscriptionTopic"}):
        extensions = msgspec.json.decode(body).get("extension") or []
        if any(extension.get("valueUri") == canonical for extension in extensions):
            return
    ehr.create(topic_resource(type_, canonical_base))


def _status(body: bytes) -> str | None:
    try:
        resource: Mapping[str, Any] = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None  # a server that answers a write without a body
    status = resource.get("status")
    return status if isinstance(status, str) else None
