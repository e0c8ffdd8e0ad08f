"""Somatostatin analogues, targeted drugs, interferon and bevacizumab."""

from __future__ import annotations

from nelm.case import Case
from nelm.criteria import Conflict, Criterion, Option, caution, favor, note, require
from nelm.logic import Kleene
from nelm.options import questions as ask
from nelm.options import shared
from nelm.predicates import (
    all_of,
    always,
    any_of,
    at_most,
    contains,
    equals,
    is_true,
    judged,
    more_than,
    negated,
    unknown_as,
)

LUNG_OR_GUT = (
    "pancreas", "duodenum", "jejunum", "ileum", "small_bowel", "stomach", "appendix", "colon",
    "rectum", "lung",
)  # fmt: skip


def carried_by_drugs(option_id: str) -> tuple[Criterion, ...]:
    """What every antineoplastic drug carries."""
    return (
        shared.pregnancy_excludes(),
        shared.not_progressed_on(option_id),
        shared.disease_present(),
        shared.child_pugh_c_warns(),
    )


def needs_progression(id_: str, because: str, cites: list[str]) -> Criterion:
    return require(id_, "Progression", ask.PROGRESSION, because=because, cites=cites)


def bulk_or_hormones(id_: str) -> Criterion:
    return caution(
        id_,
        "Uncontrolled hormones or bulk symptoms",
        any_of(ask.UNCONTROLLED, is_true("bulk_symptoms")),
        because="where symptoms press, liver-directed treatment, PRRT or chemotherapy may come "
        "first: the drug stabilizes more than it shrinks",
        cites=["lewis2012"],
    )


# Somatostatin analogues. --------------------------------------------------------------------

FIRST_LINE = negated(unknown_as(ask.given("ssa", "prrt", *ask.ANTINEOPLASTIC), False))
SSA_1 = shared.well_differentiated(
    "SSA-1", "studied in well-differentiated tumors", ["cloyd2020", "lasalvia2016"]
)
SSA_1C = shared.high_grade_warns(
    "SSA-1c",
    "the trials enrolled well- to moderately differentiated tumors",
    ["lasalvia2016"],
    strong=False,
)
SSA_2 = require(
    "SSA-2",
    "Receptor-positive or functional",
    any_of(equals("staging.sstr_status", "positive"), ask.FUNCTIONAL),
    because="the mainstay in tumors that carry the receptor; it relieves hormone symptoms besides",
    cites=["lasalvia2016", "lewis2012"],
)
SSA_3 = favor(
    "SSA-3",
    "Hormones, symptoms, or low volume first line",
    any_of(
        ask.FUNCTIONAL,
        ask.SYMPTOMATIC,
        all_of(
            at_most("liver_tumor_burden_percent", parameter="ssa_burden_caution_percent"),
            FIRST_LINE,
        ),
    ),
    because="often the first treatment in low-volume disease, and it controls hormone symptoms",
    cites=["cloyd2020"],
)
SSA_4 = caution(
    "SSA-4",
    "Burden above 10 %: smaller delay",
    more_than("liver_tumor_burden_percent", parameter="ssa_burden_caution_percent"),
    because="in PROMID the gain was 6 months above and 23 months below 10 % involvement",
    cites=["lewis2012"],
    conflict=Conflict(
        positions=(
            ("lewis2012", "less delay of progression above 10 %"),
            ("lasalvia2016", "standard whatever the burden of the liver"),
        ),
        default="open, with a caution",
    ),
)
SSA_5 = note(
    "SSA-5",
    "Stabilizes, seldom shrinks",
    always(),
    because="responses are rare (about 5 %): not a treatment to make metastases resectable",
    cites=["lasalvia2016"],
)
SSA_6 = caution(
    "SSA-6",
    "Progressed on SSA before",
    contains("progressed_on", "ssa"),
    because="continue it for hormone symptoms and add another treatment",
    cites=["operational"],
)
SSA_7 = caution(
    "SSA-7",
    "Insulinoma",
    equals("functional_syndrome", "insulinoma"),
    check=True,
    because="it can lower glucagon more than insulin: watch the glucose when it is started",
    cites=["operational"],
)
SSA_8 = favor(
    "SSA-8",
    "Stable without symptoms or hormones, or type III",
    any_of(
        all_of(
            equals("staging.tempo", "stable"), negated(ask.SYMPTOMATIC), negated(ask.FUNCTIONAL)
        ),
        equals("staging.liver_type", "III"),
    ),
    because="quiet or disseminated disease is for medical treatment first",
    cites=["lasalvia2016"],
    conflict=shared.DISSEMINATED,
)
SSA = Option(
    "ssa",
    "Somatostatin analogue (octreotide LAR, lanreotide)",
    (SSA_1, SSA_1C, SSA_2, SSA_3, SSA_4, SSA_5, SSA_6, SSA_7, SSA_8, shared.adjuvant_use()),
    adjunct=True,
)

# Everolimus, sunitinib, cabozantinib. -------------------------------------------------------

EVEROLIMUS = Option(
    "everolimus",
    "Everolimus",
    (
        require(
            "EVE-1", "G1 or G2", ask.LOW_GRADE,
            because="the trials enrolled low and intermediate grade",
            cites=["lewis2012", "lasalvia2016"],
        ),
        needs_progression(
            "EVE-2",
            "the trial in pancreatic tumors enrolled patients progressing within 12 months",
            ["lewis2012"],
        ),
        require(
            "EVE-3", "Pancreatic, gastrointestinal or lung primary", ask.primary_is(*LUNG_OR_GUT),
            because="approved for pancreatic, gastroenteropancreatic and lung tumors",
            cites=["cloyd2020"],
        ),
        caution(
            "EVE-4", "Carcinoid syndrome: evidence borderline", ask.CARCINOID,
            because="in functioning carcinoids the gain in RADIANT-2 just reached its limit",
            cites=["lewis2012"],
            conflict=Conflict(
                positions=(
                    ("lewis2012", "confidence interval up to 1.00; still judged useful"),
                    ("lasalvia2016", "reports the longer progression-free survival as it is"),
                ),
                default="open, with a caution",
            ),
        ),
        bulk_or_hormones("EVE-5"),
        favor(
            "EVE-6", "Pancreatic primary", ask.primary_is("pancreas"),
            because="a trial was in pancreatic tumors only: 11.0 against 4.6 months",
            cites=["lewis2012", "cloyd2020"],
        ),
        note(
            "EVE-7", "Not for shrinkage", always(),
            because="it slows growth whatever the extent in the liver, and rarely shrinks tumor",
            cites=["lasalvia2016"],
        ),
        *carried_by_drugs("everolimus"),
    ),
)  # fmt: skip


def recently_embolized(case: Case) -> Kleene:
    """A dated embolization lies within the window, by its last day; no dated one: not met."""
    days = 7 * case.parameters["sunitinib_after_embolization_weeks"]
    history = case.value("treatment_history") or ()
    ended = (past.ended for past in history if past.therapy in ask.EMBOLIZATIONS)
    return any(day is not None and 0 <= (case.as_of - day).days <= days for day in ended)


SUNITINIB = Option(
    "sunitinib",
    "Sunitinib",
    (
        require(
            "SUN-1", "Pancreatic primary", ask.primary_is("pancreas"),
            because="the trial was in pancreatic tumors only",
            cites=["lewis2012", "lasalvia2016", "cloyd2020"],
        ),
        require(
            "SUN-2", "Well differentiated", is_true("staging.well"),
            because="the trial enrolled well-differentiated tumors",
            cites=["lasalvia2016"],
        ),
        needs_progression("SUN-3", "the trial enrolled progressing tumors", ["lasalvia2016"]),
        caution(
            "SUN-4", "Ki-67 above 5 %, or disease outside the liver",
            any_of(more_than("staging.ki67", 5), ask.EXTRAHEPATIC_PRESENT),
            because="a smaller gain with higher Ki-67 or disease elsewhere; exploratory",
            cites=["lewis2012"],
        ),
        caution(
            "SUN-5", "Embolized a short while ago",
            judged(
                recently_embolized, reads=("treatment_history",),
                parameters=("sunitinib_after_embolization_weeks",),
            ),
            check=True,
            because="sunitinib was hard to tolerate soon after embolization",
            cites=["lewis2012", "operational"],
        ),
        bulk_or_hormones("SUN-6"),
        *carried_by_drugs("sunitinib"),
    ),
)  # fmt: skip

CABOZANTINIB = Option(
    "cabozantinib",
    "Cabozantinib",
    (
        require(
            "CAB-1", "Well differentiated", is_true("staging.well"),
            because="the trial enrolled well-differentiated tumors",
            cites=["later", "cabinet2024"],
            pack="later",
        ),
        require(
            "CAB-2", "Progressed on a systemic therapy other than SSA",
            contains("progressed_on", "prrt", *ask.ANTINEOPLASTIC),
            because="the trial enrolled patients who had progressed on such a therapy",
            cites=["later", "cabinet2024"],
            pack="later",
        ),
        *carried_by_drugs("cabozantinib"),
    ),
    pack="later",
)  # fmt: skip

# Interferon, bevacizumab. -------------------------------------------------------------------


def later_line(option_id: str, title: str, prefix: str, evidence: str) -> Option:
    return Option(
        option_id,
        title,
        (
            require(
                f"{prefix}-1", "G1 or G2", ask.LOW_GRADE,
                because="reviewed for well- to moderately differentiated tumors",
                cites=["lasalvia2016"],
            ),
            needs_progression(
                f"{prefix}-2", "kept for disease that grows under better-proven treatment",
                ["operational", "lasalvia2016"],
            ),
            caution(
                f"{prefix}-3", "Later line, small studies", always(),
                because=evidence,
                cites=["lasalvia2016"],
            ),
            *carried_by_drugs(option_id),
        ),
    )  # fmt: skip


INTERFERON = later_line(
    "interferon", "Interferon alfa", "IFN",
    "response of about 20 % in an older review; longer survival not confirmed by all studies",
)  # fmt: skip
BEVACIZUMAB = later_line(
    "bevacizumab", "Bevacizumab", "BEV",
    "partial response in 18 % of a small randomized phase 2 trial; combinations raised response, "
    "not progression-free survival",
)  # fmt: skip
