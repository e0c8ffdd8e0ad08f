"""The board proposal as a client can take it: a CarePlan, a referral, a problem, or nothing.

A CarePlan is offered to create once. Where the EHR holds it, an update is offered while people
have not changed it, to clients that can; never a second one.
"""

from typing import Any
from uuid import UUID

import msgspec

from fhir_mappings.careplan import proposal_identifier, proposed_orders, to_careplan
from nelm import Assessment, to_document
from nelm.wording import staging_line
from service.cds_hooks.call import HookCall
from service.cds_hooks.models import Suggestion
from service.cds_hooks.record import Record
from service.cds_hooks.suggestions import (
    careplan_suggestion,
    problem_suggestion,
    referral_suggestion,
    update_suggestion,
)
from storage.proposals import UNKEYED, Proposal

CarePlan = dict[str, object] | msgspec.Raw
_JSON = msgspec.json.Decoder()


def offered_proposal(
    call: HookCall, card: UUID, record: Record, assessment: Assessment
) -> Suggestion | None:
    """What stands on the card's first button; None where there is nothing to propose."""
    match call.profile.proposal_as:
        case "CarePlan":
            return _care_plan(call, card, record, assessment)
        case "ServiceRequest":
            open_to_discuss = proposed_orders(to_document(assessment))
            return referral_suggestion(call, card, _said(assessment)) if open_to_discuss else None
        case "Condition":
            on_file = _has_problem(assessment)
            return None if on_file else problem_suggestion(call, card, _said(assessment))
        case _:
            return None


def identifier_of(call: HookCall, record: Record, assessment: Assessment) -> str:
    """The value by which the CarePlan of this assessment is known, here and in the EHR."""
    _, value = proposal_identifier(
        call.connection.name,
        _patient_key(call, record),
        assessment.strategy,
        call.canonical_base,
    )
    return value


def _patient_key(call: HookCall, record: Record) -> str:
    return f"{UNKEYED}{call.patient_id}" if record.patient is None else str(record.patient)


def _said(assessment: Assessment) -> str:
    return staging_line(assessment.staging, assessment.facts)


def _has_problem(assessment: Assessment) -> bool:
    """Whether the problem list says already that there are liver metastases."""
    stated = assessment.facts.get("has_liver_metastases")
    return stated is not None and (stated.source or "").startswith("Condition/")


def _care_plan(
    call: HookCall, card: UUID, record: Record, assessment: Assessment
) -> Suggestion | None:
    key, value = _patient_key(call, record), identifier_of(call, record, assessment)
    known = call.at_hand()
    if known is not None and known.strategy != assessment.strategy:
        known = None  # judged anew in this call: another proposal than that on file
    stored = call.parts.stored.proposal_named(call.connection.name, value, known)
    if stored is not None and stored.ehr_reference is not None:
        return _updated(call, card, stored)
    if stored is not None and stored.state in ("written", "gone"):
        return None
    if stored is not None and stored.state == "superseded" and not record.in_place:
        return None  # it was withdrawn, and what takes its place is not drafted yet
    careplan: CarePlan | None
    if stored is not None and not record.in_place:
        careplan = msgspec.Raw(stored.careplan)
    else:
        careplan = record.worded(
            ("careplan", call.patient_id), lambda: _drafted(call, record, assessment, key)
        )
    return careplan_suggestion(call, card, careplan) if careplan is not None else None


def _updated(call: HookCall, card: UUID, stored: Proposal) -> Suggestion | None:
    """The newer content for the CarePlan that the EHR holds.

    None where it holds that already, where people have taken it up (no draft any more) or changed
    its words, and where the client cannot update.
    """
    untouched = stored.ehr_status == "draft" and stored.ehr_digest is not None
    if not untouched or stored.ehr_digest == stored.digest:
        return None
    if "CarePlan" not in call.profile.updates:
        return None
    kind, _, named = str(stored.ehr_reference).partition("/")
    careplan: dict[str, Any] = {"resourceType": kind, "id": named, **_JSON.decode(stored.careplan)}
    return update_suggestion(call, card, careplan)


def _drafted(
    call: HookCall, record: Record, assessment: Assessment, key: str
) -> dict[str, object] | None:
    document = {**to_document(assessment), "candidates": record.candidates}
    if not proposed_orders(document):
        return None
    sources = sorted({fact.source for fact in assessment.facts if fact.source})
    return to_careplan(
        document,
        connection=call.connection.name,
        patient_key=key,
        patient_reference=f"Patient/{call.patient_id}",
        addresses=[one for one in sources if one.startswith("Condition/")],
        supporting=sources,
        canonical_base=call.canonical_base,
        mapping=call.parts.order_mapping,
    )
