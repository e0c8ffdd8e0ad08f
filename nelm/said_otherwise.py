"""Where words of a report say the opposite of an older fact: told wherever the fact counts.

The words never count; what they would exclude is named, so that silence does not read as clear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from nelm.assessment import Assessment
from nelm.catalog import CATALOG
from nelm.criteria import CriterionOutcome
from nelm.doubts import UNDATED
from nelm.errors import Refused
from nelm.facts import UNSTATED, Fact, checked_value
from nelm.findings import names_read
from nelm.labels import fact_label
from nelm.logic import Range
from nelm.may_be_known import MOST_SHOWN, Candidate, candidate_value, markdown_text
from nelm.reassessment import reassess
from nelm.spoken_values import spoken, value_text
from nelm.staging_words import grade_phrase

# What is found outside the liver contradicts a report of none there.
_OUTSIDE = frozenset(
    {"extrahepatic_sites", "peritoneal_carcinomatosis", "unresectable_nodes_or_extraabdominal"}
)
_NOTHING_OUTSIDE: tuple[Any, ...] = (False, "none", frozenset(), frozenset({"regional_lymph_node"}))
_GRADED_BY = ("ki67_primary_percent", "ki67_metastasis_percent", "mitoses_per_2mm2")
_KINDS = {"DiagnosticReport": "Report", "Condition": "Diagnosis", "Observation": "Result"}


class Otherwise(NamedTuple):
    """What words say of a fact, and what is on file of it and counts.

    `value` is as facts hold it, `day` the report's ("" where it has none), `kind` what said it.
    """

    fact: str
    value: Any
    words: str
    sentence: str
    kind: str
    day: str
    on_file: str

    @property
    def said_by(self) -> str:
        """Such as "Report of 2026-05-28"."""
        return f"{self.kind} of {self.day}" if self.day else f"{self.kind} without a date"


def said_otherwise(
    assessment: Assessment, candidates: Iterable[Candidate]
) -> tuple[Otherwise, ...]:
    """Candidates not older than the fact that counts whose value cannot be the same; newest first.

    What differs only in precision agrees. A missing date on either side is taken for "not older".
    Disease outside the liver contradicts a report of none there, a grade in words the derived one.

    Source: operational (words never count, and nothing that does not count may read as clear).
    """
    found = (one for each in candidates if (one := _otherwise(assessment, each)) is not None)
    each_once = {(one.fact, one.words): one for one in found}
    return tuple(sorted(each_once.values(), key=lambda one: one.day, reverse=True))


def _otherwise(assessment: Assessment, candidate: Candidate) -> Otherwise | None:
    name = str(candidate["fact"])
    kind = CATALOG.get(name)
    if kind is None or kind.kind in ("therapies", "date"):
        return None
    try:
        value = checked_value(name, candidate_value(name, candidate["value"]))
    except Refused:
        return None
    day = str(candidate.get("effective") or "")[:10]
    counted = _counted_against(assessment, name, value, day)
    if not counted:
        return None
    source = str(candidate["source"]).partition("/")[0]
    words, said = value_text(name, value), str(candidate["sentence"])
    return Otherwise(name, value, words, said, _KINDS.get(source, source), day, counted)


def _counted_against(assessment: Assessment, name: str, value: Any, day: str) -> str:
    """What is on file that the value contradicts and that is not newer; empty if nothing is."""
    fact = assessment.facts.get(name)
    if fact is not None:
        differs = not _may_be_the_same(name, fact.value, value)
        return _told(fact) if differs and _is_not_older(day, fact) else ""
    if name == "reported_grade":
        return _derived_grade(assessment, value, day)
    return _none_outside(assessment, name, value, day)


def _none_outside(assessment: Assessment, name: str, value: Any, day: str) -> str:
    none = assessment.facts.get("extrahepatic_disease")
    if none is None or none.value != "none" or not _is_not_older(day, none):
        return ""
    return _told(none) if name in _OUTSIDE and value not in _NOTHING_OUTSIDE else ""


def _derived_grade(assessment: Assessment, value: Any, day: str) -> str:
    grade = assessment.staging.grade
    if grade is None or value in grade.split("_or_"):
        return ""
    behind = [fact for one in _GRADED_BY if (fact := assessment.facts.get(one)) is not None]
    is_newer = all(_is_not_older(day, fact) for fact in behind)
    return grade_phrase(assessment.staging, assessment.facts) or "" if is_newer else ""


def _told(fact: Fact) -> str:
    said = spoken(fact)
    return f"{said.words}, {said.when}" if said.when else said.words


def _is_not_older(day: str, fact: Fact) -> bool:
    """A day given by month or year alone is as late as it can be; the day on which a result of no
    date was recorded is none of its own."""
    if fact.effective is None or UNDATED in fact.flags:
        return True
    return day >= fact.effective.isoformat()[: len(day)]


def _may_be_the_same(name: str, known: Any, said: Any) -> bool:
    if isinstance(said, frozenset):
        return bool(said <= known)
    if isinstance(known, Range) or isinstance(said, Range):
        return _overlap(known, said)
    return bool(_possible(name, known) & _possible(name, said))


def _possible(name: str, value: Any) -> set[Any]:
    return set(UNSTATED.get(name, {}).get(value, ())) or {value}


def _overlap(one: Any, other: Any) -> bool:
    low, above = max(map(_low, (one, other)))
    high, below = min(map(_high, (one, other)), key=lambda end: (end[0], not end[1]))
    return low < high or (low == high and not above and not below)


def _low(value: Any) -> tuple[float, bool]:
    if not isinstance(value, Range):
        return (value, False)
    return (float("-inf"), False) if value.min is None else (value.min, value.min_open)


def _high(value: Any) -> tuple[float, bool]:
    if not isinstance(value, Range):
        return (value, False)
    return (float("inf"), False) if value.max is None else (value.max, value.max_open)


# What it would mean, and how it is said. ----------------------------------------------------


def would_exclude(
    assessment: Assessment, order: str, found: Sequence[Otherwise]
) -> tuple[CriterionOutcome, ...]:
    """Contraindications of an option that would be met if the words were facts, not met now.

    Source: operational; each criterion carries its own.
    """
    if not found or order not in {one.option.id for one in assessment.options}:
        return ()
    said = {one.fact: one.value for one in reversed(found)}
    supposed = reassess(assessment, assessment.facts.with_values(said))
    met_now = {one.id for one in _met_excludes(assessment, order)}
    return tuple(one for one in _met_excludes(supposed, order) if one.id not in met_now)


def _met_excludes(assessment: Assessment, order: str) -> Iterator[CriterionOutcome]:
    for judged in assessment.options:
        if judged.option.id == order:
            met = (one for one in judged.outcomes if one.outcome is True)
            yield from (one for one in met if one.kind == "exclude" and one.stale_fact is None)


def behind(
    assessment: Assessment, order: str, outcome: CriterionOutcome, found: Sequence[Otherwise]
) -> Otherwise:
    """The words that a contraindication would rest on: those that would do alone, else the first
    of those that it reads."""
    names = set(names_read(outcome))
    read = [one for one in found if one.fact in names] or list(found)
    alone = (
        one
        for one in read
        if outcome.id in {each.id for each in would_exclude(assessment, order, [one])}
    )
    return next(alone, read[0])


def otherwise_lines(
    found: Sequence[Otherwise], text: Callable[[str], str] = markdown_text
) -> tuple[str, ...]:
    """Such as "Report of 2026-05-28 says otherwise: “…” (on file: portal vein patent, 2026-05-12).
    Not counted until confirmed", one for each report.

    What comes from a report goes through `text`, as it stands for Markdown. Empty where nothing
    is said otherwise.
    """
    sentences: dict[tuple[str, str], list[Otherwise]] = {}
    for one in found:
        sentences.setdefault((one.said_by, one.sentence), []).append(one)
    reports: dict[str, dict[str, list[str]]] = {}
    for (by, sentence), ones in list(sentences.items())[:MOST_SHOWN]:
        reports.setdefault(by, {})[sentence] = [one.on_file for one in ones]
    lines = [f"{by} says otherwise: {_quoted(said, text)}" for by, said in reports.items()]
    rest = [fact_label(one.fact) for ones in list(sentences.values())[MOST_SHOWN:] for one in ones]
    if rest:
        lines[-1] += f"; otherwise too: {', '.join(dict.fromkeys(rest))}"
    return tuple(f"{line}. Not counted until confirmed" for line in lines)


def otherwise_markdown(found: Sequence[Otherwise]) -> tuple[str, ...]:
    """The same as Markdown sentences, what says so in bold."""
    parted = (line.partition(": ") for line in otherwise_lines(found))
    return tuple(f"**{by}:** {said}." for by, _, said in parted)


def _quoted(said: dict[str, list[str]], text: Callable[[str], str]) -> str:
    told = (
        f"“{text(sentence)}” (on file: {'; '.join(dict.fromkeys(on_file))})"
        for sentence, on_file in said.items()
    )
    return "; ".join(told)
