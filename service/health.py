"""Alive, ready, and figures for operators."""

import time
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from service.parts import Parts, parts_of
from storage import jobs, notifications
from storage.backlog import given_up, overdue_seconds
from storage.database import SCHEMA_VERSION
from storage.errors import StorageBroken, StorageError, StorageUnavailable
from storage.subscriptions import Ailing, ailing

_WELL = "ok"


async def live(request: Request) -> Response:
    """`GET /health/live`: this process answers."""
    return JSONResponse({"status": "live"})


def ready(request: Request) -> Response:
    """`GET /health/ready`: 200 if the database has our schema and those who work here live."""
    parts = parts_of(request)
    checks = {"database": _database(parts), "workers": _workers(parts)}
    well = all(said.startswith(_WELL) for said in checks.values())
    # what an EHR failed to send is no reason to send nothing here any more
    events = {"events": _events(parts)} if well else {}
    return JSONResponse(
        {"status": "ready" if well else "not ready", **checks, **events}, 200 if well else 503
    )


def _database(parts: Parts) -> str:
    try:
        parts.database.check()
    except StorageUnavailable:
        return "unavailable"
    except StorageBroken as problem:
        return str(problem)
    return f"{_WELL}, schema {SCHEMA_VERSION}"


def _events(parts: Parts) -> str:
    try:
        with parts.database.reading() as conn:
            found = ailing(conn, time.time())
    except StorageError:
        return "not known"
    if not found:
        return f"{_WELL}, none known to be missing"
    return f"missing or switched off for {len(found)} subscriptions; see nelm-cds doctor"


def _count_ailing(parts: Parts, found: Sequence[Ailing], now: float) -> None:
    for name in parts.settings.connections:
        theirs = [one for one in found if one.connection == name]
        gaps = [now - one.gap_since for one in theirs if one.gap_since is not None]
        off = sum(one.status is not None for one in theirs)
        parts.metrics.gauge("nelm_events_missing_seconds", max(gaps, default=0.0), connection=name)
        parts.metrics.gauge("nelm_subscriptions_not_active", off, connection=name)


def _workers(parts: Parts) -> str:
    if not parts.wake_up.is_heard():
        return "stopped; start anew"
    where = "in this process" if parts.settings.embedded else "woken by the broker, not asked here"
    return f"{_WELL}, {where}"


def metrics(request: Request) -> Response:
    """`GET /metrics`: Prometheus text; no label names a patient."""
    parts = parts_of(request)
    parts.metrics.gauge("nelm_workers_alive", float(parts.wake_up.is_heard()))
    try:
        with parts.database.reading() as conn:
            now = time.time()
            overdue, gone, missed = overdue_seconds(conn, now), given_up(conn), ailing(conn, now)
            waiting = {
                "notifications": notifications.count_waiting(conn),
                "jobs": jobs.count_waiting(conn),
            }
        parts.metrics.gauge("nelm_oldest_due_seconds", overdue)
        parts.metrics.gauge("nelm_buried_jobs", gone.jobs)
        parts.metrics.gauge("nelm_buried_notifications", gone.notifications)
        parts.metrics.gauge("nelm_poison_rows", gone.poison)
        _count_ailing(parts, missed, now)
        for kind, count in waiting.items():
            parts.metrics.gauge("nelm_waiting_rows", count, kind=kind)
    except StorageError:
        # the other figures count all the more while the database is away
        parts.metrics.count("nelm_database_failures_total")
    return PlainTextResponse(parts.metrics.text(), media_type="text/plain; version=0.0.4")
