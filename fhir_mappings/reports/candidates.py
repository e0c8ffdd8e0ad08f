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
from fhir_mappings.reports.contradictions import FORMER, Candidate, Found, settled
from fhir_mappings.reports.patterns_counts import RULES as COUNTS
from fhir_mappings.reports.patterns_course import RULES as COURSE
from fhir_mappings.reports.patterns_labs import RULES as LABS
from fhir_mappings.reports.patterns_liver import RULES as LIVER
from fhir_mappings.reports.patterns_pathology import RULES as PATHOLOGY
from fhir_mappings.reports.patterns_patient import RULES as PATIENT
from fhir_mappings.reports.patterns_primary import RULES as PRIMARY
from fhir_mappings.reports.patterns_receptor import RULES as RECEPTOR
from fhir_mappings.reports.patterns_sizes import RULES as SIZES
from fhir_mappings.reports.patterns_spread import RULES as SPREAD
from fhir_mappings.reports.patterns_treatments import RULES as TREATMENTS
from fhir_mappings.reports.patterns_vessels import RULES as VESSELS
from fhir_mappings.reports.rules import Given, Place, Rule
from fhir_mappings.reports.sentences import Sentence, sentences_of
from nelm.catalog import CATALOG

RULES: tuple[Rule, ...] = (
    *PATHOLOGY,
    *PRIMARY,
    *COUNTS,
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


def _by_cue() -> tuple[tuple[str, tuple[int, ...]], ...]:
    places: dict[str, list[int]] = {}
    for place, rule in enumerate(RULES):
        for cue in rule.cues:
            places.setdefault(cue, []).append(place)
    return tuple((cue, tuple(found)) for cue, found in places.items())


_CUED = _by_cue()


def candidates_in(texts: Sequence[str]) -> list[Candidate]:
    """What the texts of one report state, each fact and value once, in order.

    The last text may be the conclusion: it is read as the impression.
    """
    found: list[Found] = []
    for text in texts:
        found += _found_in(text)
    return settled(found)


def _found_in(text: str) -> Iterator[Found]:
    if context.is_form(text):
        return
    sentences = list(islice(sentences_of(text), MOST_SENTENCES))
    only_another = surroundings.is_about_another_tumor(sentences)
    organ, tissue, tumor, chapter = "", None, None, ""
    for sentence in sentences:
        if sentence.chapter not in (chapter, "addendum"):
            chapter, organ = sentence.chapter, organ if chapter == "" else ""
        tumor = "other_only" if only_another else surroundings.tumor_of(sentence, tumor)
        tissue = surroundings.specimen_of(sentence, tissue)
        for candidate in _in_sentence(sentence, organ, tissue, tumor):
            earlier = bool(FORMER.search(sentence.low)) or sentence.chapter == "prior"
            yield Found(candidate, sentence.chapter, context.year_of(sentence), earlier)
        organ = surroundings.last_organ(sentence, organ)


def _in_sentence(
    sentence: Sentence, organ: str, tissue: str | None, tumor: str | None
) -> Iterator[Candidate]:
    if context.is_of_another_person(sentence) or context.is_asked(sentence):
        return
    low = sentence.low
    cued = {place for cue, places in _CUED if cue in low for place in places}
    for place in sorted(cued):
        yield from _by_rule(RULES[place], sentence, organ, tissue, tumor)


def _by_rule(
    rule: Rule, sentence: Sentence, organ: str, tissue: str | None, tumor: str | None
) -> Iterator[Candidate]:
    for match in rule.pattern.finditer(sentence.shown if rule.cased else sentence.low):
        start, end = match.span()
        near = surroundings.organ_of(sentence, organ, start, end)
        place = Place(
            sentence,
            near,
            surroundings.tissue_of(sentence.low, tissue, start, end),
            tumor,
            start,
            end,
        )
        for fact, value in _given(rule, match, place):
            if _is_possible(fact, value):
                yield Candidate(fact, value, sentence.shown, rule.id)


def _given(rule: Rule, match: re.Match[str], place: Place) -> Iterable[Given]:
    sentence, start, end = place.sentence, place.start, place.end
    if place.tumor == "other_only" and rule.of_disease:
        return ()
    if rule.about_tumor and (place.tumor == "other" or context.names_another_tumor(sentence.low)):
        return ()
    if rule.lesion and context.names_another_tumor(sentence.low):
        return ()
    if not rule.supposed and context.is_supposed(sentence, start, end):
        return ()
    if rule.done and context.is_planned(sentence, start, end):
        return ()
    if rule.state and context.is_earlier(sentence, start, end):
        return ()
    if rule.lesion and context.is_benign(sentence, start, end):
        return ()
    if not all(check(match, place) for check in rule.checks):
        return ()
    return _by_polarity(rule, match, place)


def _by_polarity(rule: Rule, match: re.Match[str], place: Place) -> Iterable[Given]:
    said = context.polarity(place.sentence, place.start, place.end, near=rule.near)
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
