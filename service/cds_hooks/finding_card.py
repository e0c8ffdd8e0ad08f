"""A finding about a draft order as a card: the criterion, the value and its date, what is open."""

import re
from collections.abc import Iterator

from fhir_mappings.orders import DraftOrder
from nelm import Assessment
from nelm.evidence.citations import CITATIONS
from nelm.findings import Alternative, Finding
from nelm.labels import fact_label, option_label
from nelm.wording import conflict_line, source_line
from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.making import card_uuid, evidence_digest, make_card
from service.cds_hooks.models import Link, Suggestion
from service.cds_hooks.record import Record
from service.cds_hooks.staging_text import staging_paragraph, unread_paragraph
from service.cds_hooks.suggestions import order_suggestion, replacement_suggestion

_MOST_MISSING = 6
_REFERENCE = re.compile(r"(?:ServiceRequest|MedicationRequest)/[A-Za-z0-9\-.]{1,64}")
_TOPIC_TITLES = {
    "contraindicated": "Ordered treatment is contraindicated",
    "not_indicated": "Ordered treatment is not indicated",
    "strong_caution": "Ordered treatment has a strong caution",
    "insufficient_data": "Results missing before the ordered treatment",
    "better_option": "Another treatment ranks before the ordered one",
    "check": "To check before the ordered treatment",
    "replaced": "Ordered test is replaced by a better one",
    "fresh_result": "A fresh result of the ordered test is on file",
}


def finding_card(call: HookCall, record: Record, order: DraftOrder, finding: Finding) -> CardToShow:
    """The card for one order; its digest follows the finding's evidence."""
    assessment = record.judged()
    topic = f"nelm-order-{finding.topic.replace('_', '-')}"
    digest = evidence_digest(call, order.reference, finding.evidence, record.unread)
    return make_card(
        call,
        topic=topic,
        topic_title=_TOPIC_TITLES[finding.topic],
        order=finding.order,
        digest=digest,
        indicator=finding.indicator,
        summary=finding.summary,
        detail=record.worded(
            ("detail", finding.order, finding.topic),
            lambda: "\n\n".join(_paragraphs(record, assessment, finding)),
        ),
        cites=finding.cites,
        suggestions=_suggestions(call, topic, digest, order, finding),
        links=_links(call, finding),
    )


def _paragraphs(record: Record, assessment: Assessment, finding: Finding) -> Iterator[str]:
    yield _because(finding)
    if len(finding.details) > 1:
        yield "\n".join(f"- {line}" for line in finding.details)
    elif finding.details and not _is_said(finding.details[0], finding):
        yield finding.details[0] + "."
    conflicts = dict.fromkeys(
        conflict_line(one.criterion.conflict)
        for one in finding.outcomes
        if one.criterion.conflict is not None
    )
    yield from (f"{line}." for line in conflicts)
    if finding.alternatives:
        yield f"**Open instead:** {'; '.join(_named(one) for one in finding.alternatives)}."
    if finding.missing:
        labels = list(dict.fromkeys(fact_label(name) for name in finding.missing))
        more = len(labels) - _MOST_MISSING
        rest = f" and {more} more" if more > 0 else ""
        yield f"**Missing or too old:** {', '.join(labels[:_MOST_MISSING])}{rest}."
    yield staging_paragraph(assessment)
    if record.unread:
        yield unread_paragraph(record.unread)


def _is_said(line: str, finding: Finding) -> bool:
    """Whether the summary or the missing list tells the line's value already."""
    value = line.rpartition(": ")[2].lower()
    return value in finding.summary.lower() or bool(finding.missing)


def _because(finding: Finding) -> str:
    """ "Without portal flow … liver failure (EMB-3, Lewis 2012)."."""
    where = [finding.criterion] if finding.criterion else []
    sources = source_line(finding.cites) if finding.cites else ""
    where += [sources] if sources else []
    return finding.reason.rstrip(".") + (f" ({', '.join(where)})." if where else ".")


def _named(alternative: Alternative) -> str:
    name = option_label(alternative.option)
    return f"{name}: {alternative.reason}" if alternative.reason else name


def _suggestions(
    call: HookCall, topic: str, digest: str, order: DraftOrder, finding: Finding
) -> list[Suggestion | None]:
    wanted = finding.suggestion
    if wanted is None or wanted.create is None:
        return []
    uuid = card_uuid(call, topic, finding.order, digest)
    # Only a reference of the standard's form goes back to the client as one to delete.
    if wanted.delete is not None and _REFERENCE.fullmatch(order.reference):
        return [replacement_suggestion(call, uuid, order.reference, wanted.create, finding.reason)]
    return [order_suggestion(call, uuid, wanted.create, finding.reason)]


def _links(call: HookCall, finding: Finding) -> list[Link]:
    """The papers behind the card, and a result that is on file already."""
    papers = [CITATIONS[one] for one in finding.cites if one in CITATIONS]
    # The first paper is the card's source and has its link there.
    links = [Link(paper.short, paper.url) for paper in papers[1:] if paper.url]
    if finding.topic == "fresh_result":
        base = call.connection.base_url.rstrip("/")
        links += [Link("Result on file", f"{base}/{one}") for one in finding.sources]
    return links
