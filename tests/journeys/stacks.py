"""The house as an operator starts it: `nelm-cds` processes, their settings, and nothing patched."""

import os
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.real_parts import Program, until
from tests.real_parts.programs import free_port
from tests.service.conformance import problems_of_response

NELM_CDS = Path(sys.executable).parent / "nelm-cds"
SECRET = "invented-notification-secret"


@dataclass
class Stack:
    """One installation against one EHR; `start()` brings up what `processes` names."""

    folder: Path
    connection: str
    ehr_url: str
    database_url: str
    broker_url: str = ""
    port: int = field(default_factory=free_port)
    programs: dict[str, Program] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        intake = f"NELM_CONNECTIONS__{self.connection.upper()}"
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONWARNINGS": "default",
            "NELM_DATABASE_URL": self.database_url,
            "NELM_BROKER_URL": self.broker_url,
            "NELM_PUBLIC_URL": self.url,
            "NELM_PORT": str(self.port),
            f"{intake}__BASE_URL": self.ehr_url,
            f"{intake}__INTAKE__SECRET": SECRET,
            "NELM_WORKERS__TICK_SECONDS": "1",
            "NELM_WORKERS__FIRST_PAUSE_SECONDS": "0.2",
            "NELM_WORKERS__LEASE_SECONDS": "5",
        }

    @property
    def processes(self) -> dict[str, tuple[str, ...]]:
        """The long-running commands of this installation."""
        if not self.broker_url:
            return {"web": ("serve",)}
        return {"web": ("serve",), "worker": ("worker",), "schedule": ("worker", "--schedule")}

    def run(self, *command: str) -> str:
        """A command that ends; what it printed."""
        done = subprocess.run(
            [NELM_CDS, *command],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self) -> None:
        self.run("migrate")
        for name in self.processes:
            self.begin(name)
        self.wait_until_ready()

    def begin(self, name: str) -> None:
        """Starts one process (again), without waiting for it."""
        log = self.folder / f"{name}.log"
        command = [NELM_CDS, *self.processes[name]]
        self.programs[name] = Program(name, command, log, self.environment, folder=self.folder)

    def wait_until_ready(self) -> None:
        running = list(self.programs.values())
        until(self._is_ready, "the web process to be ready", 60, programs=running)
        for name in self.processes.keys() - {"web"}:
            program = self.programs[name]
            until(lambda p=program: _says_ready(p), f"{name} to be ready", 60, programs=[program])

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/health/ready", timeout=5).ok
        except requests.RequestException:
            return False

    def kill(self, *names: str) -> None:
        """As a power cut would: no goodbye, children included."""
        for name in names:
            self.programs[name].kill()

    def stop(self) -> dict[str, int]:
        """Ends all processes as an operator does; their exit codes."""
        return {name: program.stop() for name, program in reversed(self.programs.items())}

    def everything_logged(self) -> str:
        logs = self.folder.glob("*.log")
        return "".join(log.read_text(errors="replace") for log in logs)

    # --- what the outside asks ------------------------------------------------------------------

    def hook(self, service: str, patient_id: str, **context: Any) -> list[dict[str, Any]]:
        """The cards of one hook call without prefetch, as most clients show a stored patient."""
        call = {
            "hook": service.removeprefix("nelm-"),
            "hookInstance": str(uuid.uuid4()),
            "fhirServer": self.ehr_url,
            "context": {"userId": "Practitioner/invented", "patientId": patient_id, **context},
        }
        answer = requests.post(f"{self.url}/cds-services/{service}", json=call, timeout=20)
        assert answer.ok, f"{answer.status_code} {answer.text[:800]}"
        assert problems_of_response(answer.json()) == []
        cards: list[dict[str, Any]] = answer.json()["cards"]
        return cards

    def sign(self, patient_id: str, *orders: dict[str, Any]) -> list[dict[str, Any]]:
        """The cards before signing these draft orders."""
        entries = [{"resource": order} for order in orders]
        drafts = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        return self.hook("nelm-order-sign", patient_id, draftOrders=drafts)

    def assessment(self, patient_id: str) -> dict[str, Any] | None:
        """The stored assessment document; None as long as there is none."""
        answer = requests.get(
            f"{self.url}/patients/{self.connection}/{patient_id}/assessment", timeout=20
        )
        if answer.status_code == 404:
            return None
        assert answer.ok, f"{answer.status_code} {answer.text[:800]}"
        document: dict[str, Any] = answer.json()
        return document

    def notify(self, resource: dict[str, Any]) -> requests.Response:
        """Delivers one resource as HAPI's rest-hook does."""
        kind, id_ = resource["resourceType"], resource["id"]
        return requests.put(
            f"{self.url}/notifications/{self.connection}/{kind}/{id_}",
            json=resource,
            headers={"X-Nelm-Secret": SECRET, "Content-Type": "application/fhir+json"},
            timeout=20,
        )

    def metrics(self) -> str:
        return requests.get(f"{self.url}/metrics", timeout=20).text


def _says_ready(program: Program) -> bool:
    return "worker is ready" in program.text()
