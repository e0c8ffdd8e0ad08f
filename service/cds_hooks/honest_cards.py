"""Cards for what could not be checked: nothing that broke may look like "no concerns"."""

from collections.abc import Sequence

from nelm.labels import option_label
from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.making import evidence_digest, make_card
from service.cds_hooks.ordered import Ordered
from service.cds_hooks.record import Record
from service.cds_hooks.staging_links import staging_links
from service.cds_hooks.staging_text import staging_paragraph, unread_words

NOT_CHECKED, WAITING, MORE = "nelm-not-checked", "nelm-assessment-waiting", "nelm-more-findings"
_NOT_CHECKED_TITLE = "Order not checked, or not fully"


def waiting_card(call: HookCall) -> CardToShow:
    """The record was heard of and is being read: said once, instead of silence."""
    return make_card(
        call,
        topic=WAITING,
        topic_title="Assessment waiting",
        order=None,
        digest=evidence_digest(call, WAITING),
        indicator="info",
        summary="Neuroendocrine liver metastases: record heard of, first assessment not finished",
        detail="The record points to a neuroendocrine tumor or liver metastases and is being read. "
        "Nothing has been checked yet. Open the chart or the order again in a minute.",
        overridable=False,
    )


def unread_card(call: HookCall, ordered: Ordered, record: Record) -> CardToShow:
    """The order is one of ours, and whether it fits could not be looked up."""
    name = option_label(ordered.order)
    stored = "What is stored is too little to tell"
    if record.patient is None:
        stored = "Nothing is stored about this patient either"
    return make_card(
        call,
        topic=NOT_CHECKED,
        topic_title=_NOT_CHECKED_TITLE,
        order=ordered.order,
        digest=evidence_digest(call, NOT_CHECKED, record.unread),
        indicator="info",
        summary=f"{name}: could not be checked, the record was not readable",
        detail=f"**Not read:** {unread_words(record.unread)}. {stored}, so it is not known whether "
        "there are neuroendocrine liver metastases. This order has not been checked.",
        overridable=False,
        about=ordered.references,
    )


def another_patient_card(call: HookCall, ordered: Ordered) -> CardToShow:
    """The order is one of ours and names somebody else than the patient of this call."""
    name = option_label(ordered.order)
    return make_card(
        call,
        topic=NOT_CHECKED,
        topic_title=_NOT_CHECKED_TITLE,
        order=ordered.order,
        digest=evidence_digest(call, NOT_CHECKED, ordered.order, "another patient"),
        indicator="info",
        summary=f"{name}: could not be checked, the order names another patient",
        detail="The order's subject is not the patient whose chart this is. It has been checked "
        "against nobody's record.",
        overridable=False,
        about=ordered.references,
    )


def unreadable_drafts_card(call: HookCall, count: int) -> CardToShow:
    """Drafts came in a shape that nobody can read, for a patient whom our options concern."""
    drafts = "1 draft order" if count == 1 else f"{count} draft orders"
    return make_card(
        call,
        topic=NOT_CHECKED,
        topic_title=_NOT_CHECKED_TITLE,
        order=None,
        digest=evidence_digest(call, NOT_CHECKED, "no resources", count),
        indicator="info",
        summary=f"{drafts} could not be read: not checked",
        detail="The ordering system sent drafts in a form that is no FHIR resource, so that it is "
        "not known what they order. Tell those who run the connection.",
        overridable=False,
    )


def not_fully_checked_card(call: HookCall, ordered: Ordered, record: Record) -> CardToShow:
    """Nothing speaks against the order in what was read, but not everything was read."""
    name = option_label(ordered.order)
    return make_card(
        call,
        topic=NOT_CHECKED,
        topic_title=_NOT_CHECKED_TITLE,
        order=ordered.order,
        digest=evidence_digest(call, NOT_CHECKED, ordered.order, record.unread),
        indicator="info",
        summary=f"{name}: not fully checked, parts of the record were not readable",
        detail=f"**Not read completely:** {unread_words(record.unread)}. In what was read, nothing "
        f"speaks against this order.\n\n{staging_paragraph(record.judged())}",
        links=staging_links(call, record, NOT_CHECKED, ordered.order),
        overridable=False,
        about=ordered.references,
    )


def rest_card(call: HookCall, rest: Sequence[CardToShow], *, alone: bool = False) -> CardToShow:
    """What is beyond the most cards shown, one line each; as severe as its worst.

    `alone`: there is no other card before it.
    """
    worst = min(rest, key=lambda one: ("critical", "warning", "info").index(one.card.indicator))
    lines = "\n".join(f"- {one.card.indicator}: {one.card.summary}" for one in rest)
    return make_card(
        call,
        topic=MORE,
        topic_title="Further findings",
        order=None,
        digest=evidence_digest(call, MORE, [one.shown.digest for one in rest]),
        indicator=worst.card.indicator,
        summary=f"{len(rest)} {'' if alone else 'more '}findings; first: {worst.card.summary}",
        detail=lines,
        about=[reference for one in rest for reference in one.about],
    )
