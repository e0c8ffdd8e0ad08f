"""A report's text as sentences, each with the chapter and the organ it stands under.

Lines that wrap are joined; abbreviations and decimals end no sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_SENTENCE = 800

# One sign for one: positions stay as they are.
_BREAKS = str.maketrans({"\r": "\n", "\f": "\n", "\t": " ", "\u00a0": " "})
_SIGNS = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ", "\u2010": "-", "\u2011": "-"}
    | {"\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-", "×": "x", "µ": "u", "μ": "u"}
    | {"*": " ", "‹": "<", "›": ">", "’": "'", "“": '"', "”": '"'}
)
_CHAPTERS = {
    "question": (
        "indication|indications|clinical indication|reason for exam|reason for examination"
        "|reason for study|reason for referral|clinical question|question|request"
        "|fragestellung|klinische fragestellung|indikation|rechtfertigende indikation"
    ),
    "history": (
        "history|clinical history|clinical information|clinical data|clinical details|clinical"
        "|clinical background|past medical history|oncologic history|oncological history|diagnoses"
        "|previous therapy|previous therapies|previous treatment|prior treatment|prior therapy"
        "|treatment history|treatment to date|therapy to date|background"
        "|anamnese|klinische angaben|klinik|vorgeschichte|diagnosen|bisherige therapie"
        "|vortherapien|vortherapie"
    ),
    "family": "family history|fh|family|familienanamnese",
    "prior": (
        "comparison|comparison study|comparisons|prior|prior studies|prior study|prior imaging"
        "|prior report|previous imaging|previous study|previous report|previous findings"
        "|vergleich|voruntersuchung|voruntersuchungen|vorbefund|vorbefunde|voraufnahmen"
    ),
    "plan": (
        "recommendation|recommendations|plan|suggestion|proposal|treatment plan|planned"
        "|plan of care|next steps|procedere|prozedere|empfehlung|empfehlungen"
        "|therapieempfehlung|geplant"
    ),
    "technique": (
        "technique|examination|exam|procedure|method|study|tracer|radiopharmaceutical|protocol"
        "|technik|untersuchung|methode|methodik"
    ),
    "impression": (
        "impression|conclusion|conclusions|summary|opinion|interpretation|assessment|diagnosis"
        "|final diagnosis|pathologic diagnosis|pathological diagnosis|beurteilung"
        "|zusammenfassung|diagnose"
    ),
    "findings": (
        "findings|finding|result|results|report|description|microscopy|microscopic description"
        "|microscopic findings|macroscopy|gross description|immunohistochemistry|ihc|comment"
        "|note|synoptic report|befund|befunde|mikroskopie|makroskopie|immunhistochemie|kommentar"
    ),
}
_CHAPTER_OF = {name: chapter for chapter, names in _CHAPTERS.items() for name in names.split("|")}
_HEADING = re.compile(r"([A-Za-zÄÖÜäöüß][\wäöüß ()/&,-]{1,40}?)(?: ?:|$)")
_NO_NAME = re.compile(
    r"\([^()]*\)|\d[\d./-]*|\b(?:of|from|dated|vom|on|the)\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug"
    r"|sep|oct|nov|dec)(?:[a-z]{2,6})?\b"
)
_OF_BEFORE = re.compile(r"(?:prior|previous|old|earlier|former|outside|last|copy|vor)\b")
_TREATED = re.compile(r"therap|treat|operat|surg|histor|chemo|intervent|medic")
_OF_ANYBODY = re.compile(
    r"\b(?:criteria|eligibility|legend|scale|definitions?|template|protocol|guidelines?|checklist"
    r"|example|risks|complications|information for|patient information|consent|aufklärung"
    r"|kriterien|legende|einschlusskriterien|ausschlusskriterien)\b"
)
_ADDENDUM = re.compile(
    r"(?:addendum|amendment|amended|correction|corrected|erratum|nachtrag|korrektur|berichtigung)"
    r"[^:.;]{0,40}(?::|$)",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"(?<=[.!?])\s+(?=[\"(]?[A-ZÄÖÜ0-9<>~])|(?<=[a-zäöüß%\d)][a-zäöüß%\d)][.!?])\s+(?=[a-z])|\n"
    r"|\s/\s(?=[A-Z][\w -]{1,20}:)|\s[-–]\s(?=[A-Z][\w -]{1,20}:)"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:dr|prof|approx|ca|e\.g|i\.e|vs|no|nr|st|resp|incl|fig|max|min|z|b|n|bzw|ggf|seg|segm"
    r"|dd|mr|mrs|ms|pat|v\.a|inkl|z\. ?b|z\. ?n|v\. ?a|v\. ?d|u\. ?a|d\. ?h|i\. ?v|s\. ?c"
    r"|st\. ?p|s\. ?p|est|hist|diam|art|div|ed|abd)|(?-i:\b[A-Z]))"
    r"\.$",
    re.IGNORECASE,
)
_NEW_LINE = re.compile(
    r"\s*(?:[-•+*·▪◦‣○]\s|\(?\d{1,2}[.)]\s|[A-Z][.)]\s|\(?[a-h]\)\s|[A-ZÄÖÜ][^:\n]{1,40}:|\n|$)"
)
_ORGAN_HEADS = {
    "liver": "liver|leber|hepatobiliary|liver and biliary system|hepatic|liver/biliary",
    "other": (
        "lung|lungs|chest|thorax|bone|bones|skeleton|musculoskeletal|lymph nodes|nodes|pancreas"
        "|spleen|kidneys|adrenals|adrenal glands|bowel|gi tract|gastrointestinal tract|peritoneum"
        "|mesentery|pelvis|vessels|vasculature|brain|head and neck|heart|abdomen|lunge|knochen"
        "|lymphknoten|milz|nieren|nebennieren|darm|skelett|becken|gefäße"
    ),
}
_ORGAN_OF = {name: organ for organ, names in _ORGAN_HEADS.items() for name in names.split("|")}


# Where one statement of a sentence ends and another begins.
_BOUNDARY = re.compile(
    r";|(?<!\d):(?!\d)| - |\bbut\b|\bhowever\b|\balthough\b|\bwhile\b|\bwhereas\b|\bapart from\b"
    r"|\bexcept\b|\bother than\b|, (?=(?:and|with|the|there|portal|this|now|largest|measuring)\b)"
    r"|\baber\b|\bjedoch\b|, (?=(?:die|der|das|mit|sowie|nun|jetzt|aktuell)\b)"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """`low`: as it is matched, in lower case; `shown`: as it was written.

    `chapter` is a key of the chapters above, "addendum", "general" (of anybody), or "" before the
    first heading.
    `organ`: liver, other, or "" where no heading names one.
    `cuts`: where one statement ends and the next begins, as spans.
    `too_long`: longer than a sentence can be; its words are left out.
    """

    low: str
    shown: str
    chapter: str = ""
    organ: str = ""
    cuts: tuple[tuple[int, int], ...] = ()
    too_long: bool = False


def sentences_of(text: str, chapter: str = "") -> Iterator[Sentence]:
    """In order; one longer than a sentence can be is marked, without its words."""
    organ = ""
    for shown in _pieces(text.translate(_BREAKS)):
        piece = shown.translate(_SIGNS).strip()
        head = _heading(piece)
        if head is not None:
            chapter, organ = head or chapter, ""
        else:
            organ = _organ_heading(piece, organ)
        if len(piece) > LONGEST_SENTENCE:
            yield Sentence("", "", chapter, organ, too_long=True)
            continue
        low = _lower(shown.translate(_SIGNS))
        cuts = tuple(one.span() for one in _BOUNDARY.finditer(low))
        yield Sentence(low, shown, chapter, organ, cuts)


def _lower(text: str) -> str:
    """In lower case, sign for sign: the few letters that become two stay as they are."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(one.lower() if len(one.lower()) == 1 else one for one in text)


def _heading(piece: str) -> str | None:
    """The chapter that a sentence opens; None where it opens none."""
    if _ADDENDUM.match(piece):
        return "addendum"
    match = _HEADING.match(piece)
    if match is None:
        return None
    if match.end() == len(piece) and ":" not in piece and not piece.isupper() and " " in piece:
        return None
    return _chapter_called(match[1].lower())


def _chapter_called(name: str) -> str | None:
    """By the heading's words, without a date or what stands in brackets."""
    words = " ".join(_NO_NAME.sub(" ", name).split())
    found = _CHAPTER_OF.get(words)
    if found is None and _OF_BEFORE.match(words):
        return "history" if _TREATED.search(words) else "prior"
    if found is None and _OF_ANYBODY.search(words):
        return "general"
    return found


def _organ_heading(piece: str, organ: str) -> str:
    match = _HEADING.match(piece)
    if match is None or not (":" in match[0] or piece.isupper()):
        return organ
    return _ORGAN_OF.get(match[1].strip().lower(), organ)


def _pieces(text: str) -> Iterator[str]:
    """Sentences and headings without the white space around them."""
    for block in _unwrapped(text):
        held = ""
        for piece in _SPLIT.split(block):
            piece = f"{held} {piece}".strip() if held else piece.strip()
            held = ""
            if len(piece) <= LONGEST_SENTENCE and _ABBREVIATION.search(piece[-12:]):
                held = piece
            elif piece:
                yield " ".join(piece.split())
        if held:
            yield " ".join(held.split())


def _unwrapped(text: str) -> Iterator[str]:
    """Paragraphs: a line goes on in the next one unless that starts anew."""
    lines = text.split("\n")
    block: list[str] = []
    for line in lines:
        if block and _starts_anew(block[-1], line):
            yield " ".join(block)
            block = []
        if line.strip():
            block.append(line.strip())
    if block:
        yield " ".join(block)


def _starts_anew(before: str, line: str) -> bool:
    if not line.strip() or _NEW_LINE.match(line):
        return True
    if before.endswith((":", ".", "!", "?")) and not _ABBREVIATION.search(before[-12:]):
        return True
    if before.lower() in _CHAPTER_OF or before.isupper():
        return True
    # A short line, or one that ends with a size, is an entry if a capital follows, not a wrap.
    is_entry = len(before) < 45 or before.endswith((")", "mm", "cm"))
    return is_entry and line.strip()[:1].isupper()
