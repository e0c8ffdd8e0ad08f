"""The pages: printed ones are fresh, links lead somewhere, and what they tell to type exists."""

import argparse
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from nelm_cds.main import COMMANDS, command_parser

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if not any(part.startswith(".") for part in page.relative_to(ROOT).parts)
)
HOW_TO = [page for page in PAGES if page.parent.name == "how-to"]
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_COMMAND = re.compile(r"(?<![\w/.-])nelm-cds ([a-z][a-z-]+)([^`\n|;&#>]*)")
_TARGET = re.compile(r"\bmake ([a-z][a-z-]+)\b")
# Commands that the contract names and a later version brings.
_ANNOUNCED = {"sweep", "users", "purge-patient"}


def _ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_printed_pages_are_fresh() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "docs.print_pages", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("page", PAGES, ids=_ids)
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), target


def _code(page: Path) -> str:
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", page.read_text(), flags=re.DOTALL))


def _options(parser: argparse.ArgumentParser) -> set[str]:
    """Every option of a command and of its verbs."""
    options: set[str] = set()
    for action in parser._actions:
        options.update(action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            options.update(*(_options(verb) for verb in action.choices.values()))
    return options


@pytest.mark.parametrize("page", PAGES, ids=_ids)
def test_commands_to_type_exist(page: Path) -> None:
    code = _code(page)
    for command, _ in _COMMAND.findall(code):
        assert command in COMMANDS.keys() | _ANNOUNCED, command
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for target in _TARGET.findall(code):
        assert target in targets, target


@pytest.mark.parametrize("page", PAGES, ids=_ids)
def test_options_to_type_exist(page: Path) -> None:
    for command, rest in _COMMAND.findall(_code(page)):
        typed = set(re.findall(r"(?<!\S)--[a-z-]+", rest))
        if typed and command not in _ANNOUNCED:
            assert typed <= _options(command_parser(command)), command


def test_what_developers_are_pointed_to_exists() -> None:
    text = (ROOT / "DEVELOPERS.md").read_text()
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_.]*)`", text))
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_developers_are_told_of_every_folder_of_tests() -> None:
    text = (ROOT / "DEVELOPERS.md").read_text()
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()} - {"__pycache__"}
    assert [name for name in sorted(folders) if f"`tests/{name}`" not in text] == []


@pytest.mark.parametrize("page", HOW_TO, ids=_ids)
def test_commands_of_a_how_to_can_be_typed_as_they_stand(page: Path) -> None:
    for command, rest in _COMMAND.findall(_code(page)):
        if command not in _ANNOUNCED:
            typed = command_parser(command).parse_args([command, *shlex.split(rest)])
            assert typed.command == command


def test_readme_is_short_and_says_that_the_board_decides() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 80
    assert "never decides" in text


def test_make_help_knows_every_target_of_the_contract() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in "setup demo test test-quick check bench docs clean".split():
        assert re.search(rf"make {target}\s", shown.stdout), target
