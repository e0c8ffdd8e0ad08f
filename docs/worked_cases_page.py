"""The worked cases as a page: every file of them, as a clinician reads them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs.clinical_pages import place
from nelm.catalog import CATALOG
from nelm.criteria import CriterionOutcome, Judgement
from nelm.freshness import LIMIT_PARAMETER
from nelm.grounds import settling_outcomes
from tests.vignettes.worked_cases import FILES, GIVEN, assessed, sheet, sheet_of

PRINTED = "*Printed from the worked cases by `make docs`; do not edit.*"
# What a worked case may state, in the order in which it is printed.
STATED = {
    "staging": "Staging",
    "strategy": "Strategy",
    "verdicts": "Verdicts",
    "outcomes": "Outcomes",
    "ranks": "Ranks",
    "first": "First",
    "missing": "Missing",
    "not_judged": "Not judged",
    "work_up_include": "Work-up",
    "work_up_exclude": "No work-up",
    "prognostic_include": "Prognostic notes",
    "prognostic_exclude": "No prognostic note",
    "follow_up": "Follow-up",
}


def worked_cases_page() -> str:
    """The worked cases as a clinician reads them: what is known, and what must come out."""
    book = sheet()
    lines = [
        "# Worked cases",
        "",
        PRINTED,
        "",
        f"{len(book['cases'])} invented patients and {len(book['orders'])} draft orders.",
        "Each runs as a test: what is known stands first, then what must come out. An outcome",
        "names its option before the criterion (`tace/REPEAT`); without one it is that of the",
        "first option that carries it. *Not shown*: a note that has nothing to say.",
        "",
        "From a verdict to its paper in two steps: the criteria in brackets settle it and lead to",
        "their row in [criteria](criteria.md), whose sources lead to the full reference. An",
        "eligible option leads to all that it requires. `stale` is a value older than its limit.",
        "",
        "## Starting points",
        "",
    ]
    for name, facts in book["bases"].items():
        lines += [f"**{name}**: {_facts(facts)}", ""]
    for file in FILES:
        lines += _cases_of(file)
    return "\n".join(lines) + "\n"


def _cases_of(file: Path) -> Iterator[str]:
    about = [line for line in file.read_text(encoding="utf-8").splitlines() if line[:1] == "#"]
    title = "Given with the pathway" if file == GIVEN else file.stem.replace("_", " ").capitalize()
    yield from (f"## {title}", "", *(line.lstrip("# ") for line in about), "")
    content = sheet_of(file)
    for case in content.get("cases", ()):
        yield from _case(case)
    if "orders" in content:
        yield from ("### Orders", "", "| id | case | draft order | card |", "|---|---|---|---|")
        yield from (*map(_order, content["orders"]), "")
    if "refusals" in content:
        yield from (
            "### Refused",
            "",
            "| id | what is given | the field it names |",
            "|---|---|---|",
        )
        yield from (*map(_refusal, content["refusals"]), "")


def _case(case: dict[str, Any]) -> Iterator[str]:
    yield f"### {case['id']}"
    yield ""
    known = f"as `{case['base']}`" if "base" in case else "nothing but what is set"
    changes = [known]
    if "as_of" in case:
        changes.append(f"judged on {case['as_of']}")
    for key, word in (("set", "with"), ("series", "over time")):
        if key in case:
            changes.append(f"{word} {_facts(case[key])}")
    if "unset" in case:
        changes.append("without " + ", ".join(case["unset"]))
    if "parameters" in case:
        changes.append(f"parameters {_facts(case['parameters'])}")
    yield f"- Known: {'; '.join(changes)}"
    for key, label in STATED.items():
        if key == "verdicts" and key in case:
            yield f"- {label}: {', '.join(_verdicts(case))}"
        elif key in case:
            yield f"- {label}: {_shown(case[key])}"
    if "note" in case:
        yield f"- {case['note'][:1].upper()}{case['note'][1:]}"
    yield ""


def _verdicts(case: dict[str, Any]) -> Iterator[str]:
    """Each verdict that the case states, with the criteria that settle it."""
    assessment = assessed(case)
    for option, verdict in case["verdicts"].items():
        judgement = assessment.option(option)
        counting = [one for one in settling_outcomes(judgement) if one.counts]
        linked = ", ".join(_ground(judgement, one) for one in counting)
        yield f"[{option}](criteria.md#{option}) {verdict}" + (f" ({linked})" if linked else "")


def _ground(judgement: Judgement, outcome: CriterionOutcome) -> str:
    if outcome.stale_fact is None:
        target = place(judgement.option.id, outcome.id)
        return f"[{outcome.id}](criteria.md#{target})"
    group = CATALOG[outcome.stale_fact].freshness or "labs"
    limit = judgement.option.labs_limit if group == "labs" else LIMIT_PARAMETER[group]
    return f"[stale {outcome.stale_fact}](parameters.md#{limit})"


def _order(order: dict[str, Any]) -> str:
    if order.get("cards") == 0:
        card = "no card"
    else:
        keys = ("topic", "criterion", "summary", "alternative", "suggestion")
        parts = [f"{key} {_shown(order[key])}" for key in keys if key in order]
        card = ", ".join([order["indicator"], *parts])
    return f"| {order['id']} | {order['case']} | {order['order']} | {card} |"


def _refusal(case: dict[str, Any]) -> str:
    given = "; ".join(_facts(case[key]) for key in ("set", "parameters") if key in case)
    return f"| {case['id']} | {given} | `{case['field']}` |"


def _facts(facts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_shown(value)}" for name, value in facts.items())


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(one)}" for key, one in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(_shown(one) for one in value) + "]"
    if value is None:
        return "unknown"
    return (
        {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    )
