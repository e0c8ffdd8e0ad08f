"""Peer of the burst: one Celery task per notification, the same steps on one row and one patient.

The receiver keeps each notification durably as ours does, then sends a task of its own. Start the
worker with `celery -A bench.peers.task_each worker`; the receiver is `receiver`.
"""

import contextlib
import os
from collections.abc import AsyncIterator

import msgspec
from celery import Celery
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fhir_mappings.notifications import read_notification
from runtime.settings_source import load_settings
from storage.database import Database
from storage.inbox import Inbox
from workers.assess import assess_patients
from workers.ingest import ingest
from workers.parts import Parts, make_parts
from workers.propose import propose

app = Celery("each", broker=os.environ["NELM_BROKER_URL"])
app.conf.update(task_ignore_result=True, task_acks_late=True, task_default_queue="each")
HEARD = b'{"resourceType":"Bundle","type":"transaction-response"}'
_parts: dict[int, Parts] = {}


def _here() -> Parts:
    process = os.getpid()
    if process not in _parts:
        settings = load_settings(os.environ)
        one = msgspec.structs.replace(settings.workers, batch_size=1, patients_at_once=1)
        settings = msgspec.structs.replace(settings, workers=one)
        _parts[process] = make_parts(settings, Database(settings.database_url))
    return _parts[process]


@app.task(name="each")
def each() -> None:
    parts = _here()
    ingest(parts)
    # A patient whose assessment another task had under way when this one came is due again.
    while assess_patients(parts):
        propose(parts)


@contextlib.asynccontextmanager
async def _lifespan(application: Starlette) -> AsyncIterator[None]:
    inbox = Inbox(Database(load_settings(os.environ).database_url))
    inbox.start()
    application.state.inbox = inbox
    yield
    inbox.stop()


async def _receive(request: Request) -> Response:
    path = request.path_params
    heard = read_notification(
        request.method, path["type"], path["id"], dict(request.headers), await request.body()
    )
    await request.app.state.inbox.put("main", heard, "subscription")
    app.send_task("each", queue="each", ignore_result=True)
    return Response(HEARD, media_type="application/fhir+json")


receiver = Starlette(
    routes=[Route("/notifications/{connection}/{type}/{id}", _receive, methods=["PUT"])],
    lifespan=_lifespan,
)
