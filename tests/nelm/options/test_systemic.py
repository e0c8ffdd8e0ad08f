"""Somatostatin analogues, drugs and chemotherapy: both sides of each boundary."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nelm.facts import Therapy
from tests.nelm.options.judged import (
    CALM,
    CARCINOID,
    CHILD_PUGH_A,
    CHILD_PUGH_C,
    G1,
    G2,
    GROWING,
    UNRESECTABLE,
    assessed,
    g3,
    given,
    nec,
    outcome,
    verdict,
)

DRUGS = [
    "everolimus", "sunitinib", "cabozantinib", "captem", "streptozocin_based",
    "platinum_etoposide", "oxaliplatin_based", "interferon", "bevacizumab",
]  # fmt: skip
PANCREAS, ILEUM = {"primary_site": "pancreas"}, {"primary_site": "ileum"}
NO_SITE = {"primary_site": "unknown"}
SILENT = {"symptomatic": False, "functional_syndrome": "none"}
NOT_AVID = {"krenning_score": 0, "sstr_modality": "ga68_pet"}
AFTER_PLATINUM = {"progressed_on": {"platinum_etoposide"}}
UNCONTROLLED = CARCINOID | {"symptoms_controlled_on_ssa": False}

ROWS: list[tuple[str, str, dict[str, Any], bool | None]] = [
    ("ssa", "SSA-1", g3(30), True),
    ("ssa", "SSA-1", nec(), False),
    ("ssa", "SSA-1c", g3(30), True),
    ("ssa", "SSA-1c", G2, False),
    ("ssa", "SSA-2", {"krenning_score": 2}, True),
    ("ssa", "SSA-2", NOT_AVID | CARCINOID, True),
    ("ssa", "SSA-2", NOT_AVID | {"functional_syndrome": "none"}, False),
    ("ssa", "SSA-2", NOT_AVID, None),
    ("ssa", "SSA-3", CARCINOID, True),
    ("ssa", "SSA-3", SILENT | {"liver_tumor_burden_percent": 10}, True),
    ("ssa", "SSA-3", SILENT | {"liver_tumor_burden_percent": 11}, False),
    ("ssa", "SSA-3", SILENT | {"liver_tumor_burden_percent": 5} | given("captem"), False),
    ("ssa", "SSA-4", {"liver_tumor_burden_percent": 10}, False),
    ("ssa", "SSA-4", {"liver_tumor_burden_percent": 10.1}, True),
    ("ssa", "SSA-5", {}, True),
    ("ssa", "SSA-6", {"progressed_on": {"ssa"}}, True),
    ("ssa", "SSA-6", {"progressed_on": {"tae"}}, False),
    ("ssa", "SSA-7", {"functional_syndrome": "insulinoma"}, True),
    ("ssa", "SSA-7", CARCINOID, False),
    ("ssa", "SSA-8", SILENT | {"recist_status": "SD", "stable_months": 6}, True),
    ("ssa", "SSA-8", SILENT | {"recist_status": "SD", "stable_months": 5}, None),
    ("ssa", "SSA-8", {"reported_liver_type": "III"}, True),
    ("ssa", "NED", {"liver_lesion_count": 0, "extrahepatic_disease": "none"}, True),
    ("ssa", "NED", {"liver_lesion_count": 0, "extrahepatic_disease": "significant"}, False),
    ("everolimus", "EVE-1", G2, True),
    ("everolimus", "EVE-1", g3(21), False),
    ("everolimus", "EVE-1", {"ki67_primary_percent": 30}, False),
    ("everolimus", "EVE-2", GROWING, True),
    ("everolimus", "EVE-2", CALM, False),
    ("everolimus", "EVE-2", {}, None),
    ("everolimus", "EVE-3", {"primary_site": "lung"}, True),
    ("everolimus", "EVE-3", {"primary_site": "rectum"}, True),
    ("everolimus", "EVE-3", {"primary_site": "thymus"}, False),
    ("everolimus", "EVE-3", NO_SITE, None),
    ("everolimus", "EVE-4", CARCINOID, True),
    ("everolimus", "EVE-5", UNCONTROLLED, True),
    ("everolimus", "EVE-5", {"functional_syndrome": "none", "bulk_symptoms": True}, True),
    ("everolimus", "EVE-5", {"functional_syndrome": "none", "bulk_symptoms": False}, False),
    ("everolimus", "EVE-6", PANCREAS, True),
    ("everolimus", "EVE-7", {}, True),
    ("sunitinib", "SUN-1", PANCREAS, True),
    ("sunitinib", "SUN-1", ILEUM, False),
    ("sunitinib", "SUN-1", NO_SITE, None),
    ("sunitinib", "SUN-2", g3(30), True),
    ("sunitinib", "SUN-2", nec(), False),
    ("sunitinib", "SUN-3", GROWING, True),
    ("sunitinib", "SUN-3", CALM, False),
    ("sunitinib", "SUN-4", {"ki67_primary_percent": 5.1}, True),
    ("sunitinib", "SUN-4", {"ki67_primary_percent": 5, "extrahepatic_disease": "none"}, False),
    (
        "sunitinib",
        "SUN-4",
        {"ki67_primary_percent": 1, "extrahepatic_disease": "significant"},
        True,
    ),
    ("sunitinib", "SUN-5", {}, False),
    ("sunitinib", "SUN-5", given("tace"), False),
    ("sunitinib", "SUN-5", given("tace", start=date(2026, 4, 6)), True),
    ("sunitinib", "SUN-5", given("tace", start=date(2026, 4, 5)), False),
    ("sunitinib", "SUN-5", given("tace", start=date(2026, 1, 5), stop=date(2026, 4, 6)), True),
    ("sunitinib", "SUN-5", given("tace", stop=date(2026, 4, 6)), True),
    ("sunitinib", "SUN-5", given("ablation", start=date(2026, 5, 20)), False),
    ("sunitinib", "SUN-6", UNCONTROLLED, True),
    ("cabozantinib", "CAB-1", G2, True),
    ("cabozantinib", "CAB-1", nec(), False),
    ("cabozantinib", "CAB-2", {"progressed_on": {"prrt"}}, True),
    ("cabozantinib", "CAB-2", {"progressed_on": {"ssa", "tae"}}, False),
    ("cabozantinib", "CAB-2", {}, None),
    ("captem", "CAP-1", G1, True),
    ("captem", "CAP-1", g3(54), True),
    ("captem", "CAP-1", g3(55) | {"progressed_on": set()}, False),
    ("captem", "CAP-1", g3(55) | AFTER_PLATINUM, True),
    ("captem", "CAP-1", nec() | AFTER_PLATINUM, True),
    ("captem", "CAP-1", nec() | {"progressed_on": set()}, False),
    ("captem", "CAP-1", nec(), None),
    ("captem", "CAP-1c", nec() | AFTER_PLATINUM, True),
    ("captem", "CAP-1c", G1 | AFTER_PLATINUM, False),
    ("captem", "CAP-2", PANCREAS, True),
    ("captem", "CAP-3", ILEUM, True),
    ("captem", "CAP-3", PANCREAS, False),
    ("captem", "CAP-4", G2 | CALM, True),
    ("captem", "CAP-4", G2 | GROWING | {"symptomatic": True}, False),
    ("captem", "CAP-4", g3(30) | CALM, False),
    ("captem", "CAP-5", G2, True),
    ("captem", "CAP-5", G1 | PANCREAS | {"resectable_percent": 80}, True),
    ("captem", "CAP-5", G1 | PANCREAS | UNRESECTABLE, False),
    ("streptozocin_based", "STZ-1", G2, True),
    ("streptozocin_based", "STZ-1", g3(30), False),
    ("streptozocin_based", "STZ-2", PANCREAS, True),
    ("streptozocin_based", "STZ-2", ILEUM, False),
    ("streptozocin_based", "STZ-3", {"liver_tumor_burden_percent": 76}, True),
    ("streptozocin_based", "STZ-3", {"liver_tumor_burden_percent": 75}, False),
    ("streptozocin_based", "STZ-4", G2 | CALM, True),
    ("streptozocin_based", "STZ-5", {}, True),
    ("platinum_etoposide", "PLA-1", nec(30), True),
    ("platinum_etoposide", "PLA-1", g3(55), True),
    ("platinum_etoposide", "PLA-1", g3(54), False),
    ("platinum_etoposide", "PLA-1", {"ki67_primary_percent": 55}, True),
    ("platinum_etoposide", "PLA-1", {"ki67_primary_percent": 54}, None),
    ("platinum_etoposide", "PLA-1", {"reported_grade": "G3"}, None),
    ("platinum_etoposide", "PLA-1", G2, False),
    ("platinum_etoposide", "PLA-1", {}, None),
    ("oxaliplatin_based", "OXA-1", g3(30) | GROWING, True),
    ("oxaliplatin_based", "OXA-1", G1 | CALM, False),
    ("oxaliplatin_based", "OXA-1", nec() | AFTER_PLATINUM, True),
    ("oxaliplatin_based", "OXA-1", nec() | {"progressed_on": set()}, False),
    ("oxaliplatin_based", "OXA-2", {}, True),
    ("oxaliplatin_based", "OXA-3", UNRESECTABLE, False),
    ("interferon", "IFN-1", G2, True),
    ("interferon", "IFN-1", nec(), False),
    ("interferon", "IFN-2", GROWING, True),
    ("interferon", "IFN-3", {}, True),
    ("bevacizumab", "BEV-1", g3(30), False),
    ("bevacizumab", "BEV-2", CALM, False),
    ("bevacizumab", "BEV-3", {}, True),
]


@pytest.mark.parametrize(("option", "criterion", "facts", "expected"), ROWS)
def test_systemic_criterion(
    option: str, criterion: str, facts: dict[str, Any], expected: bool | None
) -> None:
    assert outcome(option, criterion, facts) is expected


@pytest.mark.parametrize("option", DRUGS)
def test_every_drug_carries_the_shared_rules(option: str) -> None:
    assert outcome(option, "REPEAT", {"progressed_on": {option}}) is False
    assert outcome(option, "REPEAT", {"progressed_on": {"ssa"}}) is True
    assert outcome(option, "REPEAT", {}) is True
    assert outcome(option, "LIV", CHILD_PUGH_C) is True
    assert outcome(option, "LIV", CHILD_PUGH_A) is False
    gone = {"liver_lesion_count": 0, "extrahepatic_disease": "none"}
    assert outcome(option, "NED", gone) is False
    assert outcome(option, "NED", gone | {"extrahepatic_disease": "significant"}) is True


@pytest.mark.parametrize("option", DRUGS)
def test_pregnancy_excludes_every_drug(option: str) -> None:
    assert verdict(option, {"pregnant": True}) == "contraindicated"
    assert outcome(option, "PREG", {"age_years": 55}) is False
    assert outcome(option, "PREG", {"age_years": 54}) is None


def test_embolization_in_several_sessions_counts_from_the_last() -> None:
    sessions = Therapy("tae", date(2025, 11, 1), date(2026, 5, 1))
    assert outcome("sunitinib", "SUN-5", {"treatment_history": (sessions,)}) is True


@pytest.mark.parametrize("option", ["captem", "streptozocin_based"])
def test_chemotherapy_of_calm_disease_is_a_strong_caution(option: str) -> None:
    criterion = {"captem": "CAP-4", "streptozocin_based": "STZ-4"}[option]
    for facts, strong in ((G2 | CALM, True), (G2 | CALM | {"symptomatic": True}, False)):
        outcomes = assessed(facts).option(option).outcomes
        assert next(one for one in outcomes if one.id == criterion).strong is strong


def test_cabozantinib_leaves_with_its_pack() -> None:
    options = {one.option.id for one in assessed({}, packs={"later": False}).options}
    assert "cabozantinib" not in options
    assert len(options) == 22


def test_oxaliplatin_warns_while_hepatectomy_is_open() -> None:
    resectable = G1 | CALM | CHILD_PUGH_A | {
        "reported_resectability": "r0", "extrahepatic_disease": "none", "ecog": 0,
        "primary_status": "resected_r0", "right_heart_failure": False,
    }  # fmt: skip
    assert outcome("oxaliplatin_based", "OXA-3", resectable) is True
