"""CDS Hooks 2.0.1 as the specification names it: request, response, feedback.

What comes in is read tolerantly and kept raw where only some calls look at it; what goes out
never holds a null or an empty value (requirement H2@3).
"""

from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec

from fhir_mappings.elements import Sent
from nelm.findings import Indicator

Raw = msgspec.Raw
Held = TypeVar("Held")

# What a client names things by: FHIR ids have 64 characters, references and tokens some more. A
# database neither holds the character NUL nor puts more than a page into an index.
Name = Annotated[str, msgspec.Meta(max_length=512)]

Uuid = Annotated[str, msgspec.Meta(extra_json_schema={"format": "uuid"})]
Uri = Annotated[str, msgspec.Meta(extra_json_schema={"format": "uri"})]


class HookContext(msgspec.Struct, rename="camel"):
    """Context of the four hooks; fields we do not use are ignored.

    `draft_orders` and `conditions` are empty where absent: raw JSON cannot stand in a union with
    null.
    """

    patient_id: Name
    user_id: Name | None = None
    encounter_id: str | None = None
    selections: list[str] | None = None
    draft_orders: Raw = Raw(b"")
    conditions: Raw = Raw(b"")


class HookRequest(msgspec.Struct, Generic[Held], rename="camel"):
    """One call. `fhirAuthorization` is not decoded here: what is kept must not hold the token.

    What `prefetch` holds is decoded with the rest where all of it fits, else it is kept raw;
    `extension` is raw, and empty where absent.
    """

    hook: str
    hook_instance: Name
    context: HookContext
    fhir_server: str | None = None
    prefetch: dict[str, Held] | None = None
    extension: Raw = Raw(b"")


class OfferedHook(msgspec.Struct, omit_defaults=True, rename="camel"):
    """One service as discovery tells it."""

    hook: str
    id: str
    title: str
    description: str
    prefetch: dict[str, str]
    version: str
    usage_requirements: str
    extension: dict[str, Any] | None = None


class Discovery(msgspec.Struct):
    services: list[OfferedHook]


class Coding(msgspec.Struct, omit_defaults=True):
    system: str
    code: str
    display: str | None = None


class Source(msgspec.Struct, omit_defaults=True):
    label: str
    url: Uri | None = None
    topic: Coding | None = None


class Link(msgspec.Struct, omit_defaults=True, rename="camel"):
    """`type`: absolute, or smart (an app's launch URL); only the latter may have `appContext`."""

    label: str
    url: Uri
    type: Literal["absolute", "smart"]
    app_context: str | None = None


class Action(msgspec.Struct, omit_defaults=True, rename="camel"):
    """`resource` for create and update, `resourceId` for delete."""

    type: Literal["create", "update", "delete"]
    description: str
    resource: Any = None
    resource_id: str | None = None


class Suggestion(msgspec.Struct, omit_defaults=True, rename="camel"):
    label: str
    uuid: Uuid
    is_recommended: bool | None = None
    actions: list[Action] | None = None


class Card(msgspec.Struct, omit_defaults=True, rename="camel"):
    """One card; `suggestions` never stand without `selectionBehavior` (H2@93)."""

    uuid: Uuid
    summary: Annotated[str, msgspec.Meta(min_length=1, max_length=139)]
    indicator: Indicator
    source: Source
    detail: str | None = None
    suggestions: list[Suggestion] | None = None
    selection_behavior: Literal["any", "at-most-one"] | None = None
    override_reasons: list[Coding] | None = None
    links: list[Link] | None = None
    extension: dict[str, Any] | None = None


class CdsResponse(msgspec.Struct):
    cards: list[Card]


class Reason(msgspec.Struct):
    """Coding of an override reason; clients omit `display` or all of it."""

    code: Name | None = None
    system: Name | None = None
    display: str | None = None


class OverrideReason(msgspec.Struct, rename="camel"):
    reason: Reason | None = None
    user_comment: str | None = None


class AcceptedSuggestion(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(max_length=64)]


class FeedbackItem(msgspec.Struct, rename="camel"):
    """`overrideReason` as the specification spells it; `overrideReasons` as one vendor does."""

    card: Name
    outcome: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["accepted", "overridden"]})]
    outcome_timestamp: Annotated[
        str, msgspec.Meta(max_length=64, extra_json_schema={"format": "date-time"})
    ]
    accepted_suggestions: (
        Annotated[list[AcceptedSuggestion], msgspec.Meta(max_length=20)] | None
    ) = None
    override_reason: OverrideReason | list[OverrideReason] | None = None
    override_reasons: OverrideReason | list[OverrideReason] | None = None


class FeedbackRequest(msgspec.Struct):
    feedback: list[FeedbackItem]


REQUEST = msgspec.json.Decoder(HookRequest[Raw])
FITTING_REQUEST = msgspec.json.Decoder(HookRequest[Sent | None])
FEEDBACK = msgspec.json.Decoder(FeedbackRequest)
RESPONSE = msgspec.json.Encoder()
