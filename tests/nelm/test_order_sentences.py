"""Sentences of order cards: one colon, the value that counts first, what to do."""

from __future__ import annotations

from typing import Any

import pytest

from nelm.assessment import assess
from nelm.facts import FactSet
from nelm.logic import Range
from nelm.order_check import check_order
from nelm.wording import Voice
from tests.nelm.options.judged import AS_OF
from tests.vignettes.worked_cases import sheet

MIDGUT = sheet()["bases"]["multifocal_midgut"]
RESECTABLE = sheet()["bases"]["resectable_ileal"]
QUIET = {"functional_syndrome": "none", "symptomatic": False}
UNRESECTABLE = {"reported_resectability": "unresectable", "progressed_on": None}


def summary(base: dict[str, Any], order: str, **changes: Any) -> str:
    facts = {name: value for name, value in (base | changes).items() if value is not None}
    finding = check_order(assess(FactSet.of(facts), None, AS_OF), order)
    assert finding is not None
    return finding.summary


@pytest.mark.parametrize(
    ("said", "base", "order", "changes"),
    [
        (
            "Lu-177 dotatate: eGFR 25 mL/min/1.73 m², platelets 50 ×10⁹/L; "
            "carcinoid syndrome: crisis precautions",
            MIDGUT,
            "prrt",
            {"platelets_10e9_l": 50, "egfr_ml_min_1_73m2": 25},
        ),
        (
            "Somatostatin analogue: insulinoma, watch the glucose",
            RESECTABLE,
            "ssa",
            {"functional_syndrome": "insulinoma", "symptomatic": True},
        ),
        (
            "Hepatectomy: small liver remnant 19.9 %, augment first",
            RESECTABLE,
            "hepatectomy",
            {"future_liver_remnant_percent": 19.9},
        ),
        (
            "Hepatectomy: small liver remnant 40 %, contiguous segments of the remnant 1, "
            "augment first",
            RESECTABLE,
            "hepatectomy",
            {"future_liver_remnant_percent": 40, "remnant_contiguous_segments": 1},
        ),
        (
            "Lu-177 dotatate: TAE ranks before it because of multifocal disease in both lobes, "
            "progression on SSA",
            MIDGUT | QUIET,
            "prrt",
            {},
        ),
    ],
)
def test_an_order_card_says_the_one_thing(
    said: str, base: dict[str, Any], order: str, changes: dict[str, Any]
) -> None:
    assert summary(base, order, **changes) == said


def test_a_caution_does_not_begin_with_the_grade_in_which_it_holds() -> None:
    pancreas = {"primary_site": "pancreas"} | UNRESECTABLE
    said = summary(RESECTABLE, "captem", **pancreas)
    assert said.startswith("CAPTEM: strong caution, no symptoms")
    assert " in G" in said


def test_what_waits_for_the_surgeons_says_so() -> None:
    facts = RESECTABLE | {"ki67_primary_percent": Range(50, 60)}
    assessment = assess(FactSet.of(facts), None, AS_OF)
    line = Voice.of(assessment).verdict_line(assessment.option("tace"))
    assert line == "TACE: cannot be judged yet, whether resection is possible not known"
