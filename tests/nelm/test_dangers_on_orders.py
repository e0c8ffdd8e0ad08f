"""Every card at order entry tells the known dangers, the most urgent by name, whatever it says."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nelm.assessment import Assessment, assess
from nelm.facts import Fact, FactSet
from nelm.findings import Finding
from nelm.grounds import deciding_outcome
from nelm.logic import Range
from nelm.order_check import check_order
from tests.nelm.options.judged import AS_OF, CHILD_PUGH_B, CHILD_PUGH_C, given
from tests.vignettes.worked_cases import sheet

SEEN = date(2026, 5, 12)
MIDGUT = sheet()["bases"]["multifocal_midgut"]
RESECTABLE = sheet()["bases"]["resectable_ileal"]
HEART = {"right_heart_failure": True}
WOMAN = {"sex": "female", "age_years": 33, "pregnant": None}


def patient(base: dict[str, Any], /, **changes: Any) -> Assessment:
    facts = {
        name: value if isinstance(value, Fact) else Fact(name, value, effective=SEEN)
        for name, value in (base | changes).items()
        if value is not None
    }
    return assess(FactSet.of(facts), None, AS_OF)


def found(base: dict[str, Any], order: str, /, **changes: Any) -> Finding:
    finding = check_order(patient(base, **changes), order)
    assert finding is not None
    return finding


def ids(finding: Finding) -> list[str]:
    """The criteria named on the card beside the first, as they stand there."""
    lines = (*finding.details[1:], *finding.beside)
    return [line.partition(" · ")[2].partition(":")[0] for line in lines if " · " in line]


# A card about what is missing. ----------------------------------------------------------------


def test_a_missing_lung_shunt_does_not_hide_a_failing_heart_and_liver() -> None:
    failing = HEART | CHILD_PUGH_B
    finding = found(MIDGUT, "tare", lung_shunt_percent=None, **failing)
    assert finding.topic == "insufficient_data"
    assert finding.summary == (
        "TARE: lung shunt not known. Order Tc-99m MAA scan first; right heart failure "
        "(2026-05-12); bilirubin 2.5 mg/dL (2026-05-12), Child-Pugh B"
    )
    assert ids(finding)[:2] == ["RHF", "TARE-7"]
    assert "cardiology sees the patient first" in finding.beside[0]


def test_a_missing_receptor_study_does_not_hide_low_platelets() -> None:
    finding = found(
        MIDGUT, "prrt", krenning_score=None, sstr_modality=None, platelets_10e9_l=30, **HEART
    )
    assert finding.topic == "insufficient_data"
    assert {"RHF", "PRRT-5"} <= set(ids(finding))
    assert finding.summary.endswith("; right heart failure; platelets 30 ×10⁹/L (2026-05-12)")


def test_a_missing_spread_does_not_hide_an_impaired_liver_from_the_surgeon() -> None:
    finding = found(RESECTABLE, "hepatectomy", extrahepatic_disease=None, **CHILD_PUGH_B)
    assert finding.topic == "insufficient_data"
    assert "HEP-15c" in ids(finding)


def test_a_contraindicated_treatment_tells_the_other_dangers_too() -> None:
    finding = found(MIDGUT, "tace", portal_vein="complete_thrombosis", **HEART)
    assert finding.topic == "contraindicated"
    assert "RHF" in ids(finding)


# Cautions without a mark. ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "order", "changes", "criterion"),
    [
        (MIDGUT, "tae", {"portal_vein": "partial_thrombosis"} | CHILD_PUGH_B, "EMB-3c"),
        (MIDGUT, "prrt", {"liver_tumor_burden_percent": 60}, "PRRT-7"),
        (MIDGUT, "prrt", given("tare"), "PRRT-10"),
        (
            RESECTABLE,
            "hepatectomy",
            {"peritoneal_carcinomatosis": "limited", "functional_syndrome": "carcinoid"},
            "HEP-5c",
        ),
        (RESECTABLE, "ablation", {"hilar_or_bile_duct_proximity": True}, "ABL-3"),
    ],
)
def test_a_caution_about_this_patient_stands_on_any_card_shown(
    base: dict[str, Any], order: str, changes: dict[str, Any], criterion: str
) -> None:
    finding = found(base, order, **changes)
    assert criterion in (finding.criterion, *ids(finding))


def test_a_partial_thrombosis_is_named_before_the_crisis_precautions() -> None:
    finding = found(MIDGUT, "tae", portal_vein="partial_thrombosis")
    assert finding.summary == (
        "TAE: partial portal vein thrombosis (2026-05-12); "
        "carcinoid syndrome (2026-05-12): crisis precautions"
    )


# Which danger is named first. -----------------------------------------------------------------


@pytest.mark.parametrize("order", ["tae", "tace", "tare", "prrt"])
def test_a_failing_right_heart_is_named_before_the_carcinoid_syndrome(order: str) -> None:
    finding = found(MIDGUT, order, **HEART)
    assert finding.criterion == "RHF"
    assert finding.summary.endswith(
        ": right heart failure (2026-05-12), cardiology first; "
        "carcinoid syndrome (2026-05-12): crisis precautions"
    )


def test_proposal_and_care_plan_name_it_first_too() -> None:
    deciding = deciding_outcome(patient(MIDGUT, **HEART).option("tae"))
    assert deciding is not None
    assert deciding.id == "RHF"


def test_a_decompensated_liver_is_named_before_the_site_of_the_primary() -> None:
    finding = found(MIDGUT, "captem", **CHILD_PUGH_C)
    assert finding.criterion == "LIV"


def test_pregnancy_is_named_before_what_is_true_of_everybody() -> None:
    finding = found(MIDGUT, "deb_tace", **(WOMAN | {"pregnant": True}))
    assert finding.criterion == "PREG"


def test_the_heart_stands_beside_the_caution_of_the_method() -> None:
    finding = found(MIDGUT, "deb_tace", **HEART)
    assert finding.criterion == "DEBT-1"
    assert finding.summary.endswith("; right heart failure (2026-05-12)")


def test_the_button_brings_all_the_blood_that_the_named_line_lacks() -> None:
    labs = ("bilirubin_mg_dl", "albumin_g_dl", "platelets_10e9_l", "hemoglobin_g_dl",
            "leukocytes_10e9_l", "egfr_ml_min_1_73m2")  # fmt: skip
    finding = found(MIDGUT, "prrt", **dict.fromkeys(labs))
    assert finding.criterion == "PRRT-5"
    assert finding.suggestion is not None
    wanted = {finding.suggestion.create, *finding.suggestion.also}
    assert wanted == {"blood_count", "renal_function", "liver_panel"}


# Values on both sides of a limit, and what nobody asked. --------------------------------------


def test_a_burden_on_both_sides_of_its_limit_is_to_be_looked_at() -> None:
    finding = found(MIDGUT, "tae", liver_tumor_burden_percent=Range(60, 90))
    assert finding.criterion == "EMB-5"
    assert "on both sides of 75 %; carcinoid syndrome" in finding.summary


def test_such_a_burden_alone_brings_no_card() -> None:
    calm = {"functional_syndrome": "none", "symptomatic": False}
    one = patient(MIDGUT, liver_tumor_burden_percent=Range(60, 90), **calm)
    assert check_order(one, "tae") is None


@pytest.mark.parametrize("order", ["tae", "tace", "deb_tace"])
def test_unknown_pregnancy_of_a_woman_is_named_where_a_card_is_shown(order: str) -> None:
    finding = found(MIDGUT, order, **WOMAN)
    assert "not checked: pregnancy" in finding.summary


def test_unknown_pregnancy_alone_brings_no_card_and_men_are_not_asked() -> None:
    calm = {"functional_syndrome": "none", "symptomatic": False}
    assert check_order(patient(MIDGUT, **WOMAN, **calm), "tae") is None
    assert "pregnancy" not in found(MIDGUT, "tae", sex="male").summary


def test_a_size_on_both_sides_of_its_limit_is_measured_again_not_scanned_again() -> None:
    finding = found(RESECTABLE, "ablation", largest_liver_lesion_mm=Range(30, 40))
    assert finding.topic == "insufficient_data"
    assert finding.suggestion is None
    assert finding.summary.endswith("on both sides of 35 mm. Have it measured again")
