"""A card where only words of a newer report speak against an order: silence would read as clear."""

from nelm.criteria import CriterionOutcome
from nelm.labels import option_label, order_label
from nelm.said_otherwise import Otherwise, behind, otherwise_markdown, would_exclude
from nelm.wording import SUMMARY_LENGTH, lowered, sentence, source_line
from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.making import evidence_digest, make_card
from service.cds_hooks.ordered import Ordered
from service.cds_hooks.record import Record
from service.cds_hooks.staging_links import staging_links
from service.cds_hooks.staging_text import staging_paragraph, unread_paragraph

TOPIC = "nelm-order-said-otherwise"


def otherwise_card(call: HookCall, record: Record, ordered: Ordered) -> CardToShow | None:
    """The first contraindication that the words would be, with what is on file instead.

    None where they would exclude nothing of what is ordered.
    """
    found, excludes = record.otherwise(), _excludes(record, ordered.order)
    if not excludes:
        return None
    first, name = excludes[0], option_label(ordered.order)
    said = behind(record.judged(), ordered.order, first, found)
    return make_card(
        call,
        topic=TOPIC,
        topic_title="A newer report says what would exclude the ordered treatment",
        order=ordered.order,
        digest=evidence_digest(
            call, TOPIC, ordered.order, [(one.fact, one.words, one.day) for one in found]
        ),
        indicator="info",
        summary=_summary(name, said),
        detail="\n\n".join(_paragraphs(record, ordered.order, excludes)),
        cites=first.criterion.cites,
        links=staging_links(call, record, TOPIC, ordered.order),
        about=ordered.references,
    )


def _summary(name: str, said: Otherwise) -> str:
    """What is on file is left to the detail where there is no room for it."""
    told = f"{name}: {lowered(said.said_by)} says {said.words}, not confirmed"
    whole = f"{told}; on file: {said.on_file}"
    return whole if len(whole) <= SUMMARY_LENGTH else told


def _excludes(record: Record, order: str) -> tuple[CriterionOutcome, ...]:
    found = record.otherwise()
    if not found:
        return ()
    return record.worded(
        ("would exclude", order), lambda: would_exclude(record.judged(), order, found)
    )


def words_against(record: Record, order: str) -> list[str]:
    """What words contradict, a line each, and of the order what they would exclude; Markdown."""
    lines = list(otherwise_markdown(record.otherwise()))
    excludes = _excludes(record, order)
    if excludes:
        titles = "; ".join(f"{lowered(one.criterion.title)} · {one.id}" for one in excludes)
        name = lowered(order_label(order))
        lines.append(f"If that is so, {name} is contraindicated ({titles}).")
    return lines


def _paragraphs(record: Record, order: str, excludes: tuple[CriterionOutcome, ...]) -> list[str]:
    first = excludes[0].criterion
    why = ", ".join(filter(None, (first.id, source_line(first.cites))))
    told = [
        *words_against(record, order),
        f"{sentence(first.because).rstrip('.')} ({why}). Confirm or correct the value first.",
        staging_paragraph(record.judged()),
    ]
    return [*told, unread_paragraph(record.unread)] if record.unread else told
