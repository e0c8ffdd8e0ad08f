"""Where a phrase stands: which organ it is about, of which tissue, and of which tumor.

A sentence that names none goes on about what the sentences before it named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from fhir_mappings.reports import context
from fhir_mappings.reports.sentences import Sentence

_LIVER = re.compile(
    r"\b(?:liver|hemiliver|\w*hepatectom\w*|leber\w*|(?:left|right|both|caudate) lobes?"
    r"|hepatic(?! (?:flexure|hil|lymph|node|artery|vein|duct))|intrahepatic"
    r"|hepatogen\w*|segments? (?:[ivx]+|\d)[ab]?\b)"
)
_OTHER_ORGAN = re.compile(
    r"\b(?:lymph|nod(?:e|es|al)|lungs?|pulmon\w+|bones?|osseous|skelet\w+|vertebra\w*|pancrea\w*"
    r"|spleen|splenic|kidneys?|renal|adrenals?|periton\w+|mesenter\w+|oment\w+|bowel|ile(?:um|al)"
    r"|jejun\w+|duoden\w+|stomach|gastric|append\w+|colon\w*|rect(?:um|al)|ovar\w+|brain|thyroid"
    r"|prostat\w+|breast|uter\w+|pleura\w*|mediastin\w+|thym(?:us|ic)|gallbladder|(?:upper|lower"
    r"|middle) lobe|primary|lymphknoten\w*|knochen\w*|lungen?\w*|pankreas\w*|milz|niere\w*"
    r"|nebenniere\w*|peritone\w*|dünndarm\w*|ileums?)\b(?! (?:neuroendo|nets?\b|carcinoid"
    r"|primary|origin))"
)
_METASTASIS = re.compile(r"\b(?:liver|hepatic|leber\w*|metasta\w+|lymph nodes?|bone)\b")
# Which tissue a number in the same sentence is of; "with liver metastases" says nothing of it.
_OF_METASTASIS = re.compile(
    r"\b(?:(?:in|of|from|at) (?:the |a |an |one |her |his )?(?:liver|hepatic)\b|(?:liver|hepatic)"
    r" (?:biops\w+|metastasis|core|specimen|lesion|sample|punch|wedge)|metastasis"
    r"|biops\w+ of (?:the "
    r"|a )?(?:liver|hepatic)|lebermetastase|leberbiopsie|leberstanz\w*|lymph node|bone (?:biops\w+"
    r"|metastasis)|hepatectomy)\b"
)
_OF_PRIMARY = re.compile(
    r"\b(?:primary(?! (?:site|unknown))|primär\w*|(?:pancrea\w+|ile(?:um|al)|jejun\w+|duoden\w+"
    r"|gastric|rect(?:um|al)|small[ -]bowel) (?:resection|specimen|biops\w+))\b"
)
_SPECIMEN = re.compile(
    r"biops|specimen|resect|\bcore\b|excis|sampl|aspirat|\bblock|ectom|histolog|cytolog|tissue"
    r"|punch"
    r"|material|stanz|präparat|resekt|biopt|^[a-f1-9][.):] |^(?:liver|pancrea\w*|ileum|jejunum"
    r"|duodenum|stomach|appendix|rectum|lung|colon|small bowel|terminal ileum|leber"
    r"|dünndarm|pankreas)\b[^.]{0,60}[:,-]"
)
_PRIMARY = re.compile(
    r"\b(?:primary|primär\w*|pancrea\w+|pankrea\w*|ile(?:um|al)|jejun\w+|duoden\w+|stomach|gastric"
    r"|append\w+|colon\w*|c(?:a)?ec(?:um|al)|rect(?:um|al)|lung|bronch\w+|thym\w+|small[ -]bowel"
    r"|small intestin\w*|ampull\w+)\b"
)
_NET = re.compile(
    r"\b(?:[Nn]euroendo[ck]rin\w*(?! different| marker)|[Cc]arcinoid|[Kk]arzinoid|[Gg]astrinoma"
    r"|[Ii]nsulinoma|[Gg]lucagonoma|VIPoma|p?NETs?|SINET|NEN|NEC)\b"
)


class About(NamedTuple):
    """What the sentences so far are about: the organ, whose tissue, and which tumor."""

    chapter: str = ""
    organ: str = ""
    tissue: str | None = None
    tumor: str | None = None
    study: str = ""

    def opened_by(self, sentence: Sentence) -> About:
        """As this sentence begins: a new chapter starts with the organ of the study, if any."""
        organ = self.organ
        if sentence.chapter not in (self.chapter, "addendum") and self.chapter:
            organ = self.study
        tissue, tumor = specimen_of(sentence, self.tissue), tumor_of(sentence, self.tumor)
        return About(sentence.chapter, organ, tissue, tumor, self.study or _study_of(sentence))

    def closed_by(self, sentence: Sentence) -> About:
        """As it ends: the organ it named last is what the next one goes on about."""
        return self._replace(organ=last_organ(sentence, self.organ))


NOTHING = About()

_STUDY_OF_LIVER = re.compile(
    r"^[^.;]{0,30}?\b(?:ct|mri?|mrt|ceus|(?:ultra)?sono\w*|ultrasound)\b(?: scan)?[ ,:-]{1,2}"
    r"(?:of the |der )?(?:liver|leber)\b|^(?:liver|leber)[ -](?:ct|mri?|mrt|ultrasound|sono\w*)\b"
)


def _study_of(sentence: Sentence) -> str:
    """The organ that a study looked at, said in its title."""
    titled = sentence.chapter in ("", "technique") and _STUDY_OF_LIVER.search(sentence.low)
    return "liver" if titled else ""


def is_about_another_tumor(sentences: Sequence[Sentence]) -> bool:
    """Another tumor is named, and a neuroendocrine one nowhere without doubt."""
    if not any(context.names_another_tumor(one.low) for one in sentences):
        return False
    for sentence in sentences:
        for match in _NET.finditer(sentence.shown):
            span = match.span()
            if context.polarity(sentence, *span) == context.AFFIRMED:
                return False
    return True


def tumor_of(sentence: Sentence, tumor: str | None) -> str | None:
    if _NET.search(sentence.shown):
        return "net"
    return "other" if context.names_another_tumor(sentence.low) else tumor


def specimen_of(sentence: Sentence, tissue: str | None) -> str | None:
    """Of which organ the tissue is: the first one in the latest sentence about a specimen."""
    if not _SPECIMEN.search(sentence.low):
        return tissue
    metastasis, primary = _METASTASIS.search(sentence.low), _PRIMARY.search(sentence.low)
    if metastasis and (not primary or metastasis.start() < primary.start()):
        return "metastasis"
    return "primary" if primary else tissue


def last_organ(sentence: Sentence, organ: str) -> str:
    if sentence.organ:
        return sentence.organ
    found = _organ_before(sentence.low, len(sentence.low))
    return found or organ


def _organ_before(low: str, end: int) -> str:
    liver = max((one.end() for one in _LIVER.finditer(low, 0, end)), default=-1)
    other = max((one.end() for one in _OTHER_ORGAN.finditer(low, 0, end)), default=-1)
    if liver == other:
        return ""
    return "liver" if liver > other else "other"


def organ_of(sentence: Sentence, organ: str, start: int, end: int) -> str:
    """The organ that the phrase is about: named in it, after it, before it, or in the heading."""
    low = sentence.low
    inside = _organ_before(low[start:end], end - start)
    if inside:
        return inside
    _, last = context.segment(sentence, start, end)
    ahead = _first_organ(low[end : min(last, end + 40)])
    return ahead or _organ_before(low, start) or sentence.organ or organ


def _first_organ(low: str) -> str:
    liver, other = _LIVER.search(low), _OTHER_ORGAN.search(low)
    if liver and (not other or liver.start() < other.start()):
        return "liver"
    return "other" if other else ""


def tissue_of(low: str, tissue: str | None, start: int, end: int) -> str | None:
    """The nearest organ of the sentence, else that of the specimen under way."""
    nearest, found = 80, tissue
    for name, pattern in (("metastasis", _OF_METASTASIS), ("primary", _OF_PRIMARY)):
        for one in pattern.finditer(low):
            distance = max(start - one.end(), one.start() - end, 0)
            if distance < nearest:
                nearest, found = distance, name
    return found
