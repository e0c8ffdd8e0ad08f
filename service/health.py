"""Alive, ready, and figures for operators."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from service.parts import parts_of
from storage.errors import StorageBroken, StorageUnavailable


async def live(request: Request) -> Response:
    """`GET /health/live`: this process answers."""
    return JSONResponse({"status": "live"})


def ready(request: Request) -> Response:
    """`GET /health/ready`: 200 if the database can be read and has our schema, else 503."""
    try:
        parts_of(request).database.check()
    except StorageUnavailable:
        return JSONResponse({"status": "not ready", "database": "unavailable"}, 503)
    except StorageBroken as problem:
        return JSONResponse({"status": "not ready", "database": str(problem)}, 503)
    return JSONResponse({"status": "ready"})


def metrics(request: Request) -> Response:
    """`GET /metrics`: Prometheus text; no label names a patient."""
    return PlainTextResponse(
        parts_of(request).metrics.text(), media_type="text/plain; version=0.0.4"
    )
