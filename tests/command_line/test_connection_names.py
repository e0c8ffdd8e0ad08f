"""The connection is named bare or as `--connection NAME`, as in `load`."""

import pytest

from nelm_cds.sample_ehr.running import RunningSampleEhr
from tests.command_line.conftest import Run

HERE = {"NELM_CONNECTIONS__MAIN__BASE_URL": "http://127.0.0.1:9/fhir"}


def test_both_forms_name_the_same(
    run: Run, sample_ehr: RunningSampleEhr, connected: dict[str, str]
) -> None:
    there = {**connected, "NELM_CONNECTIONS__OTHER__BASE_URL": "http://127.0.0.1:9/fhir"}
    assert run("subscribe", **there).code == 2
    assert run("subscribe", "--connection", "main", **there).code == 0
    assert run("subscribe", "main", **there).code == 0
    assert run("backfill", "--connection", "main", **there).code == 0


@pytest.mark.parametrize("command", ["subscribe", "backfill"])
def test_two_different_names_are_refused(run: Run, command: str) -> None:
    ran = run(command, "main", "--connection", "other", **HERE)
    assert ran.code == 2
    assert "two connections are named: main and other. Name one" in ran.err
