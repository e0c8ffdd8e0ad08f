"""Peptide receptor radionuclide therapy with Lu-177 dotatate."""

from __future__ import annotations

from nelm.case import Case
from nelm.criteria import Conflict, Option, caution, favor, note, require
from nelm.logic import Kleene
from nelm.options import questions as ask
from nelm.options import shared
from nelm.predicates import (
    Predicate,
    all_of,
    always,
    any_of,
    at_least,
    at_most,
    contains,
    equals,
    judged,
    less_than,
    more_than,
    negated,
    unknown_as,
)

BILIRUBIN_UPPER_LIMIT_MG_DL = 1.2  # unless the report gives its own
LATER_BAND_LOWEST_KI67 = 10  # NETTER-2 enrolled from here to `prrt_g3_ki67_max`


def later_pack_is_on(case: Case) -> Kleene:
    return bool(case.parameters["packs"]["later"])


def bilirubin_too_high(case: Case) -> Kleene:
    """Above the allowed multiple of the report's own upper limit."""
    bilirubin, fact = case.value("bilirubin_mg_dl"), case.facts.get("bilirubin_mg_dl")
    if bilirubin is None:
        return None
    given = fact.upper_limit if fact is not None else None
    upper_limit = BILIRUBIN_UPPER_LIMIT_MG_DL if given is None else given
    # 3 x 1.2 falls just short of 3.6 in binary: without rounding 3.6 itself would be too high
    limit = round(upper_limit * case.parameters["prrt_bilirubin_uln_max"], 6)
    return bool(bilirubin > limit)


def first_line_band() -> Predicate:
    """The trial population of the later pack, where no other systemic therapy is known to fail.

    Counts only where it is known: what is unknown here leaves the cautions as they are.
    """
    untreated = negated(contains("progressed_on", "prrt", *ask.ANTINEOPLASTIC))
    return unknown_as(
        all_of(
            judged(later_pack_is_on, reads=(), parameters=("packs",)),
            any_of(equals("staging.grade", "G2"), ask.WELL_DIFFERENTIATED_G3),
            at_least("staging.ki67", LATER_BAND_LOWEST_KI67),
            at_most("staging.ki67", parameter="prrt_g3_ki67_max"),
            equals("staging.sstr_status", "positive"),
            any_of(untreated, negated(ask.PROGRESSION)),
        ),
        False,
    )


OUTSIDE_FIRST_LINE_BAND = negated(first_line_band())

PRRT_1 = require(
    "PRRT-1",
    "Receptor-positive",
    equals("staging.sstr_status", "positive"),
    because="the drug reaches only tumor that takes it up, at least as much as liver does",
    cites=["lewis2012", "cloyd2020"],
)
PRRT_2 = require(
    "PRRT-2",
    "G1, G2, or well-differentiated G3 up to the Ki-67 limit",
    any_of(
        ask.LOW_GRADE,
        all_of(ask.WELL_DIFFERENTIATED_G3, at_most("staging.ki67", parameter="prrt_g3_ki67_max")),
    ),
    because="studied in well-differentiated tumors; in G3 up to Ki-67 55 %",
    cites=["cloyd2020", "later", "netter2_2024"],
)
PRRT_2C = caution(
    "PRRT-2c",
    "Well-differentiated G3",
    all_of(ask.WELL_DIFFERENTIATED_G3, OUTSIDE_FIRST_LINE_BAND),
    because="the trial in G3 was of newly diagnosed patients with Ki-67 10-55 %",
    cites=["later", "netter2_2024"],
)
PRRT_3 = shared.resection_not_preferred("PRRT-3", ["operational"])
PRRT_3R = shared.resection_is_alternative("PRRT-3r")
PRRT_4 = caution(
    "PRRT-4",
    "No progression",
    all_of(negated(ask.PROGRESSION), OUTSIDE_FIRST_LINE_BAND),
    strong=ask.CALM,
    because="the trial that led to approval enrolled patients whose disease was progressing",
    cites=["cloyd2020", "lasalvia2016"],
)
PRRT_4F = favor(
    "PRRT-4f",
    "Progression on SSA, or midgut or pancreatic primary",
    any_of(contains("progressed_on", "ssa"), ask.primary_is("pancreas", *ask.MIDGUT)),
    because="the trial was in progressive midgut tumors, against high-dose SSA; pancreatic tumors "
    "respond more often",
    cites=["cloyd2020", "lewis2012", "lasalvia2016"],
)
PRRT_5 = caution(
    "PRRT-5",
    "Blood count, kidney and liver values",
    any_of(
        less_than("hemoglobin_g_dl", parameter="prrt_hemoglobin_min"),
        less_than("platelets_10e9_l", parameter="prrt_platelets_min"),
        less_than("leukocytes_10e9_l", parameter="prrt_leukocytes_min"),
        less_than("egfr_ml_min_1_73m2", parameter="prrt_egfr_min"),
        judged(
            bilirubin_too_high,
            reads=("bilirubin_mg_dl",),
            parameters=("prrt_bilirubin_uln_max",),
            compares={"bilirubin_mg_dl": [3.6]},
        ),
        less_than("albumin_g_dl", parameter="prrt_albumin_min"),
    ),
    check=True,
    because="the dose hits marrow and kidneys; limits after the product label",
    cites=["operational"],
)
PRRT_7 = caution(
    "PRRT-7",
    "Extensive liver involvement",
    more_than("liver_tumor_burden_percent", parameter="prrt_burden_caution_percent"),
    because="extensive liver metastases went with shorter control and survival",
    cites=["lasalvia2016", "operational"],
    conflict=Conflict(
        positions=(
            ("lasalvia2016", "extensive involvement predicts a worse outcome"),
            ("lewis2012", "its largest series wants PRRT early where the tumor load is extensive"),
        ),
        default="a caution, open",
    ),
)
PRRT_8 = shared.crisis_precautions(
    "PRRT-8", "hormone crises after the infusion led to admissions", ["lewis2012"]
)
PRRT_9 = favor(
    "PRRT-9",
    "Disease outside the liver",
    ask.EXTRAHEPATIC_PRESENT,
    because="it reaches receptor-positive disease wherever it is",
    cites=["cloyd2020", "lewis2012"],
)
PRRT_10 = caution(
    "PRRT-10",
    "Radioembolization given before",
    ask.given("tare"),
    because="the liver carries both radiation doses; the sequence is under study",
    cites=["clift2021", "operational"],
)
PRRT_11 = note(
    "PRRT-11",
    "Unresectable pancreatic tumor may become operable",
    all_of(ask.primary_is("pancreas"), equals("staging.resectability", "unresectable")),
    because="three of four such patients came to surgery; repeat the surgical review",
    cites=["lewis2012", "lasalvia2016"],
)
PRRT_12 = note(
    "PRRT-12",
    "Slow effect, late effects on blood, kidney and liver",
    always(),
    because="shrinkage may take months; of 504 patients 4 had myelodysplasia, 2 kidney failure, "
    "3 severe liver toxicity; blood counts fell severely in 10 %",
    cites=["lewis2012"],
)
PRRT_13 = favor(
    "PRRT-13",
    "Strong uptake",
    at_least("krenning_score", 3),
    because="uptake high above that of normal tissue was the strongest sign of a response; the "
    "score is a working measure of it",
    cites=["lasalvia2016", "operational"],
)

PRRT = Option(
    "prrt",
    "PRRT with Lu-177 dotatate",
    (
        PRRT_1, PRRT_2, PRRT_2C, PRRT_3, PRRT_3R, PRRT_4, PRRT_4F, PRRT_5, PRRT_7, PRRT_8, PRRT_9,
        PRRT_10, PRRT_11, PRRT_12, PRRT_13, shared.pregnancy_excludes(),
        shared.progressed_on_it("prrt", cites=("lewis2012", "operational")),
        shared.disease_present(), shared.child_pugh_c_warns(), shared.right_heart_checked(),
    ),
    labs_limit="prrt_labs_max_age_days",
)  # fmt: skip
