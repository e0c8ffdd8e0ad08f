"""Liver transplant and follow-up: both sides of each boundary, both rule sets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.nelm.options.judged import (
    CARCINOID,
    G1,
    G2,
    UNRESECTABLE,
    assessed,
    g3,
    nec,
    outcome,
    verdict,
)

PROVEN = {"histology_confirmed": True}
ROWS: list[tuple[str, dict[str, Any], bool | None]] = [
    ("LT-1", PROVEN | {"differentiation": "well", "ki67_primary_percent": 4.9}, True),
    ("LT-1", PROVEN | {"differentiation": "well", "ki67_primary_percent": 5}, False),
    ("LT-1", G1 | {"histology_confirmed": False}, False),
    ("LT-1", PROVEN | nec(), False),
    ("LT-1", G1, None),
    ("LT-2", {"primary_site": "ileum"}, True),
    ("LT-2", {"primary_site": "rectum"}, False),
    ("LT-2", {"primary_site": "lung"}, False),
    ("LT-2", {"primary_site": "unknown"}, None),
    ("LT-3", {"primary_status": "resected_r0"}, True),
    ("LT-3", {"primary_status": "resected_r1"}, False),
    ("LT-3", {"primary_status": "in_situ"}, False),
    ("LT-3", {"primary_status": "resected"}, None),
    ("LT-4", {"liver_tumor_burden_percent": 49.9}, True),
    ("LT-4", {"liver_tumor_burden_percent": 50}, False),
    ("LT-5", {"recist_status": "SD", "stable_months": 6}, True),
    ("LT-5", {"recist_status": "SD", "stable_months": 5.9}, False),
    ("LT-5", {"recist_status": "PR", "stable_months": 6}, True),
    ("LT-5", {"recist_status": "PR", "stable_months": 5}, False),
    ("LT-5", {"recist_status": "PD", "stable_months": 12}, False),
    ("LT-5", {}, None),
    ("LT-6", {"age_years": 54}, True),
    ("LT-6", {"age_years": 55}, False),
    ("LT-7", {"extrahepatic_disease": "none"}, True),
    ("LT-7", {"extrahepatic_disease": "present_unquantified"}, False),
    ("LT-7", {"extrahepatic_disease": "low_volume_indolent"}, False),
    ("LT-7", {}, None),
    ("LTE-1", G2, True),
    ("LTE-1", g3(30), False),
    ("LTE-2", {"primary_site": "colon"}, True),
    ("LTE-2", {"primary_site": "biliary"}, False),
    ("LTE-3", {"primary_status": "resected"}, True),
    ("LTE-3", {"primary_status": "in_situ"}, False),
    ("LTE-4", {"extrahepatic_disease": "none"}, True),
    ("LTE-4", {"extrahepatic_disease": "present_unquantified"}, False),
    ("LTE-5", {"expected_operative_mortality_percent": 9}, True),
    ("LTE-5", {"expected_operative_mortality_percent": 10}, False),
    ("LTE-6", CARCINOID | {"symptoms_controlled_on_ssa": False}, True),
    ("LTE-6", CARCINOID | {"symptoms_controlled_on_ssa": True}, False),
    ("LT-8", UNRESECTABLE, True),
    ("LT-8", {"resectable_percent": 69}, True),
    ("LT-8", {"resectable_percent": 70}, False),
    ("LT-8", {"reported_resectability": "r0"}, False),
    ("LT-8", {}, None),
    ("LT-8c", UNRESECTABLE, False),
    ("LT-9", {"age_years": 56, "lt_simultaneous_resection": "pancreatic"}, True),
    ("LT-9", {"age_years": 55, "lt_simultaneous_resection": "pancreatic"}, False),
    ("LT-9", {"age_years": 56, "lt_simultaneous_resection": "none"}, False),
    ("LT-9", {"age_years": 56}, None),
    ("LT-10", {"lt_simultaneous_resection": "exenteration"}, True),
    ("LT-10", {"lt_simultaneous_resection": "other"}, False),
    ("LT-10b", {"hepatomegaly": True}, True),
    ("LT-10b", {"primary_site": "duodenum"}, True),
    ("LT-10b", {"hepatomegaly": False, "primary_site": "ileum"}, False),
    ("LT-11", {}, True),
    ("LT-12", {"ecog": 1}, True),
    ("LT-12", {"ecog": 2}, False),
    ("LT-12", {"ecog": 2, "fit_for_major_surgery": True}, True),
    ("LT-13", {"right_heart_failure": True}, True),
    ("LT-13", {"right_heart_failure": False}, False),
    ("LT-14", {}, True),
    ("HEP-16", {"extrahepatic_disease": "none", "sstr_modality": "spect"}, True),
]


@pytest.mark.parametrize(("criterion", "facts", "expected"), ROWS)
def test_transplant_criterion(criterion: str, facts: dict[str, Any], expected: bool | None) -> None:
    assert outcome("liver_transplant", criterion, facts) is expected


ENETS_ONLY = (
    G2
    | UNRESECTABLE
    | {
        "age_years": 60, "ecog": 0, "primary_site": "ileum", "primary_status": "resected_r1",
        "extrahepatic_disease": "none", "expected_operative_mortality_percent": 5,
        "right_heart_failure": False, "liver_tumor_burden_percent": 60,
        "lt_simultaneous_resection": "none",
    }
)  # fmt: skip


def test_the_chosen_rule_set_decides_and_both_are_reported() -> None:
    assert verdict("liver_transplant", ENETS_ONLY) == "not_indicated"
    enets = assessed(ENETS_ONLY, lt_rule_set="enets").option("liver_transplant")
    assert enets.verdict == "conditional"
    assert (enets.outcome("LT-6"), enets.outcome("LTE-5")) == (False, True)


def test_what_only_the_other_rule_set_needs_is_not_missing() -> None:
    facts = {name: value for name, value in ENETS_ONLY.items() if name != "primary_status"}
    unknown_mortality = facts | {"expected_operative_mortality_percent": None}
    milan = assessed(unknown_mortality).option("liver_transplant")
    enets = assessed(unknown_mortality, lt_rule_set="enets").option("liver_transplant")
    assert "expected_operative_mortality_percent" not in milan.missing
    assert "expected_operative_mortality_percent" in enets.missing
    assert "histology_confirmed" not in enets.missing


@pytest.mark.parametrize(
    "facts",
    [
        {"right_heart_failure": True},
        {"age_years": 56, "lt_simultaneous_resection": "pancreatic"},
    ],
)
def test_each_exclude_contraindicates_transplant(facts: dict[str, Any]) -> None:
    assert verdict("liver_transplant", facts) == "contraindicated"


def test_follow_up_is_for_surveillance_only() -> None:
    clear = G1 | {"liver_lesion_count": 0, "extrahepatic_disease": "none"}
    assert outcome("follow_up", "FU-1", clear) is True
    assert verdict("follow_up", clear) == "eligible"
    assert verdict("follow_up", G1 | UNRESECTABLE) == "not_indicated"


OPEN_DEBULKING = G2 | {
    "reported_resectability": "debulkable", "extrahepatic_disease": "none", "ecog": 0,
    "primary_status": "resected_r0",
}  # fmt: skip


@pytest.mark.parametrize(
    ("option", "criterion"),
    [("liver_transplant", "LT-8c"), ("tae", "EMB-1c"), ("tare", "TARE-1c")],
)
def test_an_open_debulking_is_an_alternative(option: str, criterion: str) -> None:
    assert outcome(option, criterion, OPEN_DEBULKING) is True
    assert outcome(option, criterion, OPEN_DEBULKING | UNRESECTABLE) is False


@pytest.mark.parametrize(
    ("option", "criterion"),
    [("liver_transplant", "LT-8c"), ("tae", "EMB-1c"), ("tare", "TARE-1c")],
)
def test_a_debulking_that_cannot_be_judged_is_not_taken_for_a_closed_one(
    option: str, criterion: str
) -> None:
    unjudged = OPEN_DEBULKING | {"reported_resectability": None}
    assert verdict("debulking", unjudged) == "insufficient_data"
    assert outcome(option, criterion, unjudged) is None
