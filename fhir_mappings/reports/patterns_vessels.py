"""Patterns for the portal vein, contact with vessels and ducts, and ascites."""

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
from fhir_mappings.reports.vocabulary import none_at_all


def _trunk_is_free(match: re.Match[str]) -> bool:
    return bool(
        re.search(
            r"(?:main|trunk|stem|hauptstamm)[^;.]{0,40}(?:patent|open|free|offen|frei)",
            match.string,
        )
    )


_AFFECTED = re.compile(
    r"\b(?:thrombos[ei]d|thromb(?:us|i|osis|ose)|occlu(?:ded|sion)|verschlossen|verschluss)\b"
)
_BRANCH = re.compile(r"\b(?:\w*branch(?:es)?|left|right|segmental|\w*ast|link\w+|recht\w+)\b")
_OTHER_VESSEL = re.compile(
    r"\b(?:mesenteric|smv|splenic|cava|ivc|renal|hepatic (?:veins?|artery)|milzvene|artery|duct)\b"
)
_DENIED = re.compile(r"\b(?:no|not|without|free of|negative for|ohne|keine?[nrs]?|nicht)\b[^,;]*$")


def _affected(low: str) -> str | None:
    """What of the portal vein is said to be closed in these words: branch, some, or nothing."""
    for one in _AFFECTED.finditer(low):
        if not (
            _DENIED.search(low[max(0, one.start() - 50) : one.start()])
            or _OTHER_VESSEL.search(low, max(0, one.start() - 45), one.end() + 35)
        ):
            around = low[max(0, one.start() - 30) : one.end() + 40]
            return "branch" if _BRANCH.search(around) else "some"
    return None


def _patent(match: re.Match[str], place: Place) -> Iterator[Given]:
    """Patent; with a clot in a branch beside the open trunk partial, beside any other nothing."""
    affected = _affected(match.string)
    if affected is None:
        yield Given("portal_vein", "patent")
    elif affected == "branch":
        yield Given("portal_vein", "partial_thrombosis")


def _no_thrombosis(match: re.Match[str], place: Place) -> Iterator[Given]:
    """Patent, where it is said of the whole vein and nothing else in the sentence is closed."""
    of_part = re.match(
        r" (?:in|of|within) (?:the )?(?:left|right|\w* ?branch|segment)",
        match.string[match.end() :],
    )
    if of_part is None and _affected(match.string) is None:
        yield from none_at_all("portal_vein", "patent")(match, place)


def _thrombosis(match: re.Match[str], place: Place) -> Iterator[Given]:
    around = match.string[max(0, match.start() - 45) : match.end() + 30]
    if re.search(
        r"\b(?:partial(?:ly)?|non-?occlusive|incomplete|nonocclusive|mural|\w*teilthromb\w*"
        r"|partiell\w*|nicht okkludierend\w*|without occlusion|non-?occluding)\b",
        around,
    ):
        yield Given("portal_vein", "partial_thrombosis")
    elif re.search(
        r"\b(?:branch|left|right|segmental|ast|pfortaderast)\b", around
    ) and _trunk_is_free(match):
        yield Given("portal_vein", "partial_thrombosis")
    elif re.search(
        r"\b(?:complete(?:ly)?|(?<!non-)occlusive|occluded|occlusion|total|komplett\w*"
        r"|vollständig\w*)\b",
        around,
    ):
        if not re.search(r"\b(?:branch|left|right|segmental)\b", around):
            yield Given("portal_vein", "complete_thrombosis")
        elif _OTHER_BRANCH_FREE.search(match.string):
            yield Given("portal_vein", "partial_thrombosis")
        else:
            yield Given("portal_vein", "thrombosis_extent_unknown")
    else:
        yield Given("portal_vein", "thrombosis_extent_unknown")


_OTHER_BRANCH_FREE = re.compile(
    r"\bno portal vein thromb\w+ in the (?:left|right)|\b(?:left|right) (?:portal )?(?:vein )?"
    r"(?:branch )?(?:is |remains )?(?:patent|open|free)"
)
_EXTENTS = (
    (
        "severe",
        r"severe|moderate|marked|massive|large|gross|tense|refractory|extensive|voluminous"
        r"|ausgeprägt\w*|reichlich|moderate to severe|large-volume|considerable|massiv\w*"
        r"|deutlich\w*|viel|große\w* menge",
    ),
    (
        "mild",
        r"mild|small|traces?|slight|minimal|scant|minor|discrete|tiny|wenig|gering\w*|little"
        r"|small-volume|low-volume|rim of|sliver of|diskret\w*|etwas|gering\w*",
    ),
)


def _ascites(match: re.Match[str], place: Place) -> Iterator[Given]:
    before = match.string[max(0, match.start() - 34) : match.start()]
    before = re.split(r"[,;]|\beffusions?\b|\bwithout\b", before)[-1]
    after = match.string[match.end() : match.end() + 24]
    if re.search(r"\b(?:mild|small|slight)(?: ?/ ?|[- ]to[- ]|-)(?:moderate|large)\b", before):
        yield Given("ascites", "present")
        return
    if re.search(r"\d ?(?:l|lit(?:er|re)s?)\b[^;.]{0,20}$", before) or re.match(
        r"[^;.]{0,25}\b\d(?:[.,]\d)? ?(?:l|lit(?:er|re)s?)\b", after
    ):
        yield Given("ascites", "severe")
        return
    for extent, pattern in _EXTENTS:
        if re.search(rf"\b(?:{pattern})\b", before) or re.match(
            rf"(?: \(| is | was |: ?| in |,? in (?:a )?)(?:{pattern})\b| (?:{pattern})(?=[,.;)]|$)",
            after,
        ):
            yield Given("ascites", extent)
            return
    yield Given("ascites", "present")


def _is_in_liver(match: re.Match[str], place: Place) -> bool:
    """A mass of the pancreas or the mesentery that touches a vessel is another matter."""
    return place.organ != "other"


RULES: tuple[Rule, ...] = (
    Rule(
        "portal_thrombosis",
        ("portal", "pfortader", "pvt"),
        words(
            r"\b(?:(?:left|right) (?:portal )?(?:vein )?branch (?:is |was )?(?:partially "
            r"|completely )?(?:thrombosed|occluded)|portal vein occlusion|portal (?:vein"
            r"|venous)(?:[: ,(]{1,2}(?:\w+-)?\w+){0,3}?[: ,(]{1,2}(?:tumou?r )?thromb(?:osis"
            r"|us|i|osed)|(?:occluded|thrombosed) (?:main )?portal vein|portal vein (?:is "
            r"|was |appears )?(?:partially |completely |totally )?(?:thrombosed|occluded)"
            r"|thromb(?:osis|us) (?:of|in|within|involving|extending into) (?:the )?(?:main "
            r"|left |right |intrahepatic )*portal (?:(?:or|and|,) (?:the )?(?:\w+ ){0,3}veins?"
            r"|vein|venous)"
            r"|(?:occlusion|obstruction) of (?:the )?(?:main |left |right )*portal vein"
            r"|pfortader(?:teil)?thrombos\w*|(?:teil)?thrombose der pfortader"
            r"|pfortader(?:hauptstamm)? (?:ist )?(?:teil|komplett |partiell )?thrombosiert"
            r"|thrombus (?:in der|im) (?:\w+ )?pfortader\w*|pvt|portal thrombosis|portal (?:or"
            r"|and) (?:\w+ ){1,2}(?:vein|venous) thrombosis"
            r"|thrombus (?:fills|filling|occupies|occupying|extends into"
            r"|within) (?:the )?(?:main )?portal vein"
            r"|portal vein (?:contains|shows|with) (?:a |an )?(?:\w+[ -]){0,2}thromb(?:us|osis))\b"
        ),
        _thrombosis,
        checks=(
            sentence_lacks(r"emboli|re[ck]anali"),
            phrase_lacks(r"\b(?:no|not|without|free of)\b"),
        ),
        denied=_no_thrombosis,
        state=True,
        done=False,
    ),
    Rule(
        "portal_patent",
        ("portal", "pfortader", "pv "),
        words(
            r"\bpatent portal (?:and|&) hepatic veins\b"
            r"|\b(?:patency of the (?:main )?portal vein|portal vein patency|portal venous patency)"
            r" (?:is )?(?:confirmed|preserved|maintained|normal)\b"
            r"|\bhepatopetal (?:flow in the )?portal\b"
            r"|\bpv (?:is )?(?:open|patent)\b|\bportal vein (?:is )?free\b(?! of)"
            r"|\bpatent (?:main |hepatic veins and "
            r"|hepatic and )?portal (?:vein|veins|venous system)\b"
            r"|\bportal (?:vein|veins|venous system)[^;.]{0,45}?\b(?:patent|open"
            r"|without (?:evidence of )?thromb\w+|free of thromb\w+|well perfused"
            r"|hepatopetal)\b"
            r"|\bnormal patency of the portal vein\b|\bportal vein: ?no (?:evidence of )?thromb\w+"
            r"|\bportal and (?:splenic|hepatic|mesenteric"
            r"|superior mesenteric) veins? (?:are )?patent\b"
            r"|\bportal veins? (?:and (?:its )?branches |and hepatic veins )?(?:enhances?"
            r"|opacif(?:y|ies)"
            r"|fills?) normally\b|\bnormal (?:flow in|opacification of"
            r"|enhancement of) the (?:main )?"
            r"portal vein\b|\b(?:regelrechte|normale|freie) (?:perfusion"
            r"|durchgängigkeit) der pfortader"
            r"|pfortader[^;.]{0,40}?\b(?:frei durchgängig|offen|durchgängig|(?:frei |kräftig "
            r"|gut )?perfundiert"
            r"|regelrecht perfundiert)"
        ),
        _patent,
        state=True,
        said=True,
        checks=(
            phrase_lacks(
                r"\b(?:not|no longer|nicht|thrombos[ei]d|thrombosis|thrombus|occlu\w*|invaded)\b"
            ),
            after_lacks(r"[^;.,]{0,20}\b(?:no longer|not|lost|absent)\b"),
            sentence_lacks(r"emboli[sz]ed\b"),
        ),
        done=False,
    ),
    Rule(
        "portal_field",
        ("portal vein:", "pfortader:"),
        words(
            r"^[-• ]{0,3}(?:portal vein|pfortader): ?(?:no (?:evidence of )?thromb\w+|no occlusion"
            r"|keine thrombose)"
        ),
        _patent,
        state=True,
        said=True,
        checks=(after_lacks(r" (?:in|of|im) (?:the )?(?:left|right|main|link|recht)"),),
        done=False,
    ),
    Rule(
        "ascites",
        ("ascites", "aszites"),
        words(
            r"\b(?:ascites|aszites)\b(?! (?:drain|cytology|fluid|punkt|tap\b|was (?:treated|drained"
            r"|tapped)))"
        ),
        _ascites,
        denied=none_at_all("ascites", "none"),
        state=True,
        done=False,
    ),
    Rule(
        "free_fluid",
        ("free fluid", "freie flüssigkeit"),
        words(
            r"\bno (?:free|intraperitoneal) (?:intraperitoneal |abdominal "
            r"|intraabdominal )?fluid\b(?! collection)|keine freie flüssigkeit"
        ),
        fixed("ascites", "none"),
        state=True,
        said=True,
    ),
    Rule(
        "vessel_contact",
        ("vein", "vena", "ivc", "portal", "vessel"),
        words(
            r"\b(?:abut(?:s|ting)?|encas(?:es?|ing|ed)|infiltrat(?:es?|ing)|invad(?:es?|ing)"
            r"|in (?:direct )?contact with|contacts|adjacent to|involv(?:es|ing)|touch(?:es"
            r"|ing)|compress(?:es|ing)|contact (?:with|to)|close to|within \d ?mm of"
            r"|(?:directly |immediately )?next to|in (?:direct |close )?(?:vicinity"
            r"|proximity) (?:of|to)"
            r"|reach(?:es|ing)) (?:the )?(?:(?:right|left|middle|main"
            r"|confluence of the) )*(?:hepatic veins?|inferior vena cava|ivc|vena cava"
            r"|(?:main )?portal vein|hepatic artery|retrohepatic ivc)"
        ),
        fixed("large_vessel_proximity", True),
        denied=fixed("large_vessel_proximity", False),
        state=True,
        lesion=True,
        checks=(_is_in_liver,),
    ),
    Rule(
        "vessel_encased",
        ("encased", "infiltrated", "invaded"),
        words(
            r"\b(?:hepatic veins?|inferior vena cava|ivc|portal vein|hepatic artery) (?:is "
            r"|are )?(?:encased|infiltrated|invaded|abutted)\b"
        ),
        fixed("large_vessel_proximity", True),
        state=True,
        lesion=True,
        checks=(_is_in_liver,),
    ),
    Rule(
        "vessel_free",
        ("free of", "no contact", "no direct contact", "uninvolved", "clear of", "safe distance"),
        words(
            r"\bno (?:direct )?(?:contact|relation) (?:to|with) (?:the )?(?:major|large"
            r"|great) vessels\b"
            r"|\bsafe distance (?:from|to) (?:the )?(?:major|large|great|hepatic) (?:vessels"
            r"|veins)\b"
            r"|\b(?:ivc|vena cava|hepatic veins|major vessels|large vessels"
            r"|portal (?:venous )?(?:vein|bifurcation))[^;.]{0,35}? (?:are"
            r"|is) (?:all )?(?:free of (?:tumou?r )?contact|uninvolved|clear of tumou?r)"
        ),
        fixed("large_vessel_proximity", False),
        said=True,
        state=True,
    ),
    Rule(
        "duct_contact",
        ("hilum", "hilar", "bile duct", "hepatic duct", "biliary"),
        words(
            r"\b(?:abut(?:s|ting)|encas(?:es|ing|ed)|infiltrat(?:es|ing)|invad(?:es|ing)"
            r"|in (?:direct )?contact with|adjacent to|close to|near|involv(?:es|ing)"
            r"|touch(?:es|ing)?|compress(?:es|ing)|(?:close |direct )?(?:proximity to"
            r"|vicinity of)|next to|contact (?:with|to)"
            r"|within \d ?mm of|reach(?:es|ing)) (?:the )?(?:(?:right|left|common|main"
            r"|central) )*(?:hepatic hilum|liver hilum|hilum|hilar plate|bile ducts?"
            r"|hepatic ducts?|biliary (?:confluence|bifurcation|tree)|porta hepatis)"
        ),
        fixed("hilar_or_bile_duct_proximity", True),
        denied=fixed("hilar_or_bile_duct_proximity", False),
        state=True,
        lesion=True,
        checks=(_is_in_liver,),
    ),
)
