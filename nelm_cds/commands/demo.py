"""`nelm-cds demo`: the whole service with a sample EHR, in one process, on loopback."""

import argparse
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from socket import socket

from nelm_cds.backfilling import backfill
from nelm_cds.context import open_database
from nelm_cds.demonstration import (
    CONNECTION,
    USUAL_PORT,
    demo_settings,
    forget_former_demo,
    free_port,
    hook_call,
    look_at_it,
    playground,
    strategies,
    wait_until_worked_off,
)
from nelm_cds.errors import CommandFailed
from nelm_cds.house import open_house
from nelm_cds.inputs import read_port
from nelm_cds.output import write_json, write_line
from nelm_cds.sample_ehr.patients import PATIENTS, invented_patients
from nelm_cds.sample_ehr.running import RunningSampleEhr
from nelm_cds.subscribing import subscribe
from nelm_cds.web import listening_on, serve
from runtime.logs import start_logging
from runtime.settings import ConnectionSettings, Settings
from storage.database import Database
from workers.parts import open_ehr

HOST = "127.0.0.1"
LONGEST_START_SECONDS = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Ports; by default 8000 and 8001, or free ones where those are taken."""
    parser.add_argument(
        "--port", type=read_port, default=USUAL_PORT, help="of the service (default 8000)"
    )
    parser.add_argument("--ehr-port", type=read_port, default=8001, help="of the sample EHR")
    parser.add_argument("--json", action="store_true", help="say in JSON what runs")


def run(arguments: argparse.Namespace) -> int:
    """Run until Ctrl-C."""
    start_logging("warning")
    with RunningSampleEhr(HOST, free_port(HOST, arguments.ehr_port)) as sample:
        sample.load(invented_patients(datetime.now(UTC).date()))
        settings = demo_settings(HOST, free_port(HOST, arguments.port), sample.base_url)
        with listening_on(HOST, settings.port) as sockets:
            forget_former_demo(settings.port)
            served = _serve(settings, sockets, arguments.json)
    if not served:
        raise CommandFailed("the web process did not start. Its log lines above say why")
    return 0


def _serve(settings: Settings, sockets: Sequence[socket], as_json: bool) -> bool:
    """Serve; once it listens, subscribe and fill beside it: handshakes must find it awake."""
    database = open_database(settings)
    ready = threading.Thread(
        target=_fill, args=(settings, database, as_json), name="demo", daemon=True
    )
    try:
        with open_house(settings, database) as house:
            return serve(house.app, sockets, lambda _: ready.start())
    finally:
        database.close()


def _fill(settings: Settings, database: Database, as_json: bool) -> None:
    connection = settings.connections[CONNECTION]
    ehr = open_ehr(connection)
    subscribe(settings, connection, ehr)
    for _ in backfill(database, CONNECTION, ehr):
        pass
    finished = wait_until_worked_off(database, LONGEST_START_SECONDS)
    names = {id_: writer.__name__.replace("_", " ") for id_, (writer, _) in PATIENTS.items()}
    rows = strategies(database, names)
    first = next((patient for patient, _, strategy in rows if strategy), rows[0][0])
    if as_json:
        write_json(
            {
                "service": settings.public_url,
                "sample_ehr": connection.base_url,
                "patients": {patient: strategy for patient, _, strategy in rows},
                "playground": playground(settings),
                "curl": hook_call(settings, first),
            }
        )
    else:
        _introduce(settings, connection, rows, finished)
        _tell_what_to_try(settings, first)


def _introduce(
    settings: Settings,
    connection: ConnectionSettings,
    rows: Sequence[tuple[str, str, str | None]],
    finished: bool,
) -> None:
    """What runs where, and the invented patients."""
    write_line("Sample EHR (invented patients):  " + connection.base_url)
    write_line("Service:                         " + settings.public_url)
    write_line("  discovery                      " + settings.public_url + "/cds-services")
    write_line("  about                          " + settings.public_url + "/about")
    write_line("  playground                     " + playground(settings))
    write_line("")
    for patient, name, strategy in rows:
        write_line(f"  {patient:<24} {strategy or 'not assessed':<24} {name}")
    if not finished:
        write_line("  (some are still being read; ask again in a moment)")


def _tell_what_to_try(settings: Settings, first: str) -> None:
    write_line("")
    write_line("See cards as an EHR shows them:")
    write_line("  " + playground(settings))
    write_line("")
    write_line("Open a chart:")
    write_line("  " + hook_call(settings, first))
    write_line("")
    write_line("Look at it with the commands, in another terminal (jobs list, feedback):")
    write_line("  " + look_at_it(settings))
    write_line("")
    write_line("Ctrl-C stops everything.")
