"""Patterns for how many lesions the liver holds.

A count needs the liver; cysts, new or target lesions only, and removed ones are no count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fhir_mappings.reports.lesion_words import (
    ADJECTIVE,
    LESION,
    LESIONS,
    NOT_ALL,
    counts_all,
    in_liver,
)
from fhir_mappings.reports.quantities import COUNT, NUMBER, WORD_NUMBER, amount_in, number
from fhir_mappings.reports.rules import (
    Given,
    Place,
    Rule,
    fixed,
    seen_in_liver,
)
from fhir_mappings.reports.vocabulary import LIVER

_STOP = (
    r"(?:years?|months?|weeks?|days?|cycles?|lymph|pulmonary|renal|bone|osseous|with|from"
    r"|after|which|that"
    r"|into|than|segments?|lobes?|nodes?|lung|percent|times|series|image|patients?|adrenal|thyroid"
    r"|splenic|pancreatic|mesenteric|peritoneal|brain|hours?|minutes?|target|index|other"
    r"|additional)"
)


_IN_LIVER = (
    r"(?:in|of|within|throughout|involving|scattered (?:in|through(?:out)?)) "
    r"(?:both lobes of )?(?:the )?(?:entire |whole )?liver\b"
)


_GERMAN = r"(?:lebermetastasen|leberherde|leberläsionen|leberfiliae)"


_SEGMENT = re.compile(
    r"(?<![a-z])(?:s ?)?(viii|vii|vi|iv ?[ab]?|iii|ii|v|[2-8][ab]?)(?![a-z\d%]|[.,]\d| ?(?:mm|cm|x"
    r"|%))"
)


_LEFT = ("ii", "iii", "iv", "2", "3", "4")


_DIAMETER = re.compile(rf"(?<![\w.,/])({NUMBER})[ -]?(mm|cm)?(?=[\s,;.)]|$)")


def _listed(match: re.Match[str], place: Place) -> Iterator[Given]:
    """What follows from a list of all lesions that are counted: the largest, and both lobes."""
    value = amount_in(match)
    if not isinstance(value, int) or not 2 <= value <= 8:
        return
    rest = match.string[match.end() :]
    sizes = _sizes_in(re.sub(r"seg\w*\.? [\divx/ab]+|\bs ?\d[ab]?\b|(?:19|20)\d\d", " ", rest))
    if len(sizes) == value:
        yield Given("largest_liver_lesion_mm", max(sizes))
    if re.search(r"\bseg|\(s ?\d|\bs ?[2-8]\b|\((?:ii|iv|v)", rest):
        segments = [one.replace(" ", "") for one in _SEGMENT.findall(rest)]
        if len(segments) == value:
            left = {one.rstrip("ab") in _LEFT for one in segments}
            yield Given("bilobar", len(left) == 2)


def _sizes_in(rest: str) -> list[float]:
    """Diameters in mm; one without unit has that of the next: "14 and 22 mm"."""
    found: list[float] = []
    unit = ""
    for digits, own in reversed(_DIAMETER.findall(rest)):
        unit = own or unit
        if unit:
            size = round(number(digits) * (10 if unit == "cm" else 1), 1)
            found.append(int(size) if size == int(size) else size)
    return found


def _count(match: re.Match[str], place: Place) -> Iterator[Given]:
    value = amount_in(match)
    if value is None:
        return
    if "measurable" in match[0] and isinstance(value, int):
        value = {"min": value}
    yield Given("liver_lesion_count", value)
    yield from _listed(match, place)


def _times(match: re.Match[str], place: Place) -> Iterator[Given]:
    yield Given("liver_lesion_count", int(match["low"]))


def _by_lobe(match: re.Match[str], place: Place) -> Iterator[Given]:
    """ "Two in the left and three in the right lobe"."""
    yield Given("liver_lesion_count", number(match["a"]) + number(match["b"]))
    yield Given("bilobar", True)


def _counts_lobes(match: re.Match[str], place: Place) -> bool:
    """The numbers are of metastases, all of them."""
    return not NOT_ALL.search(match.string) and bool(
        re.search(r"metasta|lesion|herde|mets\b", match.string)
    )


def _single(match: re.Match[str], place: Place) -> Iterator[Given]:
    yield Given("liver_lesion_count", 1)


RULES: tuple[Rule, ...] = (
    seen_in_liver(
        "count",
        ("liver", "hepatic"),
        rf"(?<![\w.,/-])(?:\(n ?= ?)?{COUNT}\)?(?: (?:{ADJECTIVE}),?){{0,4}} {LIVER}"
        rf" (?:{ADJECTIVE} "
        rf")?{LESION}\b",
        _count,
        counts_all,
    ),
    seen_in_liver(
        "count_in_liver",
        ("liver",),
        rf"(?<![\w.,/-]){COUNT}(?: (?:{ADJECTIVE}),?){{0,4}} {LESION} {_IN_LIVER}",
        _count,
        counts_all,
    ),
    seen_in_liver(
        "count_under_liver",
        ("lesion", "metastas", "deposit", "foci"),
        rf"(?<![\w.,/-]){COUNT}(?: (?!{_STOP}\b)[a-z-]{{4,}},?){{0,4}} {LESIONS}\b",
        _count,
        counts_all,
        in_liver,
    ),
    seen_in_liver(
        "number_is",
        ("number of", "no. of", "anzahl"),
        rf"\b(?:number of|no\. of|anzahl(?: der)?) (?:the )?(?:liver |hepatic )?(?:{LESIONS}"
        rf"|lebermetastasen|leberherde)(?: in the liver| in der leber)? ?(?:is now|is|now is"
        rf"|was"
        rf"|beträgt|(?:has )?(?:increased|risen|decreased|changed) from \w{{1,12}} to"
        rf"|:) ?{COUNT}\b",
        _count,
        in_liver,
    ),
    seen_in_liver(
        "count_in_brackets",
        ("metastases", "lesions", "deposits", "herde", "metastasen"),
        rf"\b{LESIONS}\b[^;.()\d]{{0,30}}?\((?:n ?= ?|in total "
        rf"|total )?{COUNT}(?: in (?:number|total))?\)",
        _count,
        counts_all,
        in_liver,
    ),
    seen_in_liver(
        "count_in_number",
        ("in number", "in total"),
        rf"\b(?:{LESIONS}|lesions?)\b[^;.()\d]{{0,25}}?{COUNT} in (?:number|total)\b",
        _count,
        counts_all,
        in_liver,
    ),
    seen_in_liver(
        "count_since",
        ("liver", "hepatic"),
        rf"\b{LIVER} {LESIONS} since (?:19|20)\d\d: {COUNT}\b(?! ?(?:mm|cm|%))",
        _count,
    ),
    seen_in_liver(
        "there_are_now",
        ("lesions", "metastases"),
        rf"\bthere are (?:now |currently |still )?{COUNT} {LESIONS}\b",
        _count,
        counts_all,
        in_liver,
    ),
    seen_in_liver(
        "count_times",
        ("metastases", "lesions", "mets", "deposits"),
        r"\b(?:metastases|lesions|mets|deposits) ?(?:x|×) ?(?P<low>\d{1,2})\b(?! ?(?:mm|cm"
        r"|x))",
        _times,
        counts_all,
        in_liver,
    ),
    seen_in_liver(
        "count_both",
        ("both",),
        rf"\bboth (?:known |of the )?(?:{LIVER} metastases|metastases (?:of"
        rf"|in) the liver)\b",
        fixed("liver_lesion_count", 2),
        counts_all,
    ),
    seen_in_liver(
        "count_by_lobe",
        ("lobe", "hemiliver", "lappen"),
        rf"(?<![\w.,/-])(?P<a>\d{{1,2}}|{WORD_NUMBER}"
        rf"|one)(?: {LIVER})?(?: {LESIONS})? (?:are |lie )?(?:in"
        rf"|im) (?:the )?(?P<side>left|right|linken|rechten)(?: (?:hepatic |liver )?(?:lobe"
        rf"|hemiliver|leberlappen))?,? (?:and |und )?(?P<b>\d{{1,2}}|{WORD_NUMBER}"
        rf"|one)(?: {LESIONS})? "
        rf"(?:are |lie )?(?:in|im) (?:the )?(?!(?P=side))(?:left|right|linken|rechten) "
        rf"(?:(?:hepatic |liver )?(?:lobe|hemiliver)|leberlappen)",
        _by_lobe,
        in_liver,
        _counts_lobes,
    ),
    seen_in_liver(
        "count_lie",
        ("metastases", "lesions"),
        rf"\ball {COUNT} (?:{LIVER} )?{LESIONS} (?:lie|are located|are situated"
        rf"|are) in (?:the )?(?:left|right)",
        _count,
        in_liver,
    ),
    seen_in_liver(
        "count_german",
        ("leber",),
        rf"(?<![\w.,/-])(?:die )?{COUNT}(?: (?:{ADJECTIVE}|\w+e),?){{0,3}} {_GERMAN}\b",
        _count,
        counts_all,
    ),
    seen_in_liver(
        "count_after",
        ("liver", "hepatic"),
        rf"(?:(?:number of )?{LIVER} {LESIONS}|\b{LESIONS} in the liver)(?: count| \(number\)"
        rf"| \(count\))?(?:: ?(?:n ?= ?)?|,? ?\(?(?:n ?= ?)"
        rf"|[^;.\d]{{0,30}}?\bnow numbering |,? number(?:ing)? |,? (?=at least|more than"
        rf"|approximately|about|up to)"
        rf"|,? in total ){COUNT}\b(?! ?(?:mm|cm|%|x|/|\.\d))",
        _count,
        counts_all,
    ),
    seen_in_liver(
        "single",
        ("liver", "hepatic", "solitäre", "singuläre"),
        rf"\b(?:solitäre|singuläre|einzelne) lebermetastase\b|\b(?:solitary|single"
        rf"|isolated|only one|just one|there is one|unifocal)(?: (?:{ADJECTIVE}),?){{0,4}} "
        rf"(?:{LIVER} (?:metastasis|lesion|tumou?r|deposit|nodule)|(?:metastasis|lesion"
        rf"|deposit) (?:in|of|within) (?:the )?liver)\b",
        _single,
        counts_all,
    ),
)
