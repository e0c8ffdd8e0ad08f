"""Hooks answered from storage, on SQLite and PostgreSQL, beside the same route with a constant."""

from contextlib import ExitStack
from pathlib import Path

from bench.changes import nelm_patient
from bench.growth import History, note, open_parts
from bench.hook import from_storage_rows
from bench.stack import asgi, ours
from bench.table import Row
from workers.drain import drain

PATIENT = "stored"


def stored_rows(folder: Path, postgresql_url: str) -> list[Row]:
    rows: list[Row] = []
    sqlite_url = f"sqlite:///{folder}/stored.sqlite"
    for url, name, bar in ((sqlite_url, "SQLite", 0.5), (postgresql_url, "PostgreSQL", 0.3)):
        _assessed(url)
        with ExitStack() as stack:
            base = stack.enter_context(
                ours(folder, NELM_DATABASE_URL=url, NELM_BROKER_URL="redis://127.0.0.1:9/0")
            )
            constant = stack.enter_context(asgi("bench.peers.constant:app", folder))
            rows += from_storage_rows(folder, PATIENT, base, constant, name, bar)
    return rows


def _assessed(url: str) -> None:
    """One patient of ours, read and judged, so that the hook finds an assessment."""
    parts = open_parts(url)
    note(parts, [*nelm_patient(PATIENT), *History(PATIENT).take(60)])
    drain(parts)
    parts.close()
    parts.database.close()
