"""Every worked case comes out as written: staging, strategy, verdicts, criteria, work-up."""

from __future__ import annotations

from typing import Any

import pytest

from nelm.document import to_document
from nelm.strategy import OPTION_IDS
from tests.vignettes.worked_cases import assessed, sheet

CASES = sheet()["cases"]
STATED = ("id", "base", "set", "unset", "parameters", "as_of", "note")
CHECKED = ("staging", "strategy", "verdicts", "outcomes", "first", "work_up_include", "follow_up")


def outcome_named(options: list[dict[str, Any]], criterion: str) -> str:
    """The criterion in the first option, in table order, that carries it."""
    by_id = {option["option"]: option["criteria"] for option in options}
    for option in OPTION_IDS:
        for found in by_id.get(option, ()):
            if found["id"] == criterion:
                return str(found["outcome"])
    raise AssertionError(f"no option carries {criterion}")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case_comes_out_as_written(case: dict[str, Any]) -> None:
    document = to_document(assessed(case))
    wanted = dict(case.get("staging", {}))
    notes = wanted.pop("notes_include", [])
    staging, options = document["staging"], document["options"]
    verdicts = {option["option"]: option["verdict"] for option in options}
    expected = {
        "staging": {name: staging[name] for name in wanted},
        "notes": sorted(set(notes) & set(staging["notes"])),
        "strategy": document["strategy"] if "strategy" in case else None,
        "verdicts": {name: verdicts[name] for name in case.get("verdicts", {})},
        "outcomes": {name: outcome_named(options, name) for name in case.get("outcomes", {})},
        "first": options[0]["option"] if "first" in case else None,
        "work_up": set(case.get("work_up_include", []))
        - {item["item"] for item in document["work_up"]},
        "follow_up": {name: document["follow_up"][name] for name in case.get("follow_up", {})},
    }
    assert expected == {
        "staging": wanted,
        "notes": sorted(notes),
        "strategy": case.get("strategy"),
        "verdicts": case.get("verdicts", {}),
        "outcomes": case.get("outcomes", {}),
        "first": case.get("first"),
        "work_up": set(),
        "follow_up": case.get("follow_up", {}),
    }


def test_every_key_of_every_case_is_checked() -> None:
    used = {key for case in CASES for key in case}
    assert used <= {*STATED, *CHECKED}


def test_there_are_48_cases_and_12_orders() -> None:
    assert (len(CASES), len(sheet()["orders"])) == (48, 12)
