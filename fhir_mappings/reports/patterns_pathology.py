"""Patterns for the tissue: Ki-67, mitoses, grade, differentiation, histology.

Source of the forms: pathology wording of WHO 2019; mapping.md "Words".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fhir_mappings.reports.quantities import NUMBER, PERCENT, amount, amount_in
from fhir_mappings.reports.rules import (
    Given,
    Place,
    Rule,
    amount_of,
    fixed,
    of_tumor,
    several,
)
from fhir_mappings.reports.vocabulary import CARCINOMA, NET

_KI67 = r"(?:ki[ -]?67|mib[ -]?1|proliferation(?:s)?[ -]?(?:index|rate|fraction))"


_FILLER = r"[^;%\d<>≤≥~]"


def _percent_of_tissue(match: re.Match[str], place: Place) -> Iterator[Given]:
    value = amount_in(match)
    if value is not None:
        name = "metastasis" if place.tissue == "metastasis" else "primary"
        yield Given(f"ki67_{name}_percent", value)


def _second_percent(match: re.Match[str], place: Place) -> Iterator[Given]:
    """The other one of "6 % in the primary, 9 % in the liver metastasis"; only with its organ."""
    value = amount_in(match)
    start = match.start("low")
    before, after = match.string[max(0, start - 35) : start], match.string[start : match.end() + 40]
    primary = re.search(r"primary|primär", after)
    metastasis = re.search(r"metasta|liver|hepatic", after) or (
        not primary and re.search(r"metasta|liver|hepatic", before)
    )
    if value is not None and bool(metastasis) != bool(primary):
        yield Given(f"ki67_{'metastasis' if metastasis else 'primary'}_percent", value)


_OF_TWO_TIMES = re.compile(
    r"\b(?:now|currently|re-?biops\w+|increas\w+|rose|risen|new biopsy|hot[ -]?spots?"
    r"|focal(?:ly)?|fokal)\b|(?:19"
    r"|20)\d\d.*(?:19"
    r"|20)\d\d"
)


_OTHER_CELLS = re.compile(
    r"lymphocyt|germinal|inflammat|crypt|follic|background|stroma|control|islet|hepatocyt|normal"
)


def _is_plain(match: re.Match[str], place: Place) -> bool:
    """Of the tumor cells, and neither corrected away, nor a limit, nor the older of two values."""
    around = match.string[max(0, match.start() - 25) : match.end() + 45]
    if len(set(re.findall(r"\bg[123]\b", match.string))) > 1:
        return False  # a definition of the grades
    if re.match(r" or (?:less|more|lower|higher|below|above)\b", match.string[match.end() :]):
        return False  # a limit
    if len(re.findall(r"\d ?%", match.string)) > 1 and _OF_TWO_TIMES.search(match.string):
        return False
    return (
        not _OTHER_CELLS.search(around)
        and not re.search(
            r"\b(?:not|n't|exceed|previous\w*|prior|from|versus|vs|cut-?off|threshold|limit"
            r"|cannot|failed|artefact|artifact|crush\w*"
            r"|initial\w*)\b",
            match[0],
        )
        and not re.search(
            r"\b(?:given|stated|reported|written|quoted) (?:there )?(?:as|with)\b|\berroneous\w*"
            r"|incorrect\w*|mistake",
            match[0],
        )
    )


_GRADES = {
    "g1": "G1", "1": "G1", "i": "G1", "low": "G1", "g2": "G2", "2": "G2", "ii": "G2",
    "intermediate": "G2", "g3": "G3", "3": "G3", "iii": "G3", "high": "G3",
}  # fmt: skip


def _is_no_definition(match: re.Match[str], place: Place) -> bool:
    if len(re.findall(r"2 ?mm", match.string)) > 1:
        return False  # two values
    return len(set(re.findall(r"\bg[123]\b", match.string))) < 2


def _grade(match: re.Match[str], place: Place) -> Iterator[Given]:
    if not re.match(r"\s?(?:/|-|to|or|bis|oder)\s?(?:g|grade )?[123]", match.string[match.end() :]):
        yield Given("reported_grade", _GRADES[match["grade"]])


def _is_no_other_grade(match: re.Match[str], place: Place) -> bool:
    """A grade of toxicity, fat, fibrosis, regression, uptake or bleeding is another one."""
    around = match.string[max(0, match.start() - 40) : match.end() + 40]
    return not _OTHER_GRADE.search(around)


_OTHER_GRADE = re.compile(
    r"toxic|leu[ck]open|lymphopen|nephro|rash|stomatit|hand-foot|hyperglyc|pneumonit|hypertens"
    r"|proteinur|"
    r"steatos|fibros|regress|krenning|diarrh|ctcae|encephal|hepatitis|dysplas|varic|prostat"
    r"|gleason|anemia|neutrop|thrombocyt|reflux|ascites|neuropath|mucositis|fatigue|uptake|nausea"
    r"|heart failure|activity|spondyl|retrolisth|lesion grade|splen|injur|avm|prolaps"
    r"|hemorrhoid|dissection|tear|stenosis|regurgitation|cholang|inflammation"
    r"|tumou?r regression|hydroneph|esophag|obstruct"
)

RULES: tuple[Rule, ...] = (
    of_tumor(
        "ki67",
        ("ki", "mib", "prolifer"),
        rf"{_KI67}{_FILLER}{{0,60}}?{amount()}{PERCENT}",
        _percent_of_tissue,
        _is_plain,
        near=True,
    ),
    of_tumor(
        "ki67_after",
        ("ki", "mib", "prolifer"),
        rf"{amount()}{PERCENT} (?:positive )?(?:by |for |of |in )?\(?{_KI67}",
        _percent_of_tissue,
        near=True,
    ),
    of_tumor(
        "ki67_rise",
        ("ki", "mib"),
        rf"{_KI67}[^;%\d]{{0,60}}?\bfrom {NUMBER}{PERCENT}?[^;\d]{{0,25}}? to "
        rf"{amount()}{PERCENT}",
        _percent_of_tissue,
        near=True,
    ),
    of_tumor(
        "ki67_second",
        ("ki", "mib"),
        rf"{_KI67}[^;]{{0,70}}?%[^;\d]{{0,45}}?(?:and|,"
        rf"|und) [^;\d%<>≤≥~]{{0,30}}?{amount()}{PERCENT}",
        _second_percent,
        near=True,
    ),
    of_tumor(
        "ki67_corrected",
        ("correct",),
        rf"{_KI67}[^.]{{0,120}}?\bcorrect(?:ed)? (?:value|figure"
        rf"|percentage)[^;\d]{{0,12}}?{amount()}{PERCENT}",
        _percent_of_tissue,
        near=True,
    ),
    of_tumor(
        "mitoses",
        ("mito",),
        r"mito(?:s[ei]s|tic|sen)[^;\d<>≤≥]{0,40}?"
        rf"{amount()}\s?(?:mitoses |mitosen |mitotic figures )?(?:/|per|in|pro)\s?"
        r"(?:10 (?:hpf|high[ -]power fields)[ ,=(]{1,3})?2(?:[.,]0)? ?(?:sq(?:uare|\.)? ?)?(?:mm"
        r"|millimet(?:er|re)s?)(?:2|²"
        r"|\^2| squared)?",
        amount_of("mitoses_per_2mm2"),
        _is_no_definition,
        near=True,
    ),
    of_tumor(
        "mitoses_before",
        ("mito",),
        rf"{amount()}\s?(?:mitos[ei]s|mitotic figures?|mitosen)\s?(?:/|per|in|pro)\s?"
        r"(?:10 (?:hpf|high[ -]power fields)[ ,=(]{1,3})?2 ?mm(?:2|²|\^2| squared)?",
        amount_of("mitoses_per_2mm2"),
        _is_no_definition,
        near=True,
    ),
    of_tumor(
        "grade_of_net",
        ("net", "neuroendo", "carcinoid", "nen", "karzinoid"),
        rf"{NET}[^;%]{{0,50}}?\b(?P<grade>g[123])\b",
        _grade,
        _is_no_other_grade,
    ),
    of_tumor(
        "grade_before_net",
        ("net", "neuroendo", "carcinoid", "nen", "karzinoid"),
        rf"\b(?P<grade>g[123])[ ,-]{{1,3}}(?:[\w/]+[ -]){{0,5}}?{NET}",
        _grade,
        _is_no_other_grade,
    ),
    of_tumor(
        "grade_word",
        ("grade", "grading", "grad "),
        r"(?:\bwho[ -]|\bhistologic(?:al)? |\btumou?r |\bnet |\benets |^(?=grad\w* ?[:,(]"
        r"|grad\w* \S+(?: ?[.,;)(]|$)))"
        r"(?:\(?\d{4}\)? )?(?:classification )?(?:grade|grading|grad)[ :,is]{1,5}"
        r"\(?(?P<grade>g?[123]|i{1,3})\b",
        _grade,
        _is_no_other_grade,
    ),
    of_tumor(
        "grade_beside_net",
        ("grade",),
        rf"(?:{NET}[^;%]{{0,50}}?\bgrade (?P<grade>[123]|i{{1,3}})\b)",
        _grade,
        _is_no_other_grade,
    ),
    of_tumor(
        "grade_then_net",
        ("grade",),
        rf"\bgrade (?P<grade>[123]|i{{1,3}})[ ,]{{1,2}}(?:\w+[ -]){{0,5}}?{NET}",
        _grade,
        _is_no_other_grade,
    ),
    of_tumor(
        "grade_in_words",
        ("grade",),
        rf"\b(?P<grade>low|intermediate|high)[ -]grade[ ,]{{1,2}}(?:\w+[ -]){{0,4}}?{NET}",
        _grade,
    ),
    of_tumor(
        "grade_after_net_in_words",
        ("grade",),
        rf"{NET},? \(?(?P<grade>low|intermediate|high)[ -]grade\b",
        _grade,
    ),
    of_tumor(
        "grade_beside_ki67",
        ("ki", "mib"),
        rf"\b(?P<grade>g[123])\b[^;.\d]{{0,12}}?{_KI67}",
        _grade,
        _is_no_other_grade,
    ),
    of_tumor(
        "grade_after_ki67",
        ("ki", "mib"),
        rf"{_KI67}[^;]{{0,50}}?%\)?[,;] (?:[^;]{{0,50}}[;,] )?\(?(?P<grade>g[123])\b",
        _grade,
        _is_no_other_grade,
    ),
    of_tumor(
        "tumor_is_grade",
        ("tumo", "neoplasm"),
        r"\b(?:tumou?r|neoplasm) is (?:therefore |thus |now "
        r"|classified as )*(?P<grade>g[123])\b",
        _grade,
    ),
    of_tumor(
        "carcinoma",
        ("neuroendo",),
        CARCINOMA,
        several(("reported_grade", "NEC"), ("has_neuroendocrine_tumor", True)),
    ),
    Rule(
        "nec",
        ("nec",),
        re.compile(r"(?:^|[ (])NEC(?:$|[ ).,;])"),
        several(("reported_grade", "NEC"), ("has_neuroendocrine_tumor", True)),
        cased=True,
        about_tumor=True,
        done=False,
    ),
    of_tumor(
        "well_differentiated",
        ("differen",),
        rf"\b(?:well|gut)[ -]differen(?:tiated|zierte[rsn]?)[ ,]{{1,2}}(?:\([^()]{{1,20}}\) )?"
        rf"(?:[\w/-]+,? ){{0,6}}?(?:{NET}|{CARCINOMA})",
        fixed("differentiation", "well"),
    ),
    of_tumor(
        "net_well_differentiated",
        ("differen",),
        rf"{NET}[^;]{{0,30}}?\b(?:well|gut)[ -]differen(?:tiated|ziert)"
        r"|^(?:(?:tumou?r )?differentiation|morphology): well"
        r"|^(?:the )?tumou?r is well[ -]differentiated"
        r"|\bwell[ -]differentiated endocrine tumou?r|^well[ -]differentiated (?:architecture"
        r"|tumou?r|morphology)|^well[ -]differentiated\.?$"
        rf"|\bg[123], well[ -]differentiated\b|\bwell[ -]differentiated,? "
        rf"(?:neuro)?endocrine carcinoma",
        fixed("differentiation", "well"),
    ),
    of_tumor(
        "poorly_differentiated",
        ("differen",),
        rf"\b(?:poorly|schlecht|gering|niedrig)[ -]differen(?:tiated|zierte[rsn]?)[ ,]{{1,2}}"
        rf"(?:[\w/-]+,? ){{0,5}}?(?:{NET}|{CARCINOMA}|nec\b)"
        rf"|{CARCINOMA}[^;]{{0,20}}?\b(?:poorly|schlecht)[ -]differen"
        r"|^differentiation: poor",
        fixed("differentiation", "poor"),
    ),
    of_tumor(
        "histology",
        ("biops", "histolog"),
        r"\b(?:biopsy|histologically|histology|cytologically)[ -](?:proven|confirmed"
        r"|verified)\b"
        r"|histolog\w+ (?:confirms|confirmed|proves|proved)|confirmed (?:by|on"
        r"|at) (?:biopsy|histology)"
        r"|histologisch (?:gesichert|bestätigt)",
        fixed("histology_confirmed", True),
    ),
)
