"""The values that a criterion looked at, as people say them, each once and with its date.

What follows from one fact is said with that fact: "receptor positive (Krenning score 3, …)".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from nelm.doubts import day_and_doubts
from nelm.facts import Fact, FactSet, Therapy
from nelm.labels import fact_label, fact_phrase, fact_unit, value_word
from nelm.logic import Range, at_least
from nelm.predicates import Compound, Contains, Defaulted, Negated, Predicate
from nelm.staging.reads import facts_behind
from nelm.staging.summary import Staging
from nelm.staging_words import PHRASES as STAGING_PHRASES
from nelm.staging_words import grade_phrase, ki67_phrase, range_word

__all__ = [
    "Spoken",
    "SpokenValues",
    "dated_once",
    "each_once",
    "range_word",
    "spoken",
    "value_text",
]

# A yes or no of the staging is said by the first fact that says the same.
_Says = Callable[[Any], bool]
_SAID_BY: dict[str, dict[str, _Says]] = {
    "progression": {
        "progressed_on": bool,
        "recist_status": lambda value: bool(value == "PD"),
        "progressed_within_12_months": bool,
    },
    "functional": {"functional_syndrome": lambda value: bool(value != "none")},
    "symptomatic": {"symptomatic": bool, "bulk_symptoms": bool},
}
# The facts whose date an output carries, the one that decides first.
_SPREAD = ("extrahepatic_disease",)
_DATED_BY: dict[str, tuple[str, ...]] = {
    "resectability": ("reported_resectability", "resectable_percent", "liver_lesion_count"),
    "clear_liver": ("liver_lesion_count", "recist_status"),
    "distribution": ("liver_lesion_count",),
    "sstr_status": ("krenning_score", "sstr_uptake_at_least_liver"),
    "extrahepatic_class": _SPREAD,
    "extrahepatic_none": _SPREAD,
    "extrahepatic_disease_present": _SPREAD,
}
# Phrases that also tell a range, which the staging itself cannot hold.
_WITH_RANGES: dict[str, Callable[[Staging, FactSet], str | None]] = {
    **dict.fromkeys(("grade", "low_grade", "well_g3", "nec"), grade_phrase),
    "ki67": ki67_phrase,
}
_MEASURED = frozenset({"remnant", "remnant_adequate"})
_UNDATED = frozenset({"age_years"})  # counted to the day of the assessment
# Its day would be a birthday, on which nobody looked.
_DERIVED_PREGNANCY = "derived.pregnant"
_NAMED_WITH_VALUE = frozenset({"krenning_score"})


def value_text(name: str, value: Any) -> str:
    """A fact's value in words, ranges included: "largest lesion 41 mm"."""
    if isinstance(value, Range):
        return f"{fact_label(name)} {range_word(value)} {fact_unit(name)}".rstrip()
    if name == "treatment_history":
        given = (_therapy_with_date(one) for one in value)
        return f"earlier treatment: {', '.join(given)}" if value else "no earlier treatment"
    return fact_phrase(name, value)


def _therapy_with_date(therapy: Therapy) -> str:
    name = value_word(therapy.therapy)
    return f"{name} ({therapy.start.isoformat()})" if therapy.start else name


class Spoken(NamedTuple):
    """A phrase, and what stands in brackets behind it: a date, or a value with its date."""

    words: str
    when: str = ""

    def __str__(self) -> str:
        return f"{self.words} ({self.when})" if self.when else self.words


def spoken(fact: Fact) -> Spoken:
    """A fact with its value, unit and date, and with what makes it doubtful."""
    if fact.mapping == _DERIVED_PREGNANCY:
        return Spoken(value_text(fact.name, fact.value), "derived from sex or age")
    when = day_and_doubts(fact, dated=fact.name not in _UNDATED)
    return Spoken(value_text(fact.name, fact.value), when)


def _members_asked(predicate: Predicate) -> Iterator[tuple[str, frozenset[str]]]:
    """Of which members a predicate asks whether a set holds them."""
    match predicate:
        case Contains(name, members):
            yield name.removeprefix("staging."), members
        case Negated(part) | Defaulted(part):
            yield from _members_asked(part)
        case Compound(parts):
            for part in parts:
                yield from _members_asked(part)


def _narrowed(fact: Fact, members: frozenset[str]) -> Spoken:
    """Only the members asked for, where the fact holds some of them."""
    held = members.intersection(fact.value) if fact.name == "progressed_on" else frozenset()
    whole = spoken(fact)
    return Spoken(value_text(fact.name, frozenset(held)), whole.when) if held else whole


def each_once(phrases: Iterable[Spoken]) -> list[Spoken]:
    """Without those that another one says too; a date is kept wherever one of them had it."""
    dates: dict[str, str] = {}
    for one in phrases:
        dates[one.words] = dates.get(one.words) or one.when
    kept = [
        words for words in dates if not any(words in other for other in dates if other != words)
    ]
    return [Spoken(words, dates[words] or _date_of_part(words, dates)) for words in kept]


def dated_once(phrases: list[Spoken]) -> list[Spoken]:
    """Neighbors of one date carry it once, behind the last of them."""
    following = [*phrases[1:], Spoken("")][: len(phrases)]
    return [
        Spoken(one.words) if one.when == after.when else one
        for one, after in zip(phrases, following, strict=True)
    ]


def _date_of_part(words: str, dates: Mapping[str, str]) -> str:
    return next((when for part, when in dates.items() if when and part in words), "")


class SpokenValues:
    """The facts and the staging of one patient in words."""

    def __init__(self, facts: FactSet, staging: Staging, most: int) -> None:
        self._facts, self._staging, self._most = facts, staging, most

    def told(self, *predicates: Predicate) -> str:
        """What these predicates looked at; empty if they read nothing that is known."""
        phrases: list[Spoken] = []
        for predicate in predicates:
            asked = dict(_members_asked(predicate))
            names = sorted(predicate.names, key=lambda one: (one.startswith("staging."), one))
            phrases += (phrase for name in names for phrase in self._of(name, asked))
        return ", ".join(map(str, dated_once(each_once(phrases)[: self._most])))

    def _of(self, name: str, asked: Mapping[str, frozenset[str]]) -> Iterator[Spoken]:
        output = name.removeprefix("staging.")
        if output == name:
            fact = self._facts.get(name)
            if fact is not None:
                yield _narrowed(fact, asked.get(name, frozenset()))
        elif output == "previous_therapies":
            yield from self._given(asked.get(output, frozenset()))
        elif output == "calm":
            yield from self._calm()
        elif output in STAGING_PHRASES:
            yield from self._output(output)
        else:
            known = [fact for one in sorted(facts_behind(name)) if (fact := self._facts.get(one))]
            yield from (spoken(fact) for fact in known[: self._most])

    def _calm(self) -> Iterator[Spoken]:
        """What makes a disease calm, or what of it does not hold."""
        calm = self._staging.calm
        for part in ("symptomatic", "functional", "progression"):
            if calm is not None and getattr(self._staging, part) is not calm:
                yield from self._output(part)

    def _output(self, output: str) -> Iterator[Spoken]:
        value = getattr(self._staging, output, None)
        for name, says in _SAID_BY.get(output, {}).items():
            fact = self._facts.get(name)
            if fact is not None and value is not None and says(fact.value) is value:
                words = None if value else STAGING_PHRASES[output](self._staging)
                yield Spoken(words, spoken(fact).when) if words else spoken(fact)
                return
        if output in _MEASURED and (measured := list(self._remnant())):
            yield from measured
            return
        reported = self._facts.get("reported_resectability")
        if output == "resectability" and reported is not None and reported.value == value:
            yield spoken(reported)
            return
        phrase = _WITH_RANGES.get(output)
        words = (
            phrase(self._staging, self._facts) if phrase else STAGING_PHRASES[output](self._staging)
        )
        if words:
            yield Spoken(words, self._when(output))

    def _remnant(self) -> Iterator[Spoken]:
        """Its size, and the contiguous segments where they may be fewer than the two needed."""
        size = self._facts.get("future_liver_remnant_percent")
        segments = self._facts.get("remnant_contiguous_segments")
        if size is not None:
            yield spoken(size)
        if size is not None and segments is not None and at_least(segments.value, 2) is not True:
            yield spoken(segments)

    def _when(self, output: str) -> str:
        for name in _DATED_BY.get(output, ()):
            fact = self._facts.get(name)
            if fact is not None:
                phrase = spoken(fact)
                named = (phrase.words,) if name in _NAMED_WITH_VALUE else ()
                return ", ".join(part for part in (*named, phrase.when) if part)
        return ""

    def _given(self, therapies: frozenset[str]) -> Iterator[Spoken]:
        """The treatments asked for, those given; else all that is on record."""
        history = self._facts.get("treatment_history")
        if history is None:
            return
        given = [one for one in history.value if one.therapy in therapies]
        if not given:
            yield spoken(history)
        for one in given:
            yield Spoken(
                f"{value_word(one.therapy)} given", one.start.isoformat() if one.start else ""
            )
