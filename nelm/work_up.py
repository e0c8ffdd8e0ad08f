"""Tests to suggest where a fact is missing or stale, those most options wait for first.

The rules are in `nelm.work_up_rules`; the table here gives the order of the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from nelm import work_up_rules as rules
from nelm.catalog import CATALOG, in_table_order
from nelm.staging.reads import facts_behind
from nelm.work_up_rules import (
    BLOOD_COUNT,
    CHROMOGRANIN,
    EXTENT,
    FITNESS,
    KIDNEY,
    LIVER_PANEL,
    OTHER_MARKERS,
    RECEPTOR,
    REMNANT,
    RESECTABILITY,
    SEROTONIN,
    SPREAD,
    Known,
    Rule,
)


@dataclass(frozen=True, slots=True)
class WorkUpItem:
    """One suggested order: why, which facts it brings, and its sources."""

    item: str
    because: tuple[str, ...]
    facts: tuple[str, ...]
    cites: tuple[str, ...]


CLOYD = ("cloyd2020",)
OPERATIONAL = ("operational",)


class Row(NamedTuple):
    """One item of the page: its rule, the facts it brings, its sources, what the rule reads.

    `reads` names facts and staging outputs whose value counts, `presence` facts of which only
    counts whether they are there and fresh; `of_options`: the rule looks at verdicts too.
    """

    rule: Rule
    facts: tuple[str, ...]
    cites: tuple[str, ...]
    reads: tuple[str, ...] = ()
    presence: tuple[str, ...] = ()
    of_options: bool = False


def _laboratory(names: tuple[str, ...], cites: tuple[str, ...]) -> Row:
    return Row(rules.laboratory(names), names, cites, presence=names, of_options=True)


# In the order of the page.
_ROWS: dict[str, Row] = {
    "cross_sectional_imaging": Row(
        rules.cross_sectional_imaging,
        (*SPREAD, *EXTENT, "bilobar"),
        CLOYD,
        ("staging.clear_liver", "staging.extrahepatic_class"),
        EXTENT,
    ),
    "liver_mri": Row(
        rules.liver_extent,
        (*EXTENT, "bilobar", "liver_disease_diffuse"),
        CLOYD,
        ("staging.clear_liver",),
        EXTENT,
    ),
    "dotatate_pet": Row(
        rules.dotatate_pet,
        (*RECEPTOR, "extrahepatic_sites"),
        CLOYD,
        (*RECEPTOR, "staging.sstr_status", "staging.extrahepatic_class"),
        of_options=True,
    ),
    "pathology_review": Row(
        rules.pathology_review,
        ("ki67_primary_percent", "differentiation", "mitoses_per_2mm2"),
        CLOYD,
        ("staging.grade",),
    ),
    "liver_biopsy": Row(
        rules.liver_biopsy,
        ("histology_confirmed", "ki67_metastasis_percent"),
        ("cloyd2020", "operational"),
        ("histology_confirmed", "primary_site", "staging.grade", "recist_status"),
    ),
    "tumor_markers": Row(
        rules.tumor_markers,
        (*CHROMOGRANIN, *OTHER_MARKERS, *SEROTONIN),
        ("cloyd2020", "operational"),
        presence=(*CHROMOGRANIN, *OTHER_MARKERS, *SEROTONIN, "functional_syndrome"),
    ),
    "liver_panel": _laboratory(LIVER_PANEL, CLOYD),
    "blood_count": _laboratory(BLOOD_COUNT, CLOYD),
    "renal_function": _laboratory(KIDNEY, OPERATIONAL),
    "surgical_review": Row(
        rules.surgical_review, RESECTABILITY, CLOYD, (*RESECTABILITY, "staging.resectability")
    ),
    "liver_volumetry": Row(
        rules.liver_volumetry,
        REMNANT,
        CLOYD,
        ("staging.clear_liver", "staging.remnant"),
        of_options=True,
    ),
    "resectability_re_review": Row(
        rules.resectability_re_review,
        RESECTABILITY,
        ("lasalvia2016", "lewis2012"),
        (*RESECTABILITY, "recist_status", "staging.resectability"),
    ),
    "portal_vein_patency": Row(
        rules.portal_vein_patency,
        ("portal_vein",),
        ("lewis2012",),
        ("portal_vein",),
        of_options=True,
    ),
    "maa_scan": Row(rules.maa_scan, ("lung_shunt_percent",), ("lewis2012",), of_options=True),
    "echocardiogram": Row(
        rules.right_heart,
        ("right_heart_failure",),
        ("lasalvia2016", "operational"),
        ("staging.carcinoid",),
        ("right_heart_failure",),
    ),
    "nt_probnp": Row(
        rules.nt_probnp,
        ("nt_probnp_pg_ml",),
        ("lasalvia2016", "operational"),
        ("staging.carcinoid",),
        ("nt_probnp_pg_ml", "right_heart_failure"),
    ),
    "performance_status": Row(rules.performance_status, FITNESS, OPERATIONAL, presence=FITNESS),
    "primary_search": Row(rules.primary_search, ("primary_site",), OPERATIONAL, ("primary_site",)),
}
WORK_UP_ITEMS: tuple[str, ...] = tuple(_ROWS)
WORK_UP_FACTS: dict[str, tuple[str, ...]] = {name: row.facts for name, row in _ROWS.items()}
WORK_UP_CITES: dict[str, tuple[str, ...]] = {name: row.cites for name, row in _ROWS.items()}
OF_OPTIONS: frozenset[str] = frozenset(name for name, row in _ROWS.items() if row.of_options)


@cache
def items_reading(fact: str) -> frozenset[str]:
    """The items whose rule reads the value of the fact, itself or through the staging."""
    return frozenset(
        name for name, row in _ROWS.items() if any(fact in facts_behind(read) for read in row.reads)
    )


@cache
def items_lacking(fact: str) -> frozenset[str]:
    """The items whose rule asks whether the fact is there and fresh."""
    return frozenset(name for name, row in _ROWS.items() if fact in row.presence)


def reasons_for(known: Known, items: Iterable[str] = WORK_UP_ITEMS) -> dict[str, tuple[str, ...]]:
    """Why each of these items is suggested; those with no reason are left out.

    Source: cloyd2020, lewis2012, lasalvia2016.
    """
    found = {}
    for item in items:
        reasons = _ROWS[item].rule(known)
        if reasons:
            found[item] = tuple(reasons)
    return found


_PLACES = {
    item: [(name, CATALOG[name].order) for name in in_table_order(row.facts)]
    for item, row in _ROWS.items()
}


def work_up(
    reasons: Mapping[str, tuple[str, ...]], missing: Mapping[str, int]
) -> tuple[WorkUpItem, ...]:
    """The suggested tests with their reasons; those that most options wait for stand first.

    `missing` maps each missing fact to the number of options that name it. Ties stand in the table
    order of the fact that decides, then of the page.

    Source: operational.
    """
    found = sorted([(*_place(item, missing), item) for item in reasons])
    return tuple([WorkUpItem(item, reasons[item], *_ROWS[item][1:3]) for *_, item in found])


def _place(item: str, missing: Mapping[str, int]) -> tuple[int, int, int]:
    """Most options first; ties by the table order of the fact that decides."""
    most, place = 0, _PLACES[item][0][1]
    for name, order in _PLACES[item]:
        if missing.get(name, 0) > most:
            most, place = missing[name], order
    return (-most, place, _PAGE_ORDER[item])


_PAGE_ORDER = {item: place for place, item in enumerate(_ROWS)}
