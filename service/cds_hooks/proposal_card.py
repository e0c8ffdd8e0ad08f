"""The card on opening the chart: staging, what is open and why, what is missing, the CarePlan."""

import msgspec

from fhir_mappings.careplan import proposal_identifier, proposed_orders, to_careplan
from nelm import Assessment, to_document
from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.making import card_uuid, evidence_digest, make_card
from service.cds_hooks.models import Suggestion
from service.cds_hooks.proposal_summary import proposal_summary
from service.cds_hooks.proposal_text import MOST_ITEMS, proposal_paragraphs
from service.cds_hooks.record import Record
from service.cds_hooks.staging_links import staging_links
from service.cds_hooks.staging_text import is_unread_where_it_counts, reasons_in_short
from service.cds_hooks.suggestions import careplan_suggestion, order_suggestion
from storage import proposals

TOPIC = "nelm-proposal"


def proposal_card(call: HookCall, record: Record) -> CardToShow:
    """One info card; its digest is over staging, verdicts and what is missing."""
    assessment = record.judged()
    digest = evidence_digest(call, *record.worded("proposal evidence", lambda: _evidence(record)))
    return make_card(
        call,
        topic=TOPIC,
        topic_title="Neuroendocrine liver metastases: board proposal",
        order=None,
        digest=digest,
        indicator="info",
        summary=record.worded("proposal summary", lambda: proposal_summary(record, assessment)),
        detail=record.worded(
            "proposal detail", lambda: "\n\n".join(proposal_paragraphs(record, assessment))
        ),
        cites=("cloyd2020",),
        suggestions=_suggestions(call, record, assessment, digest),
        links=staging_links(call, record, TOPIC, None),
    )


def _evidence(record: Record) -> tuple[object, ...]:
    assessment = record.judged()
    return (
        assessment.strategy,
        [(one.option.id, one.verdict, one.rank) for one in assessment.options],
        assessment.staging.grade,
        assessment.missing,
        record.unread,
    )


def _suggestions(
    call: HookCall, record: Record, assessment: Assessment, digest: str
) -> list[Suggestion | None]:
    if is_unread_where_it_counts(record):
        return []
    uuid = card_uuid(call, TOPIC, None, digest)
    careplan = _careplan(call, record, assessment)
    found = [careplan_suggestion(call, uuid, careplan) if careplan is not None else None]
    for one in assessment.work_up[:MOST_ITEMS]:
        found.append(order_suggestion(call, uuid, one.item, reasons_in_short(one.because)))
    return found


def _careplan(
    call: HookCall, record: Record, assessment: Assessment
) -> dict[str, object] | msgspec.Raw | None:
    """The proposal to add; None where there is nothing to propose or the EHR has had it already."""
    if "CarePlan" not in call.profile.creates:
        return None
    key = str(record.patient) if record.patient is not None else f"fhir-{call.patient_id}"
    _, value = proposal_identifier(
        call.connection.name, key, assessment.strategy, call.canonical_base
    )
    with call.parts.database.glance() as conn:
        stored = proposals.find(conn, call.connection.name, value)
    if stored is not None:
        if stored.ehr_reference is not None or stored.state in ("written", "gone"):
            return None
        if not record.in_place:
            return msgspec.Raw(stored.careplan)
    return record.worded(("careplan", call.patient_id), lambda: _drafted(call, assessment, key))


def _drafted(call: HookCall, assessment: Assessment, key: str) -> dict[str, object] | None:
    document = to_document(assessment)
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
