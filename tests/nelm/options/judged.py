"""How a table of boundaries is asked: facts in, one criterion's outcome or one verdict out."""

from __future__ import annotations

from datetime import date
from typing import Any

from nelm.assessment import Assessment, assess
from nelm.evidence.parameters import Parameters
from nelm.facts import FactSet, Therapy

AS_OF = date(2026, 6, 1)
NET: dict[str, Any] = {"has_neuroendocrine_tumor": True, "has_liver_metastases": True}
G1 = {"differentiation": "well", "ki67_primary_percent": 1}
G2 = {"differentiation": "well", "ki67_primary_percent": 8}
CARCINOID = {"functional_syndrome": "carcinoid"}
CHILD_PUGH_A = {
    "bilirubin_mg_dl": 0.8, "albumin_g_dl": 4.2, "inr": 1.0, "ascites": "none",
    "encephalopathy": "none",
}  # fmt: skip
CHILD_PUGH_B = CHILD_PUGH_A | {"bilirubin_mg_dl": 2.5, "albumin_g_dl": 3.0}
CHILD_PUGH_C = CHILD_PUGH_A | {
    "bilirubin_mg_dl": 3.5, "albumin_g_dl": 2.6, "inr": 2.4, "encephalopathy": "mild",
}  # fmt: skip
CALM = {
    "symptomatic": False, "functional_syndrome": "none", "recist_status": "SD",
    "progressed_within_12_months": False,
}  # fmt: skip
GROWING = {"recist_status": "PD"}
UNRESECTABLE = {"reported_resectability": "unresectable"}


def g3(ki67: float) -> dict[str, Any]:
    return {"differentiation": "well", "ki67_primary_percent": ki67}


def nec(ki67: float = 80) -> dict[str, Any]:
    return {"differentiation": "poor", "ki67_primary_percent": ki67}


def given(*therapies: str, start: date | None = None, stop: date | None = None) -> dict[str, Any]:
    return {"treatment_history": tuple(Therapy(name, start, stop) for name in therapies)}


def assessed(facts: dict[str, Any], **parameters: Any) -> Assessment:
    return assess(FactSet.of(NET | facts), Parameters(parameters), AS_OF)


def outcome(option: str, criterion: str, facts: dict[str, Any], **parameters: Any) -> bool | None:
    return assessed(facts, **parameters).option(option).outcome(criterion)


def verdict(option: str, facts: dict[str, Any], **parameters: Any) -> str:
    return assessed(facts, **parameters).option(option).verdict
