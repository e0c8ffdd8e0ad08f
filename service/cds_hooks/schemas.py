"""JSON Schemas of what goes over the wire, made from the records that read and write it.

Loaded with the first request for a description: no hook call carries it.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from service.cds_hooks.discovery import OfferedService
from service.cds_hooks.models import CdsResponse, Discovery, FeedbackRequest, Name, Uri

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEMPLATE = "#/$defs/{name}"
_Some = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class FhirAuthorization(msgspec.Struct):
    """The access token with which missing data may be read; it ends with the call."""

    access_token: str | None = None
    token_type: str | None = None
    expires_in: int | None = None
    scope: str | None = None
    subject: str | None = None
    patient: str | None = None


class CallContext(msgspec.Struct, rename="camel"):
    """Who looks at whom; other fields are ignored."""

    patient_id: Annotated[str, msgspec.Meta(pattern="^(Patient/)?[A-Za-z0-9.-]{1,64}$")]
    user_id: Name | None = None
    encounter_id: str | None = None
    selections: list[str] | None = None
    draft_orders: dict[str, Any] | None = None
    conditions: dict[str, Any] | None = None


class CdsRequest(msgspec.Struct, rename="camel"):
    """One call as CDS Hooks 2.0.1 names it; other fields and unknown extensions are ignored."""

    hook: str
    hook_instance: _Some
    context: CallContext
    fhir_server: Uri | None = None
    fhir_authorization: FhirAuthorization | None = None
    prefetch: dict[str, Any] | None = None
    extension: dict[str, Any] | None = None


_RECORDS: Mapping[str, tuple[Any, str]] = {
    "discovery": (Discovery, "What GET /cds-services answers"),
    "request": (CdsRequest, "A CDS Hooks call"),
    "response": (CdsResponse, "The cards that answer a call"),
    "feedback": (FeedbackRequest, "What people did with cards"),
}
# What the standard's context of a hook must hold beside the patient.
_NEEDS = {
    "order-select": ("draftOrders", "selections"),
    "order-sign": ("draftOrders",),
    "problem-list-item-create": ("conditions",),
}
NAMES = tuple(_RECORDS)


def json_schema(name: str) -> Schema:
    """The JSON Schema of that name, whole in itself.

    Raises:
        KeyError: there is none; NAMES has them all.
    """
    record, title = _RECORDS[name]
    (root,), definitions = msgspec.json.schema_components([record], ref_template=_TEMPLATE)
    whole: Schema = {"$schema": DIALECT, "title": title, **root, "$defs": definitions}
    found: Schema = _as_sent(whole) if name in ("discovery", "response") else _plain(whole)
    return found


def components() -> dict[str, Schema]:
    """All records by their names, for a description that refers to `#/components/schemas/`."""
    template = "#/components/schemas/{name}"
    records = [record for record, _ in _RECORDS.values()]
    _, found = msgspec.json.schema_components(records, ref_template=template)
    _, sent = msgspec.json.schema_components([Discovery, CdsResponse], ref_template=template)
    return {
        name: _as_sent(schema) if name in sent else _plain(schema) for name, schema in found.items()
    }


def request_of(service: OfferedService) -> Schema:
    """The schema of a call of one service: its hook, and what the hook's context must hold."""
    needed = _NEEDS.get(service.hook, ())
    objects = {name: {"type": "object"} for name in needed if name != "selections"}
    lists = {name: {"type": "array"} for name in needed if name == "selections"}
    context = {"required": ["patientId", *needed], "properties": {**objects, **lists}}
    return {
        "allOf": [
            {"$ref": "#/components/schemas/CdsRequest"},
            {"properties": {"hook": {"const": service.hook}, "context": context}},
        ]
    }


def _plain(schema: Any) -> Any:
    """Without defaults: they are ours, not the sender's."""
    if isinstance(schema, dict):
        return {key: _plain(inner) for key, inner in schema.items() if key != "default"}
    return [_plain(inner) for inner in schema] if isinstance(schema, list) else schema


def _as_sent(schema: Any) -> Any:
    """Without null: what has no value is left out of what we send (H2@3)."""
    if isinstance(schema, list):
        return [_as_sent(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _as_sent(inner) for key, inner in schema.items() if key != "default"}
    if isinstance(kept.get("enum"), list):
        kept["enum"] = [one for one in kept["enum"] if one is not None]
    choices = kept.get("anyOf")
    if not isinstance(choices, list):
        return kept
    others = [one for one in choices if one != {"type": "null"}]
    if len(others) == len(choices):
        return kept
    rest = {key: inner for key, inner in kept.items() if key != "anyOf"}
    return {**rest, **others[0]} if len(others) == 1 else {**rest, "anyOf": others}
