"""`assess` and `stage` need no database, and refuse with field and way out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nelm_cds.main import COMMANDS
from tests.command_line.conftest import Run

FACTS = """
facts:
  has_neuroendocrine_tumor: true
  has_liver_metastases: true
  ki67_primary_percent: 2
as_of: 2026-06-01
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    ran = run(command, "--help")
    assert ran.code == 0
    assert f"nelm-cds {command}" in ran.out
    assert COMMANDS[command].split(";")[0][:20] in " ".join(ran.out.split())


def test_without_a_command_all_are_listed(run: Run) -> None:
    ran = run("--help")
    assert ran.code == 0
    assert all(command in ran.out for command in COMMANDS)


def test_an_unknown_command_is_refused(run: Run) -> None:
    ran = run("asess")
    assert ran.code == 2
    assert "asess" in ran.err


def test_assess_gives_the_document(run: Run, tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(FACTS)
    ran = run("assess", "--facts", "facts.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json["as_of"] == "2026-06-01"
    assert ran.json["staging"]["grade"] == "G1"


def test_assess_as_of_another_day(run: Run, tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(FACTS)
    ran = run("assess", "--facts", "facts.yaml", "--as-of", "2027-01-01")
    assert ran.json["as_of"] == "2027-01-01"


def test_assess_for_people_names_strategy_and_verdicts(run: Run, tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(FACTS)
    ran = run("assess", "--facts", "facts.yaml", "--text")
    assert ran.out.startswith("Strategy: work-up first (as of 2026-06-01)\nStaging: G1 (Ki-67 2 %)")
    assert "Missing: " in ran.out
    assert "Work-up, most wanted first:\n" in ran.out
    assert "_" not in ran.out.partition("Missing: ")[2]


def test_assess_says_of_follow_up_what_is_overdue_or_not_known(run: Run, tmp_path: Path) -> None:
    cleared = FACTS.replace(
        "as_of",
        "  differentiation: well\n  liver_lesion_count: 0\n  extrahepatic_disease: none\n"
        "  treatment_history: [{therapy: hepatectomy, date: 2022-03-01}]\nas_of",
    )
    (tmp_path / "facts.yaml").write_text(cleared)
    text = run("assess", "--facts", "facts.yaml", "--text").out
    assert "Follow-up: eligible; imaging and markers every 3 to 12 months" in text
    assert "; not known when last imaged; not known when markers were last taken" in text
    imaged = "  latest_cross_sectional_imaging: 2024-01-01\nas_of"
    (tmp_path / "facts.yaml").write_text(cleared.replace("as_of", imaged))
    overdue = "imaging overdue since 2025-01-01 (last 2024-01-01)"
    assert overdue in run("assess", "--facts", "facts.yaml", "--text").out
    explained = run("assess", "--facts", "facts.yaml", "--explain", "follow_up").out
    assert f"- I{overdue[1:]}." in explained
    assert "- Not known when markers were last taken." in explained


def test_assess_explains_one_option_as_markdown(run: Run, tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(FACTS)
    ran = run("assess", "--facts", "facts.yaml", "--explain", "tare")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("# TARE: cannot be judged yet")
    assert "- **Not known.** Lung shunt: not on file (TARE-3; Lewis 2012; review)." in ran.out
    assert ran.out.endswith("\n")
    assert not ran.out.endswith("\n\n")


def test_assess_refuses_to_explain_an_option_that_does_not_exist(run: Run, tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(FACTS)
    ran = run("assess", "--facts", "facts.yaml", "--explain", "prtt")
    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean prrt?" in ran.err


def test_assess_tells_what_changed_since_other_facts(run: Run, tmp_path: Path) -> None:
    (tmp_path / "before.yaml").write_text(FACTS)
    (tmp_path / "facts.yaml").write_text(FACTS.replace("percent: 2", "percent: 8"))
    ran = run("assess", "--facts", "facts.yaml", "--since", "before.yaml")
    assert ran.out.startswith("grade: G1 -> G2, because Ki-67 of the primary 8 %\n")
    (tmp_path / "facts.yaml").write_text(FACTS.replace("percent: 2", "percent: 2.5"))
    ran = run("assess", "--facts", "facts.yaml", "--since", "before.yaml")
    assert ran.out == "No clinical change from 2026-06-01 to 2026-06-01\n"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("facts: {ki67_primery_percent: 2}", "Did you mean ki67_primary_percent?"),
        ("facts: {ki67_primary_percent: 200}", "ki67_primary_percent"),
        ("facts: [", "neither JSON nor YAML"),
        ("[1]", "write an object with the key facts"),
    ],
)
def test_assess_refuses_with_field_and_way_out(
    run: Run, tmp_path: Path, text: str, named: str
) -> None:
    (tmp_path / "facts.yaml").write_text(text)
    ran = run("assess", "--facts", "facts.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert named in ran.err
    assert ran.err.count("\n") == 1


def test_a_file_that_is_not_there_is_refused(run: Run) -> None:
    ran = run("assess", "--facts", "none.yaml")
    assert ran.code == 2
    assert "none.yaml" in ran.err


def test_a_date_that_is_none_is_refused(run: Run) -> None:
    ran = run("assess", "--facts", "x", "--as-of", "1.6.2026")
    assert ran.code == 2
    assert "YYYY-MM-DD" in ran.err


def test_stage_gives_the_staging_document_of_a_bundle(run: Run, tmp_path: Path) -> None:
    subject = {"reference": "Patient/p1"}
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"resource": {"resourceType": "Patient", "id": "p1", "birthDate": "1960-05-02"}},
            {
                "resource": {
                    "resourceType": "Condition",
                    "id": "c1",
                    "subject": subject,
                    "code": {
                        "coding": [
                            {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C7B.02"}
                        ]
                    },
                }
            },
        ],
    }
    (tmp_path / "bundle.json").write_text(json.dumps(bundle))
    ran = run("stage", "bundle.json", "--as-of", "2026-06-01")
    assert ran.code == 0
    assert ran.json["as_of"] == "2026-06-01"
    assert ran.json["facts"]["age_years"]["value"] == 66
    assert ran.json["facts"]["has_liver_metastases"]["source"] == "Condition/c1"


def test_a_failure_of_ours_never_prints_the_text_of_the_exception() -> None:
    code = (
        "import sys; from nelm_cds.main import main\n"
        "import nelm_cds.main as m\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "raise ValueError('Erika Mustermann')\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 1
    assert "ValueError" in ended.stderr
    assert "Mustermann" not in ended.stderr
