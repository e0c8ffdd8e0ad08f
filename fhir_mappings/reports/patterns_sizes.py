"""Patterns for the size of the largest lesion of the liver."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fhir_mappings.reports.lesion_words import (
    LESION,
    LESIONS,
    counts_all,
    in_liver,
    is_of_a_segment,
)
from fhir_mappings.reports.quantities import NUMBER, SIZE, millimeters_in
from fhir_mappings.reports.rules import (
    Given,
    Place,
    Rule,
    seen_in_liver,
)
from fhir_mappings.reports.vocabulary import LIVER


def _below(match: re.Match[str], place: Place) -> Iterator[Given]:
    yield Given("largest_liver_lesion_mm", {"max": millimeters_in(match), "max_open": True})


def _size(match: re.Match[str], place: Place) -> Iterator[Given]:
    yield Given("largest_liver_lesion_mm", millimeters_in(match))


def _single_with_size(match: re.Match[str], place: Place) -> Iterator[Given]:
    yield Given("liver_lesion_count", 1)
    yield from _size(match, place)


def _solitary(match: re.Match[str], place: Place) -> Iterator[Given]:
    yield Given("liver_lesion_count", 1)
    yield Given("has_liver_metastases", True)
    if match["size"]:
        yield from _size(match, place)


def _not_largest_of_part(match: re.Match[str], place: Place) -> bool:
    """ "largest node", "largest in the left lobe": the largest of something else or of a part."""
    inside = match.string[match.start() : match.end() + 35]
    return not re.search(
        r"\bnod(?:e|al)|\blymph|\bcyst|\bin the (?:left|right) (?:lobe|hepatic lobe)|\blung\b"
        r"|\bbone"
        r"|pulmon|mesenter|periton|adrenal|pancrea|spleen|h(?:a)?emangioma",
        inside,
    )


def _of_all_segments(match: re.Match[str], place: Place) -> bool:
    """A line about one segment says nothing of the largest elsewhere."""
    return not is_of_a_segment(match)


_GAP = r"(?:seg(?:ments?|\.|m\.)? \d[ab]?(?:/\d[ab]?)?|[^;\d]){0,70}?"


_FROM = r"(?:from [\d.,]{1,5} ?(?:mm|cm)? ?to )?"

RULES: tuple[Rule, ...] = (
    seen_in_liver(
        "single_elliptic",
        ("solitary", "single"),
        rf"\b(?:the |a )?(?:solitary|single) (?:{SIZE} )?(?:metastasis|metastatic lesion"
        rf"|metastatic deposit)\b",
        _solitary,
        in_liver,
        counts_all,
    ),
    seen_in_liver(
        "largest",
        ("largest", "biggest", "dominant", "größte"),
        rf"\b(?:largest|biggest|dominant|größte[rn]?)\b{_GAP}{_FROM}{SIZE}",
        _size,
        in_liver,
        _not_largest_of_part,
    ),
    seen_in_liver(
        "size_largest",
        ("largest", "biggest", "dominant"),
        rf"{SIZE} (?:(?:for the |\()?(?:largest|biggest|dominant)"
        rf"|{LESION} (?:in segment [\divx]{{1,4}}[ab]? )?(?:of the liver )?(?:is|being) the "
        rf"(?:largest|biggest|dominant))",
        _size,
        in_liver,
        _not_largest_of_part,
    ),
    seen_in_liver(
        "up_to",
        ("up to", "max", "bis"),
        rf"\b(?:leber)?{LESIONS}\b(?:segments? [\d/]{{1,3}}[ab]?(?:,? (?:and )?\d[ab]?){{0,6}}"
        rf"|[^;\d]){{0,60}}?(?:up to|maximum(?: size| diameter)?(?: of)?|max\.?"
        rf"|bis(?: zu)?) {SIZE}",
        _size,
        in_liver,
        _not_largest_of_part,
        _of_all_segments,
    ),
    seen_in_liver(
        "maximum",
        ("max",),
        rf"\bmax(?:imum|imal|\.)? (?:lesion |tumou?r )?(?:diameter|size)[^;\d]{{0,35}}?{SIZE}",
        _size,
        in_liver,
        _not_largest_of_part,
        _of_all_segments,
    ),
    seen_in_liver(
        "size_range",
        ("rang", "between", "size", "measur", "diameter", "from"),
        rf"\b{LESIONS}\b[^;\d]{{0,50}}?\b(?:rang(?:ing|e)|sizes?|sized|measur\w+|between"
        rf"|diameters?|from)[^;\d]{{0,20}}?{NUMBER} ?(?:mm|cm)? ?(?:-|to|and) ?{SIZE}",
        _size,
        in_liver,
        _not_largest_of_part,
        _of_all_segments,
    ),
    seen_in_liver(
        "larger",
        ("larger",),
        rf"\b(?:the larger)(?: one| of which| lesion"
        rf"| metastasis)?(?: in seg\w*\.? [\divx/]+)?,? ?(?:measur\w+ |is |with |of )?{SIZE}",
        _size,
        in_liver,
        _not_largest_of_part,
    ),
    seen_in_liver(
        "all_below",
        ("all ", "each", "largest"),
        rf"\b(?:all|each|largest)(?: of them| of which)?(?: measuring| measure)? (?:<"
        rf"|less than|smaller than|under|below) ?{SIZE}",
        _below,
        in_liver,
    ),
    seen_in_liver(
        "single_size",
        ("solitary", "single", "isolated", "unifocal", "only one"),
        rf"\b(?:solitary|single|isolated|unifocal"
        rf"|only one)\b[^;,\d]{{0,40}}?{LESION}(?:segments? [\d/]{{1,3}}[ab]?"
        rf"|[^;\d]){{0,50}}?{_FROM}{SIZE}",
        _size,
        in_liver,
        _not_largest_of_part,
    ),
    seen_in_liver(
        "single_size_before",
        ("solitary", "single", "isolated"),
        rf"\b(?:solitary|single|isolated) {SIZE}(?: \w+){{0,4}} {LIVER} (?:\w+ )?{LESION}",
        _single_with_size,
    ),
)
