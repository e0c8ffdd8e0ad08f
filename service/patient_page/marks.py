"""The criteria of an option as marks in four columns: what is met, what is against, what is open.

Each mark has a shape of its own beside its color, and a sentence that says the same.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from nelm.criteria import CriterionOutcome, Judgement
from nelm.evidence.citations import CITATIONS
from nelm.evidence.strength import criterion_strength
from nelm.wording import Voice, sentence, source_line


class Column(NamedTuple):
    """One kind of criteria: its heading, and how met, not met and unknown are shown and said."""

    kind: str
    title: str
    met: str
    not_met: str
    words: tuple[str, str, str]


COLUMNS = (
    Column("require", "Requires", "ok", "against", ("met", "not met", "not known")),
    Column(
        "exclude",
        "Would rule it out",
        "against",
        "idle",
        ("rules it out", "checked, does not apply", "not excluded"),
    ),
    Column(
        "caution", "Cautions", "mind", "idle", ("to mind", "checked, does not apply", "not known")
    ),
    Column(
        "favor",
        "Speaks for it",
        "plus",
        "idle",
        ("speaks for it", "checked, does not apply", "not known"),
    ),
)
LEGEND = (
    ("ok", "met"),
    ("plus", "speaks for it"),
    ("mind", "to mind"),
    ("against", "not met, or rules it out"),
    ("unknown", "not known"),
    ("assumed", "not on file; counts as none or no"),
    ("idle", "checked, does not apply"),
)
# What would read as found and well, were it not for a default.
_REASSURING = frozenset({"ok", "plus", "idle"})
_NOTES = Column("note", "To know", "info", "idle", ("note", "", "not known"))


class Mark(NamedTuple):
    """One criterion in the picture and in words; `why` only where it acts on the verdict.

    `limits`: the settings behind it, where its sentence does not name them.
    """

    shape: str
    word: str
    id: str
    said: str
    limits: str
    why: str
    source: str
    rests: str
    conflict: str


class Cell(NamedTuple):
    """The marks of one column, and the same as a count: "3 met, 1 not known"."""

    title: str
    marks: tuple[Mark, ...]
    told: str


def cells(judgement: Judgement, voice: Voice) -> tuple[Cell, ...]:
    """The four columns of one option, in the order of the page."""
    return tuple(_cell(column, judgement, voice) for column in COLUMNS)


def notes(judgement: Judgement, voice: Voice) -> tuple[Mark, ...]:
    """What is to be known beside the criteria; it never changes the verdict."""
    shown = [one for one in judgement.outcomes if one.kind == "note" and one.outcome is not False]
    return tuple(_mark(_NOTES, one, judgement, voice) for one in shown)


def _cell(column: Column, judgement: Judgement, voice: Voice) -> Cell:
    marks = tuple(
        _mark(column, one, judgement, voice)
        for one in judgement.outcomes
        if one.kind == column.kind
    )
    return Cell(column.title, marks, ", ".join(_counted(marks)) or "none")


def _counted(marks: tuple[Mark, ...]) -> Iterator[str]:
    for word, count in Counter(one.word for one in marks).items():
        yield f"{count} {word}"


def _mark(column: Column, outcome: CriterionOutcome, judgement: Judgement, voice: Voice) -> Mark:
    met, not_met, unknown = column.words
    if outcome.outcome is None:
        shape, word = "unknown", unknown
    else:
        shape, word = (column.met, met) if outcome.outcome else (column.not_met, not_met)
    criterion = outcome.criterion
    said = voice.outcome_line(outcome, judgement.option.labs_limit, signed=True)
    if default := voice.counted_default(outcome):
        said = f"{said}. {sentence(default)}"
        if shape in _REASSURING:
            shape, word = "assumed", "not on file"
    if not criterion.decides:
        shape, word = "idle", "reported only"
    stale = outcome.stale_fact is not None
    papers = [one for one in criterion.cites if one in CITATIONS]
    rests = "" if stale else criterion_strength(criterion)
    conflict = criterion.conflict
    return Mark(
        shape=shape,
        word=word,
        id=criterion.id.partition(":")[0],
        said=said,
        limits="" if stale else voice.limits_line(criterion),
        why=criterion.because if outcome.counts and not stale else "",
        source=source_line(papers) if set(papers) != {"operational"} else "working limit",
        rests="" if rests == "operational" else rests,
        conflict=conflict.default if conflict is not None else "",
    )
