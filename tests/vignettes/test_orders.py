"""Every draft order of the worked cases brings the card that must come first, or none."""

from __future__ import annotations

from typing import Any

import pytest

from nelm.order_check import check_order
from tests.vignettes.worked_cases import assessed, case_named, sheet

ORDERS = sheet()["orders"]


def suggested(finding: Any) -> dict[str, str]:
    suggestion = finding.suggestion
    found = {"delete": suggestion.delete, "create": suggestion.create} if suggestion else {}
    return {action: order for action, order in found.items() if order is not None}


@pytest.mark.parametrize("order", ORDERS, ids=[order["id"] for order in ORDERS])
def test_order_brings_its_card(order: dict[str, Any]) -> None:
    finding = check_order(assessed(case_named(order["case"])), order["order"])
    if order.get("cards") == 0:
        assert finding is None
        return
    assert finding is not None
    assert finding.indicator == order["indicator"]
    assert finding.criterion == order.get("criterion", finding.criterion)
    assert suggested(finding) == order.get("suggestion", suggested(finding))
