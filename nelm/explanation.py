"""One option at length, as Markdown: the verdict, every criterion with its value and paper, the
figures that the papers report, and what is missing.

All sentences come from `nelm.wording`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nelm.assessment import Assessment
from nelm.criteria import Criterion, CriterionOutcome, Judgement
from nelm.errors import Refused
from nelm.evidence.citations import CITATIONS, outcome_figures
from nelm.labels import fact_label
from nelm.options.registry import option
from nelm.staging_words import STRATEGY_WORDS, staging_line
from nelm.wording import (
    Voice,
    conflict_line,
    figure_line,
    full_source,
    sentence,
    source_line,
)

# How the outcome of a criterion stands before its sentence, by kind: met, not met, unknown.
_SIGNS: dict[str, tuple[str, str, str]] = {
    "require": ("Met", "Not met", "Not known"),
    "exclude": ("Rules it out", "No", "Not known"),
    "caution": ("Mind", "No", "Not known"),
    "favor": ("Yes", "No", "Not known"),
    "note": ("Note", "", "Not known"),
}
_CHAPTERS: tuple[tuple[str, str], ...] = (
    ("require", "What it requires"),
    ("exclude", "What would rule it out"),
    ("caution", "Cautions"),
    ("favor", "What speaks for it"),
    ("note", "To know"),
)


def explain(assessment: Assessment, option_id: str) -> str:
    """The long form for one option: Markdown that a board can read without the program.

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
    parts = [_head(assessment, judgement)]
    parts += _chapters(judgement, Voice.of(assessment, most_values=len(assessment.facts)))
    parts += _missing(judgement)
    parts += _figures(assessment, judgement)
    parts += _sources(judgement)
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
    line = f"- **{_sign(outcome)}.** {said} ({criterion.id}; {source})."
    if outcome.counts and outcome.stale_fact is None:
        line += f" Why: {criterion.because}."
    limits = voice.limits_line(criterion)
    if limits:
        line += f" Set here: {limits}."
    if not criterion.decides:
        line += " Reported, not followed: the other rule set is in use."
    if criterion.conflict:
        line += f"\n  - {conflict_line(criterion.conflict)}."
    return line


def _sign(outcome: CriterionOutcome) -> str:
    met, not_met, unknown = _SIGNS[outcome.kind]
    if outcome.outcome is None:
        return unknown
    return _strongly(outcome, met) if outcome.outcome else not_met


def _strongly(outcome: CriterionOutcome, met: str) -> str:
    return "Mind strongly" if outcome.kind == "caution" and outcome.strong else met


def _missing(judgement: Judgement) -> Iterator[str]:
    labels = [sentence(fact_label(name)) for name in judgement.missing]
    if labels:
        yield "## Missing\n\n" + "\n".join(f"- {one}: not on file." for one in labels)


def _figures(assessment: Assessment, judgement: Judgement) -> Iterator[str]:
    packs = assessment.parameters
    lines = [
        f"- {figure_line(one)}."
        for one in outcome_figures(judgement.option.id)
        if one.pack is None or packs.has_pack(one.pack)
    ]
    if lines:
        yield (
            "## What the papers report\n\nSelected patients; no prediction for this one.\n\n"
            + "\n".join(lines)
        )


def _sources(judgement: Judgement) -> Iterator[str]:
    criteria = [one.criterion for one in judgement.outcomes]
    figures = [name for one in outcome_figures(judgement.option.id) for name in one.cites]
    names = [*_cited(criteria), *figures]
    lines = [
        f"- {full_source(name)}" for name in CITATIONS if name in names and CITATIONS[name].year
    ]
    if lines:
        yield "## Sources\n\n" + "\n".join(lines)


def _cited(criteria: Iterable[Criterion]) -> Iterator[str]:
    for criterion in criteria:
        yield from criterion.cites
        if criterion.conflict:
            yield from (source for source, _ in criterion.conflict.positions)
