"""Patterns for disease outside the liver.

A site needs the word metastasis or its like; nodules and enlarged nodes are none.
"""

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
    several,
    words,
)
from fhir_mappings.reports.vocabulary import is_unqualified, none_at_all

# name of the catalog: its words; regional nodes before nodes.
_SITES: tuple[tuple[str, str], ...] = (
    (
        "bone",
        r"bone|bony|osseous|skelet(?:al|on)|vertebra(?:l|e)?|spin(?:e|al)|rib|pelvic bone"
        r"|iliac bone|femur",
    ),
    (
        "regional_lymph_node",
        r"(?:mesenteric|regional|locoregional|loco-regional|peripancreatic|ileocolic|perigastric)"
        r"(?: (?:and|or) (?:mesenteric|regional|peripancreatic))?(?: lymph)?[ -]?(?:nodes?|nodal)",
    ),
    (
        "lymph_node",
        r"(?:retroperitoneal|para-?aortic|aortocaval|mediastinal|supraclavicular|inguinal|cervical"
        r"|axillary|distant|hilar|cardiophrenic|retrocrural|pelvic|iliac|virchow'?s?)"
        r"(?:(?: and|,) (?:retroperitoneal|para-?aortic|mediastinal|supraclavicular|pelvic))?"
        r"(?: lymph)?[ -]?(?:nodes?|nodal)",
    ),
    ("lung", r"lungs?|pulmonary"),
    ("peritoneum", r"peritone(?:al|um)|omental|omentum"),
    ("ovary", r"ovar(?:y|ies|ian)"),
    ("brain", r"brain|cerebral|intracranial|leptomeningeal"),
    (
        "other",
        r"adrenal(?: gland)?|spleen|splenic|orbit(?:al)?|myocardi(?:al|um)|cardiac|breast|skin"
        r"|pleura(?:l)?|muscle|thyroid",
    ),
)


_ANY = "|".join(pattern for _, pattern in _SITES)


_SITE_PATTERNS = tuple((name, re.compile(rf"\b(?:{pattern})\b")) for name, pattern in _SITES)


_AND = r"(?:, and |, | and | as well as | & | or |/)"


_LIST = rf"(?:(?:the )?(?:liver|hepatic|{_ANY}){_AND}){{0,4}}(?:the )?(?:{_ANY})"


def _sites(match: re.Match[str], place: Place) -> Iterator[Given]:
    low = match[0]
    found = {name for name, pattern in _SITE_PATTERNS if pattern.search(low)}
    if not found:
        return
    yield Given("extrahepatic_sites", sorted(found))
    before = match.string[max(0, match.start() - 20) : match.start()]
    if found != {"regional_lymph_node"} and not _MUCH.search(before):
        yield Given("extrahepatic_disease", "present_unquantified")
    if "peritoneum" in found:
        yield Given("peritoneal_carcinomatosis", "present_unquantified")


def _site_of_heading(match: re.Match[str], place: Place) -> Iterator[Given]:
    """ "Bones: lytic metastases in L3"."""
    yield Given("extrahepatic_sites", [_HEADINGS[match["head"][:4]]])
    yield Given("extrahepatic_disease", "present_unquantified")


_HEADINGS = {"bone": "bone", "skel": "bone", "lung": "lung", "brai": "brain", "ovar": "ovary"}


def _german_site(match: re.Match[str], place: Place) -> Iterator[Given]:
    named = {_GERMAN_SITES[one] for one in (match["g"], match["h"]) if one}
    yield Given("extrahepatic_sites", sorted(named))
    yield Given("extrahepatic_disease", "present_unquantified")


def _german_nodes(match: re.Match[str], place: Place) -> Iterator[Given]:
    yield Given("extrahepatic_sites", ["regional_lymph_node" if match["near"] else "lymph_node"])
    if match["far"]:
        yield Given("extrahepatic_disease", "present_unquantified")


def _no_sites(match: re.Match[str], place: Place) -> Iterator[Given]:
    if re.search(r"\b(?:peritone|oment)", match[0]):
        yield Given("peritoneal_carcinomatosis", "none")


def _carcinomatosis(match: re.Match[str], place: Place) -> Iterator[Given]:
    around = match.string[max(0, match.start() - 30) : match.end() + 30]
    extent = "present_unquantified"
    if re.search(r"\b(?:diffuse|extensive|unresectable|widespread|miliary)\b", around):
        extent = "diffuse_or_unresectable"
    elif re.search(r"\b(?:limited|localized|localised|few|minimal|small-volume|focal)\b", around):
        extent = "limited"
    yield Given("peritoneal_carcinomatosis", extent)
    yield Given("extrahepatic_sites", ["peritoneum"])
    yield Given("extrahepatic_disease", "present_unquantified")


def _outside(match: re.Match[str], place: Place) -> Iterator[Given]:
    before = match.string[max(0, match.start() - 30) : match.start()]
    if re.search(r"\b(?:low-volume|low volume|minimal|indolent|limited|small-volume)\b", before):
        yield Given("extrahepatic_disease", "low_volume_indolent")
    elif re.search(r"\b(?:extensive|significant|widespread|bulky|massive)\b", before):
        yield Given("extrahepatic_disease", "significant")
    else:
        yield Given("extrahepatic_disease", "present_unquantified")


def _none_outside(match: re.Match[str], place: Place) -> Iterator[Given]:
    """Of the whole body, not of one region or of what was in the field of view."""
    region = re.match(
        r"[ ,]{1,2}(?:\w+ ){0,2}?(?:in|of|within|on) (?:the |this )?(?:chest|thorax|abdomen|pelvis"
        r"|imaged|included|scanned|visuali[sz]ed|covered|field|upper|region|ultrasound"
        r"|examined|displayed|sections?|slices?|lower|neck|head|brain)",
        match.string[match.end() :],
    )
    grows = re.match(
        r" (?:\w+ )?(?:progress|increas|growth|chang|enlarg)", match.string[match.end() :]
    )
    part = re.search(
        r"\b(?:abdominal|thoracic|pelvic|intra-?abdominal|visible|imaged) $",
        match.string[: match.start()],
    )
    excepted = re.search(
        r"\b(?:except|apart from|besides|aside from|other than|bis auf|außer)\b",
        match.string[: match.start()],
    )
    beyond = excepted or _BUT_ELSEWHERE.search(match.string, match.end())
    if not (region or grows or part or beyond) and is_unqualified(match):
        yield Given("extrahepatic_disease", "none")


# How much it is stands in the words, but not which of the values they mean.
_MUCH = re.compile(r"\b(?:extensive|widespread|disseminated|massive|innumerable)\b")
_GERMAN_SITES = {
    "knochen": "bone", "ossäre": "bone", "lungen": "lung", "pulmonale": "lung", "hirn": "brain",
    "peritoneal": "peritoneum", "ovarial": "ovary", "nebennieren": "other",
}  # fmt: skip


_BUT_ELSEWHERE = re.compile(
    r"\b(?:but|however|jedoch|aber|allerdings|hingegen)\b[^;.]*\b(?:metasta\w*|\w*filiae?|bones?"
    r"|osseous|nod(?:es?|al)|lungs?|pulmonary|periton\w*|knochen\w*|ossär\w*|lymphknoten\w*"
    r"|lunge\w*)"
)


_EXTRAHEPATIC = (
    r"extra-?hepatic (?:[\w-]+ ){0,2}?(?:disease|uptake|foci|focus|activity|metastas[ei]s"
    r"|spread|tumou?rs?|manifestations?|lesions?"
    r"|involvement|deposits?|mets|malignancy|extension|sites? of disease)"
    r"|disease outside (?:of )?the liver|metastas[ei]s outside (?:of )?the liver"
    r"|extrahepatische\w* (?:metasta\w+|manifestation\w*|tumor\w*|herde?)"
)

RULES: tuple[Rule, ...] = (
    Rule(
        "sites",
        ("metasta", "mets", "deposits"),
        words(rf"\b{_LIST} (?:metastas[ei]s|metastatic|mets\b|(?:tumou?r )?deposits|metastasis)"),
        _sites,
        denied=_no_sites,
        state=True,
        about_tumor=True,
        lesion=True,
        checks=(after_lacks(r" (?:from|to)\b"),),
        done=False,
    ),
    Rule(
        "sites_by_heading",
        ("metasta",),
        words(
            r"^[-• ]{0,3}(?P<head>bones?|skelet(?:on|al system)|lungs?|brain|ovar(?:y|ies)): ?"
            r"(?:[\w-]+ ){0,4}?metasta(?:s[ei]s|tic)\b"
        ),
        _site_of_heading,
        state=True,
        about_tumor=True,
        lesion=True,
        checks=(phrase_lacks(r"\b(?:no|not|without|free|negative)\b"),),
        done=False,
    ),
    Rule(
        "spread_to",
        ("metasta",),
        words(
            rf"\bmetasta(?:s[ei]s|tic(?: disease| deposits| lesions| involvement| spread)?"
            rf"|sized|sed)? (?:in|to|of|involving|within) (?:the )?{_LIST}\b"
        ),
        _sites,
        denied=_no_sites,
        state=True,
        about_tumor=True,
        lesion=True,
        checks=(after_lacks(r" (?:net|neuroend|primary|carcin)"),),
        done=False,
    ),
    Rule(
        "node_metastases_where",
        ("nod",),
        words(
            r"\b(?:lymph )?nod(?:e|al) metastas[ei]s[:,]? (?:in the |at the |left |right |level "
            r"|iv|cervical|[ ,]){0,4}?(?P<far>retroperitoneal|para-?aortic|mediastinal"
            r"|supraclavicular|cervical|axillary|inguinal)"
        ),
        several(
            ("extrahepatic_sites", ["lymph_node"]), ("extrahepatic_disease", "present_unquantified")
        ),
        state=True,
        about_tumor=True,
    ),
    Rule(
        "metastatic_nodes",
        ("metastatic", "involved"),
        words(rf"\b(?:metastatic|involved) (?:\w+ )?(?:{_SITES[1][1]}|{_SITES[2][1]})"),
        _sites,
        state=True,
        about_tumor=True,
        checks=(),
    ),
    Rule(
        "sites_german",
        ("metasta", "filia"),
        words(
            r"\b(?:(?P<h>knochen|lungen|hirn)- und )?(?P<g>knochen|ossäre|lungen|pulmonale"
            r"|hirn|peritoneal|ovarial"
            r"|nebennieren)[ -]?(?:metasta\w+|filiae?\b)"
        ),
        _german_site,
        state=True,
        about_tumor=True,
    ),
    Rule(
        "nodes_german",
        ("lymphknotenmetasta",),
        words(
            r"\b(?:(?P<near>mesenterial|peripankreat|region[aä]|lokoregion)"
            r"|(?P<far>retroperiton|paraaort"
            r"|mediastinal|supraklavik|zervikal|inguinal))\w* lymphknotenmetasta\w+"
        ),
        _german_nodes,
        state=True,
        about_tumor=True,
    ),
    Rule(
        "none_outside_german",
        ("extrahepatisch", "außerhalb der leber"),
        words(
            r"\bextrahepatisch (?:kein|keine) (?:tumor\w*|metasta\w+|manifestation\w*)"
            r"|\bkeine (?:fern)?metasta\w+ außerhalb der leber"
        ),
        fixed("extrahepatic_disease", "none"),
        said=True,
        state=True,
    ),
    Rule(
        "unresectable_nodes",
        ("unresectable", "inoperable", "irresectable"),
        words(
            r"\b(?:nodal mass|nod(?:es|al disease)|mesenteric mass"
            r"|lymph nodes?)\b[^;.]{0,90}?\b(?:unresectable|inoperable|irresectable)\b"
            r"|\b(?:unresectable|inoperable|irresectable) (?:\w+ )?(?:nod(?:es|al)|lymph node"
            r"|mesenteric mass)"
        ),
        fixed("unresectable_nodes_or_extraabdominal", True),
        said=True,
        state=True,
        about_tumor=True,
    ),
    Rule(
        "extrahepatic",
        ("extrahepatic", "extra-hepatic", "outside", "extrahepatisch"),
        words(_EXTRAHEPATIC),
        _outside,
        denied=_none_outside,
        state=True,
        about_tumor=True,
        lesion=True,
        done=False,
    ),
    Rule(
        "extrahepatic_field",
        ("extrahepatic",),
        words(r"\bextra-?hepatic(?: disease| spread)?: (?:none|nil|no)\b"),
        fixed("extrahepatic_disease", "none"),
        state=True,
        said=True,
        done=False,
    ),
    Rule(
        "only_in_liver",
        (
            "confined",
            "limited",
            "restricted",
            "liver-only",
            "liver only",
            "exclusively",
            "ausschließlich",
        ),
        words(
            r"\b(?:disease|metastas[ei]s|metastatic disease) (?:is |are "
            r"|remains )?(?:confined|limited|restricted) to the liver\b"
            r"|\bliver[- ]only (?:metasta\w+|disease)|\bexclusively (?:hepatic|liver) metasta\w+"
            r"|\bausschließlich hepatische? metasta\w+"
        ),
        fixed("extrahepatic_disease", "none"),
        state=True,
        about_tumor=True,
    ),
    Rule(
        "carcinomatosis",
        ("periton",),
        words(
            r"\bperitoneal (?:carcinomatosis|disease|tumou?r|seeding|implants?|spread|involvement"
            r"|carcinosis)|\bcarcinomatosis peritonei|peritonealkarzinose\w*"
        ),
        _carcinomatosis,
        denied=none_at_all("peritoneal_carcinomatosis", "none"),
        state=True,
        about_tumor=True,
    ),
)
