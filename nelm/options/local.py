"""Percutaneous thermal ablation and stereotactic radiotherapy."""

from __future__ import annotations

from nelm.criteria import Conflict, Criterion, Option, caution, favor, note, require
from nelm.options import questions as ask
from nelm.options import shared
from nelm.predicates import (
    Predicate,
    all_of,
    always,
    any_of,
    at_least,
    at_most,
    equals,
    known,
    less_than,
    more_than,
    negated,
    one_of,
    unknown_as,
)

SCATTERED = equals("staging.liver_type", "III")


def few_lesions(parameter: str) -> Predicate:
    """At least one lesion and no more than the parameter says, not scattered over the liver."""
    return all_of(
        at_least("liver_lesion_count", 1),
        at_most("liver_lesion_count", parameter=parameter),
        negated(SCATTERED),
    )


RESECTABLE = one_of("staging.resection_candidacy", ("candidate", "possible"))
TREATED_BEFORE = unknown_as(ask.given("hepatectomy", "ablation"), False)

ABL_1 = require(
    "ABL-1",
    "Few lesions",
    few_lesions("ablation_max_count"),
    because="ablation through the skin works best for one to three tumors",
    cites=["cloyd2020"],
    conflict=Conflict(
        positions=(
            ("cloyd2020", "one to three tumors"),
            ("lasalvia2016", "more than a dozen in one patient can be treated"),
        ),
        default="up to three",
    ),
)
ABL_2 = require(
    "ABL-2",
    "Small enough to ablate",
    less_than("largest_liver_lesion_mm", parameter="ablation_max_mm"),
    because="local control falls and complications rise as lesions grow",
    cites=["cloyd2020", "lewis2012"],
    conflict=Conflict(
        positions=(
            ("cloyd2020", "below 35 mm"),
            ("lewis2012", "survival split at 30 mm in a laparoscopic series"),
        ),
        default="below 35 mm",
    ),
)
ABL_2N = note(
    "ABL-2n",
    "Largest lesion above 30 mm",
    more_than("largest_liver_lesion_mm", 30),
    because="in a laparoscopic series patients with such lesions lived shorter",
    cites=["lewis2012"],
)
ABL_5 = caution(
    "ABL-5",
    "Bleeding risk",
    any_of(
        less_than("platelets_10e9_l", parameter="ablation_platelets_min"),
        more_than("inr", parameter="ablation_inr_max"),
    ),
    check=True,
    because="a probe through the liver bleeds; freezing adds a clotting disorder of its own",
    cites=["operational", "lewis2012"],
)
ABL_6 = caution(
    "ABL-6",
    "Resection preferred, or resectability not settled",
    all_of(RESECTABLE, negated(TREATED_BEFORE)),
    # R unknown says "resectability not settled": something to do first
    check=all_of(negated(known("staging.resection_candidacy")), negated(TREATED_BEFORE)),
    because="ablation alone is mostly for recurrences with few lesions; resection comes first",
    cites=["cloyd2020"],
)
ABL_8 = caution(
    "ABL-8",
    "Portal vein not patent, or liver function impaired",
    any_of(negated(equals("portal_vein", "patent")), ask.LIVER_FUNCTION_IMPAIRED),
    because="a thrombosed portal vein and a poor liver are listed against thermal ablation too",
    cites=["lasalvia2016"],
)
ABL_9 = shared.crisis_precautions(
    "ABL-9", "one patient of a series died of a carcinoid crisis after ablation", ["lewis2012"]
)
ABL_10 = favor(
    "ABL-10",
    "Recurrence with few lesions, or hormone symptoms",
    any_of(
        all_of(ask.given("hepatectomy"), few_lesions("ablation_max_count")),
        all_of(one_of("functional_syndrome", ("insulinoma", "carcinoid")), ask.SYMPTOMATIC),
    ),
    because="its main use is recurrence with few lesions, and it relieves hormone symptoms",
    cites=["cloyd2020", "lasalvia2016"],
)


def grade_for_local(id_: str) -> Criterion:
    return shared.well_differentiated(
        id_, "the advice is for well-differentiated tumors", ["cloyd2020"]
    )


ABLATION = Option(
    "ablation",
    "Percutaneous thermal ablation",
    (
        ABL_1, ABL_2, ABL_2N, shared.near_bile_ducts(), shared.near_large_vessels(), ABL_5, ABL_6,
        grade_for_local("ABL-7"), ABL_8, ABL_9, ABL_10, shared.child_pugh_c_warns(),
    ),
)  # fmt: skip

SBRT_1 = require(
    "SBRT-1",
    "Few lesions",
    few_lesions("sbrt_max_count"),
    because="radiotherapy to the liver is for oligometastatic disease",
    cites=["cloyd2020", "operational"],
)
SBRT_4 = caution(
    "SBRT-4",
    "Little evidence",
    always(),
    because="few studies have been done in neuroendocrine liver metastases",
    cites=["cloyd2020"],
)
SBRT_5 = favor(
    "SBRT-5",
    "Larger solitary lesion that cannot be resected",
    all_of(
        equals("staging.distribution", "solitary"),
        more_than("largest_liver_lesion_mm", parameter="sbrt_favored_mm"),
        equals("staging.resection_candidacy", "not_candidate"),
    ),
    because="ablation loses effect as size grows; radiation may be considered instead",
    cites=["cloyd2020"],
)

SBRT = Option(
    "sbrt",
    "Stereotactic body radiotherapy",
    (
        SBRT_1, shared.resection_not_preferred("SBRT-2", ["cloyd2020"]),
        shared.resection_is_alternative("SBRT-2r"), grade_for_local("SBRT-3"), SBRT_4, SBRT_5,
        shared.pregnancy_excludes(), shared.child_pugh_c_warns(),
    ),
)  # fmt: skip
