"""Liver transplant: the Milan and the ENETS rule set, both reported, one followed."""

from __future__ import annotations

from dataclasses import replace

from nelm.case import Case
from nelm.criteria import Conflict, Criterion, Option, caution, exclude, favor, note, require
from nelm.logic import Kleene
from nelm.options import questions as ask
from nelm.options import shared
from nelm.predicates import (
    all_of,
    always,
    any_of,
    at_least,
    equals,
    is_true,
    judged,
    less_than,
    more_than,
    negated,
    one_of,
)


def removed_completely(case: Case) -> Kleene:
    """R0; a resection whose margin is not stated leaves it open."""
    status = case.value("primary_status")
    return None if status is None or status == "resected" else status == "resected_r0"


def drained_by_portal_vein(id_: str) -> Criterion:
    return require(
        id_,
        "Primary drained by the portal vein",
        ask.primary_is(*ask.PORTAL_PRIMARIES),
        because="Milan and ENETS ask for a primary that drains through the portal vein",
        cites=["cloyd2020", "lasalvia2016"],
    )


MILAN = (
    require(
        "LT-1",
        "Histology confirmed, well differentiated, G1 or G2, low Ki-67",
        all_of(
            is_true("histology_confirmed"),
            is_true("staging.well"),
            ask.LOW_GRADE,
            less_than("staging.ki67", parameter="lt_ki67_max"),
        ),
        because="Milan asks for well-differentiated tumor of low to intermediate grade, by biopsy",
        cites=["lasalvia2016", "cloyd2020"],
    ),
    drained_by_portal_vein("LT-2"),
    require(
        "LT-3",
        "Primary removed completely (R0)",
        judged(removed_completely, reads=("primary_status",)),
        because="Milan wants the primary out, with free margins, before the transplant",
        cites=["lasalvia2016", "cloyd2020"],
        conflict=Conflict(
            positions=(
                ("lasalvia2016", "R0 resection before the transplant"),
                ("lewis2012", "offered with the primary resected or resectable"),
            ),
            default="removed with R0",
        ),
    ),
    require(
        "LT-4",
        "Less than half of the liver involved",
        less_than("liver_tumor_burden_percent", parameter="lt_burden_max"),
        because="Milan limits the involvement of the liver",
        cites=["cloyd2020", "lasalvia2016"],
    ),
    require(
        "LT-5",
        "Stable or responding long enough",
        all_of(
            negated(equals("staging.tempo", "progressive")),
            at_least("staging.stable_months", parameter="lt_stable_months"),
        ),
        because="Milan asks for at least six months of stable disease or response",
        cites=["cloyd2020", "lasalvia2016"],
        conflict=Conflict(
            positions=(
                ("cloyd2020", "six months, stable or responding"),
                ("lasalvia2016", "quotes six months; whether to wait, and how long, is debated"),
            ),
            default="six months, stable or responding",
        ),
    ),
    require(
        "LT-6",
        "Young enough",
        less_than("age_years", parameter="lt_age_max"),
        because="Milan limits the age",
        cites=["cloyd2020", "lasalvia2016"],
        conflict=Conflict(
            positions=(
                ("cloyd2020", "below 55 years"),
                ("lewis2012", "age mattered with a short wait or with pancreatic resection only"),
            ),
            default="below 55 years",
        ),
    ),
    require(
        "LT-7",
        "No disease outside the liver",
        ask.EXTRAHEPATIC_NONE,
        because="Milan asks that there be no disease outside the liver",
        cites=["lasalvia2016", "lewis2012"],
    ),
)
ENETS = (
    require(
        "LTE-1",
        "Well differentiated, G1 or G2",
        all_of(is_true("staging.well"), ask.LOW_GRADE),
        because="ENETS asks for well-differentiated tumor of low to intermediate grade",
        cites=["cloyd2020"],
    ),
    drained_by_portal_vein("LTE-2"),
    require(
        "LTE-3",
        "Primary removed",
        one_of("primary_status", ask.RESECTED),
        because="ENETS wants the primary out before the transplant",
        cites=["cloyd2020"],
    ),
    require(
        "LTE-4",
        "No disease outside the liver",
        ask.EXTRAHEPATIC_NONE,
        because="ENETS asks that there be no disease outside the liver",
        cites=["cloyd2020"],
    ),
    require(
        "LTE-5",
        "Expected operative mortality low",
        less_than("expected_operative_mortality_percent", parameter="lt_enets_mortality_max"),
        because="ENETS limits the expected mortality after the operation",
        cites=["cloyd2020"],
    ),
)
SHARED_ROWS = (
    favor(
        "LTE-6",
        "Hormones not controlled otherwise",
        ask.UNCONTROLLED,
        because="ENETS sees its main use in relief of hormone symptoms that nothing else controls",
        cites=["cloyd2020", "lewis2012"],
    ),
    require(
        "LT-8",
        "Liver metastases unresectable",
        equals("staging.resectability", "unresectable"),
        because="where resection is possible, survival is similar without taking an organ",
        cites=["cloyd2020"],
    ),
    caution(
        "LT-8c",
        "Debulking is open",
        ask.open_verdict("debulking"),
        because="removing most of the burden is an alternative to weigh",
        cites=["lewis2012"],
    ),
    exclude(
        "LT-9",
        "Above 55 with pancreatic resection at the same time",
        all_of(more_than("age_years", 55), equals("lt_simultaneous_resection", "pancreatic")),
        because="nobody of that group lived for five years; larger resections of the primary at "
        "the transplant worsened the outcome",
        cites=["lewis2012", "lasalvia2016"],
    ),
    caution(
        "LT-10",
        "Exenteration at the same time",
        equals("lt_simultaneous_resection", "exenteration"),
        strong=True,
        because="the strongest sign of death in a French series; none lived for three years",
        cites=["lewis2012"],
    ),
    caution(
        "LT-10b",
        "Enlarged liver, or pancreatic or duodenal primary",
        any_of(is_true("hepatomegaly"), ask.primary_is("pancreas", "duodenum")),
        because="both went with a worse outlook after transplant in a French series",
        cites=["lewis2012"],
        conflict=Conflict(
            positions=(
                ("lewis2012", "French series: pancreatic and duodenal primaries did worse"),
                ("lewis2012", "US registry: carcinoid and islet cell tumors did alike"),
            ),
            default="open, with a caution",
        ),
    ),
    caution(
        "LT-11",
        "Organs are short: not routine",
        always(),
        because="the evidence is from selected retrospective series",
        cites=["cloyd2020", "lewis2012"],
    ),
    require(
        "LT-12",
        "Fit for transplant",
        ask.fit_for_surgery("lt_ecog_max"),
        because="the patient must stand the operation and what follows",
        cites=["lewis2012", "operational"],
    ),
    exclude(
        "LT-13",
        "Right heart failure",
        is_true("right_heart_failure"),
        because="a failing right heart does not stand the operation; valve disease first",
        cites=["operational"],
    ),
    note(
        "LT-14",
        "Waiting, and E-cadherin",
        always(),
        because="waiting more than 2 months went with longer survival; the good result below "
        "Ki-67 5 % was in tumors whose E-cadherin was normal too",
        cites=["lewis2012"],
    ),
    shared.receptor_imaging_not_by_pet(),
)


def _reported_only(criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
    return tuple(replace(one, decides=False) for one in criteria)


LIVER_TRANSPLANT = Option(
    "liver_transplant", "Liver transplant", (*MILAN, *_reported_only(ENETS), *SHARED_ROWS)
)
LIVER_TRANSPLANT_ENETS = Option(
    "liver_transplant", "Liver transplant", (*_reported_only(MILAN), *ENETS, *SHARED_ROWS)
)
