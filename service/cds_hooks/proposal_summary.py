"""The one sentence of the proposal card: who, what comes first, and what that waits for."""

from nelm import Assessment
from nelm.criteria import Judgement
from nelm.grounds import deciding_outcome
from nelm.headline import closed_lead, is_open, leading
from nelm.labels import missing_labels, option_label, request_words
from nelm.old_results import too_old, too_old_words
from nelm.staging_words import reported_otherwise
from nelm.waiting import decisive_missing, unchecked_facts, waiting_options
from nelm.wording import STRATEGY_WORDS, SUMMARY_LENGTH, Voice, clipped, lowered, sentence
from service.cds_hooks.proposal_text import next_visits
from service.cds_hooks.record import Record
from service.cds_hooks.staging_text import is_unread_where_it_counts, unread_words

_TUMOR = "Neuroendocrine liver metastases"
_GRADES = {"NEC": "NEC", "G3_or_NEC": "NET G3 or NEC", None: "NET, grade not known"}


def proposal_summary(record: Record, assessment: Assessment) -> str:
    """Such as "Liver metastases, NET G1: board proposal ready. Resection first"."""
    staging = assessment.staging
    if is_unread_where_it_counts(record):
        return f"{_TUMOR}: not staged, not readable: {unread_words(record.unread)}"
    if staging.grade is None and assessment.strategy == "work_up":
        lacking = _lacking_for_the_grade(assessment)
        if lacking:
            return f"{_TUMOR}: cannot stage, {lacking} on file"
    tumor = _named(assessment)
    head = f"{tumor} liver metastases: " if staging.grade else f"Liver metastases, {tumor}: "
    beware = _beware(record, assessment)
    room = SUMMARY_LENGTH - len(head)
    closed = closed_lead(assessment, room - (len(beware[-1]) if beware else 0))
    if closed:
        return head + next((closed + one for one in beware if len(closed + one) <= room), closed)
    said, tails = _lead_and_tails(assessment)
    head = f"Liver metastases, {tumor}: {said}"
    fullest = [f"{head}{tail}{one}" for one in beware or ("",) for tail in tails]
    return next((one for one in fullest if len(one) <= SUMMARY_LENGTH), clipped(fullest[-1]))


def _named(assessment: Assessment) -> str:
    """ "NET G3", "NET G3 (pathologist reported NEC)"."""
    grade = assessment.staging.grade
    reported = reported_otherwise(assessment.staging, assessment.facts)
    return _GRADES.get(grade, f"NET {grade}") + (f" ({reported})" if reported else "")


def _lead_and_tails(assessment: Assessment) -> tuple[str, list[str]]:
    """What comes first, and how it may go on, the fullest first."""
    lead = sentence(STRATEGY_WORDS[assessment.strategy])
    if not any(map(is_open, assessment.options)):
        return f"{_nothing_open(assessment)}. {lead}", [_first_step(assessment), ""]
    leads = _what_leads(assessment)
    tails = leads or [_count(assessment), _count(assessment, ""), ""]
    return f"board proposal ready. {lead}", tails


def _beware(record: Record, assessment: Assessment) -> list[str]:
    """What a board must not miss in the proposal itself, the fullest first; empty without any."""
    report = next((f"; {lowered(one.said_by)} says otherwise" for one in record.otherwise()), "")
    old = too_old_words(assessment, too_old(assessment))
    old = f"; {old}" if old else ""
    short = old.partition(" (")[0]
    return [one for one in dict.fromkeys((report + old, report + short, report or short)) if one]


def _nothing_open(assessment: Assessment) -> str:
    cautioned = [one for one in assessment.options if one.verdict == "conditional" and one.strong]
    if cautioned:
        first = option_label(cautioned[0].option.id)
        others = f" and {len(cautioned) - 1} more" if len(cautioned) > 1 else ""
        return f"no treatment open without a strong caution ({first}{others})"
    return "no treatment open yet" if waiting_options(assessment) else "no treatment open"


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


def _count(assessment: Assessment, of_what: str = " for open or waiting options") -> str:
    """Of what stands under "Missing" on the card; what only closed options lack does not count."""
    names = (*decisive_missing(assessment), *unchecked_facts(assessment))
    count = len(missing_labels(names))
    words = f"{count} result{'s' * (count > 1)} missing"
    return f"; {words}{of_what}" if count else ""


def _first_step(assessment: Assessment) -> str:
    if not assessment.work_up:
        return _count(assessment)
    return f"; {lowered(request_words(assessment.work_up[0].item))} first"


def _what_leads(assessment: Assessment) -> list[str]:
    """Why nothing of what the branch is named after is open, the fullest first; empty where
    something is."""
    if assessment.strategy == "surveillance":
        return list(filter(None, [_next_imaging(assessment)]))
    judged = leading(assessment)
    if not judged or any(map(is_open, judged)):
        return []
    cautioned = [one for one in judged if one.strong and one.verdict == "conditional"]
    if cautioned:
        said = f", {option_label(cautioned[0].option.id)} with a strong caution"
        mind = deciding_outcome(cautioned[0])
        reason = Voice.of(assessment).reason(mind) if mind else ""
        return [f"{said}: {lowered(reason)}", said] if reason else [said]
    return [_waits(assessment, judged)]


def _waits(assessment: Assessment, judged: list[Judgement]) -> str:
    waiting = next((one for one in judged if one.verdict == "insufficient_data"), None)
    if waiting is not None:
        wanted = [name for name in assessment.missing if name in waiting.missing]
        return f"; {option_label(waiting.option.id)} waits for {missing_labels(wanted)[0]}"
    best = next(one for one in assessment.options if is_open(one))
    return f", but none of it open; best open: {option_label(best.option.id)}"


def _next_imaging(assessment: Assessment) -> str:
    return "".join(f"; {one}" for one in next_visits(assessment))
