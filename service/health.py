"""Alive, ready, and figures for operators."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from service.parts import Parts, parts_of
from storage import jobs, notifications
from storage.backlog import NotRead, given_up, not_read, overdue_seconds
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
    # what an EHR failed to send or to give is no reason to send nothing here any more
    told = {"events": _events(parts), "ehrs": _ehrs(parts)} if well else {}
    return JSONResponse(
        {"status": "ready" if well else "not ready", **checks, **told}, 200 if well else 503
    )


def _ehrs(parts: Parts) -> str:
    """What they did not let us read: hooks answer all the same, from what was read before."""
    try:
        with parts.database.reading() as conn:
            waiting = not_read(conn)
    except StorageError:
        return "not known, the database is away"
    told = [
        f"{name}: {one.changes} changes not read since {_moment(one.since)}"
        for name, one in sorted(waiting.items())
    ]
    return "; ".join(told) or _WELL


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


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


def _count_not_read(parts: Parts, behind: Mapping[str, NotRead], now: float) -> None:
    for name in parts.settings.connections:
        rows, since = behind.get(name, NotRead(0, now))
        parts.metrics.gauge("nelm_not_read_rows", rows, connection=name)
        parts.metrics.gauge("nelm_not_read_seconds", now - since, connection=name)


def metrics(request: Request) -> Response:
    """`GET /metrics`: Prometheus text; no label names a patient."""
    parts = parts_of(request)
    parts.metrics.gauge("nelm_workers_alive", float(parts.wake_up.is_heard()))
    try:
        with parts.database.reading() as conn:
            now = time.time()
            overdue, gone = overdue_seconds(conn, now), given_up(conn)
            missed, behind = ailing(conn, now), not_read(conn)
            waiting = {
                "notifications": notifications.count_waiting(conn),
                "jobs": jobs.count_waiting(conn),
            }
        parts.metrics.gauge("nelm_oldest_due_seconds", overdue)
        parts.metrics.gauge("nelm_buried_jobs", gone.jobs)
        parts.metrics.gauge("nelm_buried_notifications", gone.notifications)
        parts.metrics.gauge("nelm_poison_rows", gone.poison)
        _count_ailing(parts, missed, now)
        _count_not_read(parts, behind, now)
        for kind, count in waiting.items():
            parts.metrics.gauge("nelm_waiting_rows", count, kind=kind)
    except StorageError:
        # the other figures count all the more while the database is away
        parts.metrics.count("nelm_database_failures_total")
    return PlainTextResponse(parts.metrics.text(), media_type="text/plain; version=0.0.4")
