"""What the proposal card says, the most decisive first, in about twenty short lines.

Open options, those that wait for a result, closed ones with their reason, what is missing.
"""

from collections.abc import Iterable, Iterator, Sequence

from nelm import Assessment
from nelm.criteria import CriterionOutcome, Judgement
from nelm.doubts import IN_DOUBT, doubt_lines
from nelm.evidence.strength import criterion_strength, option_strength
from nelm.explanation import follow_up_lines
from nelm.follow_up import visits_words
from nelm.grounds import is_adjuvant
from nelm.headline import is_open
from nelm.labels import missing_labels, option_label, request_words
from nelm.may_be_known import asked_for, may_be_known_line
from nelm.old_results import too_old_words
from nelm.open_points import is_met_caution, not_excluded, not_settled, open_excludes
from nelm.options.registry import OPTION_IDS
from nelm.said_otherwise import otherwise_markdown
from nelm.waiting import decisive_missing, staging_gaps, unchecked_facts, waiting_options
from nelm.wording import Voice, deciding_outcome, lowered, source_line
from service.cds_hooks.record import Record
from service.cds_hooks.staging_text import (
    is_unread_where_it_counts,
    reasons_in_short,
    staging_paragraph,
    unread_paragraph,
)

MOST_ITEMS = 3
_MOST_OPEN = 3
_MOST_WAITING = 2
_MOST_REASONS = 2
_MOST_SOURCES = 2
_MOST_LACKING = 3
_MOST_MISSING = 5
_MOST_NAMES = 6
# How the reasons of a work-up item begin where papers disagree on it.
CONFLICTING = "conflict: "
_WORK_UP_LEADS = frozenset({"work_up", "resectability_unclear"})
_ORDER_OF_THE_PAGE = {option: place for place, option in enumerate(OPTION_IDS)}


def proposal_paragraphs(record: Record, assessment: Assessment) -> Iterator[str]:
    """The card's detail, a paragraph or list at a time; work-up leads where the branch says so."""
    voice = Voice.of(assessment)
    unread = is_unread_where_it_counts(record)
    work_up = () if unread else tuple(_to_find_out(record, assessment))
    leads = assessment.strategy in _WORK_UP_LEADS
    yield from otherwise_markdown(record.otherwise())
    if leads:
        yield from work_up
    yield from _listed(IN_DOUBT, doubted(assessment))
    yield from _open(voice, assessment)
    yield from _closed(voice, assessment, "contraindicated", "Contraindicated")
    yield from _with_strong_caution(voice, assessment)
    yield from _waiting(assessment)
    yield from _closed(voice, assessment, "not_indicated", "Not indicated")
    if not leads:
        yield from work_up
    yield from _missing(assessment)
    yield from _may_be_known(record, assessment)
    yield staging_paragraph(assessment)
    if record.unread:
        yield unread_paragraph(record.unread)


def doubted(assessment: Assessment) -> list[str]:
    """Where another result speaks against a value, or a newer one could not be read."""
    lines = doubt_lines(assessment.facts)
    beyond = len(lines) - MOST_ITEMS
    return lines[:MOST_ITEMS] + ([f"And {beyond} more"] if beyond > 0 else [])


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A heading with its lines; nothing where there are none."""
    found = "\n".join(f"- {line}" for line in lines)
    if found:
        yield f"**{title}**\n{found}"


def _named(options: Iterable[str], joiner: str = ", ") -> str:
    return joiner.join(option_label(one) for one in options)


def _cut(labels: list[str], most: int) -> str:
    """ "lung shunt, Ki-67 and 3 more"."""
    beyond = len(labels) - most
    return ", ".join(labels[:most]) + (f" and {beyond} more" if beyond > 0 else "")


def _shortened(options: list[str]) -> str:
    return _cut([option_label(one) for one in options], _MOST_NAMES)


# Open. --------------------------------------------------------------------------------------


def _open(voice: Voice, assessment: Assessment) -> Iterator[str]:
    """Options of the first rank class, best first; those that read the same share a line."""
    gathered: dict[tuple[int, str], list[str]] = {}
    for one in filter(is_open, assessment.options):
        gathered.setdefault((one.rank, _why_open(voice, assessment, one)), []).append(one.option.id)
    rows = list(gathered.items())
    lines = [f"**{_named(names, ' or ')}**: {why}" for (_, why), names in rows[:_MOST_OPEN]]
    further = [name for _, names in rows[_MOST_OPEN:] for name in names]
    if further:
        lines.append(f"Also open: {_shortened(further)}{_not_excluded_of(assessment, further)}")
    yield from _listed("Open, best first", lines)


def _not_excluded_of(assessment: Assessment, names: list[str]) -> str:
    """ "; of TACE, TAE not excluded: portal vein thrombosis (EMB-3)", said once for the same."""
    gathered: dict[str, list[str]] = {}
    for one in assessment.options:
        if one.option.id in names and (said := not_excluded(open_excludes(one))):
            gathered.setdefault(said, []).append(one.option.id)
    return "".join(f"; of {_shortened(those)} {said}" for said, those in gathered.items())


def _why_open(voice: Voice, assessment: Assessment, judgement: Judgement) -> str:
    """What speaks for it, else what it requires and has; on what that rests; what to mind."""
    if judgement.option.id == "follow_up":
        return _intervals(assessment)
    words, told = voice.speaking_for(judgement)
    words = f"{words or 'all criteria met'}. {_evidence(judgement, told)}"
    mind = deciding_outcome(judgement)
    if judgement.verdict == "conditional" and mind is not None:
        words += f". Mind: {_mind(voice, assessment, judgement, mind)}"
    for one in not_settled(judgement, assessment.facts, voice.is_imprecise):
        words += f"; {lowered(voice.outcome_line(one))} · {one.id}"
    return words


def _mind(
    voice: Voice, assessment: Assessment, judgement: Judgement, mind: CriterionOutcome
) -> str:
    """The caution to name first, what else is not excluded, and how many results are too old."""
    line = lowered(voice.outcome_line(mind, judgement.option.labs_limit))
    named = "" if mind.stale_fact else f" · {mind.id}"
    others = not_excluded(one for one in open_excludes(judgement) if one != mind)
    rest = [one for one in judgement.stale if one != mind.stale_fact]
    old = too_old_words(assessment, rest, more=mind.stale_fact is not None)
    beyond = [one for one in judgement.outcomes if one != mind and is_met_caution(one)]
    more = f"and {len(beyond)} more to mind" if beyond else ""
    return "; ".join(filter(None, (f"{line}{named}", others, old, more)))


def _evidence(judgement: Judgement, told: tuple[CriterionOutcome, ...]) -> str:
    """ "Evidence: randomized trial (EVE-2, Lewis 2012); review (EVE-1, Cloyd 2020)".

    Each criterion with what it rests on itself; the option's own strength where none is told.
    """
    if is_adjuvant(judgement):
        return "No figures are reported of this use"
    gathered: dict[str, list[CriterionOutcome]] = {}
    for one in told:
        gathered.setdefault(criterion_strength(one.criterion), []).append(one)
    if not gathered:
        label, strength = option_label(judgement.option.id), option_strength(judgement.option)[0]
        return f"Evidence for {label}: {_strength_word(strength)}"
    parts = (f"{_strength_word(name)} ({_behind(ones)})" for name, ones in gathered.items())
    return f"Evidence: {'; '.join(parts)}"


def _strength_word(strength: str) -> str:
    return "working limit" if strength == "operational" else strength


def _behind(told: Iterable[CriterionOutcome]) -> str:
    """ "EVE-1, EVE-2, Lewis 2012"."""
    found = list(told)
    papers = [cite for one in found for cite in one.criterion.cites if cite != "operational"]
    sources = source_line(list(dict.fromkeys(papers))[:_MOST_SOURCES])
    return ", ".join([*(one.id for one in found), *([sources] if sources else [])])


def _intervals(assessment: Assessment) -> str:
    return f"{', '.join(follow_up_lines(assessment))} (FU-1, Cloyd 2020)"


def next_visits(assessment: Assessment) -> Iterator[str]:
    """ "next imaging due 2027-01-03", "markers overdue since …" where they are late; an imaging
    date not on record is said."""
    found = assessment.follow_up
    if found is None:
        return
    limit = int(assessment.parameters["follow_up_max_months"])
    imaging, markers = visits_words(found, assessment.as_of, limit)
    yield imaging.partition(" (")[0]
    if markers.startswith(("markers overdue", "markers were due")):
        yield markers.partition(" (")[0]


def _with_strong_caution(voice: Voice, assessment: Assessment) -> Iterator[str]:
    """ "**Open, with a strong caution:** DEB-TACE (biliary injury · DEBT-1)"."""
    told = []
    for one in assessment.options:
        if one.verdict == "conditional" and one.strong and (mind := deciding_outcome(one)):
            reason = lowered(voice.reason(mind, one.option.labs_limit))
            told.append(f"{option_label(one.option.id)} ({reason} · {mind.id})")
    if told:
        yield f"**Open, with a strong caution:** {'; '.join(told)}."


# Waiting and closed. ------------------------------------------------------------------------


def _waiting(assessment: Assessment) -> Iterator[str]:
    """What each option that cannot be judged yet waits for, the best ranked first."""
    rows = waiting_options(assessment)
    lines = [
        f"**{_named(one.options)}**: {_cut(missing_labels(one.missing), _MOST_LACKING)}"
        for one in rows[:_MOST_WAITING]
    ]
    further = [option for one in rows[_MOST_WAITING:] for option in one.options]
    if further:
        lines.append(f"Also waiting: {_shortened(further)}")
    yield from _listed("Waiting for a result", lines)


def _closed(voice: Voice, assessment: Assessment, verdict: str, title: str) -> Iterator[str]:
    """Who expected surgery or embolization should read why not: one line for each reason."""
    closed = [one for one in assessment.options if one.verdict == verdict]
    closed = [one for one in closed if not one.option.adjunct]
    closed.sort(key=lambda one: _ORDER_OF_THE_PAGE[one.option.id])
    gathered: dict[str, list[Judgement]] = {}
    for one in closed:
        deciding = deciding_outcome(one)
        reason = voice.reason(deciding, one.option.labs_limit) if deciding else ""
        gathered.setdefault(reason, []).append(one)
    rows = list(gathered.items())
    lines = [_closed_line(reason, found) for reason, found in rows[:_MOST_REASONS]]
    further = [one.option.id for _, found in rows[_MOST_REASONS:] for one in found]
    if further:
        lines.append(f"Also: {_shortened(further)}")
    yield from _listed(title, lines)


def _closed_line(reason: str, closed: list[Judgement]) -> str:
    names = _shortened([one.option.id for one in closed])
    ids = dict.fromkeys(one.id for closed_ in closed if (one := deciding_outcome(closed_)))
    return f"**{names}**: {reason} · {', '.join(list(ids)[:_MOST_SOURCES])}"


# What is missing. ---------------------------------------------------------------------------


def _to_find_out(record: Record, assessment: Assessment) -> Iterator[str]:
    """The suggested tests with their reasons; a conflict of papers in short, it is told elsewhere.

    The suggestion's description, the care plan and the page of the staging have it in full.
    """
    lines = (
        f"{request_words(one.item)}: {_reasons(one.because)}"
        for one in assessment.work_up[:MOST_ITEMS]
    )
    leads = assessment.strategy in _WORK_UP_LEADS
    title, count = "To find out first" if leads else "Still to find out", len(assessment.work_up)
    if count > MOST_ITEMS:
        where = ", all on the staging page" if record.patient is not None else ""
        title += f" ({MOST_ITEMS} of {count} shown{where})"
    yield from _listed(title, lines)


def _reasons(because: Sequence[str]) -> str:
    """ "chromogranin A, gastrin not on file (chromogranin A: papers disagree)"."""
    told = reasons_in_short([one for one in because if not one.startswith(CONFLICTING)])
    disputed = [one for one in because if one.startswith(CONFLICTING)]
    about = "chromogranin A: " if any("chromogranin A" in one for one in disputed) else ""
    return f"{told} ({about}papers disagree)" if disputed else told


def _missing(assessment: Assessment) -> Iterator[str]:
    """What could still change an option or the branch, unless the lines above say it; what is to
    be checked before what is open; then gaps.

    The gaps of the staging decide nothing by themselves, but a board reads the stage they leave
    open; standard codes cannot say them, so that they are the usual ones.
    """
    told = [one.missing for one in waiting_options(assessment)]
    decisive = decisive_missing(assessment)
    said = len(told) <= _MOST_WAITING and all(len(one) <= _MOST_LACKING for one in told)
    parts = [] if said or not decisive else [_cut(missing_labels(decisive), _MOST_MISSING)]
    unchecked = missing_labels(unchecked_facts(assessment))
    if unchecked:
        parts.append(f"unchecked for open options: {_cut(unchecked, _MOST_MISSING)}")
    gaps = missing_labels([name for name in staging_gaps(assessment) if name not in decisive])
    if gaps:
        parts.append(f"for the staging: {', '.join(gaps)}")
    if parts:
        yield f"**Missing:** {'; '.join(parts)}."


def _may_be_known(record: Record, assessment: Assessment) -> Iterator[str]:
    """What reports say in words of what is missing."""
    line = may_be_known_line(asked_for(assessment), record.candidates)
    if line:
        yield f"{line}."
