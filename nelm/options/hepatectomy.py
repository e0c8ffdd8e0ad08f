"""Hepatectomy with intent to clear: its criteria, many of them shared by the other resections."""

from __future__ import annotations

from nelm.case import Case
from nelm.criteria import Conflict, Option, caution, exclude, favor, note, require
from nelm.logic import Kleene
from nelm.options import questions as ask
from nelm.options import shared
from nelm.predicates import (
    all_of,
    any_of,
    at_least,
    equals,
    is_true,
    judged,
    less_than,
    more_than,
    negated,
    one_of,
    unknown_as,
)

TO_CLEAR = ("r0", "cytoreducible_90", "needs_remnant_augmentation")
AUGMENT = equals("staging.resectability", "needs_remnant_augmentation")
REMNANT_INADEQUATE = equals("staging.remnant", "inadequate")
REPORTED_R0 = unknown_as(equals("reported_resectability", "r0"), False)


def remnant_suffices(case: Case) -> Kleene:
    """A surgeon who reports r0 or debulkable has looked at the remnant."""
    remnant, resectability = case.staging.remnant, case.staging.resectability
    if remnant is None:
        return True if case.value("reported_resectability") in ("r0", "debulkable") else None
    if remnant == "adequate":
        return True
    return None if resectability is None else resectability == "needs_remnant_augmentation"


HEP_1 = require(
    "HEP-1",
    "G1, G2, or well-differentiated G3 with low Ki-67",
    ask.RESECTABLE_BY_GRADE,
    because="resection is for well-differentiated tumors of low to intermediate grade; in G3 the "
    "evidence is limited and lies mostly below this Ki-67",
    cites=["cloyd2020", "lasalvia2016", "operational"],
)
HEP_1C = shared.high_grade_warns(
    "HEP-1c", "the evidence for resection in G3 is limited", ["cloyd2020"], strong=True
)
HEP_2 = require(
    "HEP-2",
    "All or at least 90 % of the metastases can be removed",
    one_of("staging.resectability", TO_CLEAR),
    because="a resection that left tumor behind went with a worse outlook in a systematic review",
    cites=["cloyd2020"],
)
HEP_2C = caution(
    "HEP-2c",
    "Clearance will be incomplete, without symptoms or hormones",
    all_of(
        equals("staging.resectability", "cytoreducible_90"),
        negated(any_of(ask.SYMPTOMATIC, ask.FUNCTIONAL)),
    ),
    because="whether leaving tumor behind still helps a patient without complaints is debated",
    cites=["lasalvia2016", "lewis2012"],
)
HEP_3 = require(
    "HEP-3",
    "Liver remnant large enough",
    judged(
        remnant_suffices,
        reads=("staging.remnant", "staging.resectability", "reported_resectability"),
    ),
    because="two adjoining segments with their own vessels and bile duct, and a fifth of the "
    "liver volume, are the least that must stay",
    cites=["cloyd2020"],
)
HEP_3C = caution(
    "HEP-3c",
    "Small liver remnant",
    unknown_as(
        any_of(
            REMNANT_INADEQUATE,
            all_of(
                equals("staging.remnant", "adequate"),
                less_than("future_liver_remnant_percent", parameter="flr_caution_percent"),
            ),
        ),
        False,
    ),
    check=REMNANT_INADEQUATE,
    because="occluding the portal vein of the tumor-bearing side, or two stages, let the remnant "
    "grow first",
    cites=["cloyd2020", "lasalvia2016"],
    conflict=Conflict(
        positions=(
            ("cloyd2020", "a remnant of 20 % is enough"),
            ("lasalvia2016", "resections of up to 70 % of the liver: a remnant of 30 %"),
        ),
        default="20 % is accepted; below 30 % with a caution",
    ),
)
HEP_4 = require(
    "HEP-4",
    "No or little disease outside the liver",
    ask.extrahepatic_is("none", "low_volume_indolent"),
    because="disease outside the liver is among the most constant signs of a worse outlook",
    cites=["cloyd2020"],
    conflict=shared.LIMITED_EXTRAHEPATIC,
)
HEP_4C = caution(
    "HEP-4c",
    "Low-volume indolent disease outside the liver",
    ask.extrahepatic_is("low_volume_indolent"),
    because="resection may still be right beside quiet bone metastases of low volume",
    cites=["cloyd2020"],
    conflict=shared.LIMITED_EXTRAHEPATIC,
)
HEP_5 = exclude(
    "HEP-5",
    "Diffuse or unresectable peritoneal disease",
    ask.unless_none_reported(
        "peritoneal_carcinomatosis",
        equals("peritoneal_carcinomatosis", "diffuse_or_unresectable"),
    ),
    because="ENETS asks that there be no diffuse or unresectable peritoneal disease",
    cites=["lasalvia2016"],
)
HEP_5C = caution(
    "HEP-5c",
    "Limited peritoneal disease",
    ask.unless_none_reported(
        "peritoneal_carcinomatosis", equals("peritoneal_carcinomatosis", "limited")
    ),
    because="guidelines differ on whether limited peritoneal disease may be resected along",
    cites=["cloyd2020"],
    conflict=Conflict(
        positions=(
            ("cloyd2020", "quotes ENETS: no peritoneal carcinomatosis at all"),
            ("lasalvia2016", "quotes ENETS: none that is diffuse or unresectable"),
        ),
        default="limited disease is accepted with a caution",
    ),
)
HEP_6 = exclude(
    "HEP-6",
    "Right heart failure",
    is_true("right_heart_failure"),
    because="ENETS asks that there be no right heart failure before the liver is resected",
    cites=["cloyd2020", "lasalvia2016"],
)
HEP_7 = exclude(
    "HEP-7",
    "Unresectable nodes or extra-abdominal metastases",
    ask.unless_none_reported(
        "unresectable_nodes_or_extraabdominal",
        is_true("unresectable_nodes_or_extraabdominal"),
    ),
    because="surgery with intent to clear needs disease that can be cleared everywhere",
    cites=["lasalvia2016"],
    conflict=shared.LIMITED_EXTRAHEPATIC,
)
HEP_8 = require(
    "HEP-8",
    "Primary removed, resectable or occult",
    any_of(
        one_of("primary_status", ask.RESECTED),
        is_true("primary_resectable"),
        unknown_as(equals("primary_site", "unknown"), False),
    ),
    because="the primary should come out too, together with the metastases or apart from them",
    cites=["cloyd2020"],
)
HEP_8C = caution(
    "HEP-8c",
    "Primary not found",
    equals("primary_site", "unknown"),
    because="search for the primary before the liver is resected",
    cites=["operational"],
)
HEP_9 = require(
    "HEP-9",
    "Fit for major surgery",
    ask.fit_for_surgery("surgery_ecog_max"),
    because="the patient must stand a major liver resection with acceptable risk",
    cites=["cloyd2020", "operational"],
)
HEP_9C = caution(
    "HEP-9c",
    "ECOG 2",
    equals("ecog", 2),
    because="optimize the patient first; other liver-directed treatment where that fails",
    cites=["operational", "cloyd2020"],
)
HEP_10 = caution(
    "HEP-10",
    "Liver type II, not reported as clearable",
    all_of(equals("staging.liver_type", "II"), negated(REPORTED_R0)),
    because="one bulk with smaller deposits (the paper's type II) asks for a plan of its own",
    cites=["lasalvia2016"],
)
HEP_10S = caution(
    "HEP-10s",
    "Liver type III",
    equals("staging.liver_type", "III"),
    strong=True,
    because="for disseminated spread medical treatment is the choice",
    cites=["lasalvia2016"],
    conflict=shared.DISSEMINATED,
)
HEP_11 = shared.crisis_precautions(
    "HEP-11",
    "these patients are at risk of a carcinoid crisis around the operation; dose and benefit of "
    "octreotide are debated",
    ["cloyd2020"],
    shared.OCTREOTIDE_COVER,
)
HEP_12 = favor(
    "HEP-12",
    "High burden with symptoms, or hormones and clearable",
    any_of(
        all_of(more_than("liver_tumor_burden_percent", 25), ask.SYMPTOMATIC),
        all_of(ask.FUNCTIONAL, equals("staging.resectability", "r0")),
    ),
    because="these patients gained most from surgery",
    cites=["mayo2013", "lewis2012"],
)
HEP_13 = favor(
    "HEP-13",
    "Liver type I",
    equals("staging.liver_type", "I"),
    because="a single metastasis is where surgery has its place",
    cites=["lasalvia2016"],
)
HEP_14 = exclude(
    "HEP-14",
    "Expected operative mortality too high",
    at_least("expected_operative_mortality_percent", parameter="hepatectomy_mortality_max"),
    quiet=True,
    because="ENETS asks for an operative mortality below 5 %",
    cites=["lasalvia2016", "cloyd2020"],
)
HEP_14C = caution(
    "HEP-14c",
    "Expected morbidity high",
    more_than("expected_morbidity_percent", parameter="hepatectomy_morbidity_max"),
    because="ENETS holds a morbidity of about 30 % acceptable",
    cites=["cloyd2020", "lasalvia2016"],
)
HEP_15 = exclude(
    "HEP-15",
    "Child-Pugh C",
    ask.CHILD_PUGH_C,
    because="a decompensated liver has no remnant to live on",
    cites=["cloyd2020", "operational"],
)
HEP_15C = caution(
    "HEP-15c",
    "Liver function impaired",
    ask.LIVER_FUNCTION_IMPAIRED,
    check=True,
    because="the function of the remnant counts as much as its size",
    cites=["cloyd2020", "operational"],
)
HEP_16 = shared.receptor_imaging_not_by_pet()
HEP_17 = note(
    "HEP-17",
    "Synchronous, primary still in place and resectable",
    all_of(
        equals("staging.timing", "synchronous"),
        equals("primary_status", "in_situ"),
        is_true("primary_resectable"),
    ),
    because="resect the primary as well, staged or combined; combined: the liver first, while the "
    "venous pressure is kept low",
    cites=["cloyd2020"],
)
HEP_18 = note(
    "HEP-18",
    "Pancreatic primary, synchronous",
    all_of(ask.primary_is("pancreas"), equals("staging.timing", "synchronous")),
    because="chemotherapy before the resection is discussed: one center saw longer survival",
    cites=["cloyd2020"],
)
HEP_19 = note(
    "HEP-19",
    "Margin of the resection",
    one_of("staging.resectability", TO_CLEAR),
    because="tumor left visibly behind worsens the outlook; whether a margin that is only "
    "microscopically involved does is not settled",
    cites=["cloyd2020", "lewis2012"],
    conflict=Conflict(
        positions=(
            ("cloyd2020", "most but not all studies find R1 no worse than R0"),
            ("lewis2012", "in two series free margins went with longer control"),
        ),
        default="no criterion",
    ),
)

AFTER_CLEARANCE = (
    HEP_3, HEP_3C, HEP_4, HEP_4C, HEP_5, HEP_5C, HEP_6, HEP_7, HEP_8, HEP_8C, HEP_9, HEP_9C,
    HEP_10, HEP_10S, HEP_11, HEP_12, HEP_13, HEP_14, HEP_14C, HEP_15, HEP_15C, HEP_16, HEP_17,
    HEP_18, HEP_19,
)  # fmt: skip

HEPATECTOMY = Option(
    "hepatectomy",
    "Hepatectomy",
    (HEP_1, HEP_1C, HEP_2, HEP_2C, *AFTER_CLEARANCE),
    judged_in="first",
)
