"""Embolization: bland, with chemotherapy, with drug-eluting beads."""

from __future__ import annotations

from nelm.case import Case
from nelm.criteria import Conflict, Criterion, Option, caution, exclude, favor, note
from nelm.logic import Kleene
from nelm.options import questions as ask
from nelm.options import shared
from nelm.predicates import (
    always,
    any_of,
    equals,
    is_true,
    judged,
    less_than,
    more_than,
    one_of,
)

SPREAD_IN_LIVER = one_of(
    "staging.distribution", ("multifocal", "multifocal_unilobar", "multifocal_bilobar")
)

# Embolization in general. -------------------------------------------------------------------


def thrombosis_excludes(case: Case) -> Kleene:
    """Complete thrombosis, or any where the institution follows La Salvia 2016."""
    vein = case.value("portal_vein")
    if vein is None:
        return None
    if case.parameters["embolization_portal_vein_exclude"] == "any":
        return bool(vein != "patent")
    return bool(vein == "complete_thrombosis")


def liver_function_excludes(case: Case) -> Kleene:
    """Child-Pugh C, or B and C where the institution follows La Salvia 2016."""
    if case.parameters["embolization_child_pugh_exclude"] == "B":
        return case.staging.child_pugh_at_least_b
    return case.staging.child_pugh_at_least_c


PORTAL_VEIN = Conflict(
    positions=(
        ("lewis2012", "wants a patent vein; complete thrombosis risks fulminant liver failure"),
        ("lasalvia2016", "lists portal vein thrombosis without a degree"),
    ),
    default="complete thrombosis excludes, partial warns",
)
LIVER_FUNCTION = Conflict(
    positions=(
        ("lewis2012", "compromised synthetic function raises the risk"),
        ("lasalvia2016", "lists impaired liver function as a contraindication"),
    ),
    default="Child-Pugh C excludes, B or impaired synthesis warns",
)

EMB_1 = shared.resection_not_preferred("EMB-1", ["cloyd2020"])
EMB_1R = shared.resection_is_alternative("EMB-1r")
EMB_1C = shared.debulking_is_alternative("EMB-1c")
EMB_1F = favor(
    "EMB-1f",
    "Multifocal or bilobar disease, symptoms, hormones, or progression",
    any_of(SPREAD_IN_LIVER, is_true("bilobar"), ask.SYMPTOMATIC, ask.FUNCTIONAL, ask.PROGRESSION),
    because="these are the usual reasons to treat the liver through its artery",
    cites=["cloyd2020", "lewis2012", "lasalvia2016"],
    conflict=shared.DISSEMINATED,
)
EMB_2 = shared.well_differentiated(
    "EMB-2",
    "transarterial treatment is for well-differentiated tumors",
    ["cloyd2020", "lasalvia2016", "operational"],
)
EMB_2C = shared.high_grade_warns(
    "EMB-2c", "embolization is indicated in G1 and G2", ["lasalvia2016"], strong=False
)
EMB_3 = exclude(
    "EMB-3",
    "Portal vein thrombosis",
    judged(
        thrombosis_excludes,
        reads=("portal_vein",),
        parameters=("embolization_portal_vein_exclude",),
    ),
    because="without portal flow, closing the artery can end in fulminant liver failure",
    cites=["lewis2012"],
    conflict=PORTAL_VEIN,
)
EMB_3C = caution(
    "EMB-3c",
    "Partial portal vein thrombosis",
    equals("portal_vein", "partial_thrombosis"),
    because="less portal flow leaves healthy liver exposed when the artery is closed",
    cites=["lewis2012", "lasalvia2016"],
    conflict=PORTAL_VEIN,
)
EMB_4 = exclude(
    "EMB-4",
    "Liver function too poor",
    judged(
        liver_function_excludes,
        reads=("staging.child_pugh_at_least_c", "staging.child_pugh_at_least_b"),
        parameters=("embolization_child_pugh_exclude",),
    ),
    because="a decompensated liver does not stand the ischemia; the class is a working limit",
    cites=["lewis2012", "operational"],
    conflict=LIVER_FUNCTION,
)
EMB_4C = caution(
    "EMB-4c",
    "Liver function impaired",
    ask.LIVER_FUNCTION_IMPAIRED,
    check=True,
    because="embolization always damages some healthy liver, which may decompensate",
    cites=["lewis2012", "operational"],
)
EMB_5 = caution(
    "EMB-5",
    "Liver largely replaced by tumor",
    more_than("liver_tumor_burden_percent", parameter="embolization_burden_max_percent"),
    strong=True,
    because="with more than 75 % replaced, failure is likelier and response was rarer",
    cites=["lewis2012"],
)
EMB_6 = caution(
    "EMB-6",
    "Biliary-enteric anastomosis",
    is_true("biliary_enteric_anastomosis"),
    check=True,
    because="complications are commoner after pancreatoduodenectomy; treat selectively, give "
    "antibiotics, or use radioembolization",
    cites=["cloyd2020", "operational"],
)
EMB_7 = note(
    "EMB-7",
    "Disease outside the liver is no absolute contraindication",
    ask.EXTRAHEPATIC_PRESENT,
    because="patients with spread outside the liver seemed to gain too",
    cites=["lewis2012"],
)
EMB_8 = shared.crisis_precautions(
    "EMB-8",
    "hormones set free by dying tumor can set off a crisis; cover it and watch the patient",
    ["cloyd2020", "operational"],
)
EMB_9 = note(
    "EMB-9",
    "RECIST size may understate the response",
    always(),
    because="necrosis leaves the diameter unchanged; follow markers, symptoms and enhancement",
    cites=["lewis2012", "lasalvia2016", "clift2021"],
)
EMB_10 = shared.calm_disease("EMB-10")
EMB_11 = shared.liver_not_dominant("EMB-11")


def embolization(option_id: str, title: str, *own: Criterion) -> Option:
    return Option(
        option_id,
        title,
        (
            EMB_1, EMB_1R, EMB_1C, EMB_1F, EMB_2, EMB_2C, EMB_3, EMB_3C, EMB_4, EMB_4C, EMB_5,
            EMB_6, EMB_7, EMB_8, EMB_9, EMB_10, EMB_11, *own, shared.pregnancy_warns(),
            shared.progressed_on_it(option_id), shared.liver_not_clear(),
            shared.right_heart_checked(),
        ),
    )  # fmt: skip


TACE_1 = favor(
    "TACE-1",
    "Pancreatic or lung primary",
    ask.primary_is("pancreas", "lung"),
    because="adding chemotherapy is expected to matter more in foregut than in midgut tumors",
    cites=["lewis2012", "lasalvia2016"],
    conflict=Conflict(
        positions=(
            ("lasalvia2016", "preferred where the outlook is worse, as in foregut tumors"),
            ("lewis2012", "closing the artery probably matters more than the drug"),
            ("clift2021", "lists a comparison: bland is as effective and slightly safer"),
        ),
        default="favored, of the same rank",
    ),
)
TACE_2 = note(
    "TACE-2",
    "Post-embolization syndrome, biliary injury",
    always(),
    because="pain, fever and raised transaminases are common; bile duct necrosis and abscess occur",
    cites=["cloyd2020"],
)
TACE_3 = note(
    "TACE-3",
    "Better early",
    always(),
    because="response is more frequent as first-line treatment and with less of the liver involved",
    cites=["lasalvia2016"],
)
DEBT_1 = caution(
    "DEBT-1",
    "Biliary injury with drug-eluting beads",
    always(),
    strong=True,
    because="a randomized trial was stopped early for severe complications with beads, and bilomas "
    "came in about half of a phase 2 trial",
    cites=["cloyd2020", "lewis2012", "clift2021"],
)
DEBT_2 = caution(
    "DEBT-2",
    "Largest lesion small for beads",
    less_than("largest_liver_lesion_mm", parameter="deb_tace_min_mm"),
    strong=True,
    because="the trial that had bilomas went on only with lesions of 4 cm and more",
    cites=["lewis2012"],
)

TAE = embolization("tae", "Bland transarterial embolization (TAE)")
TACE = embolization("tace", "Transarterial chemoembolization (TACE)", TACE_1, TACE_2, TACE_3)
DEB_TACE = embolization("deb_tace", "TACE with drug-eluting beads", TACE_2, DEBT_1, DEBT_2)
