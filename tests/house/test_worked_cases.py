"""The worked cases show the whole model: each criterion, option, strategy, parameter and paper."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest

from nelm.criteria import Criterion, Option
from nelm.evidence.citations import CITATIONS
from nelm.evidence.parameters import THRESHOLDS
from nelm.options.registry import OPTION_IDS, OPTIONS
from nelm.strategy import BRANCHES
from nelm.work_up import WORK_UP_ITEMS
from tests.vignettes.worked_cases import GIVEN, sheet, sheet_of

CASES: list[dict[str, Any]] = sheet()["cases"]
CRITERIA: dict[str, Criterion] = {one.id: one for option in OPTIONS for one in option.criteria}
# Nothing in the assessment reads these: they act on cards, and on what is read from the EHR.
ELSEWHERE = {"max_cards", "override_quiet_days", "synchronous_months"}
OPEN = {"eligible", "conditional"}
CLOSED = {"not_indicated", "contraindicated"}
# The outcome that warns of an option, closes it or rules it out.
AGAINST = {"exclude": "met", "require": "not_met", "caution": "met"}
# What no patient can bring about, and why. A criterion that reads no fact is met by everyone.
IMPOSSIBLE = {
    ("TARE-3", "not_met"): "a lung shunt is on file, or it is not known",
    ("SUN-5", "unknown"): "pathway §5: no embolization of known date, none within the window",
    ("FU-1", "unknown"): "pathway §4: every patient has exactly one branch",
}


@cache
def outcomes() -> dict[tuple[str, str], set[str]]:
    """By option and criterion: the outcomes that some case states.

    A name without its option is that of the first that carries the criterion, as in the cases.
    """
    first: dict[str, str] = {}
    for option in OPTIONS:
        for one in option.criteria:
            first.setdefault(one.id, option.id)
    found = defaultdict(set)
    for case in CASES:
        for name, outcome in case.get("outcomes", {}).items():
            option_id, _, criterion = name.rpartition("/")
            found[option_id or first.get(criterion, ""), criterion].add(outcome)
    return found


def shown(criterion: str) -> set[str]:
    """Whatever the option; a note that is not met is not shown, and stated as such."""
    stated_ = set().union(*(found for (_, one), found in outcomes().items() if one == criterion))
    return {"not_met" if outcome == "not_shown" else outcome for outcome in stated_}


def stated(key: str) -> Iterable[tuple[str, Any]]:
    for case in CASES:
        yield from case.get(key, {}).items()


def test_there_are_enough_cases_and_no_id_is_used_twice() -> None:
    ids = [one["id"] for key in ("cases", "orders", "refusals") for one in sheet()[key]]
    assert len(CASES) >= 150
    assert len(sheet()["orders"]) >= 27
    assert len(set(ids)) == len(ids)


def test_given_cases_are_there_as_given() -> None:
    given = sheet_of(GIVEN)
    assert [case["id"][:3] for case in given["cases"]] == [f"V{n:02}" for n in range(1, 49)]
    assert [order["id"] for order in given["orders"]] == [f"O{n:02}" for n in range(1, 13)]


@pytest.mark.parametrize("criterion", CRITERIA)
def test_some_case_shows_each_criterion_met_not_met_and_unknown(criterion: str) -> None:
    if not CRITERIA[criterion].names:
        possible = {"met"}
    else:
        possible = {"met", "not_met", "unknown"}
        possible -= {outcome for one, outcome in IMPOSSIBLE if one == criterion}
    assert shown(criterion) == possible


@pytest.mark.parametrize("option", OPTIONS, ids=OPTION_IDS)
def test_some_case_shows_what_speaks_against_each_option_in_that_option(option: Option) -> None:
    """A shared criterion is shown in each option that carries it, not in one of them."""
    silent = [
        one.id
        for one in option.criteria
        if (outcome := AGAINST.get(one.kind))
        and (one.id, outcome) not in IMPOSSIBLE
        and outcome not in outcomes()[option.id, one.id]
    ]
    assert silent == []


def test_cases_name_criteria_that_exist() -> None:
    carried = {(option.id, one.id) for option in OPTIONS for one in option.criteria}
    assert {name for name in outcomes() if not name[1].startswith("stale:")} <= carried


@pytest.mark.parametrize("option", OPTION_IDS)
def test_some_case_opens_each_option_and_another_closes_it(option: str) -> None:
    verdicts = {verdict for name, verdict in stated("verdicts") if name == option}
    assert verdicts & OPEN
    assert verdicts & CLOSED


def test_some_case_takes_each_branch() -> None:
    assert {case["strategy"] for case in CASES if "strategy" in case} == set(BRANCHES)


def test_some_case_asks_for_each_work_up_item() -> None:
    assert {one for case in CASES for one in case.get("work_up_include", ())} == set(WORK_UP_ITEMS)


def test_some_case_moves_each_parameter_and_takes_each_alternative() -> None:
    moved = list(stated("parameters"))
    assert {name for name, _ in moved} == THRESHOLDS.keys() - ELSEWHERE
    for name, threshold in THRESHOLDS.items():
        for other in threshold.alternatives:
            assert (name, other.value) in moved


@pytest.mark.parametrize("paper", [one.id for one in CITATIONS.values() if one.kind == "paper"])
def test_some_case_is_the_typical_patient_of_each_paper(paper: str) -> None:
    typical = [case for case in CASES if case["id"].startswith("W-PAP")]
    assert any(paper in case["note"] for case in typical)
