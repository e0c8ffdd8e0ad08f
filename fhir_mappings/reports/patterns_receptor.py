"""Patterns for receptor imaging: tracer, Krenning score, uptake beside the liver's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fhir_mappings.reports.rules import (
    Given,
    Place,
    Rule,
    after_lacks,
    fixed,
    phrase_lacks,
    sentence_lacks,
    words,
)

_SCORES = {"zero": 0, "i": 1, "ii": 2, "iii": 3, "iv": 4, "one": 1, "two": 2, "three": 3, "four": 4}


# Of one site outside the liver, it says nothing of the metastases in the liver.
_ELSEWHERE = (
    r"[^;.,]{0,12}\b(?:in|of|at) (?:the |a |an )?(?:\w+ )?(?:bones?|osseous|skelet\w+|vertebra\w*"
    r"|lymph|nod(?:es?|al)|lungs?|pulmonary|periton\w*|pancrea\w*|primary|mesenter\w*|thyroid)\b"
)
_NUCLIDE = {"68": "ga68_pet", "64": "cu64_pet"}


def _tracer(match: re.Match[str], place: Place) -> Iterator[Given]:
    found = match.groupdict()
    mass = found["n"] or found["n2"] or found.get("n3") or "68"
    yield Given("sstr_modality", _NUCLIDE[mass])


def _is_dota(match: re.Match[str], place: Place) -> bool:
    return "dota" in match.string


def _is_of_liver(match: re.Match[str], place: Place) -> bool:
    return place.organ == "liver" or "liver" in match.string


def _krenning(match: re.Match[str], place: Place) -> Iterator[Given]:
    if match["low2"]:
        yield Given("krenning_score", int(match["low2"]))
        return
    word, high = match["low"], match["high"]
    low = _SCORES[word] if word in _SCORES else int(word)
    if high is None:
        yield Given("krenning_score", low)
    elif int(high) > low:
        yield Given("krenning_score", {"min": low, "max": int(high)})


RULES: tuple[Rule, ...] = (
    Rule(
        "krenning",
        ("krenning",),
        words(
            r"\b(?:grade|score) (?P<low2>[0-4]) (?:according to|on the|by) (?:the )?krenning\b"
            r"|\bkrenning[ -]?(?:scores?|grade|scale|index|level)?(?: (?:was|is|of|grade|score"
            r"|max\w*))*[ :=(]{0,3}(?P<low>[0-4]|iv|iii|ii|i|zero|one|two|three"
            r"|four)\b(?![.,]\d|\s?%)(?:\s?(?:-|to|/|or)\s?(?P<high>[0-4])(?!\d|[.,]\d))?"
        ),
        _krenning,
        near=True,
        state=True,
        checks=(after_lacks(r" ?(?:=|->|:)"), sentence_lacks(r"=[^=]*=[^=]*=|0-4: ?_")),
    ),
    Rule(
        "uptake_above",
        ("uptake", "avid", "expression", "intens", "binding"),
        words(
            r"\b(?:uptake|avidity|expression|intensity|avid|intense"
            r"|binding)\b[^;]{0,50}?\b(?:above|greater than|higher than|exceed(?:s|ing)"
            r"|more (?:intense )?than|stronger than|equal to|similar to|at least equal to"
            r"|markedly above|(?:more )?intense than|superior to|way above"
            r"|far above) (?:that (?:of|in) |in )?(?:the )?(?:normal |background "
            r"|physiologic(?:al)? |surrounding |adjacent )*(?:liver|hepatic|spleen)"
        ),
        fixed("sstr_uptake_at_least_liver", True),
        state=True,
        checks=(sentence_lacks(r"fdg"),),
    ),
    Rule(
        "uptake_below",
        ("uptake", "avid", "expression", "intens", "binding"),
        words(
            r"\b(?:uptake|avidity|expression|intensity|binding)\b[^;]{0,50}?\b(?:below"
            r"|less than|lower than|weaker than|less intense than|inferior to) (?:that (?:of"
            r"|in) |in )?(?:the )?(?:normal |background |physiologic(?:al)? "
            r"|surrounding )*(?:liver|hepatic)"
        ),
        fixed("sstr_uptake_at_least_liver", False),
        state=True,
        checks=(sentence_lacks(r"fdg"), after_lacks(_ELSEWHERE)),
    ),
    Rule(
        "tracer_pet",
        ("dota", "ga-68", "68ga", "gallium", "cu-64", "64cu", "68-ga", "ga68", "copper"),
        words(
            r"\b(?:\[?(?P<n>68|64)\]?[ -]?(?:ga|cu|gallium|copper)|(?:ga|cu|gallium"
            r"|copper)[ -]?\[?(?P<n2>68|64)\]?)[ -]?(?:dota-?\w+|\w{0,3}dota\w*|edotreotide"
            r"|satoreotide)?[ -]{0,3}(?:\w+ )?pet\b"
        ),
        _tracer,
        checks=(phrase_lacks(r"psma|fdg"),),
    ),
    Rule(
        "uptake_german",
        ("speicherung", "anreicherung"),
        words(
            r"\b(?:mehrspeicherung|anreicherung|speicherung)\w*[^;]{0,60}?\b(?:oberhalb|über"
            r"|stärker als|höher als|deutlich über) (?:der |die |das |dem )?(?:normalen |gesunden "
            r"|der )?(?:leber\w*|milz)"
        ),
        fixed("sstr_uptake_at_least_liver", True),
        state=True,
    ),
    Rule(
        "less_than_liver",
        ("less tracer", "less uptake"),
        words(
            r"\bless (?:tracer|uptake|activity) than (?:the )?(?:surrounding|normal|adjacent"
            r"|background) (?:liver|parenchyma)"
        ),
        fixed("sstr_uptake_at_least_liver", False),
        state=True,
        checks=(_is_of_liver,),
    ),
    Rule(
        "tracer",
        ("dota",),
        words(
            r"\b(?:(?P<n>68|64)-?(?:ga|cu)|(?:ga|cu)-?(?P<n2>68|64)|gallium-?(?:68)?"
            r"|dota\w+ pet \((?:ga|cu)-?(?P<n3>68|64)\))(?:[ -]dota-?\w+)?"
        ),
        _tracer,
        checks=(
            _is_dota,
            sentence_lacks(r"psma"),
            phrase_lacks(r"fdg"),
        ),
    ),
    Rule(
        "tracer_spect",
        ("octreotide", "octreoscan", "scintigra", "tektrotyd", "srs", "pentetreotide", "hynic"),
        words(
            r"\bhynic-?(?:d-phe1-)?(?:tyr3-octreotide|toc)\b|\b(?:in-?111|111-?in"
            r"|indium-111)[ -](?:pentetreotide|octreotide)\b|\boctreoscan\b"
            r"|\b(?:octreotide|somatostatin[ -]receptor) (?:scan\b|scintigra\w+"
            r"|spect)|tektrotyd\w*(?: spect\w*)?"
        ),
        fixed("sstr_modality", "spect"),
    ),
)
