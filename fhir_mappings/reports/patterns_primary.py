"""Patterns for the tumor and its primary: that there is one, its site, whether it was removed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fhir_mappings.reports.rules import (
    Given,
    Place,
    Rule,
    before_lacks,
    fixed,
    of_tumor,
    phrase_lacks,
    sentence_has,
    sentence_lacks,
    words,
)
from fhir_mappings.reports.vocabulary import CARCINOMA, NET, SITES, WHIPPLE

_SITE2 = "|".join(f"(?P<{name}_2>{pattern})" for name, pattern in SITES)
_SITE = "|".join(f"(?P<{name}>{pattern})" for name, pattern in SITES)


_QUALITY = (
    r"(?:(?:well|poorly|moderately|non)[ -]?(?:differentiated|functioning|functional)"
    r"|metastatic|metastasi[sz]ed|functioning|functional|primary|known|g[123]|grade [123]|low-grade"
    r"|typical|atypical|low grade|multiple|recurrent|incidental|nonfunctional|g1-2"
    r"|large[ -]cell|nonfunctioning|stage iv|advanced|sporadic|resected|multifocal|small|large"
    r"|who|,)"
)


def _site(match: re.Match[str], place: Place) -> Iterator[Given]:
    found = match.groupdict()
    for name, _ in SITES:
        if found[name] or found.get(f"{name}_2"):
            yield Given("primary_site", name)
            return


def _net_is_capital(match: re.Match[str], place: Place) -> bool:
    """ "net" and "Net" are the word, not the tumor."""
    return not re.search(r"\b[Nn]et\b", place.sentence.shown[match.start() : match.end()])


def _is_no_spread(match: re.Match[str], place: Place) -> bool:
    """ "metastatic to the lung": where it spread to is not where it comes from."""
    around = match.string[match.start() : match.end()]
    before = match.string[max(0, match.start() - 25) : match.start()]
    return not re.search(r"metasta\w+ (?:to|in|of)", around) and not re.search(
        r"(?:second|another|other|synchronous|concurrent) \w{0,12}\s?$", before
    )


_PRIMARY_IN = (
    rf"\bprimary (?:tumou?r |lesion |net |site |mass |neuroendocrine tumou?r )?(?:is |was "
    rf"|located |situated "
    rf"|arising |known |: |:)*(?:in|of|within|at|from)? ?\(?(?:the )?(?:\w+ ){{0,2}}?(?:{_SITE})\b"
    rf"|\bprimary\b(?![^;.]{{0,30}}(?:metasta|no |not |search|unknown))[^;.]{{0,25}}? (?:in|of"
    rf"|within|from) (?:the )?(?:\w+ ){{0,2}}?(?:{_SITE2})\b"
)


_ORIGIN = (
    rf"\b(?:of|with|from a|from an|from the|from) (?:(?:known|a|an|the|primary) )*(?:{_SITE}) "
    rf"(?:origin|primary|primarius)\b"
)


_OPERATION = (
    rf"(?:{WHIPPLE}|distal pancreatectomy|(?:left |total |central )?pancreatectomy"
    rf"|ileal resection|ileocecal resection|ileocaecal resection"
    r"|small[ -]bowel resection|right hemicolectomy|hemicolectomy|gastrectomy"
    r"|append(?:ic)?ectomy|antrectomy|enucleation|(?:endoscopic )?polypectomy"
    r"|endoscopic mucosal resection|pancreatic (?:tail|left|head) resection"
    r"|left pancreatic resection|bowel resection|hemicolectomy right"
    r"|small[ -]bowel segment(?:al)? resection|resection of (?:the )?(?:terminal )?(?:ileum"
    r"|jejunum|small bowel|duodenum|pancreatic \w+)|lobectomy(?! of the liver)"
    r"|(?:resection|removal|excision) of (?:the |a |his |her )?(?:primary"
    r"|(?:\w+ ){0,2}?primary (?:tumou?r)?|(?:ileal|pancreatic|jejunal|small[ -]bowel|duodenal"
    r"|rectal|gastric|primary) (?:net|tumou?r|neuroendocrine tumou?r|primary))"
    r"|ileo-?c(?:a)?e?c(?:al )?(?:ectomy|olectomy)|primary (?:tumou?r )?resection"
    r"|segmental (?:small[ -]bowel |ileal )?resection"
    r"|pankreas(?:links|schwanz|kopf)resektion|ileum(?:teil|segment)?resektion|hemikolektomie"
    r"|rechtshemikolektomie|ileozökalresektion|dünndarm(?:teil|segment)?resektion|gastrektomie"
    r"|(?:pankreato)?duodenopankreatektomie|appendektomie|rektumresektion|magenteilresektion)"
)


_MARGINS = {"r0": "resected_r0", "r1": "resected_r1", "r2": "resected_r2"}


def _margin(match: re.Match[str], place: Place) -> Iterator[Given]:
    yield Given("primary_status", _MARGINS[match["margin"]])


def _is_primary(match: re.Match[str], place: Place) -> bool:
    return not re.search(r"\b(?:liver|hepat|atypical resection|metasta|segmentectomy)", match[0])


def _net_resected(match: re.Match[str], place: Place) -> Iterator[Given]:
    margin = match["margin"] or match["margin2"] or match["margin3"]
    yield Given("primary_status", _MARGINS[margin] if margin else "resected")


def _is_on_primary(match: re.Match[str], place: Place) -> bool:
    return place.tissue == "primary"


def _is_specimen_of_primary(match: re.Match[str], place: Place) -> bool:
    return place.tissue == "primary" and not re.search(
        r"liver|hepat|metasta|r1|\bpositive|(?<!un)involved", match.string
    )


RULES: tuple[Rule, ...] = (
    of_tumor(
        "net",
        ("net", "neuroendo", "carcinoid", "nen", "karzinoid"),
        rf"(?:{NET})(?! syndrome| heart|syndrom| crisis| symptoms?| flush\w*| features"
        rf"|-like| like| (?:tumou?r )?(?:board|conference"
        rf"|clinic|protocol|staging|center|centre|marker|panel|imaging|phase|pet|work-?up"
        rf"|screen|leaflet|guideline|trial|course|consult|expert|team|nurse|register"
        rf"|registry|mdt|meeting"
        rf"|specialist|outpatient|sprechstunde|konferenz|ambulanz|program|service|surveillance"
        rf"|risk))",
        fixed("has_neuroendocrine_tumor", True),
        _net_is_capital,
        before_lacks(r"goblet[ -]cell $", 12),
    ),
    of_tumor(
        "site_before_net",
        ("net", "neuroendo", "carcinoid", "nen", "gastrinoma", "insulinoma"),
        rf"\b(?:{_SITE})[ ,-]{{1,2}}(?:{_QUALITY} ?){{0,4}}?(?:{NET}|{CARCINOMA}"
        rf"|gastrinomas?\b|insulinomas?\b)",
        _site,
        _is_no_spread,
        _net_is_capital,
    ),
    of_tumor(
        "site_after_net",
        ("net", "neuroendo", "carcinoid", "nen", "karzinoid"),
        rf"(?:{NET}|{CARCINOMA})(?:(?!metasta)[^;.:]){{0,30}}?[ ,(](?:of|in"
        rf"|from|arising (?:in|from)|originating (?:in|from)|des|der|im) "
        rf"(?:the |a |his |her )?(?:(?:head|tail|body|wall|neck) of the |(?:terminal"
        rf"|distal|proximal|left|right|mid)\w* )*(?:{_SITE})\b(?! metasta)"
        rf"|(?:{NET})[,:]? \(?(?:(?:terminal|distal) )?(?:{_SITE2})\b(?! metasta| primar)",
        _site,
        _net_is_capital,
    ),
    of_tumor(
        "primary_in",
        ("primary",),
        _PRIMARY_IN,
        _site,
        _is_no_spread,
    ),
    of_tumor(
        "primary_in_german",
        ("primarius", "primärtumor"),
        rf"\b(?:primarius|primärtumor)[^;.]{{0,25}}? (?:im|in|des"
        rf"|am) (?:\w+ ){{0,2}}?(?:{_SITE})\b",
        _site,
    ),
    of_tumor(
        "site_of_specimen",
        ("net", "neuroendo", "carcinoid"),
        rf"^(?:(?:specimen|diagnosis|final diagnosis"
        rf"|[a-f])[:.)] )?(?:{_SITE})\b[^:;]{{0,60}}[:-] [^;]{{0,40}}?(?:{NET}|{CARCINOMA})",
        _site,
        phrase_lacks(r"metasta"),
        _net_is_capital,
    ),
    of_tumor(
        "pnet",
        ("pnet",),
        r"\bpnets?\b",
        fixed("primary_site", "pancreas"),
    ),
    of_tumor(
        "sinet",
        ("sinet", "si-net"),
        r"\bsi-?nets?\b",
        fixed("primary_site", "small_bowel"),
    ),
    Rule(
        "primary_field",
        (
            "primary:",
            "primary tumor:",
            "primary site:",
            "primary tumour:",
            "primarius:",
            "primärtumor:",
        ),
        words(
            rf"(?:^|[,;] )(?:primary(?: tumou?r| site)?|primarius|primärtumor): (?:in situ, |known "
            rf"|resected, )?(?:{_SITE})\b"
        ),
        _site,
        done=False,
    ),
    Rule(
        "primary_resectable",
        ("primary",),
        words(
            r"^primary(?: tumou?r)?:[^;]{0,40}, resectable\b|\bprimary (?:tumou?r )?(?:is "
            r"|appears )?resectable\b"
        ),
        fixed("primary_resectable", True),
    ),
    Rule(
        "corresponds_to_primary",
        ("primary",),
        words(
            rf"\b(?:{_SITE})\b[^;.]{{0,40}}?\b(?:corresponding to|representing|in keeping with"
            rf"|=) the (?:known )?primary\b"
        ),
        _site,
        checks=(phrase_lacks(r"metasta"),),
        done=False,
    ),
    Rule("origin", ("origin", "primar"), words(_ORIGIN), _site, about_tumor=True),
    of_tumor(
        "site_primary",
        ("primary",),
        rf"\b(?:{_SITE}) primary\b(?! care)",
        _site,
        _is_no_spread,
    ),
    Rule(
        "primary_unknown",
        ("primary", "cup", "primär", "primarius"),
        words(
            r"\b(?:unknown|occult|unidentified) primary|primary (?:site |tumou?r )?(?:is "
            r"|remains )?"
            r"(?:unknown|occult|not (?:identified|found|detected|located))"
            r"|primary (?:site |tumou?r )?(?:could not be|has not been|was not) (?:identified|found"
            r"|detected|located)|\bcup[ -]syndrome?\b"
            r"|carcinoma of unknown primary|unbekannte[rmn]? prim(?:är\w*|arius)"
        ),
        fixed("primary_site", "unknown"),
        said=True,
        done=False,
    ),
    Rule(
        "resected_with_margin",
        ("r0", "r1", "r2"),
        words(rf"\b{_OPERATION}\b[^;]{{0,60}}?\b(?P<margin>r[012])\b"),
        _margin,
        about_tumor=True,
        checks=(_is_primary,),
    ),
    Rule(
        "resected_margins_clear",
        ("margin",),
        words(
            rf"\b{_OPERATION}\b[^;]{{0,60}}?\b(?:margins? (?:were |was |are |is )?(?:all )?(?:clear"
            rf"|negative|free)|(?:with|and) (?:clear|negative|free|tumou?r-free"
            rf"|uninvolved) margins)"
        ),
        fixed("primary_status", "resected_r0"),
        about_tumor=True,
        checks=(_is_primary,),
    ),
    Rule(
        "margin_then_operation",
        ("r0", "r1", "r2"),
        words(
            rf"\b(?P<margin>r[012])[ -](?:resection \(?(?:by |via |with )?|status after "
            rf"|)(?:\(?{_OPERATION}|resection of (?:the )?primary)"
        ),
        _margin,
        about_tumor=True,
        checks=(_is_primary,),
    ),
    Rule(
        "resected",
        ("ectomy", "resect", "whipple", "pppd", "resektion", "removal", "excision", "hemikolekt"),
        words(rf"\b{_OPERATION}\b(?![^;]{{0,60}}\br[012]\b)"),
        fixed("primary_status", "resected"),
        about_tumor=True,
        checks=(
            _is_primary,
            sentence_has(
                r"\b(?:after|s/p|status post|status-post|history of|underwent|undergone|previous"
                r"|prior|st\. ?p|z\. ?n|zustand nach|(?:19|20)\d\d|post|had)"
            ),
            sentence_lacks(r"transplant|simultaneous"),
        ),
    ),
    Rule(
        "net_resected",
        ("resect", "operated", "removed", "excised", "reseziert", "operiert", "entfernt"),
        words(
            r"\bresected (?:\w+ ){0,2}(?:net|neuroendocrine tumou?r|carcinoid)\b"
            r"|\b(?:net|neuroendocrine tumou?r),? (?:status post|s/p"
            r"|after) (?:r[012][ -])?resection\b"
            r"|\b(?:primärtumor|primarius) (?:wurde )?(?:(?P<margin3>r[012])[ -])?"
            r"(?:reseziert|operiert|entfernt)(?: \(?(?P<margin2>r[012])\b)?"
            r"|\b(?:net|neuroendocrine tumou?r|carcinoid|primary(?: tumou?r)?)(?: (?:of"
            r"|in) the \w+(?: \w+)?)?(?: \([^()]{1,30}\))?,? (?:was |has been "
            r"|had been )?(?:surgically "
            r"|completely )?(?:resected|operated|removed"
            r"|excised)(?:,? (?:in )?(?:19|20)\d\d)?(?:,? (?:with )?\(?(?P<margin>r[012])\b)?"
        ),
        _net_resected,
        about_tumor=True,
    ),
    Rule(
        "primary_in_situ_field",
        ("primary:", "primary tumor:", "primary tumour:"),
        words(r"^primary(?: tumou?r)?: (?:in situ|in place|not resected)\b"),
        fixed("primary_status", "in_situ"),
        said=True,
        done=False,
    ),
    Rule(
        "margin_of_specimen",
        ("margin", "r0", "r1"),
        words(
            r"\bmargins?:? (?:are |is |all )?(?:negative|free|clear|uninvolved"
            r"|tumou?r-free)(?:,? \(?r0\)?)?|^\(?r0\b|resection margins?[ :]{1,2}r0"
            r"|\br0 resection\b|\bresected,? r0\b"
        ),
        fixed("primary_status", "resected_r0"),
        about_tumor=True,
        checks=(_is_specimen_of_primary,),
    ),
    Rule(
        "margin_involved",
        ("margin", "r1"),
        words(
            r"\bmargins? (?:is |are )?(?:focally )?(?:involved|positive)(?: \(r1\))?|^\(?r1\b"
            r"|\br1 resection\b|\(r1\)"
        ),
        fixed("primary_status", "resected_r1"),
        about_tumor=True,
        checks=(
            _is_on_primary,
            sentence_lacks(r"liver|hepat|metasta"),
        ),
    ),
    Rule(
        "in_situ",
        ("in situ", "in place", "unresected", "not ", "belassen"),
        words(
            r"\bprimary[^;.]{0,40}?\b(?:in situ\b|left in place|(?:has |was "
            r"|is )?not (?:been )?(?:resected|removed|operated))|\bprimary (?:tumou?r )?(?:is "
            r"|remains |still "
            r"|left |was )*(?:in situ|in place|unresected"
            r"|not (?:been )?resected)|\b(?:unresected|in situ) primary"
            r"|(?:primärtumor|primarius)[^;.]{0,40}? (?:in situ|belassen)"
        ),
        fixed("primary_status", "in_situ"),
        said=True,
        done=False,
    ),
)
