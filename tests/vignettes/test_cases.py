"""Every worked case comes out as written: staging, strategy, verdicts, criteria, work-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from nelm.assessment import assess
from nelm.case_file import read_case
from nelm.document import to_document
from nelm.errors import Refused
from nelm.options.registry import OPTION_IDS, OPTIONS
from tests.vignettes.worked_cases import assessed, case_file, sheet

CASES, REFUSALS = sheet()["cases"], sheet()["refusals"]
NOTES = {one.id for option in OPTIONS for one in option.criteria if one.kind == "note"}
Json = dict[str, Any]
# What a case is made of; every other key says what must come out.
STATED = {"id", "base", "set", "unset", "parameters", "as_of", "series", "note"}


def outcome_named(options: dict[str, Json], name: str) -> str:
    """Of `option/criterion`, or of the first option, in table order, that carries the criterion.

    A note that is not met is not shown.
    """
    option, slash, criterion = name.rpartition("/")
    for one in [option] if slash else [one for one in OPTION_IDS if one in options]:
        for found in options[one]["criteria"]:
            if found["id"] == criterion:
                return str(found["outcome"])
    assert name in NOTES, f"no option carries {name}"
    return "not_shown"


def _kept(wanted: list[str], found: Iterable[str], *, there: bool) -> list[str]:
    """Those of the wanted that came out as wished: there, or not there."""
    present = set(found)
    return [one for one in wanted if (one in present) is there]


def _staging(wanted: Json, staging: Json) -> Json:
    found = {name: staging[name] for name in wanted if not name.startswith("notes_")}
    for name in wanted.keys() - found.keys():
        found[name] = _kept(wanted[name], staging["notes"], there=name == "notes_include")
    return found


def _found(case: Json, document: Json) -> Json:
    """What came out, in the words of the case, for every key that it states."""
    options = {option["option"]: option for option in document["options"]}
    items = [item["item"] for item in document["work_up"]]
    notes = [note["note"] for note in document["staging"]["prognostic_notes"]]
    follow_up = document["follow_up"]
    looks: dict[str, Callable[[Any], Any]] = {
        "staging": lambda wanted: _staging(wanted, document["staging"]),
        "strategy": lambda _: document["strategy"],
        "verdicts": lambda wanted: {name: options[name]["verdict"] for name in wanted},
        "outcomes": lambda wanted: {name: outcome_named(options, name) for name in wanted},
        "ranks": lambda wanted: {name: options[name]["rank"] for name in wanted},
        "missing": lambda wanted: {name: options[name]["missing"] for name in wanted},
        "first": lambda _: document["options"][0]["option"],
        "not_judged": lambda wanted: _kept(wanted, options, there=False),
        "work_up_include": lambda wanted: _kept(wanted, items, there=True),
        "work_up_exclude": lambda wanted: _kept(wanted, items, there=False),
        "prognostic_include": lambda wanted: _kept(wanted, notes, there=True),
        "prognostic_exclude": lambda wanted: _kept(wanted, notes, there=False),
        "follow_up": lambda wanted: follow_up and {name: follow_up[name] for name in wanted or ()},
    }
    return {key: looks[key](wanted) for key, wanted in case.items() if key not in STATED}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case_comes_out_as_written(case: Json) -> None:
    wanted = {key: value for key, value in case.items() if key not in STATED}
    assert wanted
    document = to_document(assessed(case))
    assert _found(case, document) == wanted
    waiting = [one for one in document["options"] if one["verdict"] == "insufficient_data"]
    assert all(one["missing"] for one in waiting), "an option waits and does not say for what"


@pytest.mark.parametrize("case", REFUSALS, ids=[case["id"] for case in REFUSALS])
def test_what_cannot_be_is_refused_by_the_name_of_its_field(case: Json) -> None:
    with pytest.raises(Refused) as refused:
        assess(*read_case(case_file(case)))
    assert refused.value.field == case["field"]
