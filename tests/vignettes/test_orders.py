"""Every draft order of the worked cases brings the card that must come first, or none."""

from __future__ import annotations

from typing import Any

import pytest

from nelm.findings import Finding
from nelm.order_check import check_order
from tests.vignettes.worked_cases import assessed, case_named, sheet

ORDERS = sheet()["orders"]
STATED = {"id", "case", "order"}


def _suggested(finding: Finding) -> dict[str, str]:
    suggestion = finding.suggestion
    found = {"delete": suggestion.delete, "create": suggestion.create} if suggestion else {}
    return {action: order for action, order in found.items() if order is not None}


def _found(finding: Finding) -> dict[str, Any]:
    """What the finding says, in the words of the sheet."""
    return {
        "indicator": finding.indicator,
        "topic": finding.topic,
        "summary": finding.summary,
        "criterion": finding.criterion,
        "alternative": finding.alternatives[0].option if finding.alternatives else None,
        "suggestion": _suggested(finding),
    }


@pytest.mark.parametrize("order", ORDERS, ids=[order["id"] for order in ORDERS])
def test_order_brings_its_card(order: dict[str, Any]) -> None:
    finding = check_order(assessed(case_named(order["case"])), order["order"])
    wanted = {key: value for key, value in order.items() if key not in STATED}
    found = {"cards": 0} if finding is None else _found(finding)
    assert wanted
    assert {key: found.get(key) for key in wanted} == wanted
