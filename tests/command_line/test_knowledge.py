"""`nelm-cds knowledge export`: one Bundle, or a file for each resource."""

import json
from pathlib import Path

from tests.command_line.conftest import Run


def test_export_writes_one_bundle_to_standard_output(run: Run) -> None:
    ran = run("knowledge", "export")
    assert (ran.code, ran.err) == (0, "")
    kinds = [entry["resource"]["resourceType"] for entry in ran.json["entry"]]
    assert kinds == ["Questionnaire"] + ["PlanDefinition"] * 23


def test_export_writes_a_file_for_each_resource(run: Run, tmp_path: Path) -> None:
    ran = run("knowledge", "export", "--out", "out/knowledge", "--canonical-base", "https://x.org/")
    assert (ran.code, ran.out) == (0, "24 files in out/knowledge\n")
    written = json.loads((tmp_path / "out/knowledge/PlanDefinition-deb-tace.json").read_text())
    assert written["url"] == "https://x.org/PlanDefinition/deb-tace"
    assert (tmp_path / "out/knowledge/Questionnaire-facts.json").exists()


def test_export_refuses_a_folder_that_cannot_be_made(run: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    ran = run("knowledge", "export", "--out", "taken")
    assert (ran.code, ran.out) == (2, "")
    assert "taken" in ran.err


def test_without_a_verb_it_is_refused(run: Run) -> None:
    assert run("knowledge").code == 2
