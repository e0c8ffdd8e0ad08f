"""Twenty of the criteria, chosen to differ; and the same ones written by hand in plain Python."""

from typing import Any

from nelm.case import Case
from nelm.criteria import Criterion, Option
from nelm.logic import Kleene
from nelm.options.local import ABL_2, ABL_2N, ABL_5, ABL_8
from nelm.options.radioembolization import (
    TARE_1A,
    TARE_2,
    TARE_3,
    TARE_4,
    TARE_5,
    TARE_6,
    TARE_7,
    TARE_8,
    TARE_9,
    TARE_10,
    TARE_12,
)
from nelm.options.radioligand import PRRT_1, PRRT_2
from nelm.options.transarterial import EMB_3, EMB_3C, EMB_4

TWENTY: tuple[Criterion, ...] = (
    TARE_1A, TARE_2, TARE_3, TARE_4, TARE_5, TARE_6, TARE_7, TARE_8, TARE_9, TARE_10, TARE_12,
    ABL_2, ABL_2N, ABL_5, ABL_8, PRRT_1, PRRT_2, EMB_3, EMB_3C, EMB_4,
)  # fmt: skip
AS_AN_OPTION = Option("tare", "Twenty criteria", TWENTY)


def all_of(*values: Kleene) -> Kleene:
    return False if False in values else None if None in values else True


def any_of(*values: Kleene) -> Kleene:
    return True if True in values else None if None in values else False


def equals(value: Any, wanted: Any) -> Kleene:
    return None if value is None else value == wanted


def below(value: float | None, limit: float) -> Kleene:
    return None if value is None else value < limit


def at_most(value: float | None, limit: float) -> Kleene:
    return None if value is None else value <= limit


def above(value: float | None, limit: float) -> Kleene:
    return None if value is None else value > limit


def by_hand(case: Case) -> list[Kleene]:
    """The outcomes of TWENTY, in their order, as somebody would write them who knows all facts."""
    get, staging, limits = case.values.get, case.staging, case.parameters
    vein, burden, size = (
        get(name)
        for name in ("portal_vein", "liver_tumor_burden_percent", "largest_liver_lesion_mm")
    )
    shunt, given = get("lung_shunt_percent"), staging.previous_therapies
    thrombosis = None if vein is None else vein in ("partial_thrombosis", "complete_thrombosis")
    if vein is None:
        closed = None
    elif limits["embolization_portal_vein_exclude"] == "any":
        closed = vein != "patent"
    else:
        closed = vein == "complete_thrombosis"
    poor = staging.child_pugh_at_least_c
    if limits["embolization_child_pugh_exclude"] == "B":
        poor = staging.child_pugh_at_least_b
    return [
        equals(staging.resectability, "needs_remnant_augmentation"),
        any_of(staging.low_grade, staging.well_g3),
        None if shunt is None else True,
        above(shunt, limits["lung_shunt_max_percent"]),
        all_of(below(burden, 50), staging.extrahepatic_none),
        thrombosis,
        any_of(
            above(get("bilirubin_mg_dl"), limits["tare_bilirubin_max"]),
            staging.child_pugh_at_least_b,
        ),
        all_of(equals(staging.grade, "G1"), at_most(burden, limits["tare_low_burden_percent"])),
        None if given is None else "prrt" in given,
        any_of(equals(get("biliary_enteric_anastomosis"), True), thrombosis),
        staging.child_pugh_at_least_c,
        below(size, limits["ablation_max_mm"]),
        above(size, 30),
        any_of(
            below(get("platelets_10e9_l"), limits["ablation_platelets_min"]),
            above(get("inr"), limits["ablation_inr_max"]),
        ),
        any_of(None if vein is None else vein != "patent", staging.synthetic_function_compromised),
        equals(staging.sstr_status, "positive"),
        any_of(
            staging.low_grade,
            all_of(staging.well_g3, at_most(staging.ki67, limits["prrt_g3_ki67_max"])),
        ),
        closed,
        equals(vein, "partial_thrombosis"),
        poor,
    ]
