"""Embolization bland, with chemotherapy, with drug-eluting beads, and radioembolization."""

from __future__ import annotations

from nelm.case import Case
from nelm.criteria import Conflict, Criterion, Option, caution, exclude, favor, note, require
from nelm.logic import Kleene
from nelm.options import questions as ask
from nelm.options import shared
from nelm.predicates import (
    all_of,
    always,
    any_of,
    at_most,
    equals,
    is_true,
    judged,
    less_than,
    more_than,
    one_of,
    present,
)

SPREAD_IN_LIVER = one_of(
    "staging.distribution", ("multifocal", "multifocal_unilobar", "multifocal_bilobar")
)
THROMBOSIS = one_of("portal_vein", ("partial_thrombosis", "complete_thrombosis"))
NEEDS_AUGMENTATION = equals("staging.resectability", "needs_remnant_augmentation")

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
        ("lewis2012", "complete thrombosis forbids embolization"),
        ("lasalvia2016", "lists portal vein thrombosis of any degree"),
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
    cites=["lewis2012", "lasalvia2016"],
)
EMB_2 = shared.well_differentiated(
    "EMB-2",
    "transarterial treatment is for well-differentiated tumors",
    ["cloyd2020", "operational"],
)
EMB_2C = shared.high_grade_warns(
    "EMB-2c", "the reported patients had mostly G1 and G2", ["operational"], strong=False
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
    cites=["lasalvia2016"],
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
    cites=["lewis2012"],
    conflict=LIVER_FUNCTION,
)
EMB_4C = caution(
    "EMB-4c",
    "Liver function impaired",
    ask.LIVER_FUNCTION_IMPAIRED,
    check=True,
    because="healthy liver is always hit along and may decompensate",
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
    because="abscesses follow; treat selectively, give antibiotics, or use radioembolization",
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
    cites=["lewis2012", "clift2021"],
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
)
TACE_2 = note(
    "TACE-2",
    "Post-embolization syndrome, biliary injury",
    always(),
    because="pain, fever and raised transaminases are common; bile duct necrosis and abscess occur",
    cites=["cloyd2020"],
)
DEBT_1 = caution(
    "DEBT-1",
    "Biliary injury with drug-eluting beads",
    always(),
    strong=True,
    because="a randomized trial stopped this arm for severe complications, and bilomas came in "
    "about half of a phase 2 trial",
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
TACE = embolization("tace", "Transarterial chemoembolization (TACE)", TACE_1, TACE_2)
DEB_TACE = embolization("deb_tace", "TACE with drug-eluting beads", TACE_2, DEBT_1, DEBT_2)

# Radioembolization. -------------------------------------------------------------------------

TARE_1 = require(
    "TARE-1",
    "Not a clear candidate for resection, or remnant to be augmented",
    any_of(ask.NOT_A_RESECTION_CANDIDATE, NEEDS_AUGMENTATION),
    because="where the metastases can be resected, resection gives the better outlook",
    cites=["cloyd2020", "clift2021"],
)
TARE_1A = caution(
    "TARE-1a",
    "Radiation lobectomy as a bridge to resection",
    NEEDS_AUGMENTATION,
    because="the other lobe grows while one is irradiated; shown mostly in other cancers",
    cites=["clift2021"],
)
TARE_2 = shared.well_differentiated(
    "TARE-2", "transarterial treatment is for well-differentiated tumors", ["cloyd2020"]
)
TARE_2C = shared.high_grade_warns(
    "TARE-2c", "the reported patients had mostly G1 and G2", ["operational"], strong=False
)
TARE_3 = require(
    "TARE-3",
    "Lung shunt measured (Tc-99m MAA)",
    present("lung_shunt_percent"),
    because="particles that pass into the lung cause radiation pneumonitis",
    cites=["lewis2012"],
)
TARE_4 = exclude(
    "TARE-4",
    "Lung shunt too high",
    more_than("lung_shunt_percent", parameter="lung_shunt_max_percent"),
    because="too much of the dose would reach the lung; the number is a working limit",
    cites=["operational", "lewis2012"],
)
TARE_5 = favor(
    "TARE-5",
    "Burden below 50 % and nothing outside the liver",
    all_of(less_than("liver_tumor_burden_percent", 50), ask.EXTRAHEPATIC_NONE),
    because="the effect was best there",
    cites=["lasalvia2016"],
)
TARE_6 = note(
    "TARE-6",
    "Portal vein thrombosis is no exclusion",
    THROMBOSIS,
    because="the small particles hardly close the artery, so portal flow matters less",
    cites=["lasalvia2016"],
)
TARE_7 = caution(
    "TARE-7",
    "Bilirubin raised or Child-Pugh B",
    any_of(
        more_than("bilirubin_mg_dl", parameter="tare_bilirubin_max"),
        is_true("staging.child_pugh_at_least_b"),
    ),
    check=True,
    because="irradiated liver may fail late",
    cites=["operational", "clift2021"],
    conflict=Conflict(
        positions=(
            ("lasalvia2016", "impaired liver function is no contraindication here"),
            ("clift2021", "points to late hepatotoxicity"),
        ),
        default="a caution, to be checked before",
    ),
)
TARE_8 = caution(
    "TARE-8",
    "Long survival expected: late radiation damage",
    all_of(
        equals("staging.grade", "G1"),
        at_most("liver_tumor_burden_percent", parameter="tare_low_burden_percent"),
    ),
    because="late fibrosis of the liver is little studied in patients who live for years",
    cites=["cloyd2020", "lewis2012"],
)
TARE_9 = caution(
    "TARE-9",
    "PRRT given before",
    ask.given("prrt"),
    because="the liver carries both radiation doses",
    cites=["clift2021"],
)
TARE_10 = favor(
    "TARE-10",
    "Biliary-enteric anastomosis or portal vein thrombosis",
    any_of(is_true("biliary_enteric_anastomosis"), THROMBOSIS),
    because="less ischemia: fewer abscesses, and portal flow matters less",
    cites=["cloyd2020", "lasalvia2016"],
)
TARE_11 = shared.crisis_precautions(
    "TARE-11",
    "hormones set free by dying tumor can set off a crisis; cover it and watch the patient",
    ["cloyd2020", "operational"],
)
TARE_12 = exclude(
    "TARE-12",
    "Child-Pugh C",
    ask.CHILD_PUGH_C,
    because="a decompensated liver does not stand the radiation",
    cites=["operational", "clift2021"],
)
TARE_13 = note(
    "TARE-13",
    "Map and close branches to stomach and duodenum",
    always(),
    because="particles that stray there cause ulcers that hardly heal",
    cites=["lewis2012", "lasalvia2016"],
)
TARE_16 = note(
    "TARE-16",
    "Response against TACE",
    always(),
    because="similar at 6 months, lower at 12 (46 against 66 %); early toxicity is milder",
    cites=["lasalvia2016", "cloyd2020"],
)

TARE = Option(
    "tare",
    "Radioembolization (TARE)",
    (
        TARE_1, shared.resection_is_alternative("TARE-1r"), TARE_1A,
        shared.debulking_is_alternative("TARE-1c"), TARE_2, TARE_2C, TARE_3, TARE_4, TARE_5, TARE_6,
        TARE_7, TARE_8, TARE_9, TARE_10, TARE_11, TARE_12, TARE_13, shared.calm_disease("TARE-14"),
        shared.liver_not_dominant("TARE-15"), TARE_16, shared.pregnancy_excludes(),
        shared.progressed_on_it("tare"), shared.liver_not_clear(), shared.right_heart_checked(),
    ),
)  # fmt: skip
