"""The demo's settings, its waiting, and what it prints; `commands/demo.py` runs it."""

from __future__ import annotations

import json
import secrets
import socket
from pathlib import Path
from time import monotonic, sleep

from runtime.settings import ConnectionSettings, IntakeSettings, Secret, Settings
from storage import assessments, jobs, notifications
from storage.database import Database

CONNECTION = "sample"
USUAL_PORT = 8000
LOOK_SECONDS = 0.05


def free_port(host: str, wanted: int) -> int:
    """The wanted port where it is free, else any."""
    for port in (wanted, 0):
        try:
            with socket.create_server((host, port)) as listening:
                return int(listening.getsockname()[1])
        except OSError:
            continue
    return wanted


def database_of(port: int) -> Path:
    """The demo's own file; one beside another demo, which holds the usual port, has its own."""
    return Path("var") / ("demo.sqlite" if port == USUAL_PORT else f"demo-{port}.sqlite")


def demo_settings(host: str, port: int, ehr_base_url: str) -> Settings:
    """Embedded everything, one connection, a secret made for this run."""
    sample = ConnectionSettings(
        name=CONNECTION,
        base_url=ehr_base_url,
        intake=IntakeSettings(secrets=(Secret(secrets.token_urlsafe(24)),)),
    )
    return Settings(
        database_url=f"sqlite:///{database_of(port)}",
        public_url=f"http://{host}:{port}",
        host=host,
        port=port,
        log_level="warning",
        connections={CONNECTION: sample},
    )


def forget_former_demo(port: int) -> None:
    """Remove the database of a demo on this port: its EHR starts anew too, with other versions."""
    database = database_of(port)
    for path in database.parent.glob(f"{database.name}*"):
        path.unlink()


def look_at_it(settings: Settings) -> str:
    """How another terminal's commands find the demo: it stands in no settings file.

    Not for `doctor` and `subscribe`: the secret of this run is told to nobody, and without it the
    subscriptions look wrong and would be repaired to none.
    """
    ehr = settings.connections[CONNECTION].base_url
    return (
        f"NELM_DATABASE_URL={settings.database_url} NELM_PUBLIC_URL={settings.public_url} "
        f"NELM_CONNECTIONS__{CONNECTION.upper()}__BASE_URL={ehr} nelm-cds jobs list"
    )


def wait_until_worked_off(database: Database, longest_seconds: float) -> bool:
    """Whether nothing waits any more, within that time."""
    ends = monotonic() + longest_seconds
    while monotonic() < ends:
        with database.reading() as tx:
            if notifications.count_waiting(tx) + jobs.count_waiting(tx) == 0:
                return True
        sleep(LOOK_SECONDS)
    return False


def strategies(database: Database, patients: dict[str, str]) -> list[tuple[str, str, str | None]]:
    """(id, name, strategy) of each demo patient; None where there is no assessment."""
    rows: list[tuple[str, str, str | None]] = []
    with database.reading() as tx:
        for patient, name in patients.items():
            latest = assessments.latest(tx, CONNECTION, patient)
            rows.append((patient, name, latest.strategy if latest else None))
    return rows


def playground(settings: Settings) -> str:
    """Where hooks are called by hand; open without a token, because the demo is on loopback."""
    return f"{settings.public_url}/admin/playground"


def hook_call(settings: Settings, patient: str) -> str:
    """A `curl` that opens this patient's chart, ready to be pasted."""
    request = {
        "hook": "patient-view",
        "hookInstance": "7a1f3c52-1c5e-4a53-9a44-0f6f2f1f6f10",
        "fhirServer": settings.connections[CONNECTION].base_url,
        "context": {"userId": "Practitioner/demo", "patientId": patient},
    }
    return (
        f"curl -s {settings.public_url}/cds-services/nelm-patient-view "
        f"-H 'Content-Type: application/json' -d '{json.dumps(request)}'"
    )
