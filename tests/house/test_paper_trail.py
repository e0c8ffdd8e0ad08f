"""From any verdict of a worked case to its paper in two steps, on the printed pages.

The criteria in brackets lead to their row, an eligible option to its chapter; the row leads on to
the full reference.
"""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.vignettes.worked_cases import sheet

CLINICAL = Path(__file__).parents[2] / "docs" / "clinical"
VERDICTS = [(case["id"], case["verdicts"]) for case in sheet()["cases"] if "verdicts" in case]
_LINK = re.compile(r"\]\(([a-z-]*(?:\.md)?)#([^)]+)\)")
_ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
_STATED = re.compile(
    r"\[(\w+)\]\(criteria\.md#\w+\) (\w+)(?: \(((?:\[[^]]+\]\([^)]+\)(?:, )?)+)\))?"
)


@cache
def page(name: str) -> str:
    return (CLINICAL / name).read_text(encoding="utf-8")


@cache
def lines_by_anchor(name: str) -> dict[str, str]:
    """The text that follows each anchor: its row, or its chapter."""
    text = page(name)
    found = {}
    for match in _ANCHOR.finditer(text):
        end = "\n## " if text[: match.start()].endswith("## ") else "\n"
        found[match[1]] = text[match.end() :].partition(end)[0]
    return found


@cache
def stated(case: str) -> dict[str, tuple[str, str]]:
    """The verdicts of a case on the page: by option the verdict and the links behind it."""
    chapter = page("worked-cases.md").partition(f"\n### {case}\n")[2].partition("\n### ")[0]
    line = next(one for one in chapter.splitlines() if one.startswith("- Verdicts: "))
    return {option: (verdict, links or "") for option, verdict, links in _STATED.findall(line)}


@pytest.mark.parametrize(("case", "verdicts"), VERDICTS, ids=[case for case, _ in VERDICTS])
def test_every_verdict_of_a_worked_case_leads_to_its_paper_in_two_steps(
    case: str, verdicts: dict[str, str]
) -> None:
    assert {option: found[0] for option, found in stated(case).items()} == verdicts
    for option, (verdict, links) in stated(case).items():
        first = _LINK.findall(links)
        assert first or verdict == "eligible", f"{option} is {verdict} for no stated reason"
        for target, anchor in first or [("criteria.md", option)]:
            second = _LINK.findall(lines_by_anchor(target)[anchor])
            sources = [one for page_, one in second if page_ != "parameters.md"]
            assert sources, f"{anchor} names no source"
            assert all(one in lines_by_anchor(page_ or "criteria.md") for page_, one in second)


def test_every_paper_leads_on_to_what_the_model_holds_of_it() -> None:
    headings = re.findall(r"^## (.+)$", page("coverage.md"), flags=re.MULTILINE)
    chapters = {re.sub(r"[^a-z0-9 ]", "", one.lower()).replace(" ", "-") for one in headings}
    found = re.findall(r"coverage\.md#([^)]+)\)", page("criteria.md"))
    assert len(found) == 5
    assert set(found) <= chapters
