"""The knowledge version changes with whatever may change a verdict, and with nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import nelm
from nelm.evidence.packs import KNOWLEDGE, knowledge_digest, knowledge_version
from nelm.evidence.parameters import DEFAULTS
from nelm.judging import compiled
from nelm.predicates import Judged

PACKAGE = Path(nelm.__file__).parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The knowledge in a folder of its own, to be edited."""
    for pattern in KNOWLEDGE:
        for file in PACKAGE.glob(pattern):
            target = tmp_path / file.relative_to(PACKAGE)
            target.parent.mkdir(exist_ok=True)
            shutil.copy(file, target)
    return tmp_path


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("what", "file", "old", "new"),
    [
        ("a title", "options/local.py", '"Few lesions"', '"Not many lesions"'),
        ("a condition", "options/local.py", "less_than(", "at_most("),
        ("a citation", "options/local.py", 'cites=["cloyd2020"]', 'cites=["lewis2012"]'),
        ("a reason", "options/hepatectomy.py", "because=", 'because="so " + '),
        ("a mark", "options/shared.py", "strong=True", "strong=False"),
        ("a conflict", "options/shared.py", "default=", 'default="" + '),
        ("a question in Python", "options/resection.py", "share >= 90", "share > 90"),
        ("a threshold", "evidence/parameters.yaml", "default: 35", "default: 36"),
        ("a paper", "evidence/citations.yaml", "2020", "2021"),
        ("an outcome figure", "evidence/outcomes.yaml", "60-80 %", "61-80 %"),
        ("a strength", "evidence/strength.yaml", " BEV-3", ""),
        ("a pack", "evidence/packs.yaml", "title:", "title: x"),
        ("a cut of the staging", "staging/grade.py", "percent <= 20", "percent < 20"),
        ("an order of options", "strategy.py", "ablation sbrt tae", "sbrt ablation tae"),
        ("a bound of a fact", "catalog.py", "0..125", "0..120"),
        ("a work-up rule", "work_up_rules.py", "is None", "is not None"),
    ],
)
def test_it_changes_with(copy: Path, what: str, file: str, old: str, new: str) -> None:
    before = knowledge_digest(copy)
    edit(copy, file, old, new)
    assert knowledge_digest(copy) != before, what


def test_a_line_of_comment_does_not_change_it(copy: Path) -> None:
    before = knowledge_digest(copy)
    edit(copy, "options/local.py", "\nABL_1 = ", "\n# Asked of a surgeon.\n\nABL_1 = ")
    assert knowledge_digest(copy) == before


def test_it_is_that_of_the_package(copy: Path) -> None:
    assert knowledge_digest(copy) == knowledge_digest()
    assert knowledge_digest() in knowledge_version(DEFAULTS)


def test_it_is_the_same_in_every_process() -> None:
    ask = (
        "from nelm.evidence.packs import knowledge_version;"
        "from nelm.evidence.parameters import DEFAULTS;"
        "print(knowledge_version(DEFAULTS))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", ask],
            capture_output=True,
            check=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {knowledge_version(DEFAULTS)}


def test_every_question_that_a_criterion_asks_in_python_counts() -> None:
    known = {file for pattern in KNOWLEDGE for file in PACKAGE.glob(pattern)}
    assert all(any(PACKAGE.glob(pattern)) for pattern in KNOWLEDGE)
    asked = {
        Path(predicate.function.__code__.co_filename)
        for one in compiled(DEFAULTS).rounds
        for predicate in one.predicates
        if isinstance(predicate, Judged)
    }
    assert asked <= known
