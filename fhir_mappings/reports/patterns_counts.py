"""Patterns for the lesions of the liver: that there are metastases, and how many.

A count needs the liver; cysts, new or target lesions only, and removed ones are no count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fhir_mappings.reports.lesion_words import LESION, LESIONS, counts_all, in_liver
from fhir_mappings.reports.quantities import COUNT, NUMBER, amount_in, number
from fhir_mappings.reports.rules import (
    Given,
    Place,
    Rule,
    after_lacks,
    fixed,
    phrase_lacks,
    words,
)
from fhir_mappings.reports.vocabulary import LIVER

_ADJECTIVE = (
    r"(?:known|residual|remaining|hypervascular|arterially|enhancing|hypodense|hyperenhancing|avid"
    r"|dotatate-avid|dota-avid|tracer-avid|small|large|discrete|separate|distinct|bilobar|unilobar"
    r"|visible|focal|solid|individual|measurable|metastatic|neuroendocrine|sstr-positive|confluent"
    r"|somatostatin|receptor|positive|receptor-positive|histologically|proven|biopsy-proven"
    r"|definite|further|multifocal|subcentimet(?:er|re)|synchronous|metachronous"
    r"|hypermetabolic|well-defined|stable"
    r"|unchanged|persistent|arteriell|hypervaskularisierte|bekannte|hypervaskuläre|bilobäre"
    r"|residual|viable|subcapsular|net|fdg-avid|peripheral|central|other)"
)


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


_ONLY_SOME = re.compile(
    r" (?:larger|bigger|greater|above|over|exceed\w*|with|in (?:the )?(?:left|right|segments?"
    r"|remnant)"
    r"|amenable|suitable|that|which|[<>])"
)


# What such a study does not show may well be there.
_SEEN_BADLY = re.compile(
    r"\b(?:non-?contrast|unenhanced|without (?:iv |intravenous )?contrast"
    r"|(?:study|examination|exam"
    r"|scan|assessment|evaluation"
    r"|quality) (?:is |was )?(?:\w+ )?(?:limited|degraded)|limited (?:study"
    r"|examination|exam|scan|assessment|evaluation)|nativ(?:e[rns]?)?[ -](?:ct|untersuchung)"
    r"|ohne kontrastmittel|eingeschränkt\w*)\b"
)


def _is_no_change(match: re.Match[str], place: Place) -> bool:
    """ "No metastasis has increased": there are some."""
    if _ONLY_SOME.match(match.string, match.end()) or _SEEN_BADLY.search(match.string):
        return False
    return not re.match(
        r" (?:has|have|is|are|was|were|shows?) (?:\w+ ){0,2}?(?:increas|grow|grew|progress"
        r"|larger|chang|enlarg|new|resect|suspic)",
        match.string[match.end() :],
    )


def _count(match: re.Match[str], place: Place) -> Iterator[Given]:
    value = amount_in(match)
    if value is None:
        return
    if "measurable" in match[0] and isinstance(value, int):
        value = {"min": value}
    yield Given("liver_lesion_count", value)
    yield from _listed(match, place)


def _single(match: re.Match[str], place: Place) -> Iterator[Given]:
    yield Given("liver_lesion_count", 1)


def _names_no_other_organ(match: re.Match[str], place: Place) -> bool:
    """Neither the words around it nor the phrase name a node, a bone or another organ."""
    around = match.string[max(0, match.start() - 40) : match.end() + 40]
    return not re.search(
        r"lymph|nod(?:e|al)|bone|osseous|skelet|lung|pulmon|periton|brain|adrenal|spleen|mesent"
        r"|ovar|primary|extrahepatic|pleura|omental|distant|vertebra|knochen|\bno\b",
        around,
    )


def _none(match: re.Match[str], place: Place) -> Iterator[Given]:
    if re.match(r"[^;.]{0,20}\b(?:no longer|disappeared|resolved)\b", match.string[match.end() :]):
        yield Given("has_liver_metastases", True)
        return
    if _is_no_change(match, place) and not re.search(
        r"\b(?:new|further|additional|other|more|recurrent|recurrence|definite|neue\w*"
        r"|weitere\w*)\b",
        match.string[max(0, match.start() - 45) : match.end()],
    ):
        yield Given("liver_lesion_count", 0)


RULES: tuple[Rule, ...] = (
    Rule(
        "count",
        ("liver", "hepatic"),
        words(
            rf"(?<![\w.,/-]){COUNT}(?: (?:{_ADJECTIVE}),?){{0,4}} {LIVER} (?:{_ADJECTIVE} "
            rf")?{LESION}\b"
        ),
        _count,
        near=True,
        state=True,
        lesion=True,
        checks=(counts_all,),
    ),
    Rule(
        "count_in_liver",
        ("liver",),
        words(rf"(?<![\w.,/-]){COUNT}(?: (?:{_ADJECTIVE}),?){{0,4}} {LESION} {_IN_LIVER}"),
        _count,
        near=True,
        state=True,
        lesion=True,
        checks=(counts_all,),
    ),
    Rule(
        "count_under_liver",
        ("lesion", "metastas", "deposit", "foci"),
        words(rf"(?<![\w.,/-]){COUNT}(?: (?!{_STOP}\b)[a-z-]{{4,}},?){{0,4}} {LESIONS}\b"),
        _count,
        near=True,
        state=True,
        lesion=True,
        checks=(counts_all, in_liver),
    ),
    Rule(
        "number_is",
        ("number of", "anzahl"),
        words(
            rf"\b(?:number of|anzahl der) (?:the )?(?:liver |hepatic )?(?:{LESIONS}"
            rf"|lebermetastasen|leberherde) ?(?:is now|is|now is|was"
            rf"|:) ?{COUNT}\b"
        ),
        _count,
        near=True,
        state=True,
        lesion=True,
        checks=(in_liver,),
    ),
    Rule(
        "count_in_brackets",
        ("metastases", "lesions", "deposits", "herde", "metastasen"),
        words(
            rf"\b{LESIONS}\b[^;.()\d]{{0,30}}?\((?:n ?= ?|in total "
            rf"|total )?{COUNT}(?: in (?:number|total))?\)"
        ),
        _count,
        near=True,
        state=True,
        lesion=True,
        checks=(counts_all, in_liver),
    ),
    Rule(
        "count_in_number",
        ("in number", "in total"),
        words(rf"\b(?:{LESIONS}|lesions?)\b[^;.()\d]{{0,25}}?{COUNT} in (?:number|total)\b"),
        _count,
        near=True,
        state=True,
        lesion=True,
        checks=(counts_all, in_liver),
    ),
    Rule(
        "liver_in_a_list",
        ("liver", "hepatic"),
        words(r"\b(?:liver|hepatic)(?:,|/| and| &)[\w ,/&-]{2,40}? metastas[ei]s\b"),
        fixed("has_liver_metastases", True),
        about_tumor=True,
        done=False,
        checks=(phrase_lacks(r"\bno\b|\bno evidence|without|lesion|normal|patent"),),
    ),
    Rule(
        "count_since",
        ("liver", "hepatic"),
        words(rf"\b{LIVER} {LESIONS} since (?:19|20)\d\d: {COUNT}\b(?! ?(?:mm|cm|%))"),
        _count,
        near=True,
        state=True,
        lesion=True,
    ),
    Rule(
        "there_are_now",
        ("lesions", "metastases"),
        words(rf"\bthere are (?:now |currently |still )?{COUNT} {LESIONS}\b"),
        _count,
        near=True,
        state=True,
        lesion=True,
        checks=(counts_all, in_liver),
    ),
    Rule(
        "count_lie",
        ("metastases", "lesions"),
        words(
            rf"\ball {COUNT} (?:{LIVER} )?{LESIONS} (?:lie|are located|are situated"
            rf"|are) in (?:the )?(?:left|right)"
        ),
        _count,
        near=True,
        state=True,
        lesion=True,
        checks=(in_liver,),
    ),
    Rule(
        "count_german",
        ("leber",),
        words(rf"(?<![\w.,/-])(?:die )?{COUNT}(?: (?:{_ADJECTIVE}|\w+e),?){{0,3}} {_GERMAN}\b"),
        _count,
        near=True,
        state=True,
        lesion=True,
        checks=(counts_all,),
    ),
    Rule(
        "count_after",
        ("liver", "hepatic"),
        words(
            rf"(?:number of )?{LIVER} {LESIONS}(?: count)?(?:: ?(?:n ?= ?)?|,? ?\(?(?:n ?= ?)"
            rf"|,? numbering "
            rf"|,? in total ){COUNT}\b(?! ?(?:mm|cm|%|x|/|\.\d))"
        ),
        _count,
        near=True,
        state=True,
        lesion=True,
        checks=(counts_all,),
    ),
    Rule(
        "single",
        ("liver", "hepatic", "solitäre", "singuläre"),
        words(
            rf"\b(?:solitäre|singuläre|einzelne) lebermetastase\b|\b(?:solitary|single"
            rf"|isolated|only one|unifocal)(?: (?:{_ADJECTIVE}),?){{0,4}} "
            rf"(?:{LIVER} (?:metastasis|lesion|tumou?r|deposit|nodule)|(?:metastasis|lesion"
            rf"|deposit) (?:in|of|within) (?:the )?liver)\b"
        ),
        _single,
        near=True,
        state=True,
        lesion=True,
        checks=(counts_all,),
    ),
    Rule(
        "metastases_under_liver",
        ("metasta", "deposits"),
        words(
            r"\bmetastas[ei]s\b|\bmetastatic (?:disease|deposits?|lesions?|infiltrat\w+|net\b"
            r"|neuroendocrine|involvement)|\bmetastasierung"
        ),
        fixed("has_liver_metastases", True),
        about_tumor=True,
        lesion=True,
        checks=(in_liver, _names_no_other_organ),
        done=False,
    ),
    Rule(
        "liver_metastases",
        ("liver", "hepatic", "leber"),
        words(
            rf"\b{LIVER} (?:{_ADJECTIVE} )?(?:metastas[ei]s|mets|secondaries"
            rf"|metastatic disease|tumou?r deposits)\b"
            rf"|\bmetastas[ei]s (?:in|to|of|within|throughout"
            rf"|involving) (?:both lobes of )?(?:the )?(?:\w+ )?(?:liver|hepatic)"
            rf"|\bmetastatic to (?:the )?liver|\bmetastatic (?:disease|infiltration"
            rf"|involvement|spread|lesions?) (?:of|in|to) (?:the )?(?:entire |whole )?liver"
            rf"|\bm1 ?\(?hep\b|metastatic (?:disease|involvement|spread|deposits?"
            rf"|lesions?) (?:in|of|to|within) (?:the )?(?:\w+ )?liver"
            rf"|\bmetastatic (?:liver|hepatic) (?:disease|lesions?|deposits?|involvement)"
            rf"|\blebermetastas\w+|lebermetastasierung"
            rf"|(?:hepatisch|hepatogen)\w* metasta\w+"
        ),
        fixed("has_liver_metastases", True),
        denied=_none,
        about_tumor=True,
        done=False,
        checks=(
            after_lacks(r" (?:protocol|program|registry|board|study|trial|clinic|sequence|conf)"),
        ),
    ),
    Rule(
        "no_liver_lesion",
        ("liver", "hepatic"),
        words(
            rf"\bno (?:evidence of )?(?!(?:\w+ )?(?:new|further|additional|other|enlarging"
            rf"|larger|growing"
            rf"|definite|cystic|benign|significant|remaining|treated"
            rf"|increas\w+) )(?:\w+ ){{0,2}}?{LIVER} "
            rf"(?:lesions?|tumou?rs?|metastas[ei]s|masses|mass|deposits|metastatic disease)\b"
            rf"|\bliver (?:is )?(?:without"
            rf"|free of) (?:any )?(?:focal )?(?:lesions?|metasta\w+|tumou?r)\b"
            r"|\bno (?:focal |hepatic )?lesions? (?:is |are )?(?:seen |identified "
            r"|detected )?in the liver\b"
        ),
        fixed("liver_lesion_count", 0),
        said=True,
        state=True,
        checks=(_is_no_change,),
    ),
    Rule(
        "no_focal_lesion",
        ("no focal", "no ", "keine fokal", "keine leberherd", "keine lebermeta", "leber ohne"),
        words(
            r"^(?:liver|leber)(?: \w+)?[:,] (?:normal[,.] )?(?:no"
            r"|without) (?:\w+ ){0,1}?(?:lesions?|metastas[ei]s|mass(?:es)?)\b"
            r"|^leber ohne (?:fokale? )?(?:läsion\w*|herd\w*)|\bno focal (?:liver "
            r"|hepatic )?lesions?\b|keine (?:fokalen )?(?:leberherde"
            r"|leberläsionen|lebermetastasen)"
        ),
        fixed("liver_lesion_count", 0),
        said=True,
        state=True,
        checks=(_is_no_change, in_liver),
    ),
)
