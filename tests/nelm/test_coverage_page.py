"""The page that reads the papers against the model explains each line and names what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nelm.catalog import CATALOG
from nelm.criteria import Criterion
from nelm.evidence.citations import CITATIONS, FIGURES_OF, outcome_figures
from nelm.evidence.parameters import THRESHOLDS
from nelm.options.registry import OPTION_IDS, OPTIONS
from nelm.staging.prognosis import NOTES, PANCREASTATIN
from nelm.strategy import BRANCHES
from nelm.work_up import WORK_UP_ITEMS

PAGE = Path(__file__).parents[2] / "docs" / "clinical" / "coverage.md"
PAPERS = [name for name, one in CITATIONS.items() if one.kind == "paper"]
CRITERIA: dict[str, list[Criterion]] = {}
for _option in OPTIONS:
    for _criterion in _option.criteria:
        CRITERIA.setdefault(_criterion.id, []).append(_criterion)
STAGING_NOTES = {"grade_discordance", "sstr_spect_negative", "remnant_below_caution"}
NAMES = (
    {*CRITERIA, *THRESHOLDS, *OPTION_IDS, *WORK_UP_ITEMS, *CATALOG, *CITATIONS, *BRANCHES}
    | {note.id for note in (*(note for note, _ in NOTES), PANCREASTATIN)}
    | STAGING_NOTES
    | {"octreoscan", "nelm/evidence/outcomes.yaml"}
)
NOT_HELD = re.compile(r"\*\*[Nn]ot held\*\*([^*]*)")


def section(paper: str) -> str:
    """What the page says of one paper, from its heading to the next."""
    return PAGE.read_text(encoding="utf-8").split(f"(`{paper}`)\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[-1] != "where the model holds it"]


@pytest.mark.parametrize("paper", PAPERS)
def test_no_line_is_left_unexplained(paper: str) -> None:
    found = rows(section(paper))
    assert len(found) >= 9
    for row in found:
        assert len(row) == 2, row
        said, held = row
        assert said
        assert "`" in held or NOT_HELD.search(held) or held.startswith("strategy"), row
        for reason in NOT_HELD.findall(held):
            assert len(reason.split()) >= 2, row


def test_every_name_on_the_page_exists() -> None:
    named = set(re.findall(r"`([^`\n]+)`", PAGE.read_text(encoding="utf-8")))
    assert named - NAMES == set()


@pytest.mark.parametrize("paper", PAPERS)
def test_every_criterion_that_cites_a_paper_is_found_under_it(paper: str) -> None:
    citing = {
        name
        for name, criteria in CRITERIA.items()
        for one in criteria
        if paper in one.cites or (one.conflict and paper in dict(one.conflict.positions))
    }
    assert citing - set(re.findall(r"`([^`\n]+)`", section(paper))) == set()


@pytest.mark.parametrize("paper", PAPERS)
def test_every_figure_note_and_threshold_of_a_paper_is_found_under_it(paper: str) -> None:
    figures = {n for n in FIGURES_OF for one in outcome_figures(n) if paper in one.cites}
    notes = {n.id for n in (*(note for note, _ in NOTES), PANCREASTATIN) if paper in n.cites}
    thresholds = {
        name
        for name, one in THRESHOLDS.items()
        if paper in (one.source, *(other.source for other in one.alternatives))
    }
    named = set(re.findall(r"`([^`\n]+)`", section(paper)))
    assert (figures | notes | thresholds) - named == set()
