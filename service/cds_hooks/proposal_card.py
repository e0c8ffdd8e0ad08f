"""The card on opening the chart: staging, what is open and why, what is missing, the CarePlan."""

from functools import partial

from nelm import Assessment
from nelm.doubted_orders import with_short_doubts
from nelm.doubts import doubt_lines
from nelm.may_be_known import asked_for, may_be_known
from nelm.waiting import unchecked_facts
from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.making import card_uuid, evidence_digest, make_card
from service.cds_hooks.models import Suggestion
from service.cds_hooks.proposal_offer import identifier_of, offered_proposal
from service.cds_hooks.proposal_summary import proposal_summary
from service.cds_hooks.proposal_text import MOST_ITEMS, proposal_paragraphs
from service.cds_hooks.record import Record
from service.cds_hooks.staging_links import staging_links
from service.cds_hooks.staging_text import is_unread_where_it_counts, reasons_in_full
from service.cds_hooks.suggestions import order_suggestion

TOPIC = "nelm-proposal"


def proposal_card(call: HookCall, record: Record) -> CardToShow:
    """One info card; its digest is over staging, verdicts and what is missing."""
    assessment = record.judged()
    digest = record.worded(
        ("proposal digest", call.connection.name, call.patient_id),
        lambda: evidence_digest(call, *_evidence(record)),
    )
    return make_card(
        call,
        topic=TOPIC,
        topic_title="Neuroendocrine liver metastases: board proposal",
        order=None,
        digest=digest,
        indicator="info",
        summary=record.worded("proposal summary", lambda: _summary(record, assessment)),
        detail=record.worded(
            "proposal detail", lambda: "\n\n".join(proposal_paragraphs(record, assessment))
        ),
        cites=("cloyd2020",),
        suggestions=_suggestions(call, record, assessment, digest),
        links=staging_links(call, record, TOPIC, None),
        proposal=identifier_of(call, record, assessment),
    )


def _summary(record: Record, assessment: Assessment) -> str:
    return with_short_doubts(proposal_summary(record, assessment), assessment.facts)


def _evidence(record: Record) -> tuple[object, ...]:
    assessment = record.judged()
    return (
        assessment.strategy,
        [(one.option.id, one.verdict, one.rank) for one in assessment.options],
        assessment.staging.grade,
        (*assessment.missing, *unchecked_facts(assessment)),
        record.unread,
        *((suggested,) if (suggested := _suggested(record)) else ()),
        *((one.fact, one.words, one.day) for one in record.otherwise()),
        *doubt_lines(assessment.facts),
    )


def _suggested(record: Record) -> list[tuple[str, str]]:
    """What words say of what is missing: where that is new, the card is."""
    found = may_be_known(asked_for(record.judged()), record.candidates)
    return [(one.fact, one.words) for one in found]


def _suggestions(
    call: HookCall, record: Record, assessment: Assessment, digest: str
) -> list[Suggestion | None]:
    if is_unread_where_it_counts(record):
        return []
    uuid = card_uuid(call, TOPIC, None, digest)
    found = [offered_proposal(call, uuid, record, assessment)]
    for one in assessment.work_up[:MOST_ITEMS]:
        reasons = record.worded(("because", one.item), partial(reasons_in_full, one.because))
        found.append(order_suggestion(call, uuid, one.item, reasons))
    return found
