"""Patterns for whether there are metastases in the liver at all; none is a count of 0."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fhir_mappings.reports.lesion_words import ADJECTIVE, in_liver
from fhir_mappings.reports.rules import (
    Given,
    Place,
    Rule,
    after_lacks,
    fixed,
    of_tumor,
    phrase_lacks,
    words,
)
from fhir_mappings.reports.vocabulary import LIVER

_ONLY_SOME = re.compile(
    r" (?:larger|bigger|greater|above|over|exceed\w*|with|in (?:the )?(?:left|right|segments?"
    r"|remnant)"
    r"|(?:are |is |were )?(?:amenable|suitable)|that|which|other than|apart from|except|besides"
    r"|before|prior to|until|on the|[<>])"
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
    of_tumor(
        "liver_in_a_list",
        ("liver", "hepatic"),
        r"\b(?:liver|hepatic)(?:,|/| and| &)[\w ,/&-]{2,40}? metastas[ei]s\b",
        fixed("has_liver_metastases", True),
        phrase_lacks(r"\bno\b|\bno evidence|without|lesion|normal|patent"),
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
        ("liver", "hepatic", "hepatisch", "hepatogen", "leber"),
        words(
            rf"\b{LIVER} (?:{ADJECTIVE} )?(?:metastas[ei]s|mets|secondaries"
            rf"|metastatic disease|tumou?r deposits)\b"
            rf"|\bmetastas[ei]s (?:in|to|of|within|throughout"
            rf"|involving) (?:both lobes of )?(?:the )?(?:\w+ )?(?:liver|hepatic)"
            rf"|\bmetastatic to (?:the )?liver|\bmetastatic (?:disease|infiltration"
            rf"|involvement|spread|lesions?) (?:of|in|to) (?:the )?(?:entire |whole )?liver"
            rf"|\bm1 ?\(?hep\b|metastatic (?:disease|involvement|spread|deposits?"
            rf"|lesions?) (?:in|of|to|within) (?:the )?(?:\w+ )?liver"
            rf"|\bmetastatic (?:liver|hepatic) (?:disease|lesions?|deposits?|involvement)"
            rf"|\blebermetastas\w+|lebermetastasierung"
            rf"|(?<![a-z])(?:hepatisch|hepatogen)\w* metasta(?!siertes? (?:kolon|mamma|rektumk))\w+"
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
