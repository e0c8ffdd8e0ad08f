"""Patterns for laboratory values in running text: name, number, unit; the unit decides.

Units and molar factors are those of coded results (units.yaml); without a unit only INR counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fhir_mappings.reports.quantities import COMPARE, NUMBER, number
from fhir_mappings.reports.rules import (
    Given,
    Gives,
    Place,
    Rule,
    after_lacks,
    words,
)
from fhir_mappings.units import UnitTable, unit_table
from nelm.catalog import CATALOG

_NUMBER = r"\d{1,3}(?:[ ,']\d{3})+(?:\.\d{1,3})?|\d{1,7}(?:[.,]\d{1,3})?"
_UNIT = (
    r"[a-zµ%][\w.*^/µ²³]{0,14}(?: ?(?:/| per ) ?(?:24 ?h(?:ours|rs)?|d(?:ay)?|l|dl|ml|ul|mm3"
    r"|1[.,]73 ?m(?:2"
    r"|²)?)| (?:h|hours|hrs|m2|m²|m\^2)\b)?|x ?10[\w^*]{1,4} ?/ ?[a-zµ]{1,3}"
    r"|10 ?[*^e] ?\d ?/ ?[a-zµ]{1,3}|/ ?(?:nl|ul|µl)"
)
# name of the fact: its words, the analyte whose molar units are known, and its cues
_LABS: tuple[tuple[str, str, str | None, tuple[str, ...]], ...] = (
    (
        "bilirubin_mg_dl",
        r"(?:total |serum )?(?:bilirubin|bili)(?: total|, total)?",
        "bilirubin",
        ("bili",),
    ),
    ("albumin_g_dl", r"(?:serum )?albumin", None, ("albumin",)),
    (
        "platelets_10e9_l",
        r"platelets?(?: count)?|plts?|thrombocytes|thrombozyten",
        None,
        ("platelet", "plt", "thromboc", "thromboz"),
    ),
    (
        "hemoglobin_g_dl",
        r"h(?:a)?emoglobin|hgb|hb",
        "hemoglobin",
        ("hemoglobin", "haemoglobin", "hgb", "hb "),
    ),
    (
        "leukocytes_10e9_l",
        r"leu[kc]ocytes?|leukozyten|wbc|white (?:blood )?cells?(?: count)?",
        None,
        ("leuko", "leuco", "wbc", "white"),
    ),
    (
        "neutrophils_10e9_l",
        r"neutrophils?(?: count)?|anc|absolute neutrophils?(?: count)?",
        None,
        ("neutrophil", "anc "),
    ),
    (
        "creatinine_mg_dl",
        r"(?:serum )?(?:creatinine|kreatinin)",
        "creatinine",
        ("creatinin", "kreatinin"),
    ),
    ("egfr_ml_min_1_73m2", r"egfr", None, ("egfr",)),
    ("chromogranin_a_ng_ml", r"chromogranin[ -]a|cga", None, ("chromogranin", "cga")),
    ("pancreastatin_pg_ml", r"pancreastatin", None, ("pancreastatin",)),
    ("urine_5hiaa_mg_24h", r"5-?hiaa|5-hies|5-hydroxyindole?acetic acid", "5hiaa", ("5-h", "5h")),
    ("serotonin", r"serotonin", "serotonin", ("serotonin",)),
    (
        "pancreatic_polypeptide",
        r"pancreatic polypeptide",
        "pancreatic_polypeptide",
        ("polypeptide",),
    ),
    ("gastrin", r"(?:serum |fasting )?gastrin", "gastrin", ("gastrin",)),
    ("glucagon", r"glucagon", "glucagon", ("glucagon",)),
    ("vip", r"vip", "vip", ("vip",)),
    ("insulin", r"insulin", "insulin", ("insulin",)),
    ("nt_probnp_pg_ml", r"nt-?pro-?bnp", "nt_probnp", ("bnp",)),
)
_BETWEEN = (
    r"(?:[ ,]{0,2}\([^()]{1,25}\))?(?: (?:level|value|was|is|at|of|now|elevated|to|normal|in the"
    r"|low|raised|rose|risen|increased|decreased|fell|has|had|been|still|only|measured|elevated at"
    r"|from \d{1,6} to|von|erhöht auf|fasting|in urine|im (?:24-h-)?(?:urin|serum)|in 24 h urine"
    r"|excretion))*[ :=]{0,3}"
)


def _spoken_number(text: str) -> float | None:
    """ "12,4" is a decimal, "1,200" a thousand, "2 840" too; None where it may be either."""
    grouped = re.fullmatch(r"(\d{1,3})((?:[ ,']\d{3})+)(\.\d+)?", text)
    if grouped:
        return float(re.sub(r"[ ,']", "", text))
    if re.fullmatch(r"\d{1,3}[.,]\d{3}", text):
        return None  # a decimal here, a thousand there
    return float(text.replace(",", "."))


def _lab(fact: str, table: UnitTable) -> Gives:
    def gives(match: re.Match[str], place: Place) -> Iterator[Given]:
        unit, value = match["unit"], _spoken_number(match["low"])
        factor = table.factor(None, _tidy(unit)) if unit else None
        if factor is None or value is None:
            return
        yield Given(fact, _ranged(match["cmp"], float(f"{value * factor:.6g}")))

    return gives


def _tidy(unit: str) -> str:
    """ "mg per 24 hours" as "mg/24hours"."""
    return re.sub(r" per (?=24|day)", "/", unit.strip(" .,;")).replace(" ", "")


def _ranged(compare: str | None, value: float) -> Any:
    number = int(value) if value == int(value) else value
    if compare is None:
        return number
    end = "max" if compare in ("<", "below", "less than", "under", "<=", "≤") else "min"
    is_open = compare not in ("<=", "≤", ">=", "≥")
    return {end: number, f"{end}_open": True} if is_open else {end: number}


def _table(fact: str, analyte: str | None) -> UnitTable:
    unit = CATALOG[fact].unit or ""
    return unit_table(unit, analyte)


def _inr(match: re.Match[str], place: Place) -> Iterator[Given]:
    value = _spoken_number(match["low"])
    if value is not None:
        yield Given("inr", _ranged(match["cmp"], value))


def _is_blood(match: re.Match[str], place: Place) -> bool:
    """Not of urine, ascites or a stain, and not given as an infusion."""
    around = match.string[max(0, match.start() - 30) : match.end() + 25]
    return not re.search(
        r"urine|ascit|fluid|pleural|stool|per creatinine|/g crea|infus|substitut|i\.v\.|stain"
        r"|immuno"
        r"|reference|normal range|upper limit|transfus|direct|conjugated|units/day|u/day",
        around,
    )


def _is_no_limit(match: re.Match[str], place: Place) -> bool:
    before = match.string[max(0, match.start() - 25) : match.start()]
    return not re.search(
        r"\b(?:if|when|until|unless|above|below|reference|limit|target|should)\b", before
    )


def _multiple(match: re.Match[str], place: Place) -> Iterator[Given]:
    yield Given("chromogranin_a_x_uln", _ranged(None, float(number(match["low"]))))


RULES: tuple[Rule, ...] = (
    *(
        Rule(
            f"lab_{fact}",
            cues,
            words(
                rf"\b(?:{name})\b{_BETWEEN}(?:(?P<cmp>{COMPARE})\s?)?(?P<low>{_NUMBER})(?!\d)\s?(?P<unit>{_UNIT})?"
                rf""
                rf""
                rf""
                rf""
                rf""
                rf""
                rf""
            ),
            _lab(fact, _table(fact, analyte)),
            near=True,
            state=True,
            done=False,
            of_disease=False,
            checks=(_is_no_limit,) if fact == "urine_5hiaa_mg_24h" else (_is_no_limit, _is_blood),
        )
        for fact, name, analyte, cues in _LABS
    ),
    Rule(
        "lab_inr",
        ("inr",),
        words(
            rf"\binr\b{_BETWEEN}(?:(?P<cmp>{COMPARE})\s?)?(?P<low>\d{{1,2}}[.,]\d{{1,2}}"
            rf"|[1-9])(?![\d.,]*\d)"
        ),
        _inr,
        near=True,
        state=True,
        done=False,
        of_disease=False,
        checks=(_is_no_limit, after_lacks(r" ?(?:-|to) ?\d")),
    ),
    Rule(
        "lab_chromogranin_multiple",
        ("chromogranin", "cga"),
        words(
            r"\b(?:chromogranin[ -]a"
            rf"|cga)\b[^;%]{{0,60}}?(?P<low>{NUMBER})[ "
            r"-]?(?:x|fold|times)(?: the)?(?: upper)? ?(?:uln|limit|upper|normal)"
        ),
        _multiple,
        near=True,
        state=True,
    ),
)
