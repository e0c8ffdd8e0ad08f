"""Hepatectomy with ablation, repeat hepatectomy, and debulking: what they add to a hepatectomy."""

from __future__ import annotations

from datetime import date

from nelm.case import Case
from nelm.criteria import Conflict, Option, caution, favor, require
from nelm.logic import Kleene
from nelm.options import hepatectomy as hep
from nelm.options import questions as ask
from nelm.options import shared
from nelm.predicates import (
    all_of,
    any_of,
    at_least,
    contains,
    is_true,
    judged,
    less_than,
    negated,
    one_of,
)

PARTLY = ("debulkable", "cytoreducible_70")

# With ablation. -----------------------------------------------------------------------------


def cleared_with_ablation(case: Case) -> Kleene:
    """Resection and ablation together clear the liver."""
    resectability = case.staging.resectability
    if resectability == "none":
        return False
    if resectability in (*hep.TO_CLEAR, *PARTLY):
        return True
    share = case.value("resectable_plus_ablatable_percent")
    if share is not None and share >= case.parameters["hwa_min_percent"]:
        return True
    return None if resectability is None else False


HWA_1 = require(
    "HWA-1",
    "Two or more lesions",
    at_least("liver_lesion_count", 2),
    because="ablation beside a resection serves multifocal disease or spares a larger resection",
    cites=["cloyd2020"],
)
HWA_2 = require(
    "HWA-2",
    "Resection and ablation together clear the liver",
    judged(
        cleared_with_ablation,
        reads=("staging.resectability", "resectable_plus_ablatable_percent"),
        compares={"resectable_plus_ablatable_percent": ["hwa_min_percent"]},
    ),
    because="what cannot be cut out must be ablated, so that nothing visible stays",
    cites=["cloyd2020", "operational"],
)
HWA_2C = caution(
    "HWA-2c",
    "Ablation must clear the rest",
    one_of("staging.resectability", PARTLY),
    because="resection alone leaves tumor behind here",
    cites=["cloyd2020"],
)
HWA_3 = caution(
    "HWA-3",
    "Small remnant beside an ablation",
    any_of(
        less_than("future_liver_remnant_percent", parameter="hwa_flr_caution_percent"),
        hep.AUGMENT,
    ),
    because="injury to the remnant by the ablation adds to the risk of liver insufficiency",
    cites=["cloyd2020", "operational"],
)
HWA_4 = favor(
    "HWA-4",
    "Both lobes, or central lesions small enough to ablate",
    any_of(
        is_true("bilobar"),
        all_of(
            less_than("largest_liver_lesion_mm", parameter="ablation_max_mm"),
            any_of(is_true("hilar_or_bile_duct_proximity"), is_true("large_vessel_proximity")),
        ),
    ),
    because="ablating small to intermediate central lesions spares liver or a larger resection",
    cites=["cloyd2020"],
)

HEPATECTOMY_WITH_ABLATION = Option(
    "hepatectomy_with_ablation",
    "Hepatectomy with ablation",
    (
        hep.HEP_1, hep.HEP_1C, HWA_1, HWA_2, HWA_2C, HWA_3, HWA_4, *hep.AFTER_CLEARANCE,
        shared.near_bile_ducts(), shared.near_large_vessels(),
    ),
    judged_in="first",
)  # fmt: skip

# Repeated. ----------------------------------------------------------------------------------


def _last_hepatectomy(case: Case) -> date | None:
    dates = [
        past.start
        for past in case.value("treatment_history") or ()
        if past.therapy == "hepatectomy" and past.start is not None
    ]
    return max(dates, default=None)


def _days_of_disease(case: Case) -> list[date | None]:
    """The days on which the liver was seen to progress or to hold lesions."""
    seen = [*case.facts.series.get("recist_status", ()), case.facts.get("recist_status")]
    days = [fact.effective for fact in seen if fact is not None and fact.value == "PD"]
    count = case.facts.get("liver_lesion_count")
    if count is not None and case.value("liver_lesion_count"):
        days.append(count.effective)
    return days


def early_recurrence(case: Case) -> Kleene:
    """The first sign of liver disease after the latest hepatectomy came within the limit."""
    operated = _last_hepatectomy(case)
    if operated is None:
        return None
    seen = _days_of_disease(case)
    days = [(day - operated).days for day in seen if day is not None and day > operated]
    return min(days) / 30.4375 <= case.parameters["early_recurrence_months"] if days else None


REHEP_1 = require(
    "REHEP-1",
    "Liver resected before",
    ask.given("hepatectomy"),
    because="repeating a liver resection for recurrence is safe and works well in chosen patients",
    cites=["cloyd2020"],
)
REHEP_2 = caution(
    "REHEP-2",
    "Early recurrence",
    judged(
        early_recurrence,
        reads=("treatment_history", "recist_status", "liver_lesion_count"),
        parameters=("early_recurrence_months",),
        compares={"liver_lesion_count": [0]},
    ),
    because="about 40 % of recurrences in the liver come in the first year; no paper sets a bar",
    cites=["operational", "cloyd2020"],
)

REPEAT_HEPATECTOMY = Option(
    "repeat_hepatectomy",
    "Repeat hepatectomy",
    (REHEP_1, *hep.HEPATECTOMY.criteria, REHEP_2),
    judged_in="first",
)

# Debulking. ---------------------------------------------------------------------------------

NINETY_OR_SEVENTY = Conflict(
    positions=(
        ("cloyd2020", "70 % of the metastases is enough for the experts it quotes"),
        ("lewis2012", "more than 90 %; removing less than that seldom helps symptoms or survival"),
        ("lasalvia2016", "describes cytoreduction as 90 % and leaves its value open"),
    ),
    default="70 %",
)


def debulkable(case: Case) -> Kleene:
    """Enough of the burden can be removed, and not all of it: then hepatectomy clears."""
    reported, resectability = case.value("reported_resectability"), case.staging.resectability
    if reported in ("r0", "unresectable") or resectability in ("r0", "none"):
        return False
    share = case.value("resectable_percent")
    if share is not None:
        enough: bool = share >= case.parameters["debulking_min_percent"]
        return enough
    if reported == "debulkable":
        return True
    return False if resectability == "unresectable" else None


def debulking_remnant_suffices(case: Case) -> Kleene:
    """As for hepatectomy; a small remnant may be augmented only where 90 % come out."""
    remnant, share = case.staging.remnant, case.value("resectable_percent")
    if remnant is None:
        return True if case.value("reported_resectability") == "debulkable" else None
    if remnant == "adequate":
        return True
    return None if share is None else share >= 90


DEB_1 = require(
    "DEB-1",
    "Enough of the liver tumor burden can be removed",
    judged(
        debulkable,
        reads=("reported_resectability", "staging.resectability", "resectable_percent"),
        compares={"resectable_percent": ["debulking_min_percent"]},
    ),
    because="survival after removing 70, 90 or 100 % was similar in later series, with the bias "
    "of selected patients",
    cites=["cloyd2020"],
    conflict=NINETY_OR_SEVENTY,
)
DEB_1C = caution(
    "DEB-1c",
    "Less than 90 % removable: expanded threshold",
    all_of(
        at_least("resectable_percent", parameter="debulking_min_percent"),
        less_than("resectable_percent", 90),
    ),
    because="the older rule asks for more than 90 %",
    cites=["cloyd2020", "lewis2012"],
    conflict=NINETY_OR_SEVENTY,
)
DEB_2 = require(
    "DEB-2",
    "G1, G2, or well-differentiated G3 with low Ki-67",
    ask.RESECTABLE_BY_GRADE,
    because="liver surgery is for well-differentiated tumors of low to intermediate grade",
    cites=["cloyd2020"],
)
DEB_2C = shared.high_grade_warns(
    "DEB-2c", "the evidence for resection in G3 is limited", ["cloyd2020"], strong=True
)
DEB_3 = favor(
    "DEB-3",
    "Symptoms, hormones, or progression on medical treatment",
    any_of(
        ask.SYMPTOMATIC,
        ask.FUNCTIONAL,
        all_of(ask.PROGRESSION, contains("progressed_on", "ssa", "prrt", *ask.ANTINEOPLASTIC)),
    ),
    because="removing tumor relieves symptoms, where medical treatment has failed too",
    cites=["cloyd2020", "lewis2012", "lasalvia2016"],
)
DEB_4 = require(
    "DEB-4",
    "Liver remnant large enough",
    judged(
        debulking_remnant_suffices,
        reads=("staging.remnant", "reported_resectability", "resectable_percent"),
        compares={"resectable_percent": [90]},
    ),
    because="a remnant may be made to grow first only where the resection then nearly clears",
    cites=["cloyd2020", "lasalvia2016"],
)
DEB_5 = caution(
    "DEB-5",
    "Liver type II or III",
    one_of("staging.liver_type", ("II", "III")),
    because="type II asks for a plan of its own; type III is for medical treatment",
    cites=["lasalvia2016"],
    conflict=Conflict(
        positions=(
            ("lasalvia2016", "type III is always for medical treatment"),
            ("cloyd2020", "debulking of numerous metastases gave longer survival above 70 %"),
        ),
        default="open, with a caution",
    ),
)
DEB_6 = shared.crisis_precautions(
    "DEB-6",
    "these patients are at risk of a carcinoid crisis around the operation; dose and benefit of "
    "octreotide are debated",
    ["cloyd2020"],
    shared.OCTREOTIDE_COVER,
)
DEB_7 = caution(
    "DEB-7",
    "No symptoms and no hormones",
    all_of(negated(ask.SYMPTOMATIC), negated(ask.FUNCTIONAL)),
    because="whether removing part of a silent tumor beats medical treatment is open",
    cites=["lasalvia2016", "cloyd2020"],
)

DEBULKING = Option(
    "debulking",
    "Debulking surgery",
    (
        DEB_1, DEB_1C, DEB_2, DEB_2C, DEB_3, DEB_4, hep.HEP_3C, DEB_5, DEB_6, DEB_7,
        hep.HEP_4, hep.HEP_4C, hep.HEP_5, hep.HEP_5C, hep.HEP_6, hep.HEP_7, hep.HEP_8, hep.HEP_8C,
        hep.HEP_9, hep.HEP_9C, hep.HEP_14, hep.HEP_14C, hep.HEP_15, hep.HEP_15C, hep.HEP_16,
        hep.HEP_17,
    ),
    judged_in="first",
)  # fmt: skip
