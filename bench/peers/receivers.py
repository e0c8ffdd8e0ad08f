"""Ceiling and peer of durable intake: our own receiver without a store, or with one commit each.

BENCH_STORE=none reads the notification as we do and answers at once. BENCH_STORE=each writes the
same row by the same function, in a transaction of its own per request, on a thread.
"""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fhir_mappings.notifications import Heard, read_notification
from storage.database import Database
from storage.migrate import migrate
from storage.notifications import put_now

STORE = os.environ["BENCH_STORE"]
HEARD = b'{"resourceType":"Bundle","type":"transaction-response"}'
THREADS = ThreadPoolExecutor(32)


def _database() -> Database:
    url = os.environ["NELM_DATABASE_URL"]
    migrate(url)
    return Database(url)


DATABASE = _database() if STORE == "each" else None


def _commit(heard: Heard) -> None:
    assert DATABASE is not None
    with DATABASE.transaction() as tx:
        put_now(tx, "main", heard, "subscription")


async def receive(request: Request) -> Response:
    path = request.path_params
    heard = read_notification(
        request.method, path["type"], path["id"], dict(request.headers), await request.body()
    )
    if DATABASE is not None:
        await asyncio.get_running_loop().run_in_executor(THREADS, _commit, heard)
    return Response(HEARD, media_type="application/fhir+json")


app = Starlette(routes=[Route("/notifications/{connection}/{type}/{id}", receive, methods=["PUT"])])
