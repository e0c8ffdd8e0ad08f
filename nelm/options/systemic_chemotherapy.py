"""Chemotherapy: capecitabine with temozolomide, streptozocin, platinum, oxaliplatin."""

from __future__ import annotations

from nelm.case import Case
from nelm.criteria import Conflict, Criterion, Option, caution, favor, require
from nelm.logic import Kleene
from nelm.options import questions as ask
from nelm.options.systemic_targeted import carried_by_drugs
from nelm.predicates import (
    all_of,
    always,
    any_of,
    at_least,
    contains,
    judged,
    less_than,
    more_than,
    negated,
    one_of,
)

PANCREAS = ask.primary_is("pancreas")
FAILED_PLATINUM = contains("progressed_on", "platinum_etoposide")


def occasional(id_: str) -> Criterion:
    return caution(
        id_,
        "G1 or G2 without both symptoms and progression",
        all_of(ask.LOW_GRADE, negated(all_of(ask.SYMPTOMATIC, ask.PROGRESSION))),
        strong=ask.CALM,
        because="chemotherapy is occasional in such tumors: when they grow and cause symptoms",
        cites=["lasalvia2016", "cloyd2020"],
    )


# Capecitabine with temozolomide. ------------------------------------------------------------

LOW_KI67_G3 = all_of(
    ask.WELL_DIFFERENTIATED_G3, less_than("staging.ki67", parameter="captem_g3_ki67_max")
)
AFTER_PLATINUM = all_of(
    any_of(
        ask.CARCINOMA,
        all_of(
            one_of("staging.grade", ("G3", "G3_or_NEC")),
            at_least("staging.ki67", parameter="captem_g3_ki67_max"),
        ),
    ),
    FAILED_PLATINUM,
)

CAPTEM = Option(
    "captem",
    "Capecitabine with temozolomide (CAPTEM)",
    (
        require(
            "CAP-1", "G1, G2, G3 below the Ki-67 limit, or after platinum",
            any_of(ask.LOW_GRADE, LOW_KI67_G3, AFTER_PLATINUM),
            because="G3 below Ki-67 55 % may do best on it; a third of aggressive tumors responded "
            "too, which is kept for after platinum",
            cites=["cloyd2020", "lewis2012", "operational"],
        ),
        caution(
            "CAP-1c", "Aggressive tumor after platinum", AFTER_PLATINUM,
            because="temozolomide-based treatment had a response of 33 % in such tumors; the order "
            "after platinum is a working rule",
            cites=["lewis2012", "operational"],
        ),
        favor(
            "CAP-2", "Pancreatic primary", PANCREAS,
            because="responses are frequent in pancreatic tumors, about 70 % in one series",
            cites=["cloyd2020", "lasalvia2016"],
        ),
        caution(
            "CAP-3", "Other primary than the pancreas", negated(PANCREAS),
            strong=True,
            because="chemotherapy is less often active outside the pancreas",
            cites=["cloyd2020", "lewis2012"],
        ),
        occasional("CAP-4"),
        favor(
            "CAP-5", "Shrinkage wanted, or G2 to G3",
            any_of(
                all_of(
                    PANCREAS,
                    one_of(
                        "staging.resectability",
                        ("cytoreducible_90", "cytoreducible_70", "debulkable",
                         "needs_remnant_augmentation"),
                    ),
                ),
                one_of("staging.grade", ("G2", "G3")),
            ),
            because="active drugs where shrinkage could open the way to surgery",
            cites=["cloyd2020", "lewis2012"],
            conflict=Conflict(
                positions=(
                    ("cloyd2020", "excellent response and outcome before resection"),
                    ("lasalvia2016", "no systemic treatment shrinks tumor enough to count on"),
                ),
                default="favored, where a resection is in reach",
            ),
        ),
        *carried_by_drugs("captem"),
    ),
)  # fmt: skip

# Streptozocin. ------------------------------------------------------------------------------

STREPTOZOCIN_BASED = Option(
    "streptozocin_based",
    "Streptozocin-based chemotherapy",
    (
        require(
            "STZ-1", "G1 or G2", ask.LOW_GRADE,
            because="used in low and intermediate grade; aggressive tumors are treated otherwise",
            cites=["operational"],
        ),
        require(
            "STZ-2", "Pancreatic primary", PANCREAS,
            because="its responses were reported in pancreatic tumors",
            cites=["cloyd2020", "lewis2012", "lasalvia2016"],
        ),
        caution(
            "STZ-3", "More than 75 % of the liver replaced",
            more_than("liver_tumor_burden_percent", 75),
            because="all 12 such patients of the series had died by 15.5 months",
            cites=["lasalvia2016"],
        ),
        occasional("STZ-4"),
        caution(
            "STZ-5", "Older and more toxic regimen", always(),
            because="capecitabine with temozolomide has taken its place: more active, less toxic",
            cites=["cloyd2020", "lasalvia2016"],
        ),
        *carried_by_drugs("streptozocin_based"),
    ),
)  # fmt: skip

# Platinum, oxaliplatin. ---------------------------------------------------------------------


def aggressive_enough(case: Case) -> Kleene:
    """A carcinoma, or G3 from the Ki-67 limit on whether well differentiated or not."""
    grade, ki67 = case.staging.grade, case.staging.ki67
    if grade is None or grade == "NEC":
        return None if grade is None else True
    if grade not in ("G3", "G3_or_NEC"):
        return False
    if ki67 is None:
        return None
    high: bool = ki67 >= case.parameters["platinum_g3_ki67_min"]
    return True if high else None if grade == "G3_or_NEC" else False


PLATINUM_ETOPOSIDE = Option(
    "platinum_etoposide",
    "Platinum with etoposide",
    (
        require(
            "PLA-1", "Carcinoma, or G3 from the Ki-67 limit on",
            judged(
                aggressive_enough,
                reads=("staging.grade", "staging.ki67"),
                compares={"staging.ki67": ["platinum_g3_ki67_min"]},
            ),
            because="67 % of poorly differentiated but only 7 % of well-differentiated tumors "
            "responded; G3 above Ki-67 55 % is treated alike",
            cites=["lewis2012", "cloyd2020"],
        ),
        *carried_by_drugs("platinum_etoposide"),
    ),
)  # fmt: skip

OXALIPLATIN_BASED = Option(
    "oxaliplatin_based",
    "Oxaliplatin-based chemotherapy",
    (
        require(
            "OXA-1", "G1 to G3 with progression, or carcinoma after platinum",
            any_of(
                all_of(ask.WELL_DIFFERENTIATED_ANY_GRADE, ask.PROGRESSION),
                all_of(ask.CARCINOMA, FAILED_PLATINUM),
            ),
            because="responses of 30 % after SSA in well-differentiated and 23 % in poorly "
            "differentiated tumors; after platinum is a working rule",
            cites=["lewis2012", "operational"],
        ),
        caution(
            "OXA-2", "Small series", always(),
            because="40 patients in the study on which it rests",
            cites=["lewis2012"],
        ),
        caution(
            "OXA-3", "Liver surgery still open",
            ask.open_verdict("hepatectomy"),
            because="oxaliplatin can obstruct the sinusoids of the liver that is to remain",
            cites=["lewis2012"],
        ),
        *carried_by_drugs("oxaliplatin_based"),
    ),
)  # fmt: skip
