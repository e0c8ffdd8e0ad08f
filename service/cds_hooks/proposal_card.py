"""The card on opening the chart: staging, what is open and why, what is missing, the CarePlan."""

from collections.abc import Iterator

import msgspec

from fhir_mappings.careplan import proposal_identifier, proposed_orders, to_careplan
from nelm import Assessment, to_document
from nelm.criteria import Judgement
from nelm.labels import fact_label, option_label
from nelm.wording import STRATEGY_WORDS, Voice, deciding_outcome, sentence, source_line
from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.making import card_uuid, evidence_digest, make_card
from service.cds_hooks.models import Suggestion
from service.cds_hooks.record import Record
from service.cds_hooks.staging_text import staging_paragraph, unread_paragraph
from service.cds_hooks.suggestions import careplan_suggestion, order_name, order_suggestion
from storage import proposals

TOPIC = "nelm-proposal"
_MOST_OPEN = 4
_MOST_ITEMS = 3
_MOST_MISSING = 6


def proposal_card(call: HookCall, record: Record) -> CardToShow:
    """One info card; its digest is over staging, verdicts and what is missing."""
    assessment = record.judged()
    digest = evidence_digest(
        call,
        assessment.strategy,
        [(one.option.id, one.verdict, one.rank) for one in assessment.options],
        assessment.staging.grade,
        assessment.missing,
        record.unread,
    )
    return make_card(
        call,
        topic=TOPIC,
        topic_title="Neuroendocrine liver metastases: board proposal",
        order=None,
        digest=digest,
        indicator="info",
        summary=_summary(assessment),
        detail="\n\n".join(_paragraphs(call, record, assessment)),
        cites=("cloyd2020",),
        suggestions=_suggestions(call, record, assessment, digest),
    )


def _summary(assessment: Assessment) -> str:
    staging = assessment.staging
    if staging.grade is None and assessment.strategy == "work_up":
        known = assessment.facts
        lacking = [
            label
            for label, names in (
                ("Ki-67", ("ki67_primary_percent", "ki67_metastasis_percent")),
                ("grade", ("reported_grade",)),
            )
            if not any(name in known for name in names)
        ]
        if lacking:
            words = " and ".join(f"no {label}" for label in lacking)
            return f"Neuroendocrine liver metastases: cannot stage, {words} on file"
    grade = f" {staging.grade.replace('_', ' ')}" if staging.grade else ", grade not known"
    lead = sentence(STRATEGY_WORDS[assessment.strategy])
    count = len(assessment.missing)
    missing = f"; {count} result{'s' * (count > 1)} missing" if count else ""
    return f"Liver metastases, NET{grade}: board proposal ready. {lead}{missing}"


def _paragraphs(call: HookCall, record: Record, assessment: Assessment) -> Iterator[str]:
    voice = Voice(assessment.facts, assessment.staging, assessment.parameters, assessment.as_of)
    standing = [one for one in assessment.options if _is_open(one)]
    if standing:
        lines = [_open_line(voice, one) for one in standing[:_MOST_OPEN]]
        further = ", ".join(option_label(one.option.id) for one in standing[_MOST_OPEN:])
        if further:
            lines.append(f"- Also open: {further}")
        yield "**Open, best first**\n" + "\n".join(lines)
    yield from _not_open(voice, assessment)
    if assessment.work_up:
        items = "\n".join(
            f"- {sentence(order_name(call, one.item))}: {'; '.join(one.because)}"
            for one in assessment.work_up[:_MOST_ITEMS]
        )
        yield f"**To find out first**\n{items}"
    if assessment.missing:
        names = [fact_label(name) for name in assessment.missing]
        beyond = len(names) - _MOST_MISSING
        rest = f" and {beyond} more" if beyond > 0 else ""
        yield f"**Missing:** {', '.join(names[:_MOST_MISSING])}{rest}"
    yield staging_paragraph(assessment)
    if record.unread:
        yield unread_paragraph(record.unread)


def _is_open(judgement: Judgement) -> bool:
    """Eligible, or conditional without a strong caution (rank class 1 of the pathway)."""
    return judgement.verdict == "eligible" or (
        judgement.verdict == "conditional" and not judgement.strong
    )


def _open_line(voice: Voice, judgement: Judgement) -> str:
    """An option with what speaks for it, and what to mind where it is conditional."""
    outcomes = judgement.outcomes
    for_it = [one for one in outcomes if one.kind == "favor" and one.outcome is True]
    met = for_it or [one for one in outcomes if one.kind == "require" and one.outcome is True]
    words = voice.outcome_line(met[0], judgement.option.labs_limit) if met else "all criteria met"
    line = f"- {judgement.rank}. {option_label(judgement.option.id)}: {words}"
    if met:
        line += f" ({met[0].id}, {source_line(met[0].criterion.cites)})"
    mind = deciding_outcome(judgement)
    if judgement.verdict == "conditional" and mind is not None:
        line += f". Mind: {voice.outcome_line(mind, judgement.option.labs_limit)}"
    return line


def _not_open(voice: Voice, assessment: Assessment) -> Iterator[str]:
    """Who expected surgery or embolization should read why not: the closed ones, in short."""
    for verdict, title in (
        ("contraindicated", "Contraindicated"),
        ("not_indicated", "Not indicated"),
    ):
        lines = []
        for judgement in assessment.options:
            deciding = deciding_outcome(judgement) if judgement.verdict == verdict else None
            if deciding is not None:
                reason = voice.reason(deciding, judgement.option.labs_limit)
                lines.append(f"{option_label(judgement.option.id)} ({reason}; {deciding.id})")
        if lines:
            yield f"**{title}:** {'; '.join(lines)}"


def _suggestions(
    call: HookCall, record: Record, assessment: Assessment, digest: str
) -> list[Suggestion | None]:
    uuid = card_uuid(call, TOPIC, None, digest)
    careplan = _careplan(call, record, assessment)
    found = [careplan_suggestion(call, uuid, careplan) if careplan is not None else None]
    for one in assessment.work_up[:_MOST_ITEMS]:
        found.append(order_suggestion(call, uuid, one.item, "; ".join(one.because)))
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
