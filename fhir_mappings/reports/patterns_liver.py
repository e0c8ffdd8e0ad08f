"""Patterns for the disease in the liver: lobes, burden, type, resectability, remnant, its size."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fhir_mappings.reports.lesion_words import LESIONS
from fhir_mappings.reports.quantities import PERCENT, amount
from fhir_mappings.reports.rules import (
    Given,
    Place,
    Rule,
    amount_of,
    fixed,
    phrase_lacks,
    sentence_has,
    sentence_lacks,
    words,
)
from fhir_mappings.reports.vocabulary import LIVER

_LEFT, _RIGHT = ("ii", "iii", "iv", "2", "3", "4"), ("v", "vi", "vii", "viii", "5", "6", "7", "8")
_TYPES = {"i": "I", "ii": "II", "iii": "III", "1": "I", "2": "II", "3": "III"}


_SEGMENTS = {"two": 2, "three": 3, "four": 4, "2": 2, "3": 3, "4": 4}


_NOT_BURDEN = r"remnant|necro|steatos|\bfat|resect|debulk|ablat|viable|reduc|decreas|lymph|shunt"


_REPLACED = r"replac|involv|occup|compris|tumou?r|metasta|burden|infiltrat"


def _is_burden(match: re.Match[str], place: Place) -> bool:
    return not re.search(_NOT_BURDEN, match.string[match.start() : match.end() + 40])


def _type(match: re.Match[str], place: Place) -> Iterator[Given]:
    yield Given("reported_liver_type", _TYPES[match["type"] or match["type2"]])


def _not_bilobar(match: re.Match[str], place: Place) -> Iterator[Given]:
    if "segment" not in match[0] and re.search(r"\bnot (?:\w+ )?$", match.string[: match.start()]):
        yield Given("bilobar", False)


def _lobes_of(match: re.Match[str], place: Place) -> Iterator[Given]:
    """Both lobes where segments of both are named; one side alone may not be all of them."""
    named = re.findall(r"viii|vii|vi|iv|iii|ii|v|i|\d", match["list"])
    if any(one in _LEFT for one in named) and any(one in _RIGHT for one in named):
        yield Given("bilobar", True)


def not_elsewhere(match: re.Match[str], place: Place) -> bool:
    """No other organ was named last."""
    return place.organ != "other"


def _segments(match: re.Match[str], place: Place) -> Iterator[Given]:
    number = _SEGMENTS[match["low"]]
    yield Given("remnant_contiguous_segments", {"min": number} if match["least"] else number)


RULES: tuple[Rule, ...] = (
    Rule(
        "bilobar",
        (
            "bilobar",
            "hemilivers",
            "lappen",
            "lobe",
            "all segments",
            "all liver segments",
            "all hepatic segments",
            "bilobulär",
            "bilobär",
            "leberlappen",
            "bihepatic",
        ),
        words(
            r"\b(?:right and left|left and right) (?:hepatic |liver )?lobe\b|\b(?:in|involving"
            r"|of) all "
            r"(?:liver |hepatic )?segments\b|\bbi-?lobar\b|\b(?:both|left and right"
            r"|right and left) (?:liver "
            r"|hepatic )?lobes\b(?! of the (?:lung|thyroid))"
            r"|\bboth (?:the )?(?:left and right|right and left) (?:hepatic |liver )?lobes"
            r"|\bbilob(?:ä|ulä)r\w*|beide[rnm]? leberlappen|in both (?:the )?lobes"
            r"|\bboth hemilivers?\b|\blebermetasta\w+ (?:beidseits|in beiden lappen"
            r"|beider lappen)\b"
        ),
        fixed("bilobar", True),
        denied=_not_bilobar,
        state=True,
        lesion=True,
        checks=(not_elsewhere,),
    ),
    Rule(
        "segments_of_both_lobes",
        ("segments",),
        words(
            rf"\b{LESIONS} (?:\(n ?= ?\d+\) )?in segments (?P<list>[ivx\dab,/ ]{{3,40}}?(?:and|und"
            rf"|&) [ivx\d]{{1,4}}[ab]?)\b"
        ),
        _lobes_of,
        state=True,
        lesion=True,
        checks=(not_elsewhere,),
    ),
    Rule(
        "unilobar",
        ("lobe", "lobar", "sided", "hemiliver", "leberlappen", "unilob", "lebermetasta"),
        words(
            r"\ball (?:of )?(?:the )?(?:(?!new|other|target|treated|remaining|resected"
            r"|ablated)\w+ ){0,3}?"
            r"(?:metastases|lesions|deposits) (?:lie|are(?: located| situated| found"
            r"| confined)?) (?:in"
            r"|to) the (?:left"
            r"|right) (?:hepatic |liver )?(?:lobe|hemiliver)\b|\b(?:right|left)-sided (?:liver"
            r"|hepatic) metastases only\b|\bunilobar\b|(?:confined|limited"
            r"|restricted) to the (?:left"
            r"|right) (?:hepatic )?(?:lobe|hemiliver|liver)"
            r"|\b(?:only|exclusively|all) in the (?:left|right) (?:hepatic |liver )?lobe"
            r"|unilob(?:ä|ulä)r|lebermetasta\w+ (?:nur|ausschließlich) (?:rechts|links"
            r"|im (?:rechten|linken) (?:leber)?lappen)\b"
        ),
        fixed("bilobar", False),
        state=True,
        checks=(not_elsewhere,),
    ),
    Rule(
        "diffuse",
        ("diffus",),
        words(
            rf"\bdiffuse(?:ly)?(?: \w+){{0,3}} {LIVER} (?:\w+ )?(?:metasta\w+|involvement"
            rf"|disease|infiltration|replacement|spread|mets)"
            rf"|\bdiffuse(?:ly)? (?:metasta\w+|infiltrat\w+|involvement"
            rf"|spread)[^;,]{{0,30}} (?:of |in |throughout |to )?(?:the )?(?:entire "
            rf"|whole )?liver"
            rf"|\bliver (?:is |was )?diffusely (?:infiltrated|replaced|involved|metastatic)"
            rf"|\b{LIVER} (?:metastas[ei]s|disease|involvement)[^;,]{{0,20}} (?:is "
            rf"|are )?diffuse\b"
            r"|diffuse\w* (?:metastasierung|befall|infiltration) (?:der )?(?:gesamten "
            r"|ganzen )?leber|diffuse\w* (?:lebermetasta\w+|hepatische\w* metasta\w+)"
        ),
        fixed("liver_disease_diffuse", True),
        denied=fixed("liver_disease_diffuse", False),
        state=True,
        lesion=True,
    ),
    Rule(
        "liver_type",
        ("type", "typ "),
        words(
            r"(?:liver|hepatic|metasta\w+|enets|involvement|distribution"
            r"|leber\w*)[^;]{0,40}?\btype?[ -](?P<type>iii|ii|i|[123])\b"
            r"|\btype?[ -](?P<type2>iii|ii|i|[123]) (?:pattern "
            r"|distribution )?(?:of )?(?:liver|hepatic|metasta|distribution|pattern|spread)"
        ),
        _type,
        state=True,
        checks=(sentence_lacks(r"diabet|hepatitis"),),
    ),
    Rule(
        "liver_dominant",
        ("domina",),
        words(
            r"\bliver[- ](?:dominant|predominant)|\b(?:hepatic|liver)[- ]predominan\w+"
            r"|\bpredominantly (?:hepatic|in the liver)"
        ),
        fixed("liver_dominant", True),
        denied=fixed("liver_dominant", False),
        state=True,
    ),
    Rule(
        "mortality",
        ("mortality",),
        words(
            rf"\b(?:expected|estimated|predicted|calculated)[^;\d%]{{0,25}}?(?:\d\d-day "
            rf")?(?:operative |perioperative |postoperative "
            rf")?mortality[^;\d%<>]{{0,25}}?{amount()}{PERCENT}"
        ),
        amount_of("expected_operative_mortality_percent"),
        near=True,
        done=False,
    ),
    Rule(
        "morbidity",
        ("morbidity",),
        words(
            rf"\b(?:expected|estimated|predicted"
            rf"|calculated)[^;%]{{0,60}}?\bmorbidity[^;\d%<>]{{0,25}}?{amount()}{PERCENT}"
        ),
        amount_of("expected_morbidity_percent"),
        near=True,
        done=False,
    ),
    Rule(
        "burden",
        ("burden", "load", "involvement", "replacement", "tumorlast", "tumoranteil", "befall"),
        words(
            rf"(?:(?:tumou?r|disease|metastatic|hepatic|liver|lesion) (?:burden|load"
            rf"|involvement|replacement)|tumorlast|tumoranteil"
            rf"|leberbefall|(?<!tumor )\bburden)[^;\d%<>≤≥~]{{0,50}}?{amount()}{PERCENT}"
        ),
        amount_of("liver_tumor_burden_percent"),
        near=True,
        state=True,
        checks=(not_elsewhere, _is_burden),
    ),
    Rule(
        "burden_of_liver",
        ("liver", "hepatic", "leber"),
        words(
            rf"{amount()}{PERCENT}\)? (?:of |des )?(?:the )?(?:total |whole |entire "
            rf"|overall )?(?:liver|hepatic|leber(?:volumens|parenchyms)?\b)(?: volume"
            rf"| parenchyma)?(?: (?:tumou?r )?(?:burden|involvement|replacement))?"
        ),
        amount_of("liver_tumor_burden_percent"),
        near=True,
        state=True,
        checks=(
            sentence_has(_REPLACED),
            sentence_lacks(_NOT_BURDEN),
        ),
    ),
    Rule(
        "liver_volume_replaced",
        ("liver volume", "liver parenchyma", "hepatic parenchyma"),
        words(
            rf"\b(?:liver|hepatic) (?:volume|parenchyma) (?:is |are )?(?:replaced|involved"
            rf"|occupied)[^;\d]{{0,12}}?\(?{amount()}{PERCENT}"
        ),
        amount_of("liver_tumor_burden_percent"),
        near=True,
        state=True,
    ),
    Rule(
        "resectable_with_ablation",
        ("ablation",),
        words(
            rf"{amount()}{PERCENT}[^;,\d]{{0,25}}? (?:if |when )?(?:combined|together"
            rf"|in combination|supplemented)? ?with (?:\w+ )?ablation"
        ),
        amount_of("resectable_plus_ablatable_percent"),
        near=True,
        state=True,
        done=False,
        supposed=True,
        checks=(sentence_has(r"resect|debulk|burden"),),
    ),
    Rule(
        "resectable_share",
        ("resect", "debulk", "cytoreduc", "remov"),
        words(
            rf"{amount()}{PERCENT} of (?:the )?(?:hepatic |liver |total |visible )*(?:tumou?r"
            rf"|disease|metastatic)? ?(?:burden|load|volume|disease|mass"
            rf"|tumou?r)(?: in the liver)?[^;,\d]{{0,30}}? (?:resectable|removable|resected"
            rf"|removed|debulked|cytoreduced)(?! (?:and|or|plus)[ /]?(?:\w+ )?ablat)"
        ),
        amount_of("resectable_percent"),
        near=True,
        state=True,
        checks=(phrase_lacks(r"ablat|was |were |has been"),),
    ),
    Rule(
        "unresectable",
        ("resectab", "resezierbar", "resektabel", "operab", "resekt"),
        words(
            rf"{LIVER}? ?(?:metastas[ei]s|lesions|disease"
            rf"|tumou?rs?)[^;,]{{0,40}}? (?:unresectable|irresectable|inoperable"
            rf"|non-?resectable|not (?:\w+ )?resectable)\b"
            rf"|\b(?:unresectable|irresectable|inoperable"
            rf"|non-?resectable) (?:\w+ )?{LIVER} (?:metastas[ei]s|lesions|disease"
            rf"|involvement)|^(?:board )?(?:decision|assessment|verdict|conclusion"
            rf"|surgical opinion|surgery): ?(?:unresectable|irresectable|not resectable)\b"
            rf"|\b(?:irresektable|nicht resektable|inoperable) (?:\w+ )?lebermetasta\w+"
            rf"|{LIVER} (?:metastas[ei]s|lesions|disease)[^;,]{{0,30}}? not amenable to "
            rf"(?:\w+ )?resection|(?:lebermetasta\w+|leber)[^;]{{0,30}}\b(?:irresektabel"
            rf"|nicht resektabel"
            rf"|nicht resezierbar|inoperabel)"
        ),
        fixed("reported_resectability", "unresectable"),
        said=True,
        state=True,
        done=False,
        checks=(phrase_lacks(r"node|primary"),),
    ),
    Rule(
        "resectable",
        ("resect", "resekt", "resez"),
        words(
            rf"{LIVER} (?:metastas[ei]s|lesions|disease)[^;,]{{0,30}}? (?:is|are|appears?"
            rf"|deemed|judged|considered) (?:\w+ )?(?:completely |fully |r0[ -])?resectable\b"
            r"|\br0[ -](?:resectable|resektabel|resezierbar)\b"
            rf"|\br0\)?[ -]resection(?: of (?:all |the )*{LIVER} (?:metastases|lesions|disease))? "
            r"(?:is |appears |seems |deemed |considered )*(?:technically )?(?:feasible|possible"
            r"|achievable)"
        ),
        fixed("reported_resectability", "r0"),
        state=True,
        done=False,
    ),
    Rule(
        "debulkable",
        ("debulk", "cytoreduc"),
        words(
            r"\b(?:debulkable|(?:debulking|cytoreduction|cytoreductive surgery)"
            r"(?: of (?:more than |at least |over |>|≥)? ?\d\d ?%)? (?:is |appears "
            r"|seems )?(?:considered |judged |deemed )?(?:technically )?(?:feasible|possible"
            r"|achievable))\b"
        ),
        fixed("reported_resectability", "debulkable"),
        state=True,
        done=False,
    ),
    Rule(
        "remnant",
        ("remnant", "flr"),
        words(
            rf"\b(?:future (?:liver )?remnant|liver remnant|remnant liver|expected remnant"
            rf"|flr)\b[^;\d%<>≤≥~]{{0,50}}?{amount()}{PERCENT}"
        ),
        amount_of("future_liver_remnant_percent"),
        near=True,
        state=True,
    ),
    Rule(
        "remnant_segments",
        ("contiguous", "adjacent segments"),
        words(
            r"(?:\b(?P<least>at least ))?\b(?P<low>two|three|four|2|3|4) (?:contiguous"
            r"|adjacent) (?:liver |hepatic )?segments"
        ),
        _segments,
        state=True,
        done=False,
        checks=(sentence_has(r"spar|preserv|remnant|remain|left|kept|free of"),),
    ),
    Rule(
        "hepatomegaly",
        ("hepatomegal", "enlarged", "normal in size", "vergrößert"),
        words(
            r"\bhepatomegal(?:y|ie)\b|\bliver (?:is |was )?(?:markedly |mildly |moderately "
            r"|grossly )?enlarged|\bleber (?:deutlich |mäßig )?vergrößert"
            r"|\benlarged liver\b(?! (?:lesion|metast|tumou?r|node))"
        ),
        fixed("hepatomegaly", True),
        denied=fixed("hepatomegaly", False),
        state=True,
    ),
    Rule(
        "liver_not_enlarged",
        ("normal", "not enlarged"),
        words(
            r"\bliver (?:is |was )?(?:of )?(?:normal (?:in )?size|normal in size|normal-sized"
            r"|not enlarged)|\bnormal-sized liver|\bliver[^;.]{0,25}?\bnot enlarged"
        ),
        fixed("hepatomegaly", False),
        said=True,
        state=True,
    ),
)
