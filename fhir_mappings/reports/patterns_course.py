"""Patterns for response, stability, progression and the time of spread."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fhir_mappings.reports.quantities import COUNT, amount_in
from fhir_mappings.reports.rules import (
    Given,
    Place,
    Rule,
    fixed,
    sentence_lacks,
    words,
)


def _months(match: re.Match[str], place: Place) -> Iterator[Given]:
    value = amount_in(match)
    factor = 12 if match["unit"].startswith(("year", "jahr")) else 1
    if isinstance(value, dict):
        ends = {k: end if isinstance(end, bool) else end * factor for k, end in value.items()}
        yield Given("stable_months", ends)
    elif value is not None:
        yield Given("stable_months", value * factor)


_RESPONSES = (
    ("CR", r"complete|\bcr\b|komplette"),
    ("PR", r"partial|\bpr\b|partielle|teilremission"),
    ("SD", r"stable|\bsd\b|stabile"),
    ("PD", r"progress|\bpd\b"),
)


def _response(match: re.Match[str], place: Place) -> Iterator[Given]:
    found = match[0].lower()
    for status, pattern in _RESPONSES:
        if re.search(pattern, found):
            yield Given("recist_status", status)
            return


def _is_of_all(match: re.Match[str], place: Place) -> bool:
    """Not the best response once reached, nor that of one lesion, of markers or of symptoms."""
    low = match.string.lower()
    before = low[max(0, match.start() - 45) : match.start()]
    after = low[match.end() : match.end() + 35]
    return not re.search(
        r"\b(?:best|biochemical|symptom\w*|time to|until|without|free of|risk of|in case of"
        r"|hormonal"
        r"|clinical|marker|metabolic|criteria for|defined as|threshold for"
        r"|non)[ :-]{0,2}[ \w:]{0,15}$",
        before,
    ) and not re.match(
        r"[ -](?:free|was followed|followed by|until|in (?:19|20)\d\d|is defined|means)"
        r"| (?:of|in) (?:the |all |some )?(?:[\w-]+ )?(?:lymph|nod(?:es?|al)|bones?|osseous|lungs?"
        r"|pulmonary|primary|periton\w*)\b",
        after,
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "response",
        ("respon", "stable disease", "progressi", "remission", "stabile", "ansprechen"),
        words(
            r"\b(?:partial|complete) (?:radiologic(?:al)? |tumou?r |morphologic(?:al)? "
            r"|radiographic )?(?:response|remission)\b"
            r"|\bstable disease\b|\bprogressive disease\b|\bstabile erkrankung\b"
            r"|\bpartielle? (?:remission|ansprechen)|\b(?:partielle|komplette) remission"
        ),
        _response,
        state=True,
        about_tumor=True,
        checks=(_is_of_all,),
    ),
    Rule(
        "recist",
        ("recist", "response"),
        re.compile(
            r"RECIST(?: v?\.? ?1\.1)?[^;.]{0,25}?(?<!on-)\b(?:CR|PR|SD|PD)\b(?!/)|\b(?:CR|PR|SD"
            r"|PD)\b[^;.]{0,20}?\b(?:by |per |nach |according to |\()RECIST"
            r"|(?:[Oo]verall|[Tt]umou?r|RECIST) [Rr]esponse(?: assessment)?: ?(?:CR|PR|SD|PD)\b"
        ),
        _response,
        cased=True,
        state=True,
        checks=(_is_of_all,),
    ),
    Rule(
        "stable_months",
        ("stable",),
        words(
            rf"\bstable (?:disease |liver disease |tumou?r )?(?:now )?(?:for"
            rf"|over) (?:the )?(?:past |last )?{COUNT} (?P<unit>months?|years?)\b"
        ),
        _months,
        near=True,
        about_tumor=True,
        checks=(sentence_lacks(r"weight|dose|renal|symptom|marker|cga"),),
    ),
    Rule(
        "stable_since",
        ("stable",),
        words(
            rf"\b(?:disease|tumou?r|metastases|imaging|lesions) (?:has |have )?(?:been |is |are "
            rf"|remains? )?stable (?:since|for) (?:the last )?{COUNT} (?P<unit>months?|years?)\b"
        ),
        _months,
        near=True,
        about_tumor=True,
    ),
    Rule(
        "stable_months_german",
        ("stabil",),
        words(
            rf"\bstabile? (?:erkrankung|krankheit|verlauf)[^;\d]{{0,12}}?(?:seit"
            rf"|über) {COUNT} (?P<unit>monaten?|jahren?)\b"
        ),
        _months,
        near=True,
        about_tumor=True,
    ),
    Rule(
        "no_progression",
        ("no progression",),
        words(
            r"\bno (?:tumou?r |disease )?progression (?:in|within|over|during) the (?:last|past"
            r"|preceding) (?:12|twelve) months"
        ),
        fixed("progressed_within_12_months", False),
        said=True,
    ),
    Rule(
        "synchronous",
        ("synchron", "diagnosis", "initially metastatic"),
        words(
            r"\b(?:liver|hepatic) metasta\w+ (?:were )?(?:present|found|known|seen|detected)? ?"
            r"at (?:the time of )?(?:initial |first |primary )?diagnosis\b"
            r"(?! of)|\binitially metastatic to the liver\b"
            r"|\bsynchronous(?: bilobar| multiple| diffuse)? (?:liver|hepatic) metasta\w+|(?:liver"
            r"|hepatic) metasta\w+ (?:were |was |are )?synchronous\b|synchrone (?:lebermetastas\w+"
            r"|hepatisch\w+)"
        ),
        fixed("liver_metastases_synchronous", True),
        about_tumor=True,
    ),
    Rule(
        "metachronous",
        ("metachron",),
        words(
            r"\bmetachronous(?: bilobar| multiple)? (?:liver|hepatic) metasta\w+|(?:liver"
            r"|hepatic) metasta\w+ (?:were |was |are )?metachronous\b"
            r"|metachrone (?:lebermetastas\w+|hepatisch\w+ metasta\w+)"
        ),
        fixed("liver_metastases_synchronous", False),
        about_tumor=True,
    ),
)
