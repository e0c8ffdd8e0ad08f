"""The judged options as rows under their verdicts: why they are open, and what closes them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from nelm import Assessment
from nelm.criteria import Judgement
from nelm.evidence.strength import option_strength
from nelm.explanation import follow_up_lines
from nelm.labels import missing_label, option_label
from nelm.options.follow_up import FOLLOW_UP
from nelm.wording import VERDICT_WORDS, Voice, deciding_outcome, lowered, sentence
from service.patient_page.marks import Cell, Mark, cells, notes

_MOST_REPEATED = 4  # missing facts that may be named again and again


class OptionRow(NamedTuple):
    """One option: its place, verdict and reason in one line, and its criteria as marks."""

    id: str
    label: str
    place: int
    verdict: str
    strong: bool
    reason: str
    evidence: str
    cells: tuple[Cell, ...]
    notes: tuple[Mark, ...]
    missing: tuple[str, ...]


class OptionGroup(NamedTuple):
    """Options of one verdict; `shape` is the mark that stands for it."""

    title: str
    in_words: str
    shape: str
    rows: tuple[OptionRow, ...]


_GROUPS = (
    ("Open", "open", "ok", ("eligible", "conditional"), False),
    ("Open, with a strong caution", "with a strong caution", "mind", ("conditional",), True),
    ("Cannot be judged yet", "cannot be judged yet", "unknown", ("insufficient_data",), None),
    ("Not indicated", "not indicated", "against", ("not_indicated",), None),
    ("Contraindicated", "contraindicated", "against", ("contraindicated",), None),
)


def option_groups(assessment: Assessment) -> tuple[OptionGroup, ...]:
    """Every judged option under its verdict, in ranked order."""
    voice = Voice.of(assessment, most_values=len(assessment.facts))
    brief = Voice.of(assessment)
    groups = []
    for title, in_words, shape, verdicts, strong in _GROUPS:
        rows = tuple(
            _option_row(one, voice, _reason(assessment, one, brief))
            for one in assessment.options
            if one.verdict in verdicts and strong in (None, one.strong)
        )
        if rows:
            judged = {one.option.id: one.missing for one in assessment.options}
            told = tuple(_without_repeating(rows, judged)) if shape == "unknown" else rows
            groups.append(OptionGroup(title, in_words, shape, told))
    return tuple(groups)


def _option_row(judgement: Judgement, voice: Voice, reason: str) -> OptionRow:
    return OptionRow(
        id=judgement.option.id,
        label=option_label(judgement.option.id),
        place=judgement.rank,
        verdict=VERDICT_WORDS[judgement.verdict],
        strong=judgement.strong and judgement.verdict == "conditional",
        reason=reason,
        evidence=", ".join(option_strength(judgement.option)[:2]),
        cells=cells(judgement, voice),
        notes=notes(judgement, voice),
        missing=tuple(map(missing_label, judgement.missing)),
    )


def _without_repeating(
    rows: Sequence[OptionRow], missing: Mapping[str, tuple[str, ...]]
) -> Iterator[OptionRow]:
    """A long list of what is missing once; who lacks the same, or more, refers to it."""
    told: dict[str, frozenset[str]] = {}
    labels = {row.id: row.label for row in rows}
    for row in rows:
        lacking = frozenset(missing[row.id])
        same = [one for one, found in told.items() if found <= lacking]
        if len(lacking) <= _MOST_REPEATED or not same:
            if len(lacking) > _MOST_REPEATED:
                told[row.id] = lacking
            yield row
            continue
        like = max(same, key=lambda one: len(told[one]))
        more = [missing_label(one) for one in missing[row.id] if one not in told[like]]
        also = f", and for {', '.join(more)}" if more else ""
        yield row._replace(reason=f"Waits for the same as {labels[like]}{also}")


def _reason(assessment: Assessment, judgement: Judgement, voice: Voice) -> str:
    """What speaks for an open option and what to mind; else what decides against it."""
    if judgement.option.id == FOLLOW_UP.id:
        return _visits(assessment, judgement)
    deciding = deciding_outcome(judgement)
    against = "" if deciding is None else voice.reason(deciding, judgement.option.labs_limit)
    if judgement.verdict not in ("eligible", "conditional"):
        missing = ", ".join(map(missing_label, judgement.missing))
        waiting = judgement.verdict == "insufficient_data"
        return sentence(f"waits for {missing}" if waiting and missing else against)
    words, _ = voice.speaking_for(judgement)
    said = sentence(words) if words else "All criteria met"
    if deciding is None:
        return said
    return f"{said}. Mind: {lowered(voice.outcome_line(deciding, judgement.option.labs_limit))}"


def _visits(assessment: Assessment, judgement: Judgement) -> str:
    """Follow-up is a matter of days: what is due of it, or that its time has not come."""
    is_open = judgement.verdict in ("eligible", "conditional")
    lines = follow_up_lines(assessment) if is_open else ("comes once the liver is clear",)
    return ". ".join(map(sentence, lines))
