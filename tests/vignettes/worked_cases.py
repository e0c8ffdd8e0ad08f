"""The worked cases a clinician can read, and how a case is put together from its base."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nelm.assessment import Assessment, assess
from nelm.case_file import read_case

CASES_FILE = Path(__file__).parent / "cases.yaml"


@cache
def sheet() -> dict[str, Any]:
    with CASES_FILE.open(encoding="utf-8") as file:
        content: dict[str, Any] = yaml.load(file, Loader=yaml.CSafeLoader)
    return content


def case_named(case_id: str) -> dict[str, Any]:
    return next(case for case in sheet()["cases"] if case["id"] == case_id)


def case_file(case: dict[str, Any]) -> dict[str, Any]:
    """The case as `--facts` takes it."""
    facts = {**sheet()["bases"].get(case.get("base"), {}), **case.get("set", {})}
    for name in case.get("unset", ()):
        del facts[name]
    given = {key: case[key] for key in ("as_of", "parameters") if key in case}
    return {**given, "facts": facts}


def assessed(case: dict[str, Any]) -> Assessment:
    return assess(*read_case(case_file(case)))
