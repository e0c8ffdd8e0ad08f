"""Whole processes: the demo answers its own `curl`, serve starts and both stop cleanly."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from nelm_cds.sample_ehr.patients import PATIENTS
from tests.service.people import call
from tests.service.signing import Signer, key_set

COMMAND = [sys.executable, "-m", "nelm_cds.main"]
ROOT = str(Path(__file__).parents[2])


@contextmanager
def started(folder: Path, *arguments: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
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


BROWSER = {"Accept": "text/html"}


def test_the_demo_answers_its_own_curl_and_stops_at_ctrl_c(tmp_path: Path) -> None:
    with started(tmp_path, "demo", "--json", "--port", "0", "--ehr-port", "0") as process:
        said = _read_document(process)
        curl = shlex.split(said["curl"])
        answer = requests.post(
            curl[2],
            data=curl[curl.index("-d") + 1],
            headers={"Content-Type": "application/json"},
            timeout=10,
        )
        playground = requests.get(said["playground"], headers=BROWSER, timeout=10)
        (card, *_) = answer.json()["cards"]
        staging = requests.get(card["links"][-1]["url"], headers=BROWSER, timeout=10)
        code, err = _stopped_by(process, signal.SIGINT)
    assert answer.status_code == 200
    assert "Call the hook" in playground.text
    assert staging.status_code == 200
    assert "It supports a tumor board and never decides." in staging.text
    assert re.search(r"[a-z]", card["summary"])
    assert len(card["summary"]) < 140
    assert (code, err) == (0, "")


def test_every_demo_patient_gets_the_strategy_its_chart_was_written_for(tmp_path: Path) -> None:
    with started(tmp_path, "demo", "--json", "--port", "0", "--ehr-port", "0") as process:
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
    with started(tmp_path, "serve", "--json", "--port", "0") as process:
        said = _read_document(process)
        ready = requests.get(f"{said['url']}/health/ready", timeout=10)
        code, _ = _stopped_by(process, signal.SIGTERM)
    assert said["workers"] == "embedded"
    assert ready.status_code == 200
    assert code == 0


@pytest.mark.real
@pytest.mark.parametrize("broker", [False, True], ids=["embedded", "redis"])
def test_serve_answers_each_token_once_and_logs_no_token(
    tmp_path: Path, request: pytest.FixtureRequest, broker: bool
) -> None:
    signer, public_url = Signer(), "https://nelm.example"
    (tmp_path / "keys.json").write_bytes(key_set(signer))
    client = "NELM_CONNECTIONS__MAIN__CDS_CLIENTS__0__"
    environ = {
        "NELM_PUBLIC_URL": public_url,
        "NELM_CONNECTIONS__MAIN__BASE_URL": "http://127.0.0.1:9/fhir",
        f"{client}ISSUER": signer.issuer,
        f"{client}JWKS_FILE": str(tmp_path / "keys.json"),
    }
    if broker:
        environ["NELM_BROKER_URL"] = request.getfixturevalue("redis_url")
    now = int(time.time())
    token = signer.token(aud=f"{public_url}/cds-services/nelm-patient-view", iat=now, exp=now + 99)
    with started(tmp_path, "serve", "--json", "--port", "0", **environ) as process:
        url = f"{_read_document(process)['url']}/cds-services/nelm-patient-view"
        seen = [
            requests.post(url, json=call("patient-view", "p1"), headers=headers, timeout=10)
            for headers in ({}, *[{"Authorization": f"Bearer {token}"}] * 2)
        ]
        code, err = _stopped_by(process, signal.SIGTERM)
    assert [answer.status_code for answer in seen] == [401, 200, 401]
    assert [answer.content for answer in seen] == [b"", b'{"cards":[]}', b""]
    assert code == 0
    reasons = [json.loads(line).get("reason") for line in err.splitlines()]
    # the call that was let in says why its record was not read, by kind of resource only
    no_token, unread, used_before = (one for one in reasons if one)
    assert (no_token, used_before) == ("no-token", "used-before")
    assert unread.startswith("not-stored:patient+conditions+")
    assert token.rpartition(".")[2] not in err
