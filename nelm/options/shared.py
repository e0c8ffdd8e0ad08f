"""Criteria that several options carry, made once.

A criterion is identified by option and id: a shared id (`LIV`, `HEP-6`) means the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from nelm.criteria import Conflict, Criterion, caution, exclude, require
from nelm.options import questions as ask
from nelm.predicates import (
    all_of,
    any_of,
    contains,
    is_true,
    negated,
    one_of,
    unknown_as,
)

LIMITED_EXTRAHEPATIC = Conflict(
    positions=(
        ("cloyd2020", "low-volume indolent disease outside the liver need not prevent resection"),
        ("cloyd2020", "quotes ENETS: no disease outside the liver"),
        ("lasalvia2016", "quotes ENETS: no extra-abdominal spread and no unresectable nodes"),
    ),
    default="low-volume indolent disease is accepted with a caution",
)


OCTREOTIDE_COVER = Conflict(
    positions=(
        ("cloyd2020", "dose and benefit of octreotide are debated; it did not prevent crises"),
        ("clift2021", "lists a study that describes an effective prophylaxis"),
    ),
    default="precautions, without a dose",
)
SPREAD_ELSEWHERE = Conflict(
    positions=(
        ("lasalvia2016", "for disease in the liver only or mainly there"),
        ("lewis2012", "disease elsewhere that cannot be resected is no absolute contraindication"),
        ("cloyd2020", "beside systemic treatment, depending on the disease in the liver"),
    ),
    default="open, with a caution unless the liver is dominant",
)
DISSEMINATED = Conflict(
    positions=(
        ("lasalvia2016", "type III is always for medical treatment"),
        ("cloyd2020", "transarterial treatment first for multifocal bilobar disease"),
    ),
    default="transarterial treatment leads, SSA goes along; resection with a strong caution",
)


def pregnancy_excludes() -> Criterion:
    return exclude(
        "PREG",
        "Pregnancy",
        is_true("pregnant"),
        because="the treatment can harm the unborn child",
        cites=["operational"],
    )


def pregnancy_warns() -> Criterion:
    return caution(
        "PREG",
        "Pregnancy",
        is_true("pregnant"),
        strong=True,
        because="fluoroscopy and drugs can harm the unborn child",
        cites=["operational"],
    )


def not_progressed_on(therapy: str) -> Criterion:
    return require(
        "REPEAT",
        "Not progressed on it before",
        negated(unknown_as(contains("progressed_on", therapy), False)),
        because="a drug on which the disease grew is not given again",
        cites=["operational"],
    )


def progressed_on_it(therapy: str, *, cites: Iterable[str] = ("operational",)) -> Criterion:
    stabilized = therapy == "prrt"
    return caution(
        "REPEAT",
        "Progressed on it before",
        contains("progressed_on", therapy),
        strong=True,
        because="some patients stabilized again with further cycles, without added toxicity"
        if stabilized
        else "the disease has grown under this treatment already",
        cites=cites,
    )


def liver_not_clear() -> Criterion:
    return require(
        "NED",
        "Liver metastases present",
        negated(ask.LIVER_CLEAR),
        because="a treatment through the liver artery needs a target in the liver",
        cites=["operational"],
    )


def disease_present() -> Criterion:
    return require(
        "NED",
        "Disease present in or outside the liver",
        any_of(negated(ask.LIVER_CLEAR), ask.EXTRAHEPATIC_PRESENT),
        because="adjuvant use after clearance is unproven",
        cites=["operational"],
    )


def adjuvant_use() -> Criterion:
    return caution(
        "NED",
        "No disease left: adjuvant use",
        all_of(ask.LIVER_CLEAR, ask.EXTRAHEPATIC_NONE),
        because="adjuvant use after clearance is unproven",
        cites=["operational"],
    )


def child_pugh_c_warns() -> Criterion:
    return caution(
        "LIV",
        "Child-Pugh C",
        ask.CHILD_PUGH_C,
        strong=True,
        because="the treatment has hardly been studied in decompensated liver disease",
        cites=["operational"],
    )


def right_heart_checked() -> Criterion:
    heart = is_true("right_heart_failure")
    return caution(
        "RHF",
        "Right heart failure",
        heart,
        check=any_of(heart, ask.CARCINOID),
        because="contrast and fluids load a failing right heart; cardiology sees the patient first",
        cites=["operational"],
    )


def well_differentiated(id_: str, because: str, cites: Iterable[str]) -> Criterion:
    return require(
        id_, "Well differentiated, G1 to G3", ask.WELL_DIFFERENTIATED_ANY_GRADE,
        because=because, cites=cites,
    )  # fmt: skip


def high_grade_warns(id_: str, because: str, cites: Iterable[str], *, strong: bool) -> Criterion:
    return caution(
        id_, "Well-differentiated G3", ask.WELL_DIFFERENTIATED_G3,
        strong=strong, because=because, cites=cites,
    )  # fmt: skip


def resection_not_preferred(id_: str, cites: Iterable[str]) -> Criterion:
    return require(
        id_,
        "Not a clear candidate for resection",
        ask.NOT_A_RESECTION_CANDIDATE,
        because="where the metastases can be resected, resection gives the better outlook",
        cites=cites,
    )


def resection_is_alternative(id_: str) -> Criterion:
    return caution(
        id_,
        "Resection is possible too",
        ask.RESECTION_POSSIBLE,
        because="a resection with reservations should be weighed against this first",
        cites=["operational"],
    )


def debulking_is_alternative(id_: str) -> Criterion:
    return caution(
        id_,
        "Debulking is open too",
        ask.open_verdict("debulking"),
        because="removing most of the burden is an alternative to weigh",
        cites=["operational"],
    )


def crisis_precautions(
    id_: str,
    because: str,
    cites: Iterable[str],
    conflict: Conflict | None = None,
) -> Criterion:
    return caution(
        id_, "Carcinoid syndrome: crisis precautions", ask.CARCINOID,
        check=True, because=because, cites=cites, conflict=conflict,
    )  # fmt: skip


def near_bile_ducts() -> Criterion:
    return caution(
        "ABL-3",
        "Close to the hilum or a major bile duct",
        is_true("hilar_or_bile_duct_proximity"),
        because="heat near the portal pedicles injures bile ducts",
        cites=["cloyd2020"],
    )


def near_large_vessels() -> Criterion:
    return caution(
        "ABL-4",
        "Close to a large vessel",
        is_true("large_vessel_proximity"),
        because="flowing blood carries the heat away and tumor survives; microwave suffers less",
        cites=["cloyd2020", "lewis2012"],
    )


def receptor_imaging_not_by_pet() -> Criterion:
    seen_otherwise = negated(one_of("sstr_modality", ask.PETS))
    return caution(
        "HEP-16",
        "Spread outside the liver not looked for by receptor PET",
        all_of(ask.EXTRAHEPATIC_NONE, unknown_as(seen_otherwise, False)),
        because="receptor PET finds far more than scintigraphy and often changes the plan",
        cites=["cloyd2020"],
    )


def calm_disease(id_: str) -> Criterion:
    return caution(
        id_,
        "No symptoms, no hormones, no progression",
        ask.CALM,
        strong=True,
        because="the usual reasons are symptoms, hormone excess or rapid growth in the liver",
        cites=["lasalvia2016"],
    )


def liver_not_dominant(id_: str) -> Criterion:
    return caution(
        id_,
        "Significant disease outside the liver, liver not dominant",
        all_of(
            ask.extrahepatic_is("significant"),
            negated(unknown_as(is_true("liver_dominant"), False)),
        ),
        because="liver-directed treatment is meant for disease mainly in the liver",
        cites=["lasalvia2016"],
        conflict=SPREAD_ELSEWHERE,
    )
