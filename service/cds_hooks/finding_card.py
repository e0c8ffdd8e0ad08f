"""A finding about a draft order as a card: the criterion, the value and its date, what is open."""

from collections.abc import Iterable, Iterator

from nelm import Assessment
from nelm.doubts import IN_DOUBT
from nelm.evidence.citations import CITATIONS
from nelm.evidence.strength import criterion_strength
from nelm.findings import Alternative, Finding
from nelm.imprecise import Imprecise
from nelm.labels import missing_labels, option_label, order_label
from nelm.may_be_known import may_be_known_line
from nelm.wording import conflict_line, lowered, source_line
from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.making import (
    card_uuid,
    evidence_digest,
    is_plain_reference,
    make_card,
)
from service.cds_hooks.models import Link, Suggestion
from service.cds_hooks.ordered import Ordered
from service.cds_hooks.otherwise_card import words_against
from service.cds_hooks.record import Record
from service.cds_hooks.staging_links import staging_links
from service.cds_hooks.staging_text import (
    is_unread_where_it_counts,
    staging_paragraph,
    unread_paragraph,
)
from service.cds_hooks.suggestions import order_suggestion, replacement_suggestions

_MOST_MISSING = 6
_FRESH_LIMIT = "How long a result counts as fresh is a working limit of this institution"
# What is missing stands there with the criterion that asks for it.
_SAID_BESIDE = frozenset({"better_option", "not_indicated", "strong_caution"})
TOPIC_TITLES = {
    "contraindicated": "Ordered treatment is contraindicated",
    "not_indicated": "Ordered treatment is not indicated",
    "strong_caution": "Ordered treatment has a strong caution",
    "insufficient_data": "Results missing before the ordered treatment",
    "better_option": "Another treatment ranks before the ordered one",
    "check": "To check before the ordered treatment",
    "replaced": "Ordered test is replaced by a better one",
    "fresh_result": "A fresh result of the ordered test is on file",
}


def finding_card(call: HookCall, record: Record, ordered: Ordered, finding: Finding) -> CardToShow:
    """The card for what is ordered.

    Its digest follows the finding's evidence alone: ordered again tomorrow, it is the same matter.
    """
    assessment = record.judged()
    topic = f"nelm-order-{finding.topic.replace('_', '-')}"
    return make_card(
        call,
        topic=topic,
        topic_title=TOPIC_TITLES[finding.topic],
        order=finding.order,
        digest=_digest(call, record, finding),
        indicator=finding.indicator,
        summary=finding.summary,
        detail=record.worded(
            ("detail", finding.order, finding.topic),
            lambda: "\n\n".join(_paragraphs(record, assessment, finding)),
        ),
        cites=finding.cites,
        suggestions=_suggestions(call, record, topic, ordered, finding),
        links=[*_links(call, finding), *staging_links(call, record, topic, finding.order)],
        about=ordered.references,
    )


def _digest(call: HookCall, record: Record, finding: Finding) -> str:
    said = [(one.fact, one.words, one.day) for one in record.otherwise()]
    return evidence_digest(call, finding.evidence, record.unread, *((said,) if said else ()))


def _paragraphs(record: Record, assessment: Assessment, finding: Finding) -> Iterator[str]:
    # Of what is only to be known, words that contradict it come first.
    leads = finding.indicator == "info"
    if leads:
        yield from words_against(record, finding.order)
    yield _because(finding)
    yield from _found(finding)
    if not leads:
        yield from words_against(record, finding.order)
    yield from _doubted(finding)
    if finding.beside:
        lines = (f"- {line}" for line in finding.beside)
        closed = finding.topic == "contraindicated"
        title = "Also against it" if closed else f"Before {order_label(finding.order)}, look at"
        yield "\n".join([f"**{title}**", *lines])
    if finding.alternatives and finding.topic != "better_option":
        yield "\n".join(["**Open instead**", *_open_instead(finding.alternatives)])
    if finding.topic not in _SAID_BESIDE:
        yield from _missing(assessment, finding)
    if finding.missing:
        if words := may_be_known_line(finding.missing, record.candidates):
            yield f"{words}."
    conflicts = dict.fromkeys(
        conflict_line(one.criterion.conflict)
        for one in finding.outcomes
        if one.criterion.conflict is not None
    )
    yield from (f"{line}." for line in conflicts)
    yield staging_paragraph(assessment)
    if record.unread:
        yield unread_paragraph(record.unread)


def _doubted(finding: Finding) -> Iterator[str]:
    if finding.doubts:
        yield "\n".join([f"**{IN_DOUBT}**", *(f"- {line}" for line in finding.doubts)])


def _missing(assessment: Assessment, finding: Finding) -> Iterator[str]:
    """What is not on file, too old or too imprecise, unless it is said before."""
    stated = Imprecise(
        assessment.facts, assessment.staging, assessment.parameters, assessment.as_of
    )
    said = {name: stated.of_fact(name) for name in finding.missing}
    absent = missing_labels([name for name, words in said.items() if not words])
    if len(absent) != 1 or not _is_said(absent[0].partition(" (")[0], finding):
        yield from _listed("Missing", absent)
    past = assessment.stale | {one.stale_fact for one in finding.outcomes}
    yield from _listed("Too old", _new(finding, (said[name] for name in said if name in past)))
    vague = (said[name] for name in said if name not in past)
    yield from _listed("On file, but too imprecise", _new(finding, vague))


def _new(finding: Finding, words: Iterable[str]) -> list[str]:
    """Those that neither the summary nor a line of the card says."""
    before = " ".join((finding.summary, *finding.details, *finding.beside)).lower()
    return [one for one in words if one and one.lower() not in before]


def _listed(title: str, words: list[str]) -> Iterator[str]:
    more = len(words) - _MOST_MISSING
    rest = f" and {more} more" if more > 0 else ""
    if words:
        yield f"**{title}:** {', '.join(words[:_MOST_MISSING])}{rest}."


def _found(finding: Finding) -> Iterator[str]:
    """What each criterion found, where there are several; of a single one what it needs."""
    if len(finding.details) > 1:
        new = [line for line in finding.details if not _is_said(line, finding)]
        if new:
            yield f"{new[0]}." if len(new) == 1 else "\n".join(f"- {line}" for line in new)
    elif finding.topic == "not_indicated" and finding.outcomes:
        yield from _needed(finding.outcomes[0].criterion.title, finding)
    elif finding.details and not finding.missing and not _is_said(finding.details[0], finding):
        yield finding.details[0] + "."


def _needed(title: str, finding: Finding) -> Iterator[str]:
    # "Not a clear candidate …" only turns round what the summary says, and a number that is
    # needed stands there too.
    turned, numbered = title.startswith("Not "), "(needs " in finding.summary
    if not turned and not numbered and not _is_said(title, finding):
        yield f"Needed: {lowered(title)}."


def _is_said(line: str, finding: Finding) -> bool:
    """Whether the summary tells the line's value already."""
    return line.rpartition(": ")[2].lower() in finding.summary.lower()


def _because(finding: Finding) -> str:
    """ "Without portal flow … liver failure. Evidence: review (EMB-3, Lewis 2012)."."""
    reason = _reason(finding)
    if _is_stale(finding) or finding.topic == "fresh_result":
        return f"{reason}. {_FRESH_LIMIT}."
    papers = [one for one in finding.cites if one != "operational"]
    rests = source_line(finding.cites) if finding.cites and not papers else _evidence(finding)
    where = ", ".join(filter(None, (finding.criterion, source_line(papers))))
    if rests:
        return f"{reason}. {rests} ({where})." if where else f"{reason}. {rests}."
    return f"{reason} ({where})." if where else f"{reason}."


def _is_stale(finding: Finding) -> bool:
    return (finding.criterion or "").startswith("stale:")


def _reason(finding: Finding) -> str:
    """Why, as one sentence without its full stop."""
    if _is_stale(finding):
        return "The result still counts, and is to be renewed"
    return finding.reason.rstrip(".")


def _evidence(finding: Finding) -> str:
    """On what the first criterion rests; empty where there is none."""
    if not finding.outcomes:
        return ""
    strength = criterion_strength(finding.outcomes[0].criterion)
    limit = ", with a working limit of this institution" if "operational" in finding.cites else ""
    return f"Evidence: {strength}{limit}"


def _open_instead(alternatives: Iterable[Alternative]) -> Iterator[str]:
    """ "- TAE or TACE: multifocal disease in both lobes": what reads the same is said once."""
    gathered: dict[str, list[str]] = {}
    for one in alternatives:
        gathered.setdefault(one.reason or "", []).append(option_label(one.option))
    for reason, names in gathered.items():
        yield f"- **{' or '.join(names)}**" + (f": {reason}" if reason else "")


def _suggestions(
    call: HookCall, record: Record, topic: str, ordered: Ordered, finding: Finding
) -> list[Suggestion | None]:
    wanted = finding.suggestion
    if wanted is None or wanted.create is None:
        return []
    if wanted.because and is_unread_where_it_counts(record):
        return []  # what it asks for may well be in the record
    digest = _digest(call, record, finding)
    uuid = card_uuid(call, topic, finding.order, digest)
    # Only a reference of the standard's form goes back to the client as one to delete.
    if wanted.delete is not None and all(map(is_plain_reference, ordered.references)):
        replaced = ordered.references
        return replacement_suggestions(call, uuid, replaced, wanted.create, _reason(finding))
    why = wanted.because or _reason(finding)
    return [order_suggestion(call, uuid, one, why) for one in (wanted.create, *wanted.also)]


def _links(call: HookCall, finding: Finding) -> list[Link]:
    """The papers behind the card, and a result that is on file already."""
    papers = [CITATIONS[one] for one in finding.cites if one in CITATIONS]
    # The first paper is the card's source and has its link there.
    links = [Link(paper.short, paper.url, "absolute") for paper in papers[1:] if paper.url]
    if finding.topic in ("fresh_result", "replaced"):
        base = call.connection.base_url.rstrip("/")
        results = filter(is_plain_reference, finding.sources)
        links += [Link("Result on file", f"{base}/{one}", "absolute") for one in results]
    return links
