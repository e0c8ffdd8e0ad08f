"""What an operator reads: which row, which setting, which file, and the way out."""

from pathlib import Path

import pytest

from fhir_mappings.notifications import Heard, Problem
from storage import notifications
from storage.database import Database
from tests.command_line.conftest import Run

HERE = {"NELM_CONNECTIONS__NORTH__BASE_URL": "http://127.0.0.1:9/fhir"}


@pytest.fixture
def poison(run: Run, tmp_path: Path) -> int:
    """The row of one poison notification."""
    assert run("migrate").code == 0
    database = Database(f"sqlite:///{tmp_path}/var/nelm-cds.sqlite")
    with database.transaction() as tx:
        heard = Heard("changes", problems=(Problem("not JSON", b"{broken"),))
        notifications.put_now(tx, "main", heard, "subscription")
        (noted,) = notifications.list_noted(tx)
    database.close()
    return noted.row


def test_poison_is_listed_with_its_row_and_where_it_came_from(run: Run, poison: int) -> None:
    line = run("jobs", "list").out
    said = f"poison   notification {poison}, from main (subscription), no resource in it: not JSON,"
    assert line.startswith(said)
    assert "broken" not in line
    assert run("jobs", "list", "--json").json["rows"][0]["id"] == poison


def test_doctor_reports_poison_until_it_is_dismissed(run: Run, poison: int) -> None:
    assert "BAD  database: 0 rows wait, 1 were given up on" in run("doctor", **HERE).out
    dismissed = run("jobs", "dismiss", poison).out
    assert dismissed.startswith("1 notifications dismissed in /")
    assert dismissed.endswith("; their bytes are gone\n")
    assert run("jobs", "list").out.startswith("Nothing is buried")
    assert "ok   database" in run("doctor", **HERE).out


def test_only_poison_is_dismissed(run: Run, poison: int) -> None:
    ran = run("jobs", "dismiss", poison, poison + 1)
    assert (ran.code, ran.out) == (2, "")
    assert f" has the id {poison + 1}; nothing is dismissed" in ran.err
    assert run("jobs", "list", "--json").json["rows"][0]["state"] == "poison"


def test_doctor_names_the_variable_of_the_connection_it_means(run: Run) -> None:
    ran = run("doctor", NELM_PUBLIC_URL="https://nelm.example.org", **HERE)
    assert "Set NELM_CONNECTIONS__NORTH__INTAKE__SECRET" in ran.out
    assert ".." not in ran.out


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("NELM_PORT", "abc", "NELM_PORT is not a whole number. Write for example 30"),
        ("NELM_PORT", "70000", "NELM_PORT must be a whole number <= 65535. Correct the value"),
        (
            "NELM_OPEN_ACCESS",
            "maybe",
            "NELM_OPEN_ACCESS is not true or false. Write for example true",
        ),
        (
            "NELM_WORKERS__TICK_SECONDS",
            "0",
            "NELM_WORKERS__TICK_SECONDS must be a number > 0. Correct the value",
        ),
    ],
)
def test_a_setting_of_the_wrong_kind_is_said_in_words(
    run: Run, variable: str, value: str, said: str
) -> None:
    ran = run("jobs", "list", **{variable: value})
    assert (ran.code, ran.err) == (2, f"nelm-cds jobs: {said}\n")


def test_a_name_near_to_none_is_refused_with_where_all_names_are(run: Run, tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text("facts: {shoe: 43}")
    ran = run("assess", "--facts", "facts.yaml")
    assert ran.code == 2
    assert ran.err == (
        "nelm-cds assess: facts.yaml: facts.shoe: no fact is called shoe. "
        "All names: nelm-cds knowledge export (facts), docs/clinical/parameters.md (parameters)\n"
    )


def test_text_says_what_decides_each_verdict(run: Run, tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(
        "as_of: 2026-06-01\nfacts: {has_neuroendocrine_tumor: true, has_liver_metastases: true,"
        " ki67_primary_percent: 2, portal_vein: complete_thrombosis}"
    )
    lines = run("assess", "--facts", "facts.yaml", "--text").out.splitlines()
    (tace,) = [line for line in lines if line.split()[0] == "tace"]
    assert "contraindicated, " in tace
    assert "portal vein" in tace
    assert all(":" in line for line in lines[1:])
