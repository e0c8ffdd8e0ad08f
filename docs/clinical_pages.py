"""The clinical pages, from criteria and parameters: what a board would sign."""

from collections.abc import Iterable, Iterator

from nelm.criteria import Criterion, Option
from nelm.evidence.citations import CITATIONS, Citation, outcome_figures, paper_short
from nelm.evidence.parameters import THRESHOLDS, Threshold
from nelm.evidence.strength import criterion_strength, option_strength
from nelm.options.registry import OPTIONS
from nelm.predicates import Predicate
from nelm.wording import figure_line
from nelm.work_up import WORK_UP_CITES

PRINTED = "*Printed from the code by `make docs`; do not edit.*"


def criteria_page() -> str:
    """Every option with its criteria, kinds, marks, reasons, citations and conflicts."""
    lines = ["# Criteria", "", PRINTED, "", *_legend(), ""]
    for option in OPTIONS:
        lines += _option(option)
    lines += [*_work_up(), "## Sources", ""]
    for one in CITATIONS.values():
        lines.append(_source(one))
    return "\n".join(lines) + "\n"


def _source(one: Citation) -> str:
    text = " ".join(one.text.split()).rstrip(".")
    doi = f". doi [{one.doi}](https://doi.org/{one.doi})" if one.doi else ""
    read = f" Read: {one.read}." if one.read else ""
    trail = ""
    if one.kind == "paper":
        chapter = f"{one.short.lower().replace(' ', '-')}-{one.id}"  # as its heading is linked
        trail = f" What of it stands where: [coverage](coverage.md#{chapter})."
    return f'- <a id="{one.id}"></a>**{one.short}** (`{one.id}`): {text}{doi}.{read}{trail}'


def _linked(cites: Iterable[str]) -> str:
    return ", ".join(f"[{paper_short(name)}](#{name})" for name in cites)


def _legend() -> list[str]:
    return [
        "A criterion is met, not met or unknown; a missing fact is unknown, never not met.",
        "`require` must be met; `exclude` contraindicates; `caution` warns (*strong* also ranks",
        "the option behind, *check* is something to look at first, unknown included); `favor` and",
        "`note` never change a verdict. `operational` means that no paper gives it: an editable",
        "working definition of this project. A criterion rests on the strongest evidence that its",
        "papers name: a *patient series* does not say whether patients were followed forward or",
        "looked back on; a *review* is what its authors say without naming a study. Each paper",
        "leads to its full reference.",
    ]


def _option(option: Option) -> Iterator[str]:
    extra = " (goes along with others)" if option.adjunct else ""
    pack = f" Knowledge pack `{option.pack}`." if option.pack else ""
    yield f'## <a id="{option.id}"></a>{option.title} (`{option.id}`){extra}'
    yield ""
    if pack:
        yield pack.strip()
        yield ""
    figures = outcome_figures(option.id)
    for figure in figures:
        yield f"- {figure_line(figure)}"
    if figures:
        yield ""
    yield f"Rests on: {', '.join(option_strength(option))}."
    yield ""
    yield "| id | kind | criterion | why | parameters | sources | rests on |"
    yield "|---|---|---|---|---|---|---|"
    for criterion in option.criteria:
        yield _criterion(option, criterion)
    yield ""


def _work_up() -> Iterator[str]:
    yield "## Work-up"
    yield ""
    yield "| item | sources |"
    yield "|---|---|"
    for item, cites in WORK_UP_CITES.items():
        yield f"| `{item}` | {_linked(cites)} |"
    yield ""
    for item in WORK_UP_CITES:
        for figure in outcome_figures(item):
            yield f"- {figure_line(figure)} (`{item}`)"
    yield ""


def place(option: str, criterion: str) -> str:
    """Where a criterion of an option stands on the page, as links name it."""
    return f"{option}-{criterion}".lower()


def _criterion(option: Option, criterion: Criterion) -> str:
    limits = (f"[`{name}`](parameters.md#{name})" for name in sorted(criterion.parameters))
    parameters = ", ".join(limits) or "–"
    why = criterion.because
    if criterion.conflict:
        positions = "; ".join(
            f"{_linked([source])}: {text}" for source, text in criterion.conflict.positions
        )
        why += f". **Conflict:** {positions}. Followed: {criterion.conflict.default}"
    rests_on = criterion_strength(criterion)
    name = f'<a id="{place(option.id, criterion.id)}"></a>{criterion.id}'
    sources = _linked(criterion.cites)
    cells = [name, _kind(criterion), criterion.title, why, parameters, sources, rests_on]
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
    cells = (
        f'<a id="{one.name}"></a>`{one.name}`',
        one.label,
        f"{default}{unit}",
        allowed,
        others or "–",
    )
    source = f"[{paper_short(one.source)}](criteria.md#{one.source})"
    return f"| {' | '.join(cells)} | {source} |"
