"""Commands run in this process, in an empty directory, with an environment of their own."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nelm_cds.main import main
from nelm_cds.sample_ehr.patients import invented_patients
from nelm_cds.sample_ehr.running import RunningSampleEhr

TODAY = date(2026, 6, 1)


class Ran(NamedTuple):
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("NELM_")]:
        monkeypatch.delenv(name)

    def run_command(*arguments: object, **environ: str) -> Ran:
        with monkeypatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            try:
                code = main([str(argument) for argument in arguments])
            except SystemExit as ended:
                code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run_command


@pytest.fixture
def sample_ehr() -> Iterator[RunningSampleEhr]:
    """The sample EHR on a free port, with its invented patients."""
    with RunningSampleEhr() as running:
        running.load(invented_patients(TODAY))
        yield running


@pytest.fixture
def connected(sample_ehr: RunningSampleEhr) -> dict[str, str]:
    """The environment in which that EHR is the connection `main`."""
    return {
        "NELM_CONNECTIONS__MAIN__BASE_URL": sample_ehr.base_url,
        "NELM_CONNECTIONS__MAIN__INTAKE__SECRET": "of-these-tests",
        "NELM_PUBLIC_URL": "http://127.0.0.1:9",
    }
