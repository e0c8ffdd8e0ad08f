"""A draft order gets the first finding that applies, or silence."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nelm.assessment import assess
from nelm.errors import UnknownName
from nelm.evidence.parameters import Parameters
from nelm.facts import Fact, FactSet
from nelm.findings import Finding
from nelm.order_check import ORDERS, check_order, check_orders
from tests.nelm.options.judged import AS_OF, assessed
from tests.vignettes.worked_cases import assessed as worked
from tests.vignettes.worked_cases import case_named, sheet

MULTIFOCAL = sheet()["bases"]["multifocal_midgut"]
RESECTABLE = sheet()["bases"]["resectable_ileal"]
QUIET = {"functional_syndrome": "none", "symptomatic": False}


def check(base: dict[str, Any], order: str, /, **changes: Any) -> Finding | None:
    facts = {name: value for name, value in (base | changes).items() if value is not None}
    return check_order(assess(FactSet.of(facts), None, AS_OF), order)


def found(base: dict[str, Any], order: str, /, **changes: Any) -> Finding:
    finding = check(base, order, **changes)
    assert finding is not None
    return finding


# Options. -----------------------------------------------------------------------------------


def test_contraindicated_is_critical_and_offers_what_is_open() -> None:
    finding = found(MULTIFOCAL, "tace", portal_vein="complete_thrombosis")
    assert (finding.indicator, finding.topic) == ("critical", "contraindicated")
    assert finding.criterion == "EMB-3"
    assert finding.summary == "TACE: contraindicated, complete portal vein thrombosis"
    assert [one.option for one in finding.alternatives] == ["tare", "prrt", "ssa"]
    assert finding.cites == ("lewis2012",)


def test_not_indicated_is_a_warning() -> None:
    finding = found(RESECTABLE, "sunitinib")
    assert (finding.indicator, finding.topic) == ("warning", "not_indicated")
    assert finding.summary == "Sunitinib: not indicated, primary in the ileum"


def test_met_strong_caution_is_a_warning() -> None:
    finding = found(MULTIFOCAL, "tace", liver_tumor_burden_percent=80)
    assert (finding.indicator, finding.criterion) == ("warning", "EMB-5")


def test_strong_caution_counts_only_when_met() -> None:
    unknown_liver = {"albumin_g_dl": None, "bilirubin_mg_dl": None, "inr": None}
    assert check(MULTIFOCAL | QUIET, "everolimus", **unknown_liver) is None


def test_insufficient_data_orders_what_is_missing_first() -> None:
    finding = found(MULTIFOCAL, "tare", lung_shunt_percent=None)
    assert (finding.indicator, finding.topic) == ("info", "insufficient_data")
    assert finding.missing == ("lung_shunt_percent",)
    assert finding.suggestion is not None
    assert finding.suggestion.create == "maa_scan"
    assert finding.summary == "TARE: lung shunt not known. Order Tc-99m MAA scan first"


def test_what_no_test_brings_is_to_be_settled() -> None:
    finding = found(RESECTABLE, "repeat_hepatectomy")
    assert finding.suggestion is None
    assert finding.summary == "Repeat hepatectomy: earlier treatments not known. Settle that first"


def test_better_ranked_eligible_option_is_named() -> None:
    finding = found(RESECTABLE, "ablation")
    assert (finding.indicator, finding.topic) == ("info", "better_option")
    assert [one.option for one in finding.alternatives] == ["hepatectomy"]


def test_a_better_option_does_not_hide_that_a_contraindication_is_not_excluded() -> None:
    spread = {"extrahepatic_disease": "significant", "portal_vein": None}
    finding = found(MULTIFOCAL | QUIET, "tace", **spread)
    assert finding.topic == "better_option"
    assert finding.summary.endswith("; not excluded: portal vein thrombosis (EMB-3)")
    assert len(finding.summary) < 140
    assert finding.beside[0] == "Not excluded: portal vein thrombosis · EMB-3"
    assert finding.suggestion is not None
    assert finding.suggestion.create == "portal_vein_patency"
    assert finding.suggestion.because == finding.beside[0]
    assert finding.missing == ("portal_vein",)


def test_a_warning_names_what_is_not_excluded() -> None:
    finding = found(MULTIFOCAL, "tace", liver_tumor_burden_percent=80, portal_vein=None)
    assert finding.topic == "strong_caution"
    assert finding.summary.endswith("not excluded: portal vein thrombosis (EMB-3)")
    assert finding.suggestion is not None
    assert finding.suggestion.create == "portal_vein_patency"


def test_a_test_is_not_offered_for_an_option_that_is_not_indicated() -> None:
    finding = found(RESECTABLE, "tare", lung_shunt_percent=None)
    assert finding.topic == "not_indicated"
    assert "Not excluded: lung shunt too high · TARE-4" in finding.beside
    assert finding.suggestion is None


def test_what_the_missing_result_settles_is_not_said_twice() -> None:
    finding = found(MULTIFOCAL, "tare", lung_shunt_percent=None)
    assert not any("TARE-4" in line for line in finding.beside)


def test_an_alternative_says_what_is_not_excluded_of_it() -> None:
    finding = found(MULTIFOCAL, "deb_tace", portal_vein=None)
    reasons = {one.option: one.reason or "" for one in finding.alternatives}
    assert "not excluded: portal vein thrombosis (EMB-3)" in reasons["tae"]


def test_a_check_names_what_is_not_excluded_beside_what_is_met() -> None:
    finding = found(MULTIFOCAL, "tace", portal_vein=None)
    assert finding.summary == (
        "TACE: not excluded: portal vein thrombosis (EMB-3); carcinoid syndrome: crisis precautions"
    )
    assert finding.suggestion is not None
    assert finding.suggestion.create == "portal_vein_patency"


def test_a_caution_of_the_method_itself_is_said_with_what_it_is_ordered_for() -> None:
    seen = Fact("liver_lesion_count", 14, effective=date(2026, 5, 12))
    finding = found(MULTIFOCAL | QUIET, "deb_tace", liver_lesion_count=seen)
    assert finding.summary.startswith(
        "DEB-TACE: strong caution, biliary injury with drug-eluting beads; open for "
        "multifocal disease in both lobes (2026-05-12)"
    )
    assert any(line.startswith("Open for multifocal disease") for line in finding.details)


def test_a_vein_looked_at_since_is_new_evidence() -> None:
    before = found(MULTIFOCAL, "deb_tace", portal_vein=None)
    after = found(MULTIFOCAL, "deb_tace", portal_vein="patent")
    assert before.evidence != after.evidence


def test_surgery_with_a_check_still_goes_before_in_resection_first() -> None:
    finding = found(RESECTABLE, "ablation", functional_syndrome="carcinoid")
    assert finding.topic == "better_option"


def test_adjunct_neither_draws_nor_causes_a_better_option() -> None:
    assert check(RESECTABLE, "ssa") is None
    clear = {"liver_lesion_count": 0, "largest_liver_lesion_mm": None, "bilobar": None,
             "reported_resectability": None, "extrahepatic_disease": "significant",
             "liver_tumor_burden_percent": None}  # fmt: skip
    finding = found(RESECTABLE, "prrt", **clear)
    assert finding.topic != "better_option"


def test_tied_options_are_not_better() -> None:
    assert check(MULTIFOCAL | QUIET, "tace") is None
    assert check(MULTIFOCAL | QUIET, "tare") is None


def test_met_check_caution_is_to_be_looked_at_first() -> None:
    finding = found(RESECTABLE, "hepatectomy", functional_syndrome="carcinoid")
    assert (finding.topic, finding.criterion) == ("check", "HEP-11")
    assert finding.summary == "Hepatectomy: carcinoid syndrome: crisis precautions"


def test_unknown_check_suggests_the_test_that_settles_it() -> None:
    finding = found(MULTIFOCAL | QUIET, "tae", albumin_g_dl=None, inr=None)
    assert finding.topic == "check"
    assert finding.suggestion is not None
    assert finding.suggestion.create == "liver_panel"
    assert "inr" in finding.missing


def test_stale_fact_is_to_be_renewed() -> None:
    scan = Fact("krenning_score", 4, effective=date(2025, 3, 1))
    finding = found(MULTIFOCAL | QUIET, "ssa", krenning_score=scan)
    assert finding.summary.startswith(
        "Somatostatin analogue: Krenning score 4 (2025-03-01), 457 days old, limit 365"
    )
    assert finding.suggestion is not None
    assert finding.suggestion.create == "dotatate_pet"


def test_eligible_and_conditional_by_evidence_only_are_silent() -> None:
    assert check(RESECTABLE, "hepatectomy") is None
    assert check(MULTIFOCAL | QUIET, "ssa") is None


def test_patient_without_liver_metastases_gets_no_finding() -> None:
    for order in ("tace", "liver_mri", "octreoscan"):
        assert check(MULTIFOCAL, order, has_liver_metastases=None) is None


def test_option_of_a_pack_that_is_off_gets_no_finding() -> None:
    parameters = Parameters({"packs": {"later": False}})
    assert check_order(assess(FactSet.of(MULTIFOCAL), parameters, AS_OF), "cabozantinib") is None


def test_unknown_order_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean octreoscan"):
        check_order(assessed({}), "octreoscann")


# Work-up items. -----------------------------------------------------------------------------


def test_octreoscan_says_what_a_fresh_pet_shows_already() -> None:
    scan = Fact("krenning_score", 4, effective=date(2026, 5, 12), source="Observation/pet")
    finding = found(MULTIFOCAL, "octreoscan", krenning_score=scan)
    assert finding.summary == (
        "OctreoScan: receptor PET of 2026-05-12 already shows Krenning score 4. "
        "Repeat not needed; if repeated, by PET"
    )
    assert finding.sources == ("Observation/pet",)
    assert finding.suggestion is not None
    assert finding.suggestion.delete == "octreoscan"


def test_octreoscan_says_nothing_of_a_pet_that_is_old_or_was_none() -> None:
    old = Fact("krenning_score", 4, effective=date(2025, 3, 1))
    recent = Fact("krenning_score", 4, effective=date(2026, 5, 12))
    for changes in ({"krenning_score": old}, {"krenning_score": recent, "sstr_modality": "spect"}):
        finding = found(MULTIFOCAL, "octreoscan", **changes)
        assert finding.summary == "OctreoScan: replace by Ga-68 DOTATATE PET, which finds far more"


def test_octreoscan_is_replaced_by_pet() -> None:
    finding = found(MULTIFOCAL, "octreoscan")
    assert finding.topic == "replaced"
    assert finding.suggestion is not None
    assert (finding.suggestion.delete, finding.suggestion.create) == ("octreoscan", "dotatate_pet")


def test_fresh_result_is_shown_with_its_source() -> None:
    scan = Fact(
        "krenning_score", 4, effective=date(2026, 4, 2), source="Observation/7", version="1"
    )
    finding = found(MULTIFOCAL, "dotatate_pet", krenning_score=scan)
    assert finding.topic == "fresh_result"
    assert finding.summary == "Ga-68 DOTATATE PET: a fresh result of 2026-04-02 is on file"
    assert finding.sources == ("Observation/7",)


@pytest.mark.parametrize(
    ("order", "changes"),
    [
        ("dotatate_pet", {"sstr_modality": "spect"}),
        ("dotatate_pet", {"krenning_score": Fact("krenning_score", 4, effective=date(2024, 1, 1))}),
        ("liver_panel", {"inr": None}),
        ("primary_search", {}),
        ("pathology_review", {"mitoses_per_2mm2": 2}),
    ],
)
def test_stale_partial_or_lasting_results_draw_no_finding(
    order: str, changes: dict[str, Any]
) -> None:
    assert check(MULTIFOCAL, order, **changes) is None


@pytest.mark.parametrize("order", ["liver_mri", "cross_sectional_imaging", "echocardiogram"])
def test_a_count_or_a_typed_in_finding_is_no_reason_against_the_examination(order: str) -> None:
    seen = date(2026, 5, 12)
    facts = {name: Fact(name, value, effective=seen) for name, value in MULTIFOCAL.items()}
    assert check(facts, order) is None


def test_what_another_card_asks_for_is_not_called_fresh() -> None:
    names = ("hemoglobin_g_dl", "platelets_10e9_l", "leukocytes_10e9_l", "neutrophils_10e9_l")
    old = {name: Fact(name, 12, effective=date(2026, 4, 18)) for name in names}
    assert found(MULTIFOCAL, "prrt", **old).topic == "check"
    assert check(MULTIFOCAL, "blood_count", **old) is None


def test_fresh_laboratory_is_not_repeated() -> None:
    assert found(MULTIFOCAL, "liver_panel").topic == "fresh_result"


# Several orders, and the digest. ------------------------------------------------------------


def test_findings_stand_most_severe_first_and_each_order_once() -> None:
    assessment = worked(case_named("V03-complete-portal-vein-thrombosis"))
    findings = check_orders(assessment, ["octreoscan", "sunitinib", "tace", "tace"])
    assert [one.order for one in findings] == ["tace", "sunitinib", "octreoscan"]


def test_evidence_changes_with_value_and_version_and_with_nothing_else() -> None:
    def digest(value: str, version: str, hemoglobin: float) -> str:
        vein = Fact("portal_vein", value, source="Observation/1", version=version)
        return found(MULTIFOCAL, "tace", portal_vein=vein, hemoglobin_g_dl=hemoglobin).evidence

    first = digest("complete_thrombosis", "1", 12.0)
    assert digest("complete_thrombosis", "1", 13.0) == first
    assert digest("complete_thrombosis", "2", 12.0) != first
    assert digest("partial_thrombosis", "1", 12.0) != first


@pytest.mark.parametrize("case", sheet()["cases"], ids=[one["id"] for one in sheet()["cases"]])
def test_every_finding_of_every_case_is_short_and_says_why(case: dict[str, Any]) -> None:
    for finding in check_orders(worked(case), ORDERS):
        assert 0 < len(finding.summary) < 140
        assert finding.reason
        assert len(finding.evidence) == 64
        assert finding.order not in {one.option for one in finding.alternatives}
