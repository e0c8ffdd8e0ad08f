"""Every worked draft order gets the card it must get, or none."""

from __future__ import annotations

from typing import Any

import pytest

from nelm.order_check import check_order
from tests.vignettes.worked_cases import assessed, case_named, sheet

ORDERS = sheet()["orders"]
STATED = {"id", "case", "order"}
CHECKED = {"indicator", "criterion", "suggestion", "cards"}


@pytest.mark.parametrize("row", ORDERS, ids=[row["id"] for row in ORDERS])
def test_order_gets_the_card_as_written(row: dict[str, Any]) -> None:
    finding = check_order(assessed(case_named(row["case"])), row["order"])
    if row.get("cards") == 0:
        assert finding is None
        return
    assert finding is not None
    assert finding.indicator == row["indicator"]
    assert finding.criterion == row.get("criterion", finding.criterion)
    if "suggestion" in row:
        assert finding.suggestion is not None
        wanted = row["suggestion"]
        assert finding.suggestion.create == wanted.get("create")
        assert finding.suggestion.delete == wanted.get("delete")
    assert len(finding.summary) < 140
    assert finding.reason


def test_every_key_of_every_order_is_checked() -> None:
    assert {key for row in ORDERS for key in row} <= STATED | CHECKED
