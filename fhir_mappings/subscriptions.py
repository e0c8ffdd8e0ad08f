"""The Subscriptions we ask an EHR for: one per resource type, plain criteria or backport topics.

Plain R4 JSON. A tag with the connection and the type identifies ours, so that repair finds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

SUBSCRIBED_TYPES = (
    "Observation",
    "Condition",
    "Procedure",
    "MedicationRequest",
    "MedicationStatement",
    "MedicationAdministration",
    "DiagnosticReport",
    "CarePlan",
)
SECRET_HEADER = "X-Nelm-Secret"  # noqa: S105  the name of a header
Payload = Literal["empty", "id-only", "full-resource"]

_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
_SEND_DELETES = "http://hapifhir.io/fhir/StructureDefinition/subscription-send-delete-messages"
_TOPIC = "http://hl7.org/fhir/5.0/StructureDefinition/extension-SubscriptionTopic"
_TRIGGER = "http://hl7.org/fhir/4.3/StructureDefinition/extension-SubscriptionTopic"
_FHIR_JSON = "application/fhir+json"


def subscription_tag(connection: str, type_: str, canonical_base: str) -> dict[str, str]:
    """The coding in `meta.tag` by which our Subscription for this type is found again."""
    return {"system": f"{canonical_base}:subscription", "code": f"{connection}.{type_}"}


def rest_hook_subscription(
    connection: str,
    type_: str,
    endpoint: str,
    secret: str,
    canonical_base: str,
    payload: bool = True,
) -> dict[str, Any]:
    """A criteria Subscription for every resource of a type (HAPI, Medplum and others).

    `payload` false asks for empty notifications, where bodies must not travel.

    Source: FHIR R4 Subscription; HAPI sends deletes only with its extension on `channel`.

    Raises:
        ValueError: the secret holds what a header cannot carry (Medplum cuts at a second colon).
    """
    channel = _channel(endpoint, secret)
    # On Subscription.extension HAPI ignores it.
    channel["extension"] = [{"url": _SEND_DELETES, "valueBoolean": True}]
    if payload:
        channel["payload"] = _FHIR_JSON
    return _subscription(connection, type_, f"{type_}?", channel, canonical_base)


def topic_subscription(
    connection: str,
    type_: str,
    endpoint: str,
    secret: str,
    canonical_base: str,
    payload: Payload = "id-only",
    topic: str | None = None,
    heartbeat_seconds: int = 300,
) -> dict[str, Any]:
    """A topic Subscription in R4 (Subscriptions R5 Backport IG), with heartbeats asked for.

    `topic`: the canonical agreed with the EHR; by default that of `topic_resource`.
    """
    channel = _channel(endpoint, secret)
    channel["extension"] = [
        {"url": f"{_BACKPORT}/backport-heartbeat-period", "valueUnsignedInt": heartbeat_seconds},
        {"url": f"{_BACKPORT}/backport-max-count", "valuePositiveInt": 20},
    ]
    channel["payload"] = _FHIR_JSON
    channel["_payload"] = {
        "extension": [{"url": f"{_BACKPORT}/backport-payload-content", "valueCode": payload}]
    }
    criteria = topic or topic_canonical(type_, canonical_base)
    asked = _subscription(connection, type_, criteria, channel, canonical_base)
    asked["meta"]["profile"] = [f"{_BACKPORT}/backport-subscription"]
    asked["_criteria"] = {
        "extension": [{"url": f"{_BACKPORT}/backport-filter-criteria", "valueString": f"{type_}?"}]
    }
    return asked


def topic_canonical(type_: str, canonical_base: str) -> str:
    return f"{canonical_base}:topic:{type_}"


def topic_resource(type_: str, canonical_base: str, full_names: bool = False) -> dict[str, Any]:
    """The topic itself, as the `Basic` resource in which R4 servers hold it.

    `full_names`: the type as a StructureDefinition URL (HFS) instead of its short name (HAPI).
    """
    name = f"http://hl7.org/fhir/StructureDefinition/{type_}" if full_names else type_
    interactions = [
        {"url": "supportedInteraction", "valueCode": code}
        for code in ("create", "update", "delete")
    ]
    return {
        "resourceType": "Basic",
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/fhir-types", "code": "SubscriptionTopic"}]
        },
        "extension": [
            {"url": f"{_TOPIC}.url", "valueUri": topic_canonical(type_, canonical_base)},
            {"url": f"{_TOPIC}.status", "valueCode": "active"},
            {
                "url": f"{_TRIGGER}.resourceTrigger",
                "extension": [{"url": "resource", "valueUri": name}, *interactions],
            },
        ],
    }


def difference(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """What must be repaired in a Subscription the EHR holds: names of elements, never values.

    Empty where it is as wanted and active (or on its way there).
    """
    wrong = [name for name in ("criteria", "_criteria") if found.get(name) != wanted.get(name)]
    have, want = found.get("channel"), wanted["channel"]
    have = have if isinstance(have, Mapping) else {}
    wrong += [f"channel.{name}" for name in want if have.get(name) != want[name]]
    wrong += [f"channel.{name}" for name in ("payload", "header") if name in have.keys() - want]
    if found.get("status") not in ("active", "requested"):
        wrong.append("status")
    if found.get("end"):
        wrong.append("end")
    return tuple(wrong)


def is_same_request(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a found Subscription is this one of ours: by tag, or by endpoint and criteria.

    The second is for servers that do not keep tags.
    """
    tags: Sequence[Any] = (found.get("meta") or {}).get("tag") or []
    if any(_same_tag(tag, wanted["meta"]["tag"][0]) for tag in tags):
        return True
    endpoint = (found.get("channel") or {}).get("endpoint")
    return bool(
        endpoint == wanted["channel"]["endpoint"]
        and found.get("criteria") == wanted["criteria"]
        and found.get("_criteria") == wanted.get("_criteria")
    )


def _same_tag(tag: Any, ours: Mapping[str, str]) -> bool:
    return isinstance(tag, Mapping) and all(tag.get(name) == ours[name] for name in ours)


def _channel(endpoint: str, secret: str) -> dict[str, Any]:
    channel: dict[str, Any] = {"type": "rest-hook", "endpoint": endpoint}
    if secret:
        if ":" in secret or not secret.isascii() or not secret.isprintable():
            raise ValueError("a notification secret is printable ASCII without colons")
        channel["header"] = [f"{SECRET_HEADER}: {secret}"]
    return channel


def _subscription(
    connection: str, type_: str, criteria: str, channel: dict[str, Any], canonical_base: str
) -> dict[str, Any]:
    return {
        "resourceType": "Subscription",
        "meta": {"tag": [subscription_tag(connection, type_, canonical_base)]},
        "status": "requested",
        "reason": "Staging of neuroendocrine liver metastases (decision support)",
        "criteria": criteria,
        "channel": channel,
    }
