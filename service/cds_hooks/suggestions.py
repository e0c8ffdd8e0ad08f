"""What a card offers to do: add the draft CarePlan, order a test, replace an order.

Never more than the client's profile can take; nothing is applied without a person.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

import msgspec

from fhir_mappings.order_mapping import OrderMapping
from fhir_mappings.orders import order_code
from nelm.labels import WORK_UP_LABELS, option_label, request_words
from service.cds_hooks.call import HookCall
from service.cds_hooks.models import Action, Suggestion


def careplan_suggestion(
    call: HookCall, card: UUID, careplan: Mapping[str, Any] | msgspec.Raw
) -> Suggestion | None:
    """Adds the draft CarePlan to the record; None where the client cannot create one."""
    if "CarePlan" not in call.profile.creates:
        return None
    description = (
        "Add the draft care plan (status draft, intent proposal) to the record for the tumor "
        "board. It orders nothing."
    )
    return Suggestion(
        label="Add draft care plan",
        uuid=_uuid(card, "careplan"),
        actions=[Action("create", description, resource=careplan)],
    )


def order_suggestion(call: HookCall, card: UUID, item: str, reason: str) -> Suggestion | None:
    """Orders one option or work-up item as a draft; None where the client cannot create it.

    Raises:
        KeyError: no order of that id.
    """
    resource = draft_order(call, item)
    if resource["resourceType"] not in call.profile.creates:
        return None
    request = request_words(item)
    return Suggestion(
        label=request,
        uuid=_uuid(card, f"order {item}"),
        actions=[Action("create", f"{request}: {reason}", resource=resource)],
    )


def replacement_suggestion(
    call: HookCall, card: UUID, reference: str, item: str, reason: str
) -> Suggestion | None:
    """Deletes a draft order and creates another one; None where the client cannot do both."""
    profile = call.profile
    resource = draft_order(call, item)
    if (
        not profile.deletes
        or profile.actions_per_suggestion < 2
        or resource["resourceType"] not in profile.creates
    ):
        return order_suggestion(call, card, item, reason)
    name = order_name(item)
    return Suggestion(
        label=f"Replace by {name}",
        uuid=_uuid(card, f"replace {reference} {item}"),
        actions=[
            Action("delete", f"Remove the draft order {reference}", resource_id=reference),
            Action("create", f"{request_words(item)}: {reason}", resource=resource),
        ],
    )


def draft_order(call: HookCall, item: str) -> dict[str, Any]:
    """A draft ServiceRequest or MedicationRequest of this patient for an option or item."""
    return draft_resource(call.parts.order_mapping, call.patient_id, item)


def draft_resource(mapping: OrderMapping, patient_id: str, item: str) -> dict[str, Any]:
    """The same for anybody.

    Raises:
        KeyError: no order of that id.
    """
    kind, concept = order_code(item, mapping)
    resource: dict[str, Any] = {
        "resourceType": kind,
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient_id}"},
    }
    resource["code" if kind == "ServiceRequest" else "medicationCodeableConcept"] = concept
    return resource


def order_name(item: str) -> str:
    """How an option or work-up item is named on a card."""
    return WORK_UP_LABELS.get(item) or option_label(item)


def _uuid(card: UUID, what: str) -> str:
    return str(uuid5(card, what))
