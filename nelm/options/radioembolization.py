"""Radioembolization with yttrium-90."""

from __future__ import annotations

from nelm.criteria import Conflict, Option, caution, exclude, favor, note, require
from nelm.options import questions as ask
from nelm.options import shared
from nelm.predicates import (
    all_of,
    always,
    any_of,
    at_most,
    equals,
    is_true,
    less_than,
    more_than,
    one_of,
    present,
)

THROMBOSIS = one_of("portal_vein", ("partial_thrombosis", "complete_thrombosis"))
NEEDS_AUGMENTATION = equals("staging.resectability", "needs_remnant_augmentation")

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
    because="the other lobe grows while one is irradiated; shown mostly in other cancers, and "
    "called promising here",
    cites=["clift2021", "lasalvia2016"],
)
TARE_2 = shared.well_differentiated(
    "TARE-2",
    "transarterial treatment is for well-differentiated tumors",
    ["cloyd2020", "lasalvia2016", "operational"],
)
TARE_2C = shared.high_grade_warns(
    "TARE-2c", "to be used in G1 and G2", ["lasalvia2016"], strong=False
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
    cites=["lasalvia2016", "lewis2012"],
)
RADIATED_LIVER = Conflict(
    positions=(
        ("lasalvia2016", "impaired liver function is no contraindication here"),
        ("clift2021", "points to late hepatotoxicity"),
    ),
    default="Child-Pugh C excludes, B or raised bilirubin warns",
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
    conflict=RADIATED_LIVER,
)
TARE_8 = caution(
    "TARE-8",
    "Long survival expected: late radiation damage",
    all_of(
        equals("staging.grade", "G1"),
        at_most("liver_tumor_burden_percent", parameter="tare_low_burden_percent"),
    ),
    because="late fibrosis of the liver is little studied in patients who live for years; the "
    "bounds are a working rule",
    cites=["cloyd2020", "lewis2012", "operational"],
)
TARE_9 = caution(
    "TARE-9",
    "PRRT given before",
    ask.given("prrt"),
    because="the liver carries both radiation doses; the sequence is under study",
    cites=["clift2021", "cloyd2020"],
)
TARE_10 = favor(
    "TARE-10",
    "Biliary-enteric anastomosis or portal vein thrombosis",
    any_of(is_true("biliary_enteric_anastomosis"), THROMBOSIS),
    because="named as a choice after pancreatoduodenectomy; less ischemia, so portal flow matters "
    "less",
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
    conflict=RADIATED_LIVER,
)
TARE_13 = note(
    "TARE-13",
    "Map and close branches to stomach and duodenum",
    always(),
    because="particles that stray there cause ulcers that hardly heal",
    cites=["lewis2012", "lasalvia2016", "operational"],
)
TARE_16 = note(
    "TARE-16",
    "Response against TACE",
    always(),
    because="similar at 6 months, lower at 12 (46 against 66 %); early toxicity is milder",
    cites=["lasalvia2016", "cloyd2020"],
    conflict=Conflict(
        positions=(
            ("cloyd2020", "in one comparison survival was alike"),
            ("cloyd2020", "in others it was longer after TACE, with more early complications"),
        ),
        default="no preference",
    ),
)
TARE_17 = note(
    "TARE-17",
    "What it asks of the patient",
    always(),
    because="fewer sessions and shorter stays than embolization, and easier to repeat; costly and "
    "not available everywhere",
    cites=["lewis2012", "lasalvia2016"],
)
TARE_18 = note(
    "TARE-18",
    "Size may understate the response",
    always(),
    because="necrosis can pass for stable disease; diffusion-weighted MRI foretold survival better "
    "than PET/CT in one study",
    cites=["lasalvia2016", "clift2021"],
)

TARE = Option(
    "tare",
    "Radioembolization (TARE)",
    (
        TARE_1, shared.resection_is_alternative("TARE-1r"), TARE_1A,
        shared.debulking_is_alternative("TARE-1c"), TARE_2, TARE_2C, TARE_3, TARE_4, TARE_5, TARE_6,
        TARE_7, TARE_8, TARE_9, TARE_10, TARE_11, TARE_12, TARE_13, shared.calm_disease("TARE-14"),
        shared.liver_not_dominant("TARE-15"), TARE_16, TARE_17, TARE_18,
        shared.pregnancy_excludes(),
        shared.progressed_on_it("tare"), shared.liver_not_clear(), shared.right_heart_checked(),
    ),
)  # fmt: skip
