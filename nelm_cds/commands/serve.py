"""`nelm-cds serve`: the web process; without a broker the workers are threads of it."""

import argparse

import msgspec

from nelm_cds.context import open_database, read_settings
from nelm_cds.errors import CommandFailed
from nelm_cds.house import open_house
from nelm_cds.output import write_json, write_line
from nelm_cds.web import serve
from runtime.logs import start_logging
from runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--host` and `--port` overrule the settings."""
    parser.add_argument("--host", help="address to listen on (setting host)")
    parser.add_argument("--port", type=int, help="port to listen on (setting port)")
    parser.add_argument("--json", action="store_true", help="say in JSON what listens")


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    settings = read_settings()
    overrides = {key: getattr(arguments, key) for key in ("host", "port")}
    settings = msgspec.structs.replace(
        settings, **{key: value for key, value in overrides.items() if value is not None}
    )
    start_logging(settings.log_level)
    database = open_database(settings)
    try:
        with open_house(settings, database) as house:
            listened = serve(
                house.app,
                settings.host,
                settings.port,
                lambda port: _say(settings, port, arguments.json),
            )
    finally:
        database.close()
    if not listened:
        raise CommandFailed(
            f"cannot listen on {settings.host}:{settings.port}. Choose another with --port"
        )
    return 0


def _say(settings: Settings, port: int, as_json: bool) -> None:
    url = f"http://{settings.host}:{port}"
    if as_json:
        write_json({"url": url, "workers": "embedded" if settings.embedded else "celery"})
        return
    workers = "with embedded workers" if settings.embedded else "waking Celery workers"
    write_line(f"nelm-cds listens on {url}, {workers}")
