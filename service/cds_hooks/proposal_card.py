"""The card on opening the chart: staging, what is open and why, what is missing, the CarePlan."""

from collections.abc import Iterator

import msgspec

from fhir_mappings.careplan import proposal_identifier, proposed_orders, to_careplan
from nelm import Assessment, to_document
from nelm.criteria import CriterionOutcome, Judgement
from nelm.labels import fact_label, option_label
from nelm.options.registry import OPTION_IDS
from nelm.wording import STRATEGY_WORDS, Voice, deciding_outcome, sentence, source_line
from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.making import card_uuid, evidence_digest, make_card
from service.cds_hooks.models import Suggestion
from service.cds_hooks.record import Record
from service.cds_hooks.staging_text import (
    is_unread_where_it_counts,
    reasons_in_short,
    staging_paragraph,
    unread_paragraph,
    unread_words,
)
from service.cds_hooks.suggestions import careplan_suggestion, order_name, order_suggestion
from storage import proposals

TOPIC = "nelm-proposal"
_MOST_OPEN = 4
_MOST_REQUIRED = 2
_MOST_CLOSED = 4
_MOST_ITEMS = 3
_MOST_MISSING = 12
_ORDER_OF_THE_PAGE = {option: place for place, option in enumerate(OPTION_IDS)}


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
        summary=record.worded("proposal summary", lambda: _summary(record, assessment)),
        detail=record.worded(
            "proposal detail", lambda: "\n\n".join(_paragraphs(record, assessment))
        ),
        cites=("cloyd2020",),
        suggestions=_suggestions(call, record, assessment, digest),
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


def _summary(record: Record, assessment: Assessment) -> str:
    staging = assessment.staging
    if is_unread_where_it_counts(record):
        words = unread_words(record.unread)
        return f"Neuroendocrine liver metastases: not staged, not readable: {words}"
    if staging.grade is None and assessment.strategy == "work_up":
        lacking = _lacking_for_the_grade(assessment)
        if lacking:
            return f"Neuroendocrine liver metastases: cannot stage, {lacking} on file"
    grade = f" {staging.grade.replace('_', ' ')}" if staging.grade else ", grade not known"
    lead = sentence(STRATEGY_WORDS[assessment.strategy])
    count = len(assessment.missing)
    missing = f"; {count} result{'s' * (count > 1)} missing" if count else ""
    return f"Liver metastases, NET{grade}: board proposal ready. {lead}{missing}"


def _lacking_for_the_grade(assessment: Assessment) -> str:
    """ "no Ki-67 and no grade"; empty where both are there and still do not settle it."""
    wanted = (
        ("Ki-67", ("ki67_primary_percent", "ki67_metastasis_percent")),
        ("grade", ("reported_grade",)),
    )
    lacking = [
        f"no {label}"
        for label, names in wanted
        if not any(name in assessment.facts for name in names)
    ]
    return " and ".join(lacking)


def _paragraphs(record: Record, assessment: Assessment) -> Iterator[str]:
    voice = Voice(assessment.facts, assessment.staging, assessment.parameters, assessment.as_of)
    yield from _open(voice, assessment)
    yield from _closed(voice, assessment)
    if assessment.work_up and not is_unread_where_it_counts(record):
        items = "\n".join(
            f"- {sentence(order_name(one.item))}: {reasons_in_short(one.because)}"
            for one in assessment.work_up[:_MOST_ITEMS]
        )
        yield f"**To find out first**\n{items}"
    if assessment.missing:
        names = [fact_label(name) for name in assessment.missing]
        beyond = len(names) - _MOST_MISSING
        rest = f" and {beyond} more" if beyond > 0 else ""
        yield f"**Missing:** {', '.join(names[:_MOST_MISSING])}{rest}."
    yield staging_paragraph(assessment)
    if record.unread:
        yield unread_paragraph(record.unread)


def _open(voice: Voice, assessment: Assessment) -> Iterator[str]:
    """Options of the first rank class, best first; those that read the same share a line."""
    standing = [one for one in assessment.options if _is_open(one)]
    lines: dict[tuple[int, str], list[str]] = {}
    for one in standing[:_MOST_OPEN]:
        lines.setdefault((one.rank, _why_open(voice, one)), []).append(option_label(one.option.id))
    if not lines:
        return
    listed = [f"- **{' or '.join(names)}**: {why}" for (_, why), names in lines.items()]
    further = ", ".join(option_label(one.option.id) for one in standing[_MOST_OPEN:])
    if further:
        listed.append(f"- Also open: {further}")
    yield "**Open, best first**\n" + "\n".join(listed)


def _is_open(judgement: Judgement) -> bool:
    """Eligible, or conditional without a strong caution (rank class 1 of the pathway)."""
    return judgement.verdict == "eligible" or (
        judgement.verdict == "conditional" and not judgement.strong
    )


def _why_open(voice: Voice, judgement: Judgement) -> str:
    """What speaks for it, else what it requires and has; and what to mind."""
    met = [one for one in judgement.outcomes if one.outcome is True]
    favors = [one for one in met if one.kind == "favor"][:1]
    named = favors or [one for one in met if one.kind == "require"][:_MOST_REQUIRED]
    told = [(one, voice.evidence(one.criterion.predicate)) for one in named]
    told = [(one, words) for one, words in told if words]
    words = ", ".join(dict.fromkeys(words for _, words in told)) or "all criteria met"
    if told:
        ids = [one.id for one, _ in told]
        cites = dict.fromkeys(cite for one, _ in told for cite in one.criterion.cites)
        words += f" ({', '.join([*ids, source_line(cites)])})"
    mind = deciding_outcome(judgement)
    if judgement.verdict == "conditional" and mind is not None:
        words += f". Mind: {voice.outcome_line(mind, judgement.option.labs_limit)} ({mind.id})"
    return words


def _closed(voice: Voice, assessment: Assessment) -> Iterator[str]:
    """Who expected surgery or embolization should read why not: the first of the page, in short."""
    for verdict, title in (
        ("contraindicated", "Contraindicated"),
        ("not_indicated", "Not indicated"),
    ):
        closed = [
            one for one in assessment.options if one.verdict == verdict and not one.option.adjunct
        ]
        closed.sort(key=lambda one: _ORDER_OF_THE_PAGE[one.option.id])
        lines = []
        for one in closed[:_MOST_CLOSED]:
            deciding = deciding_outcome(one)
            reason = voice.reason(deciding, one.option.labs_limit) if deciding else ""
            lines.append(f"- {option_label(one.option.id)}: {reason}" + _id_of(deciding))
        rest = ", ".join(option_label(one.option.id) for one in closed[_MOST_CLOSED:])
        if rest:
            lines.append(f"- Also: {rest}")
        if lines:
            yield f"**{title}**\n" + "\n".join(lines)


def _id_of(outcome: CriterionOutcome | None) -> str:
    return f" ({outcome.id})" if outcome else ""


def _suggestions(
    call: HookCall, record: Record, assessment: Assessment, digest: str
) -> list[Suggestion | None]:
    if is_unread_where_it_counts(record):
        return []
    uuid = card_uuid(call, TOPIC, None, digest)
    careplan = _careplan(call, record, assessment)
    found = [careplan_suggestion(call, uuid, careplan) if careplan is not None else None]
    for one in assessment.work_up[:_MOST_ITEMS]:
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
