"""One option at length, as Markdown: the verdict, every criterion with its value and paper, the
figures that the papers report, and what is missing.

All sentences come from `nelm.wording`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from nelm.assessment import Assessment
from nelm.criteria import Criterion, CriterionOutcome, Judgement, Option
from nelm.doubted_orders import doubtful_facts
from nelm.doubts import doubt_lines
from nelm.errors import Refused
from nelm.evidence.citations import CITATIONS, OutcomeFigure, outcome_figures
from nelm.evidence.strength import criterion_strength, option_strength
from nelm.follow_up import visits_without_treatment, visits_words
from nelm.labels import fact_label
from nelm.may_be_known import Candidate, may_be_known_line
from nelm.options.registry import option
from nelm.phrases import (
    conflict_line,
    figure_line,
    full_source,
    sentence,
    source_line,
)
from nelm.said_otherwise import otherwise_markdown, said_otherwise
from nelm.staging_words import STRATEGY_WORDS, staging_line
from nelm.wording import Voice

# How the outcome of a criterion stands before its sentence, by kind: met and not met.
_SIGNS: dict[str, tuple[str, str]] = {
    "require": ("Met", "Not met"),
    "exclude": ("Rules it out", "Does not apply"),
    "caution": ("Mind", "Does not apply"),
    "favor": ("Yes", "Does not apply"),
    "note": ("Note", ""),
}
_CHAPTERS: tuple[tuple[str, str], ...] = (
    ("require", "What it requires"),
    ("exclude", "What would rule it out"),
    ("caution", "Cautions"),
    ("favor", "What speaks for it"),
    ("note", "To know"),
)


def explain(assessment: Assessment, option_id: str, candidates: Iterable[Candidate] = ()) -> str:
    """The long form for one option: Markdown that a board can read without the program.

    `candidates` (of the staging document) stand beside what is missing and where they contradict
    an older fact, never in the verdict.
    Every criterion of the option stands in it, in the order of the page; a criterion that acts on
    the verdict also says why.

    Raises:
        UnknownName: no such option.
        Refused: the option was not judged (not applicable, or its knowledge pack is off).
    """
    wanted = option(option_id)
    try:
        judgement = assessment.option(wanted.id)
    except KeyError:
        raise Refused(_not_judged(assessment, option_id), "option") from None
    found = tuple(candidates)
    parts = [_head(assessment, judgement), *_when(assessment, judgement)]
    parts[1:1] = otherwise_markdown(said_otherwise(assessment, found))
    parts += (f"**{line}.**" for line in doubt_lines(doubtful_facts(assessment, judgement)))
    parts += _chapters(judgement, Voice.of(assessment, most_values=len(assessment.facts)))
    parts += _missing(judgement, assessment, found)
    figures = outcome_figures(option_id, assessment.parameters["packs"])
    parts += _figures(judgement.option, figures, assessment.parameters["packs"])
    parts += _sources(judgement, figures)
    return "\n\n".join(parts) + "\n"


def _not_judged(assessment: Assessment, option_id: str) -> str:
    if assessment.strategy == "not_applicable":
        return f"option: {option_id} was not judged: {STRATEGY_WORDS['not_applicable']}."
    return f"option: {option_id} was not judged: its knowledge pack is off. Switch the pack on."


def _head(assessment: Assessment, judgement: Judgement) -> str:
    verdict = Voice.of(assessment).verdict_line(judgement)
    staging = staging_line(assessment.staging, assessment.facts)
    strategy = STRATEGY_WORDS[assessment.strategy]
    return (
        f"# {verdict}\n\n"
        f"{staging}. Strategy: {strategy}. Place {judgement.rank} of"
        f" {len(assessment.options)}.\n\n"
        f"As of {assessment.as_of}, knowledge {assessment.knowledge_version}."
        " Supports the tumor board; decides nothing."
    )


def _when(assessment: Assessment, judgement: Judgement) -> Iterator[str]:
    """Of follow-up what is due: an eligible option alone would read as if all were done."""
    if judgement.option.id == "follow_up" and judgement.verdict in ("eligible", "conditional"):
        lines = [f"- {sentence(one)}." for one in follow_up_lines(assessment)]
        yield "## When\n\n" + "\n".join(lines)


def follow_up_lines(assessment: Assessment) -> tuple[str, ...]:
    """The interval of the follow-up and what of it is due, overdue or not known."""
    found = assessment.follow_up
    if found is None:
        return visits_without_treatment(
            assessment.facts, assessment.parameters.by_name, assessment.as_of
        )
    interval = f"imaging and markers every {found.months_min} to {found.months_max} months"
    limit = int(assessment.parameters["follow_up_max_months"])
    return (interval, *visits_words(found, assessment.as_of, limit))


def _chapters(judgement: Judgement, voice: Voice) -> Iterator[str]:
    outcomes = judgement.outcomes
    for kind, title in _CHAPTERS:
        shown = [one for one in outcomes if one.kind == kind and not _is_idle_note(one)]
        lines = [_line(one, judgement, voice) for one in shown]
        if lines:
            yield f"## {title}\n\n" + "\n".join(lines)


def _is_idle_note(outcome: CriterionOutcome) -> bool:
    """A note is met or unknown; where it does not apply there is nothing to say."""
    return outcome.kind == "note" and outcome.outcome is False


def _line(outcome: CriterionOutcome, judgement: Judgement, voice: Voice) -> str:
    criterion = outcome.criterion
    said = voice.outcome_line(outcome, judgement.option.labs_limit, signed=True)
    source = source_line(criterion.cites).replace("Working limit", "working limit", 1)
    name = criterion.id.partition(":")[0]  # of a stale fact: the sentence names it
    if outcome.stale_fact is None and criterion.cites != ("operational",):
        source += f"; {criterion_strength(criterion)}"
    line = f"- **{_sign(outcome)}.** {said} ({name}; {source})."
    if outcome.counts and outcome.stale_fact is None:
        line += f" Why: {criterion.because}."
    elif criterion.kind == "note":
        line += f" {sentence(criterion.because)}."
    limits = voice.limits_line(criterion)
    if limits:
        line += f" Set here: {limits}."
    if not criterion.decides:
        line += " Reported, not followed: the other rule set is in use."
    if criterion.conflict:
        line += f"\n  - {conflict_line(criterion.conflict)}."
    return line


def _sign(outcome: CriterionOutcome) -> str:
    if outcome.outcome is None:
        return "Not known"
    met, not_met = _SIGNS[outcome.kind]
    strongly = " strongly" if outcome.kind == "caution" and outcome.strong else ""
    return f"{met}{strongly}" if outcome.outcome else not_met


def _missing(
    judgement: Judgement, assessment: Assessment, candidates: Iterable[Candidate]
) -> Iterator[str]:
    facts, voice = assessment.facts, Voice.of(assessment)
    lines = [
        f"{voice.not_precise(name)}: not precise enough"
        if name in facts
        else f"{fact_label(name)}: not on file"
        for name in judgement.missing
    ]
    if lines:
        yield "## Missing\n\n" + "\n".join(f"- {sentence(one)}." for one in lines)
        if words := may_be_known_line(judgement.missing, candidates):
            yield f"{words}."


def _figures(
    judged: Option, figures: Iterable[OutcomeFigure], packs: Mapping[str, bool]
) -> Iterator[str]:
    """On what the option rests, and what is reported of it."""
    lines = "\n".join(f"- {figure_line(one)}." for one in figures)
    head = f"## What the papers report\n\nRests on: {', '.join(option_strength(judged, packs))}."
    if lines:
        yield f"{head} Selected patients; no prediction for this one.\n\n{lines}"
    else:
        yield f"{head} The papers give no figure."


def _sources(judgement: Judgement, figures: Iterable[OutcomeFigure]) -> Iterator[str]:
    names = {*_cited(one.criterion for one in judgement.outcomes if not _is_idle_note(one))}
    names.update(name for one in figures for name in one.cites)
    lines = [
        f"- {full_source(name)}" for name in CITATIONS if name in names and CITATIONS[name].year
    ]
    yield "## Sources\n\n" + "\n".join(lines)


def _cited(criteria: Iterable[Criterion]) -> Iterator[str]:
    for criterion in criteria:
        yield from criterion.cites
        if criterion.conflict:
            yield from (source for source, _ in criterion.conflict.positions)
