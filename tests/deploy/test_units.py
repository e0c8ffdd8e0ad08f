"""The systemd units: what systemd itself says of them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from nelm_cds.main import COMMANDS

UNITS = sorted((Path(__file__).parents[2] / "deploy" / "systemd").glob("*.service"))


@pytest.fixture
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    assert found, "systemd-analyze is missing: run deploy/install_test_parts.sh"
    return found


def _with_a_program_that_exists(unit: Path, folder: Path) -> Path:
    copy = folder / unit.name
    copy.write_text(unit.read_text().replace("/opt/nelm-cds/bin/nelm-cds", "/bin/true"))
    return copy


@pytest.mark.real
def test_systemd_accepts_every_unit(analyze: str, tmp_path: Path) -> None:
    units = [_with_a_program_that_exists(unit, tmp_path) for unit in UNITS]
    answer = subprocess.run(
        [analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.real
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_finds_little_exposed(unit: Path, analyze: str, tmp_path: Path) -> None:
    copy = _with_a_program_that_exists(unit, tmp_path)
    answer = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", "--no-pager", copy],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout[-300:]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_units_start_commands_of_the_console_script(unit: Path) -> None:
    starts = [line for line in unit.read_text().splitlines() if line.startswith("ExecStart")]
    for line in starts:
        assert line.split()[1] in COMMANDS


def test_there_is_a_unit_for_each_process() -> None:
    assert [unit.stem for unit in UNITS] == [
        "nelm-cds-schedule",
        "nelm-cds-web",
        "nelm-cds-worker",
    ]
