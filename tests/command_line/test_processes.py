"""Whole processes: the demo answers its own `curl`, serve starts and both stop cleanly."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from nelm_cds.sample_ehr.patients import PATIENTS

COMMAND = [sys.executable, "-m", "nelm_cds.main"]
ROOT = str(Path(__file__).parents[2])


@contextmanager
def _started(folder: Path, *arguments: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NELM_")}
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        env={**clean, "PYTHONPATH": ROOT, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _read_document(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The JSON document a command writes over several lines, as soon as it is complete."""
    text = ""
    for line in process.stdout or ():
        text += line
        if line == "}\n":
            document: dict[str, Any] = json.loads(text)
            return document
    raise AssertionError(f"ended without a document: {process.stderr and process.stderr.read()}")


def _stopped_by(process: subprocess.Popen[str], sign: signal.Signals) -> tuple[int, str]:
    process.send_signal(sign)
    _, err = process.communicate(timeout=30)
    return process.returncode, err


def test_the_demo_answers_its_own_curl_and_stops_at_ctrl_c(tmp_path: Path) -> None:
    with _started(tmp_path, "demo", "--json", "--port", "0", "--ehr-port", "0") as process:
        said = _read_document(process)
        curl = shlex.split(said["curl"])
        answer = requests.post(
            curl[2],
            data=curl[curl.index("-d") + 1],
            headers={"Content-Type": "application/json"},
            timeout=10,
        )
        code, err = _stopped_by(process, signal.SIGINT)
    assert answer.status_code == 200
    (card, *_) = answer.json()["cards"]
    assert re.search(r"[a-z]", card["summary"])
    assert len(card["summary"]) < 140
    assert (code, err) == (0, "")


def test_every_demo_patient_gets_the_strategy_its_chart_was_written_for(tmp_path: Path) -> None:
    with _started(tmp_path, "demo", "--json", "--port", "0", "--ehr-port", "0") as process:
        said = _read_document(process)
        _stopped_by(process, signal.SIGINT)
    judged = {id_: strategy for id_, (_, strategy) in PATIENTS.items()}
    # without any sign of the disease a patient is not assessed at all
    expected = {
        id_: strategy
        for id_, strategy in judged.items()
        if strategy != "not_applicable" or said["patients"][id_] is not None
    }
    assert {id_: said["patients"][id_] for id_ in expected} == expected


def test_serve_says_where_it_listens_and_stops_when_asked(tmp_path: Path) -> None:
    with _started(tmp_path, "serve", "--json", "--port", "0") as process:
        said = _read_document(process)
        ready = requests.get(f"{said['url']}/health/ready", timeout=10)
        code, _ = _stopped_by(process, signal.SIGTERM)
    assert said["workers"] == "embedded"
    assert ready.status_code == 200
    assert code == 0
