"""From a report's texts to candidates: which fact, which value, and the sentence that says so.

A candidate never counts. Where a text contradicts itself, the addendum wins, else its impression,
else it states nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from fhir_mappings.reports import context, surroundings
from fhir_mappings.reports.contradictions import (
    FORMER,
    Candidate,
    Found,
    facts_reopened,
    settled,
)
from fhir_mappings.reports.lesion_lists import stated_by_lists
from fhir_mappings.reports.patterns_counts import RULES as COUNTS
from fhir_mappings.reports.patterns_course import RULES as COURSE
from fhir_mappings.reports.patterns_labs import RULES as LABS
from fhir_mappings.reports.patterns_liver import RULES as LIVER
from fhir_mappings.reports.patterns_pathology import RULES as PATHOLOGY
from fhir_mappings.reports.patterns_patient import RULES as PATIENT
from fhir_mappings.reports.patterns_presence import RULES as PRESENCE
from fhir_mappings.reports.patterns_primary import RULES as PRIMARY
from fhir_mappings.reports.patterns_receptor import RULES as RECEPTOR
from fhir_mappings.reports.patterns_sizes import RULES as SIZES
from fhir_mappings.reports.patterns_spread import RULES as SPREAD
from fhir_mappings.reports.patterns_treatments import RULES as TREATMENTS
from fhir_mappings.reports.patterns_vessels import RULES as VESSELS
from fhir_mappings.reports.rules import Given, Place, Rule
from fhir_mappings.reports.sentences import LONGEST_SENTENCE, Sentence, sentences_of
from fhir_mappings.reports.tables import with_rows_as_lines
from nelm.catalog import CATALOG

RULES: tuple[Rule, ...] = (
    *PATHOLOGY,
    *PRIMARY,
    *COUNTS,
    *PRESENCE,
    *SIZES,
    *LIVER,
    *SPREAD,
    *VESSELS,
    *RECEPTOR,
    *TREATMENTS,
    *COURSE,
    *PATIENT,
    *LABS,
)
MOST_SENTENCES = 2_000
# No sentence of a report says one thing more often; reading on would take its length squared.
MOST_REPEATS = 12

LONG_SENTENCE = f"a sentence of more than {LONGEST_SENTENCE} characters is not read"
MANY_SENTENCES = f"a text of more than {MOST_SENTENCES:,} sentences is not read"
REPEATING = f"a sentence that says one thing more than {MOST_REPEATS} times is not read further"
OF_NOBODY = "words of a form that is not filled in, or of no patient, are not read"

Cued = tuple[tuple[str, tuple[int, ...]], ...]


def _by_cue() -> Cued:
    """The places of the rules by the words that call for them."""
    places: dict[str, list[int]] = {}
    for place, rule in enumerate(RULES):
        for cue in rule.cues:
            places.setdefault(cue, []).append(place)
    return tuple((cue, tuple(found)) for cue, found in places.items())


_CUED = _by_cue()


def candidates_in(texts: Sequence[str]) -> list[Candidate]:
    """What the texts of one report state, each fact and value once."""
    return read_words(texts)[0]


def read_words(texts: Sequence[str]) -> tuple[list[Candidate], list[str]]:
    """What the texts of one report state, each fact and value once; and why parts are not read.

    Of several texts the last one is the conclusion.
    """
    found: list[Found] = []
    unread: list[str] = []
    for place, text in enumerate(texts):
        if context.is_form(text):
            unread.append(OF_NOBODY)
            continue
        chapter = "impression" if 0 < place == len(texts) - 1 else ""
        sentences = list(islice(_sentences_of(text, chapter), MOST_SENTENCES + 1))
        if len(sentences) > MOST_SENTENCES:
            # nor its beginning: a correction stands at the end
            unread.append(MANY_SENTENCES)
            continue
        if any(one.too_long for one in sentences):
            unread.append(LONG_SENTENCE)
        found += _found_in(sentences, _CUED, unread)
    return settled(found), list(dict.fromkeys(unread))


def stated_by(pattern: str, text: str) -> list[Candidate]:
    """What one pattern alone takes from a text, before contradictions are settled."""
    alone = frozenset(place for place, rule in enumerate(RULES) if rule.id == pattern)
    cued = tuple((cue, tuple(alone & {*places})) for cue, places in _CUED)
    return [one.candidate for one in _found_in(list(_sentences_of(text)), cued, [])]


def _sentences_of(text: str, chapter: str = "") -> Iterator[Sentence]:
    return sentences_of(with_rows_as_lines(text), chapter)


def _found_in(sentences: Sequence[Sentence], cued: Cued, unread: list[str]) -> list[Found]:
    """What is stated; why a part of it is not read is added to `unread`."""
    found: list[Found] = []
    reopened: set[str] = set()
    only_another = surroundings.is_about_another_tumor(sentences)
    about = surroundings.NOTHING
    for sentence in sentences:
        about = about.opened_by(sentence)
        if only_another:
            about = about._replace(tumor="other_only")
        reopened |= facts_reopened(sentence.low)
        for candidate in _in_sentence(sentence, cued, about, unread):
            earlier = bool(FORMER.search(sentence.low)) or sentence.chapter == "prior"
            year = context.year_of(sentence)
            found.append(Found(candidate, sentence.chapter, year, earlier))
        about = about.closed_by(sentence)
    if not only_another:
        found += stated_by_lists(sentences)
    return [one for one in found if one.candidate.fact not in reopened]


def _in_sentence(
    sentence: Sentence, cued: Cued, about: surroundings.About, unread: list[str]
) -> Iterator[Candidate]:
    if context.is_of_another_person(sentence) or context.is_asked(sentence):
        return
    low = sentence.low
    tried = {place for cue, places in cued if cue in low for place in places}
    for place in sorted(tried):
        rule = RULES[place]
        said = rule.pattern.finditer(sentence.shown if rule.cased else sentence.low)
        yield from _by_rule(rule, islice(said, MOST_REPEATS), sentence, about)
        if next(said, None) is not None:
            unread.append(REPEATING)


def _by_rule(
    rule: Rule,
    matches: Iterable[re.Match[str]],
    sentence: Sentence,
    about: surroundings.About,
) -> Iterator[Candidate]:
    for match in matches:
        start, end = match.span()
        organ = surroundings.organ_of(sentence, about.organ, start, end)
        tissue = surroundings.tissue_of(sentence.low, about.tissue, start, end)
        place = Place(sentence, organ, tissue, about.tumor, start, end)
        if _is_against(rule, place) or not all(check(match, place) for check in rule.checks):
            continue
        for fact, value in _by_polarity(rule, match, place):
            if _is_possible(fact, value):
                yield Candidate(fact, value, sentence.shown, rule.id)


def _is_against(rule: Rule, place: Place) -> bool:
    """Something around the phrase says that it is not of this patient, this tumor or this day."""
    sentence, start, end = place.sentence, place.start, place.end
    return (
        sentence.chapter in ("plan", "prior", "general")
        or _is_of_another_tumor(rule, place)
        or (not rule.supposed and context.is_supposed(sentence, start, end))
        or (rule.done and context.is_planned(sentence, start, end))
        or (rule.state and context.is_earlier(sentence, start, end))
        or (rule.lesion and context.is_benign(sentence, start, end))
    )


def _is_of_another_tumor(rule: Rule, place: Place) -> bool:
    if place.tumor == "other_only" and rule.of_disease:
        return True
    if rule.about_tumor and place.tumor == "other":
        return True
    aware = rule.about_tumor or rule.lesion
    return aware and context.names_another_tumor(place.sentence.low)


def _by_polarity(rule: Rule, match: re.Match[str], place: Place) -> Iterable[Given]:
    said = context.polarity(place.sentence, place.start, place.end, near=rule.near, said=rule.said)
    denies = rule.said or said == context.NEGATED
    if denies and rule.state and context.is_of_a_year(place.sentence, place.end):
        return ()
    if said == context.NOT_SAID:
        return ()
    if said == context.AFFIRMED or rule.said:
        return rule.gives(match, place)
    return rule.denied(match, place) if rule.denied else ()


def _is_possible(fact: str, value: Any) -> bool:
    """Within the catalog's bounds."""
    kind = CATALOG[fact]
    if kind.low is None or kind.high is None:
        return True
    ends = (
        [end for name, end in value.items() if name in ("min", "max")]
        if isinstance(value, dict)
        else [value]
    )
    return all(kind.low <= end <= kind.high for end in ends)
