"""What a card offers to do: take up the proposal, order a test, replace an order.

Never more than the client's profile can take; nothing is applied without a person.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

import msgspec

from fhir_mappings.order_mapping import OrderMapping
from fhir_mappings.orders import order_code
from nelm.labels import WORK_UP_LABELS, option_label, request_words
from service.cds_hooks.call import HookCall
from service.cds_hooks.models import Action, Suggestion

# Codes of our own, beside those of the orders.
REFERRAL, PROBLEM = "tumor_board_review", "neuroendocrine_liver_metastases"


_ADD, _UPDATE = "careplan", "careplan update"


def careplan_uuids(card: UUID) -> frozenset[str]:
    """What a card's suggestions to add or update the CarePlan are called, whether made or not."""
    return frozenset({_uuid(card, _ADD), _uuid(card, _UPDATE)})


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
        uuid=_uuid(card, _ADD),
        actions=[Action("create", description, resource=careplan)],
    )


def update_suggestion(call: HookCall, card: UUID, careplan: Mapping[str, Any]) -> Suggestion:
    """Brings the draft CarePlan that the EHR holds up to what is proposed now."""
    description = (
        "Replace the content of the draft care plan on file by the proposal as it is now. "
        "It stays a draft and orders nothing."
    )
    return Suggestion(
        label="Update draft care plan",
        uuid=_uuid(card, _UPDATE),
        actions=[Action("update", description, resource=careplan)],
    )


def withdrawal_suggestion(call: HookCall, card: UUID, careplan: Mapping[str, Any]) -> Suggestion:
    """Revokes the draft CarePlan that the EHR holds, for it is proposed no more."""
    description = (
        "Set the draft care plan on file to revoked: it is no longer proposed. It ordered nothing."
    )
    return Suggestion(
        label="Withdraw draft care plan",
        uuid=_uuid(card, "careplan withdrawal"),
        actions=[Action("update", description, resource=careplan)],
    )


def referral_suggestion(call: HookCall, card: UUID, staging: str) -> Suggestion | None:
    """Asks for the tumor board, for clients that know no CarePlan; treats nothing."""
    if "ServiceRequest" not in call.profile.creates:
        return None
    resource = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "code": _concept(call, REFERRAL, "Review by the tumor board"),
        "subject": {"reference": f"Patient/{call.patient_id}"},
        "note": [{"text": f"Neuroendocrine liver metastases. {staging}"}],
    }
    description = f"Refer to the tumor board. {staging}"
    return Suggestion(
        label="Refer to the tumor board",
        uuid=_uuid(card, "referral"),
        actions=[Action("create", description, resource=resource)],
    )


def problem_suggestion(call: HookCall, card: UUID, staging: str) -> Suggestion | None:
    """Adds the disease with its staging to the problem list, as a provisional entry."""
    if "Condition" not in call.profile.creates:
        return None
    resource = {
        "resourceType": "Condition",
        "clinicalStatus": _coded("condition-clinical", "active"),
        "verificationStatus": _coded("condition-ver-status", "provisional"),
        "category": [_coded("condition-category", "problem-list-item")],
        "code": _concept(call, PROBLEM, "Liver metastases of a neuroendocrine tumor"),
        "subject": {"reference": f"Patient/{call.patient_id}"},
        "stage": [{"summary": {"text": staging}}],
    }
    description = f"Add liver metastases of a neuroendocrine tumor, provisional. {staging}"
    return Suggestion(
        label="Add to the problem list",
        uuid=_uuid(card, "problem"),
        actions=[Action("create", description, resource=resource)],
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


def replacement_suggestions(
    call: HookCall, card: UUID, references: Sequence[str], item: str, reason: str
) -> list[Suggestion | None]:
    """Deletes draft orders and creates another one, as one suggestion where the client can.

    Where a suggestion may hold one action only, each stands for itself; where nothing can be
    deleted, the other order alone is offered.
    """
    profile = call.profile
    resource = draft_order(call, item)
    if resource["resourceType"] not in profile.creates or not profile.deletes:
        return [order_suggestion(call, card, item, reason)]
    deletes = [
        Action("delete", f"Remove the draft order {one}", resource_id=one) for one in references
    ]
    if profile.actions_per_suggestion <= len(references):
        removals = [
            Suggestion(
                label=f"Remove {one.resource_id}",
                uuid=_uuid(card, f"remove {one.resource_id}"),
                actions=[one],
            )
            for one in deletes
        ]
        return [order_suggestion(call, card, item, reason), *removals]
    create = Action("create", f"{request_words(item)}: {reason}", resource=resource)
    whole = Suggestion(
        label=f"Replace by {order_name(item)}",
        uuid=_uuid(card, f"replace {' '.join(references)} {item}"),
        actions=[*deletes, create],
    )
    return [whole]


def draft_order(call: HookCall, item: str) -> dict[str, Any]:
    """A draft ServiceRequest or MedicationRequest of this patient for an option or item."""
    resource = draft_resource(call.parts.order_mapping, call.patient_id, item)
    known = _known_to(call, item)
    if known is not None:
        concept = resource["code" if "code" in resource else "medicationCodeableConcept"]
        concept["coding"].insert(0, known)
    return resource


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


def _concept(call: HookCall, code: str, text: str) -> dict[str, Any]:
    """A concept of ours, as the client knows it first."""
    ours = {"system": call.parts.order_mapping.code_system, "code": code, "display": text}
    known = _known_to(call, code)
    return {"coding": [ours] if known is None else [known, ours], "text": text}


def _known_to(call: HookCall, item: str) -> dict[str, str] | None:
    """The code by which the client knows an order, such as an entry of a preference list."""
    code = call.profile.order_codes.get(item)
    return None if code is None else {"system": call.profile.order_code_system, "code": code}


def _coded(system: str, code: str) -> dict[str, Any]:
    url = f"http://terminology.hl7.org/CodeSystem/{system}"
    return {"coding": [{"system": url, "code": code}]}


def _uuid(card: UUID, what: str) -> str:
    return str(uuid5(card, what))
