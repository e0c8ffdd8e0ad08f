"""`nelm-cds serve`: the web process; without a broker the workers are threads of it."""

import argparse
from collections.abc import Sequence
from socket import socket

import msgspec

from nelm_cds.context import open_database, read_settings
from nelm_cds.errors import CommandFailed
from nelm_cds.house import open_house
from nelm_cds.inputs import read_port
from nelm_cds.output import write_json, write_line
from nelm_cds.web import listening_on, serve
from runtime.logs import start_logging
from runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--host` and `--port` overrule the settings."""
    parser.add_argument("--host", help="address to listen on (setting host)")
    parser.add_argument("--port", type=read_port, help="port to listen on (setting port)")
    parser.add_argument("--json", action="store_true", help="say in JSON what listens")


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    settings = read_settings()
    overrides = {key: getattr(arguments, key) for key in ("host", "port")}
    settings = msgspec.structs.replace(
        settings, **{key: value for key, value in overrides.items() if value is not None}
    )
    start_logging(settings.log_level)
    # before any work begins: who cannot be reached must not take notifications out of the queue
    with listening_on(settings.host, settings.port) as sockets:
        served = _serve(settings, sockets, arguments.json)
    if not served:
        raise CommandFailed("the web process did not start. Its log lines above say why")
    return 0


def _serve(settings: Settings, sockets: Sequence[socket], as_json: bool) -> bool:
    database = open_database(settings)
    try:
        with open_house(settings, database) as house:
            return serve(house.app, sockets, lambda port: _say(settings, port, as_json))
    finally:
        database.close()


def _say(settings: Settings, port: int, as_json: bool) -> None:
    url = f"http://{settings.host}:{port}"
    if as_json:
        write_json({"url": url, "workers": "embedded" if settings.embedded else "celery"})
        return
    workers = "with embedded workers" if settings.embedded else "waking Celery workers"
    write_line(f"nelm-cds listens on {url}, {workers}")
