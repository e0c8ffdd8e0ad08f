"""Alive, ready, and figures for operators."""

import time

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from service.parts import parts_of
from storage import jobs, notifications
from storage.backlog import overdue_seconds
from storage.errors import StorageBroken, StorageError, StorageUnavailable


async def live(request: Request) -> Response:
    """`GET /health/live`: this process answers."""
    return JSONResponse({"status": "live"})


def ready(request: Request) -> Response:
    """`GET /health/ready`: 200 if the database has our schema and those who work here live."""
    try:
        parts_of(request).database.check()
    except StorageUnavailable:
        return JSONResponse({"status": "not ready", "database": "unavailable"}, 503)
    except StorageBroken as problem:
        return JSONResponse({"status": "not ready", "database": str(problem)}, 503)
    if not parts_of(request).wake_up.is_heard():
        return JSONResponse({"status": "not ready", "workers": "stopped; start anew"}, 503)
    return JSONResponse({"status": "ready"})


def metrics(request: Request) -> Response:
    """`GET /metrics`: Prometheus text; no label names a patient."""
    parts = parts_of(request)
    parts.metrics.gauge("nelm_workers_alive", float(parts.wake_up.is_heard()))
    try:
        with parts.database.reading() as conn:
            overdue = overdue_seconds(conn, time.time())
            waiting = {
                "notifications": notifications.count_waiting(conn),
                "jobs": jobs.count_waiting(conn),
            }
        parts.metrics.gauge("nelm_oldest_due_seconds", overdue)
        for kind, count in waiting.items():
            parts.metrics.gauge("nelm_waiting_rows", count, kind=kind)
    except StorageError:
        # the other figures count all the more while the database is away
        parts.metrics.count("nelm_database_failures_total")
    return PlainTextResponse(parts.metrics.text(), media_type="text/plain; version=0.0.4")
