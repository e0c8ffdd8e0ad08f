"""The form of a pattern: what it looks for, what it gives, and which contexts speak against it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from fhir_mappings.reports.quantities import amount_in
from fhir_mappings.reports.sentences import Sentence


class Given(NamedTuple):
    """A fact of the catalog with a value in its unit, as JSON holds it."""

    fact: str
    value: Any


class Place(NamedTuple):
    """Where a phrase stands: its sentence, what the text said before it, and its span there."""

    sentence: Sentence
    organ: str
    tissue: str | None
    tumor: str | None
    start: int
    end: int


Check = Callable[[re.Match[str], Place], bool]
Gives = Callable[[re.Match[str], Place], Iterable[Given]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern.

    cues: one of these words stands in the sentence, else the pattern is not tried.
    cased: the words as written are looked at, because "NET" is not "net".
    denied: what it gives where the phrase is denied; nothing by default.
    near: see `context.polarity`. said: the phrase carries its own negation.
    state: what a study saw: nothing from earlier studies and from sentences with a date.
    done: what was done: nothing from plans. about_tumor: nothing where another tumor is meant.
    lesion: nothing of cysts, hemangiomas and what else is benign.
    supposed: a condition in the words does not matter.
    of_disease: nothing where the text is about another tumor only.
    """

    id: str
    cues: tuple[str, ...]
    pattern: re.Pattern[str]
    gives: Gives
    denied: Gives | None = None
    cased: bool = False
    near: bool = False
    said: bool = False
    state: bool = False
    done: bool = True
    about_tumor: bool = False
    lesion: bool = False
    of_disease: bool = True
    supposed: bool = False
    checks: tuple[Check, ...] = ()


def amount_of(fact: str) -> Gives:
    """The amount that the pattern holds, as this fact."""

    def gives(match: re.Match[str], place: Place) -> Iterator[Given]:
        value = amount_in(match)
        if value is not None:
            yield Given(fact, value)

    return gives


def fixed(fact: str, value: Any) -> Gives:
    """Always this value."""
    given = (Given(fact, value),)
    return lambda match, place: given


def several(*pairs: tuple[str, Any]) -> Gives:
    """Always these."""
    given = tuple(Given(fact, value) for fact, value in pairs)
    return lambda match, place: given


def words(pattern: str) -> re.Pattern[str]:
    """A pattern over the sentence in lower case."""
    return re.compile(pattern)


def seen_in_liver(
    name: str, cues: tuple[str, ...], pattern: str, gives: Gives, *checks: Check
) -> Rule:
    """What a study saw of the lesions: each number for itself, none of cysts or earlier studies."""
    return Rule(
        name, cues, words(pattern), gives, near=True, state=True, lesion=True, checks=checks
    )


def of_tumor(
    name: str,
    cues: tuple[str, ...],
    pattern: str,
    gives: Gives,
    *checks: Check,
    near: bool = False,
) -> Rule:
    """What tissue or origin the tumor has; plans in the words do not matter, other tumors do."""
    return Rule(
        name, cues, words(pattern), gives, near=near, about_tumor=True, done=False, checks=checks
    )


def phrase_lacks(pattern: str) -> Check:
    """The phrase itself holds none of these words."""
    words_ = re.compile(pattern)
    return lambda match, place: words_.search(match[0]) is None


def sentence_lacks(pattern: str) -> Check:
    """Nothing in the sentence speaks against it."""
    words_ = re.compile(pattern)
    return lambda match, place: words_.search(match.string) is None


def sentence_has(pattern: str) -> Check:
    """Something in the sentence says that it is meant."""
    words_ = re.compile(pattern)
    return lambda match, place: words_.search(match.string) is not None


def before_lacks(pattern: str, width: int) -> Check:
    """None of these words shortly before the phrase."""
    words_ = re.compile(pattern)

    def check(match: re.Match[str], place: Place) -> bool:
        start = match.start()
        return words_.search(match.string[max(0, start - width) : start]) is None

    return check


def after_lacks(pattern: str) -> Check:
    """The phrase does not go on like this."""
    words_ = re.compile(pattern)
    return lambda match, place: words_.match(match.string, match.end()) is None
