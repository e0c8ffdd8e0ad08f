"""The line above a proposal says where the options its strategy is named after are closed."""

from __future__ import annotations

from typing import Any

import pytest

from nelm.assessment import assess
from nelm.facts import FactSet
from nelm.headline import closed_lead, is_open, leading
from tests.nelm.options.judged import AS_OF
from tests.vignettes.worked_cases import assessed as worked
from tests.vignettes.worked_cases import sheet

MULTIFOCAL = sheet()["bases"]["multifocal_midgut"]
SHUT = {"portal_vein": "complete_thrombosis", "lung_shunt_percent": None}


def lead(limit: int = 139, **changes: Any) -> str:
    facts = {name: value for name, value in (MULTIFOCAL | changes).items() if value is not None}
    return closed_lead(assess(FactSet.of(facts), None, AS_OF), limit)


def test_a_closed_lead_names_the_contraindication_and_what_is_open() -> None:
    assert lead(**SHUT) == (
        "TAE/TACE/DEB-TACE contraindicated, complete portal vein thrombosis. "
        "Open: Lu-177 dotatate, Somatostatin analogue; TARE after MAA scan"
    )


def test_what_does_not_fit_is_left_out_from_the_end() -> None:
    shorter = lead(105, **SHUT)
    assert shorter.startswith("TAE/TACE contraindicated, complete portal vein thrombosis")
    assert len(shorter) <= 110
    shortest = lead(60, **SHUT)
    assert shortest == "TAE contraindicated, complete portal vein thrombosis"


def test_a_lead_that_is_open_or_only_waits_is_not_called_closed() -> None:
    assert lead() == ""
    assert lead(portal_vein="complete_thrombosis") == ""  # TARE is open


def test_where_nothing_is_open_the_line_says_so_and_what_waits() -> None:
    quiet = {"functional_syndrome": "none", "recist_status": "SD", "stable_months": 3}
    quiet |= {"progressed_within_12_months": False, "progressed_on": frozenset()}
    assert lead(**SHUT, **quiet, krenning_score=0) == (
        "TAE/TACE/DEB-TACE contraindicated, complete portal vein thrombosis. "
        "Nothing open; TARE after MAA scan"
    )


@pytest.mark.parametrize("case", sheet()["cases"], ids=lambda one: one["id"])
def test_no_worked_case_with_an_open_lead_is_called_closed(case: dict[str, Any]) -> None:
    assessment = worked(case)
    line = closed_lead(assessment, 100)
    assert len(line) <= 100
    if any(map(is_open, leading(assessment))):
        assert line == ""
