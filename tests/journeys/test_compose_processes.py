"""The compose file's own commands and environment, started as processes.

No container runs here: paths of the container and names of its network are replaced by those
of the test machine, and nothing else is.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.deploy.compose_file import OURS, services
from tests.journeys.stacks import NELM_CDS
from tests.real_parts import PostgreSQL, Program, until
from tests.real_parts.programs import find_program, free_port

pytestmark = pytest.mark.real

_SETTINGS = """
public_url = "http://127.0.0.1:{port}"
[connections.main]
base_url = "http://127.0.0.1:{nobody}/fhir"
"""


class Composed:
    """The services of the compose file as processes of this machine."""

    def __init__(self, folder: Path, postgresql: PostgreSQL) -> None:
        self.folder = folder
        self.port, self.broker_port = free_port(), free_port()
        self._secrets = {
            "database_url": postgresql.new_database(),
            "notification_secret": "invented-secret",
        }
        (folder / "secrets").mkdir()
        for name, value in self._secrets.items():
            (folder / "secrets" / name).write_text(value)
        settings = _SETTINGS.format(port=self.port, nobody=free_port())
        (folder / "nelm-cds.toml").write_text(settings)
        self.programs: dict[str, Program] = {}

    def environment(self, name: str) -> dict[str, str]:
        """What the compose file gives a service, with this machine's paths and addresses."""
        here = {
            "/etc/nelm-cds/": f"{self.folder}/",
            "/run/secrets/": f"{self.folder}/secrets/",
            "redis://redis:6379": f"redis://127.0.0.1:{self.broker_port}",
            "0.0.0.0": "127.0.0.1",  # noqa: S104  what the container listens on
            "8000": str(self.port),
        }
        given = {}
        for variable, value in services()[name]["environment"].items():
            for theirs, ours in here.items():
                value = value.replace(theirs, ours)
            given[variable] = value
        return {"PATH": f"{NELM_CDS.parent}:{os.environ['PATH']}", "HOME": "/nonexistent"} | given

    def start(self, name: str) -> Program:
        command = [NELM_CDS, *services()[name]["command"]]
        log = self.folder / f"{name}.log"
        self.programs[name] = Program(
            name, command, log, self.environment(name), folder=self.folder
        )
        return self.programs[name]

    def start_broker(self) -> None:
        program, *options = services()["redis"]["command"]
        command = [find_program(program, "redis-server"), *options, "--port", str(self.broker_port)]
        log = self.folder / "redis.log"
        self.programs["redis"] = Program("redis", command, log, folder=self.folder)

    def check(self, name: str) -> subprocess.CompletedProcess[str]:
        """The service's own health check, as the container runtime would run it."""
        how, *test = services()[name]["healthcheck"]["test"]
        words = ["sh", "-c", *test] if how == "CMD-SHELL" else test
        words = [word.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}") for word in words]
        return subprocess.run(
            words,
            env=self.environment(name),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=30,
        )


@pytest.fixture(scope="module")
def composed(
    tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL
) -> Iterator[Composed]:
    composed = Composed(tmp_path_factory.mktemp("composed"), postgresql)
    try:
        composed.start_broker()
        migrated = composed.start("migrate")
        assert until(lambda: migrated.exit_code is not None, "the migration", 60)
        assert migrated.exit_code == 0, migrated.tail()
        for name in ("web", "worker", "schedule"):
            composed.start(name)
        yield composed
    finally:
        for program in reversed(composed.programs.values()):
            program.stop()


@pytest.mark.parametrize("name", ["web", "worker", "schedule"])
def test_each_service_starts_and_its_own_health_check_passes(composed: Composed, name: str) -> None:
    program = composed.programs[name]
    until(lambda: composed.check(name).returncode == 0, f"{name} healthy", 60, 0.3, [program])


def test_composed_service_takes_a_notification_and_works_it_off(composed: Composed) -> None:
    until(lambda: composed.check("web").returncode == 0, "web healthy", 60, 0.3)
    observation: dict[str, Any] = {
        "resourceType": "Observation",
        "id": "a1",
        "meta": {"versionId": "1", "lastUpdated": "2026-01-02T03:04:05Z"},
        "status": "final",
        "code": {"coding": [{"system": "urn:nelm-cds:codes", "code": "krenning_score"}]},
        "subject": {"reference": "Patient/p1"},
        "valueInteger": 4,
    }
    address = f"http://127.0.0.1:{composed.port}"
    answer = requests.put(
        f"{address}/notifications/main/Observation/a1",
        json=observation,
        headers={"X-Nelm-Secret": "invented-secret"},
        timeout=20,
    )
    assert answer.status_code == 200
    refused = requests.put(
        f"{address}/notifications/main/Observation/a1", json=observation, timeout=20
    )
    assert refused.status_code == 401

    def is_known() -> bool:
        found = requests.get(f"{address}/patients/main/p1/assessment", timeout=20)
        return "not known" not in found.text

    running = [composed.programs[name] for name in ("web", "worker", "schedule")]
    until(is_known, "a worker to keep the result", 30, 0.2, running)


def test_database_url_of_the_how_to_names_the_composed_database() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "deploy.md").read_text()
    url = re.search(r"postgresql\+psycopg://(\w+):.*@(\w+):5432/(\w+)", page)
    assert url is not None
    database = services()["postgresql"]["environment"]
    assert url[2] in services()
    assert (url[1], url[3]) == (database["POSTGRES_USER"], database["POSTGRES_DB"])


def test_every_secret_and_file_the_services_name_is_one_the_how_to_makes() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "deploy.md").read_text()
    for name in (*OURS, "postgresql"):
        for secret in services()[name].get("secrets", []):
            assert secret in page, secret
    assert "nelm-cds.toml" in page


def test_container_runtime_commands_are_known_here() -> None:
    assert shutil.which(services()["redis"]["command"][0])
    assert services()["postgresql"]["command"][0] == "postgres"
