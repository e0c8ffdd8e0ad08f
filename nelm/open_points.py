"""What speaks of this patient's safety beside the first thing said of an order: values met against
it, contraindications that nobody ruled out, checks not made.

A finding that names something else first must not read as if the rest were clear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from nelm.criteria import CriterionOutcome, Judgement
from nelm.facts import FactSet
from nelm.findings import names_read
from nelm.grounds import is_danger, urgency
from nelm.phrases import SUMMARY_LENGTH, clipped, lowered
from nelm.staging.reads import CANDIDACY

_CLOSED = ("contraindicated", "not_indicated")
_MOST_NAMED = 2
# What the page wants done first, in a summary.
_TO_DO = {"RHF": "cardiology first", "HEP-3c": "augment first", "SSA-7": "watch the glucose"}
Say = Callable[[CriterionOutcome], str]
Asks = Callable[[CriterionOutcome], bool]


def open_excludes(judgement: Judgement) -> list[CriterionOutcome]:
    """Contraindications of the option that the record neither shows nor rules out.

    None of a contraindicated option: it is closed whatever they say. Those marked quiet are left
    out, as everywhere.
    """
    if judgement.verdict == "contraindicated":
        return []
    return [
        one
        for one in judgement.outcomes
        if one.kind == "exclude" and one.outcome is None and one.counts
    ]


def calls_for_a_look(judgement: Judgement) -> bool:
    """Whether something is to be looked at before an order that stays open: a check or a stale
    fact; what evidence alone says is none."""
    return any(_is_check(one) for one in judgement.outcomes)


def _is_check(one: CriterionOutcome) -> bool:
    return one.counts and (one.check or one.stale_fact is not None)


def points(judgement: Judgement, facts: FactSet, is_imprecise: Asks) -> list[CriterionOutcome]:
    """All that speaks of this patient's safety with this option, the most urgent first.

    Met cautions that read a fact, of what is closed only those that speak of harm; of what is not
    closed also checks unknown or stale and strong cautions with a value on both sides of their
    limit (`is_imprecise`); of what is not contraindicated, what is not excluded. Of a woman in whom
    it is not known, pregnancy.

    Source: operational; lasalvia2016, cloyd2020 and lewis2012 for the criteria.
    """
    outcomes = judgement.outcomes
    met = [one for one in outcomes if is_met_caution(one)]
    if judgement.verdict in _CLOSED:
        harm = [one for one in met if is_danger(one)]
        return sorted([*harm, *open_excludes(judgement)], key=urgency)
    open_ones = [one for one in outcomes if one not in met and _is_check(one)]
    return sorted([*met, *open_ones, *not_settled(judgement, facts, is_imprecise)], key=urgency)


def not_settled(judgement: Judgement, facts: FactSet, is_imprecise: Asks) -> list[CriterionOutcome]:
    """Strong cautions that count only where met and that nobody can rule out: a value on both sides
    of their limit; of a woman in whom it is not known, pregnancy. No verdict rests on them."""
    open_ones = [one for one in judgement.outcomes if _both_sides(one, is_imprecise)]
    return [*open_ones, *pregnancy_not_known(judgement, facts)]


def is_met_caution(one: CriterionOutcome) -> bool:
    """Of a fact of this patient, now: not of everybody, of another verdict, or of age."""
    met = one.kind == "caution" and one.outcome is True and one.stale_fact is None
    return met and bool(names_read(one)) and (one.check or CANDIDACY not in one.criterion.names)


def _both_sides(one: CriterionOutcome, is_imprecise: Asks) -> bool:
    strong = one.kind == "caution" and one.strong and one.outcome is None
    return strong and is_imprecise(one)


def pregnancy_not_known(judgement: Judgement, facts: FactSet) -> Iterator[CriterionOutcome]:
    """The caution of a woman of whom nobody knows whether she is pregnant, as a check.

    Not of age 55 and above, when pregnancy counts as ruled out. It changes no verdict.
    """
    if facts.value("sex") == "female":
        for one in judgement.outcomes:
            if one.id == "PREG" and one.kind == "caution" and one.outcome is None:
                yield one._replace(check=True)


def not_excluded(outcomes: Iterable[CriterionOutcome], most: int | None = None) -> str:
    """Such as "not excluded: portal vein thrombosis (EMB-3)"; empty where nothing is open."""
    found = [f"{lowered(one.criterion.title)} ({one.id})" for one in outcomes]
    if not found:
        return ""
    beyond = len(found) - (most or len(found))
    more = f" and {beyond} more" if beyond > 0 else ""
    return f"not excluded: {', '.join(found[:most])}{more}"


def with_dangers(texts: Sequence[str], outcomes: Sequence[CriterionOutcome], reason: Say) -> str:
    """The first of these summaries that has room for the dangers among these outcomes.

    `texts` say the same, the fullest first; where none has room, the fullest that fits alone.
    `reason` says what is met.
    """
    tails = dict.fromkeys(_tails([one for one in outcomes if is_danger(one)], reason))
    longest = (f"{text}; {tail}" for tail in tails if tail for text in texts)
    found = (one for one in (*longest, *texts) if len(one) <= SUMMARY_LENGTH)
    return next(found, None) or clipped(texts[-1])


def _tails(dangers: Sequence[CriterionOutcome], reason: Say) -> Iterator[str]:
    """What to say of these dangers behind a sentence, the fullest first."""
    excludes = [one for one in dangers if one.kind == "exclude" and one.outcome is None]
    met = [lowered(reason(one)) for one in dangers if one not in excludes]
    for open_ones in (not_excluded(excludes), not_excluded(excludes, 1), ""):
        for named in range(min(_MOST_NAMED, len(met)), -1, -1):
            for said in (met, [_first_value(one) for one in met]):
                yield "; ".join(filter(None, (*_dated_once(said[:named]), open_ones)))


def _first_value(words: str) -> str:
    """Of "albumin 2.6 g/dL, bilirubin 2.5 mg/dL (2026-05-12)" the first value, without its day."""
    return words.partition(", ")[0].partition(" (")[0]


def _dated_once(phrases: Sequence[str]) -> list[str]:
    """Neighbors of one day carry it once, behind the last of them."""
    following = [*phrases[1:], ""]
    return [
        one.removesuffix(f" ({after[-11:-1]})") if after.endswith(")") else one
        for one, after in zip(phrases, following[: len(phrases)], strict=True)
    ]


def looked_at(label: str, outcomes: Sequence[CriterionOutcome], line: Say) -> str:
    """What to look at before an order that stays open: the first two by name where there is room,
    what is to be done of them, and how many more there are."""
    for named in _fuller_first(outcomes, line):
        beyond = len(outcomes) - len(named)
        more = f" (and {beyond} more)" if beyond else ""
        words = "; ".join(_each_named(outcomes[: len(named)], named))
        for look in dict.fromkeys((_look(outcomes[: len(named)]), "")):
            text = f"{label}: {words}{look}{more}"
            if len(text) <= SUMMARY_LENGTH:
                return text
    return clipped(f"{label}: {words}", SUMMARY_LENGTH - len(more)) + more


def _fuller_first(outcomes: Sequence[CriterionOutcome], line: Say) -> Iterator[list[str]]:
    """The lines of the first two, the second by its title where it is long; the first alone."""
    lines = [lowered(line(one)) for one in outcomes[:_MOST_NAMED]]
    yield lines
    for second in outcomes[1:_MOST_NAMED]:
        if second.outcome is True and second.stale_fact is None:
            yield [lines[0], lowered(second.criterion.title)]
        yield lines[:1]


def _look(outcomes: Sequence[CriterionOutcome]) -> str:
    """Nothing where the words say already what is to be done, or what is not known or too old."""
    met = [one for one in outcomes if one.outcome is True and one.stale_fact is None]
    if not met or any(_to_do(one) or ": " in one.criterion.title for one in met):
        return ""
    return ", look at both first" if len(outcomes) > 1 else ", look at this first"


def _each_named(outcomes: Sequence[CriterionOutcome], lines: Sequence[str]) -> list[str]:
    """The lines of these; contraindications that nobody ruled out share theirs."""
    excludes = [one for one in outcomes if one.kind == "exclude" and one.outcome is None]
    if len(excludes) > 1:
        return [not_excluded(excludes)]
    return [
        _with_what_to_do(words, one)
        for words, one in zip(_dated_once(lines), outcomes, strict=True)
    ]


def _with_what_to_do(words: str, one: CriterionOutcome) -> str:
    if to_do := _to_do(one):
        return f"{words}, {to_do}"
    return f"{words} ({one.id})" if words == not_excluded([one]).rpartition(" (")[0] else words


def _to_do(one: CriterionOutcome) -> str:
    return _TO_DO.get(one.id, "") if one.check and one.outcome is True else ""
