"""The clinical pages, from criteria, parameters and worked cases: what a board would sign."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from nelm.criteria import Criterion, Option
from nelm.evidence.citations import CITATIONS, OutcomeFigure, outcome_figures, paper_short
from nelm.evidence.parameters import THRESHOLDS, Threshold
from nelm.evidence.strength import criterion_strength, option_strength
from nelm.options.registry import OPTIONS
from nelm.predicates import Predicate
from nelm.work_up import WORK_UP_CITES

CASES = Path(__file__).resolve().parent.parent / "tests" / "vignettes" / "cases.yaml"
PRINTED = "*Printed from the code by `make docs`; do not edit.*"


def criteria_page() -> str:
    """Every option with its criteria, kinds, marks, reasons, citations and conflicts."""
    lines = ["# Criteria", "", PRINTED, "", *_legend(), ""]
    for option in OPTIONS:
        lines += _option(option)
    lines += [*_work_up(), "## Sources", ""]
    for one in CITATIONS.values():
        doi = f" doi {one.doi}" if one.doi else ""
        read = f" Read: {one.read}." if one.read else ""
        lines.append(f"- **{one.short}** (`{one.id}`): {' '.join(one.text.split())}{doi}.{read}")
    return "\n".join(lines) + "\n"


def _legend() -> list[str]:
    return [
        "A criterion is met, not met or unknown; a missing fact is unknown, never not met.",
        "`require` must be met; `exclude` contraindicates; `caution` warns (*strong* also ranks",
        "the option behind, *check* is something to look at first, unknown included); `favor` and",
        "`note` never change a verdict. `operational` means that no paper gives it: an editable",
        "working definition of this project. A criterion rests on the strongest evidence that its",
        "papers name: a *patient series* does not say whether patients were followed forward or",
        "looked back on; a *review* is what its authors say without naming a study.",
    ]


def _option(option: Option) -> Iterator[str]:
    extra = " (goes along with others)" if option.adjunct else ""
    pack = f" Knowledge pack `{option.pack}`." if option.pack else ""
    yield f"## {option.title} (`{option.id}`){extra}"
    yield ""
    if pack:
        yield pack.strip()
        yield ""
    figures = outcome_figures(option.id)
    for figure in figures:
        yield _figure(figure)
    if figures:
        yield ""
    yield f"Rests on: {', '.join(option_strength(option))}."
    yield ""
    yield "| id | kind | criterion | why | parameters | sources | rests on |"
    yield "|---|---|---|---|---|---|---|"
    for criterion in option.criteria:
        yield _criterion(criterion)
    yield ""


def _figure(figure: OutcomeFigure) -> str:
    papers = ", ".join(paper_short(name) for name in figure.cites)
    return f"- {figure.text} ({'; '.join(part for part in (figure.basis, papers) if part)})"


def _work_up() -> Iterator[str]:
    yield "## Work-up"
    yield ""
    yield "| item | sources |"
    yield "|---|---|"
    for item, cites in WORK_UP_CITES.items():
        yield f"| `{item}` | {', '.join(paper_short(name) for name in cites)} |"
    yield ""
    for item in WORK_UP_CITES:
        for figure in outcome_figures(item):
            yield f"{_figure(figure)} (`{item}`)"
    yield ""


def _criterion(criterion: Criterion) -> str:
    parameters = ", ".join(f"`{name}`" for name in sorted(criterion.parameters)) or "–"
    sources = ", ".join(paper_short(name) for name in criterion.cites)
    why = criterion.because
    if criterion.conflict:
        positions = "; ".join(
            f"{paper_short(source)}: {text}" for source, text in criterion.conflict.positions
        )
        why += f". **Conflict:** {positions}. Followed: {criterion.conflict.default}"
    rests_on = criterion_strength(criterion)
    cells = [criterion.id, _kind(criterion), criterion.title, why, parameters, sources, rests_on]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _kind(criterion: Criterion) -> str:
    marks = [
        name if mark is True else f"{name} if so"
        for name, mark in (("strong", criterion.strong), ("check", criterion.check))
        if mark is True or isinstance(mark, Predicate)
    ]
    marks += ["quiet"] if criterion.quiet else []
    marks += [f"pack {criterion.pack}"] if criterion.pack else []
    return ", ".join([criterion.kind, *marks])


def parameters_page() -> str:
    """Every threshold with default, bounds, alternatives and source."""
    lines = ["# Parameters", "", PRINTED, "", "Both bounds are allowed values.", ""]
    lines += ["| parameter | what | default | allowed | alternatives | source |"]
    lines += ["|---|---|---|---|---|---|"]
    lines += [_parameter(one) for one in THRESHOLDS.values()]
    return "\n".join(lines) + "\n"


def _parameter(one: Threshold) -> str:
    unit = f" {one.unit}" if one.unit else ""
    if one.bounds:
        allowed = f"{one.bounds[0]:g} to {one.bounds[1]:g}{unit}"
    else:
        allowed = ", ".join(one.choices or one.packs)
    others = "; ".join(
        f"{other.value} ({paper_short(other.source)}: {other.why})" for other in one.alternatives
    )
    default = dict(one.default) if hasattr(one.default, "keys") else one.default
    cells = (f"`{one.name}`", one.label, f"{default}{unit}", allowed, others or "–")
    return f"| {' | '.join(cells)} | {paper_short(one.source)} |"


def worked_cases_page() -> str:
    """The worked cases as a clinician reads them: what is known, and what must come out."""
    book = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    lines = [
        "# Worked cases",
        "",
        PRINTED,
        "",
        "All patients are invented. Each case runs as a test.",
    ]
    lines += ["", "## Starting points", ""]
    for name, facts in book["bases"].items():
        lines += [f"**{name}**: {_facts(facts)}", ""]
    lines += ["## Cases", ""]
    for case in book["cases"]:
        lines += _case(case)
    lines += ["## Orders", "", "| id | case | draft order | card |", "|---|---|---|---|"]
    for order in book["orders"]:
        lines.append(_order(order))
    return "\n".join(lines) + "\n"


def _case(case: dict[str, Any]) -> Iterator[str]:
    yield f"### {case['id']}"
    yield ""
    known = f"as `{case['base']}`" if "base" in case else "nothing but what is set"
    changes = [known]
    if "as_of" in case:
        changes.append(f"judged on {case['as_of']}")
    if "set" in case:
        changes.append(f"with {_facts(case['set'])}")
    if "unset" in case:
        changes.append("without " + ", ".join(case["unset"]))
    if "parameters" in case:
        changes.append(f"parameters {_facts(case['parameters'])}")
    yield f"- Known: {'; '.join(changes)}"
    for key in ("staging", "strategy", "verdicts", "outcomes", "first", "work_up_include"):
        if key in case:
            yield f"- {key.replace('_', ' ').capitalize()}: {_shown(case[key])}"
    if "follow_up" in case:
        yield f"- Follow-up: {_shown(case['follow_up'])}"
    if "note" in case:
        yield f"- {case['note'].capitalize()}"
    yield ""


def _order(order: dict[str, Any]) -> str:
    if order.get("cards") == 0:
        card = "no card"
    else:
        parts = [
            f"{key} {_shown(order[key])}" for key in ("criterion", "suggestion") if key in order
        ]
        card = ", ".join([order["indicator"], *parts])
    return f"| {order['id']} | {order['case']} | {order['order']} | {card} |"


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
