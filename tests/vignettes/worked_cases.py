"""The worked cases a clinician can read, and how a case is put together from its base."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nelm.assessment import Assessment, assess
from nelm.case_file import read_case

HERE = Path(__file__).parent
# The cases given with the pathway, unchanged; then ours, a file for each subject.
GIVEN = HERE / "cases.yaml"
FILES = (GIVEN, *sorted((HERE / "cases").glob("*.yaml")))
LISTS = ("cases", "orders", "refusals")
Sheet = dict[str, Any]


@cache
def sheet_of(file: Path) -> Sheet:
    with file.open(encoding="utf-8") as text:
        content: Sheet = yaml.load(text, Loader=yaml.CSafeLoader)
    return content


@cache
def sheet() -> Sheet:
    """All files as one: bases by name, and every case, order and refusal."""
    sheets = [sheet_of(file) for file in FILES]
    bases = {name: facts for one in sheets for name, facts in one.get("bases", {}).items()}
    return {"bases": bases, **{key: [x for s in sheets for x in s.get(key, [])] for key in LISTS}}


def case_named(case_id: str) -> dict[str, Any]:
    return _by_id()[case_id]


@cache
def _by_id() -> dict[str, dict[str, Any]]:
    return {case["id"]: case for case in sheet()["cases"]}


def case_file(case: dict[str, Any]) -> dict[str, Any]:
    """The case as `--facts` takes it."""
    facts = {**sheet()["bases"].get(case.get("base"), {}), **case.get("set", {})}
    for name in case.get("unset", ()):
        del facts[name]
    given: dict[str, Any] = {
        key: case[key] for key in ("as_of", "parameters", "series") if key in case
    }
    return {**given, "facts": facts}


def assessed(case: dict[str, Any]) -> Assessment:
    return assess(*read_case(case_file(case)))
