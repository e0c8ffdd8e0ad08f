"""The staging, the facts, what is missing and what papers say, as rows for the page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from nelm import Assessment, Fact
from nelm.assessment import STAGING_OUTPUTS
from nelm.catalog import CATALOG
from nelm.criteria import Conflict
from nelm.doubts import UNDATED, doubt_marks, is_doubt
from nelm.evidence.citations import CITATIONS, Citation
from nelm.figures import figure
from nelm.imprecise import Imprecise
from nelm.labels import (
    fact_label,
    fact_unit,
    missing_label,
    option_label,
    request_words,
    value_word,
)
from nelm.logic import Range
from nelm.staging.reads import facts_behind
from nelm.staging_words import NOTE_WORDS, OUTPUT_LABELS, output_word, range_word
from nelm.waiting import decisive_missing
from nelm.wording import (
    sentence,
    source_line,
    value_with_date,
)
from service.cds_hooks.staging_text import reasons_in_full
from service.patient_page.to_confirm import Candidate, to_confirm_about

_BY_TEXT = "by_text"
_FLAG_WORDS = {
    "specimen_unknown": "specimen not stated",
    "clinical_judgement": "clinical judgement, not measured",
    "stopped": "stopped",
    "undated": "sent without any date",
    "released": "the day of its release",
    "conflicting_sites": "several sites stated",
}
_DERIVED_PREGNANCY = "derived.pregnant"
_NOT_SETTLED = frozenset(
    {"preliminary", "registered", "provisional", "differential", "unconfirmed", "draft", "unknown"}
)
_MOST_WAITING = 6
_SET_ASIDE = frozenset({"treatment_history"})  # drawn in the timeline


class StagingRow(NamedTuple):
    label: str
    value: str
    known: bool
    rests_on: tuple[str, ...]
    sources: tuple[str, ...]


class FactRow(NamedTuple):
    label: str
    value: str
    day: date | None
    source: str
    marks: tuple[str, ...]
    exact: str
    by_text: bool


class Missing(NamedTuple):
    """`imprecise`: what is on file of it, too vague for the options that wait for it."""

    label: str
    imprecise: str
    waiting: str
    decisive: bool
    suggested: tuple[Candidate, ...]


class Remark(NamedTuple):
    text: str
    source: str


class Disagreement(NamedTuple):
    """Where papers disagree: their positions, what is followed, and for which options."""

    positions: tuple[tuple[str, str], ...]
    default: str
    options: tuple[str, ...]


def staging_rows(assessment: Assessment) -> tuple[StagingRow, ...]:
    """Each output of the staging with the facts it rests on, their dates and sources."""
    return tuple(_staging_row(assessment, name) for name in STAGING_OUTPUTS)


def _staging_row(assessment: Assessment, name: str) -> StagingRow:
    value = getattr(assessment.staging, name)
    names = sorted(facts_behind(f"staging.{name}"), key=lambda one: CATALOG[one].order)
    behind = [fact for one in names if (fact := assessment.facts.get(one)) is not None]
    return StagingRow(
        label=sentence(OUTPUT_LABELS[name]),
        value=output_word(name, value),
        known=value is not None,
        rests_on=tuple(map(value_with_date, behind)),
        sources=tuple(dict.fromkeys(one.source for one in behind if one.source)),
    )


def remarks(assessment: Assessment) -> tuple[Remark, ...]:
    """Contradictions in the record, and what the staging makes of them."""
    return tuple(Remark(sentence(NOTE_WORDS.get(one, one)), "") for one in assessment.staging.notes)


def outlook(assessment: Assessment) -> tuple[Remark, ...]:
    """What went with a worse outcome in the papers."""
    found = []
    for note in assessment.staging.prognostic_notes:
        otherwise = _papers_named(note.conflict) if note.conflict else ""
        text = sentence(note.title) + (f" ({otherwise})" if otherwise else "")
        found.append(Remark(text, source_line(note.cites)))
    return tuple(found)


def _papers_named(text: str) -> str:
    """With papers called as people call them, where the text has their ids."""
    return " ".join(_short(word) for word in text.split(" "))


def missing_rows(assessment: Assessment, found: Sequence[Mapping[str, Any]]) -> tuple[Missing, ...]:
    """Facts not on file, the most decisive first, each with the options that wait for it.

    `found`: the candidates; what they say of a missing fact stands beside it.
    """
    decisive = decisive_missing(assessment)
    order = [*decisive, *(one for one in assessment.missing if one not in decisive)]
    stated = Imprecise(
        assessment.facts, assessment.staging, assessment.parameters, assessment.as_of
    )
    return tuple(
        Missing(
            sentence(missing_label(name)),
            stated.of_fact(name),
            _waiting_for(assessment, name),
            name in decisive,
            to_confirm_about(name, found),
        )
        for name in order
    )


def _waiting_for(assessment: Assessment, name: str) -> str:
    waiting = [
        option_label(one.option.id)
        for one in assessment.options
        if name in one.missing and one.verdict == "insufficient_data"
    ]
    beyond = len(waiting) - _MOST_WAITING
    return ", ".join(waiting[:_MOST_WAITING]) + (f" and {beyond} more" if beyond > 0 else "")


def work_up_rows(assessment: Assessment) -> tuple[Remark, ...]:
    """What to ask for, and why."""
    return tuple(
        Remark(request_words(one.item), sentence(reasons_in_full(one.because)))
        for one in assessment.work_up
    )


def age_and_sex(assessment: Assessment) -> str:
    """ "57 to 58 years, female"; what is not on file is said so."""
    found = (assessment.facts.get(name) for name in ("age_years", "sex"))
    age, sex = (None if one is None else _value(one) for one in found)
    return f"{age or 'age not known'}, {sex or 'sex not known'}"


def fact_rows(assessment: Assessment) -> tuple[FactRow, ...]:
    """Every current fact with its day, its source, and what to know about it."""
    facts = sorted(assessment.facts, key=lambda one: CATALOG[one.name].order)
    return tuple(_fact_row(one, assessment) for one in facts if one.name not in _SET_ASIDE)


def _fact_row(fact: Fact, assessment: Assessment) -> FactRow:
    """How it was read stands in one footnote, what else to mind beside the value."""
    flags = [flag for flag in fact.flags if flag != _BY_TEXT and not is_doubt(flag)]
    marks = [_FLAG_WORDS.get(flag, flag.replace("_", " ")) for flag in flags]
    undated = UNDATED in fact.flags
    if undated and fact.effective:
        marks.append(f"recorded {fact.effective.isoformat()}")
    marks += doubt_marks(fact)
    if fact.mapping == _DERIVED_PREGNANCY:
        by_sex = assessment.facts.value("sex") == "male"
        marks.append(f"derived from {'sex' if by_sex else 'age'}, not stated")
    if fact.name in assessment.stale:
        marks.append("older than its limit")
    if fact.status in _NOT_SETTLED:
        marks.append(f"status {fact.status}")
    return FactRow(
        label=sentence(fact_label(fact.name)),
        value=_value(fact),
        day=None if undated or fact.mapping == _DERIVED_PREGNANCY else fact.effective,
        source=fact.source or "",
        marks=tuple(marks),
        exact=_exact(fact),
        by_text=_BY_TEXT in fact.flags,
    )


def _exact(fact: Fact) -> str:
    """The number as it is judged, where the value is written with fewer digits; else empty."""
    number = fact.value
    if not isinstance(number, float) or float(figure(fact.name, number)) == number:
        return ""
    return f"judged as {number} {fact_unit(fact.name)}".rstrip()


def _value(fact: Fact) -> str:
    value = fact.value
    if isinstance(value, Range):
        words = range_word(value)
    else:
        words = figure(fact.name, value) if _is_number(value) else value_word(value)
    unit = fact_unit(fact.name)
    return f"{words} {unit}".rstrip()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def disagreements(assessment: Assessment) -> tuple[Disagreement, ...]:
    """Each conflict between papers that touches an option judged here, once."""
    found: dict[Conflict, list[str]] = {}
    for judgement in assessment.options:
        for one in judgement.outcomes:
            if one.criterion.conflict is not None:
                names = found.setdefault(one.criterion.conflict, [])
                names.append(option_label(judgement.option.id))
    return tuple(
        Disagreement(
            tuple((_short(source), text) for source, text in conflict.positions),
            conflict.default,
            tuple(dict.fromkeys(names)),
        )
        for conflict, names in found.items()
    )


def _short(source: str) -> str:
    return CITATIONS[source].short if source in CITATIONS else source


def sources(assessment: Assessment) -> tuple[Citation, ...]:
    """Every paper that a criterion, a note or a conflict on the page names."""
    named = set(_cited(assessment))
    return tuple(one for one in CITATIONS.values() if one.id in named and one.year)


def _cited(assessment: Assessment) -> Iterator[str]:
    for judgement in assessment.options:
        for one in judgement.outcomes:
            yield from one.criterion.cites
            yield from _of_conflict(one.criterion.conflict)
    for note in assessment.staging.prognostic_notes:
        yield from note.cites


def _of_conflict(conflict: Conflict | None) -> Iterable[str]:
    return [source for source, _ in conflict.positions] if conflict is not None else ()
