"""`nelm-cds worker`: a Celery worker; with `--schedule` it also ticks."""

import argparse

from celery.signals import worker_ready

from nelm_cds.context import open_database, read_settings
from nelm_cds.errors import CommandRefused
from nelm_cds.output import write_line
from runtime.logs import start_logging
from runtime.settings import Settings
from storage.database import Database
from workers.app import make_app
from workers.parts import Parts, make_parts
from workers.schedule import Schedule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--schedule`, `--concurrency`."""
    parser.add_argument(
        "--schedule",
        action="store_true",
        help="also tick: leftovers, assessments past their date (one acts, by a database lease)",
    )
    parser.add_argument(
        "--concurrency", type=int, default=2, metavar="N", help="worker processes (default 2)"
    )
    parser.add_argument("--json", action="store_true", help="no effect: log lines are JSON already")


def run(arguments: argparse.Namespace) -> int:
    """Work until SIGTERM or Ctrl-C; a running drain ends its step first."""
    settings = read_settings()
    if settings.embedded:
        raise CommandRefused(
            "NELM_BROKER_URL is empty, so the web process works itself. "
            "Set it, for example redis://127.0.0.1:6379/0, or run only: nelm-cds serve"
        )
    start_logging(settings.log_level)
    # a worker that cannot use the database says so now, not at its first task
    open_database(settings).close()
    app, rooms = make_app(settings)
    worker = app.Worker(
        pool="prefork" if arguments.concurrency > 1 else "solo",
        concurrency=arguments.concurrency,
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    schedule = _Ticking(settings) if arguments.schedule else None
    worker_ready.connect(lambda **_: _begin(schedule), weak=False)
    try:
        worker.start()
    finally:
        if schedule:
            schedule.stop()
        rooms.close()
    return int(worker.exitcode or 0)


class _Ticking:
    """The schedule with connections of its own, opened after the fork: children must share none."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running: tuple[Schedule, Parts] | None = None

    def start(self) -> None:
        parts = make_parts(self._settings, Database(self._settings.database_url))
        schedule = Schedule(parts)
        self._running = schedule, parts
        schedule.start()

    def stop(self) -> None:
        if self._running:
            schedule, parts = self._running
            schedule.stop()
            parts.close()
            parts.database.close()


def _begin(schedule: _Ticking | None) -> None:
    if schedule:
        schedule.start()
    write_line("nelm-cds worker is ready" + (", with schedule" if schedule else ""))
