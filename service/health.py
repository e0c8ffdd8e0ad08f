"""Alive, ready, and figures for operators."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from service.parts import parts_of
from storage.errors import StorageError
from storage.tables_version import SCHEMA_VERSION


async def live(request: Request) -> Response:
    """`GET /health/live`: this process answers."""
    return JSONResponse({"status": "live"})


def ready(request: Request) -> Response:
    """`GET /health/ready`: 200 if the database can be read and has our schema, else 503."""
    parts = parts_of(request)
    try:
        found = parts.database.schema_version()
    except StorageError:
        return JSONResponse({"status": "not ready", "database": "unavailable"}, 503)
    if found != SCHEMA_VERSION:
        return JSONResponse(
            {"status": "not ready", "database": "run nelm-cds migrate", "schema": found}, 503
        )
    return JSONResponse({"status": "ready", "schema": found})


def metrics(request: Request) -> Response:
    """`GET /metrics`: Prometheus text; no label names a patient."""
    return PlainTextResponse(
        parts_of(request).metrics.text(), media_type="text/plain; version=0.0.4"
    )
