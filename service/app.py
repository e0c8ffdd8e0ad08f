"""The web application: everything that answers now, wired from its parts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from fhir_mappings.mapping_set import MappingSet
from fhir_mappings.order_mapping import load_order_mapping
from nelm import Parameters
from runtime.metrics import Metrics
from runtime.settings import Settings
from runtime.wake_up import WakeUp
from service import about, assessments, front, health
from service.cards_shown import CardsShown
from service.cds_hooks.client_auth import open_callers
from service.cds_hooks.discovery import discovery
from service.cds_hooks.feedback import receive_feedback
from service.cds_hooks.hook_call import answer_hook
from service.certificates import CertificateFromProxy
from service.errors import Problem, answer_broken, answer_http, answer_problem, answer_storage
from service.late import late
from service.links import STAGING
from service.notifications import receive_notification
from service.parts import Clock, Parts, now
from service.seals import Seals
from service.stored_assessments import StoredAssessments
from storage.active_rules import ActiveRules
from storage.database import Database
from storage.errors import StorageError
from storage.inbox import Inbox

# Beyond these a call's reads wait, and count as not read when its budget ends.
_MOST_HOOK_READS = 32

ROUTES = [
    Route("/cds-services/{service}", answer_hook, methods=["POST"]),
    Route(
        "/notifications/{connection}/{type}/{id}",
        receive_notification,
        methods=["PUT", "POST", "DELETE"],
    ),
    Route("/notifications/{connection}", receive_notification, methods=["PUT", "POST", "DELETE"]),
    Route("/cds-services", discovery),
    Route("/cds-services/{service}/feedback", receive_feedback, methods=["POST"]),
    Route("/patients/{connection}/{id}/assessment", assessments.latest_assessment),
    Route("/patients/{connection}/{id}/assessments", assessments.assessment_history),
    Route("/health/live", health.live),
    Route("/health/ready", health.ready),
    Route("/metrics", health.metrics),
    Route("/openapi.json", late("service.openapi", "serve_openapi")),
    Route("/schemas/{name}.json", late("service.openapi", "serve_schema")),
    Route("/about", about.about),
    Route(STAGING, late("service.patient_page.page", "show_staging")),
    Route("/admin", late("service.admin.start", "start")),
    Route("/admin/sign-in", late("service.admin.entrance", "sign_in"), methods=["GET", "POST"]),
    Route("/admin/sign-out", late("service.admin.entrance", "sign_out"), methods=["POST"]),
    Route(
        "/admin/playground",
        late("service.admin.playground", "playground"),
        methods=["GET", "POST"],
    ),
    Route(
        "/admin/playground/feedback",
        late("service.admin.playground", "answer_card"),
        methods=["POST"],
    ),
    Route("/admin/feedback", late("service.admin.feedback_page", "feedback")),
    Route("/", front.front),
]


def create_app(
    settings: Settings,
    database: Database,
    wake_up: WakeUp,
    mapping_set: MappingSet,
    parameters: Parameters,
    *,
    metrics: Metrics | None = None,
    clock: Clock = now,
) -> Starlette:
    """The ASGI application over an open, migrated database, which stays the caller's to close.

    The notification inbox and the background writing of shown cards live as long as the
    application does. `clock` gives the present moment with its zone.
    """
    metrics = metrics or Metrics()
    parts = Parts(
        settings=settings,
        database=database,
        inbox=Inbox(database),
        wake_up=wake_up,
        rules=ActiveRules(database, mapping_set),
        order_mapping=load_order_mapping(settings.canonical_base),
        parameters=parameters,
        metrics=metrics,
        clock=clock,
        stored=StoredAssessments(database),
        shown=CardsShown(database, metrics),
        callers=open_callers(settings, database, metrics, clock),
        readers=ThreadPoolExecutor(_MOST_HOOK_READS, "hook-read"),
        seals=Seals(settings.pages.secrets, database),
    )
    app = Starlette(
        routes=ROUTES,
        middleware=[*_cross_origin(settings), *_certificates(settings)],
        exception_handlers={
            Problem: answer_problem,
            StorageError: answer_storage,
            HTTPException: answer_http,
            Exception: answer_broken,
        },
        lifespan=_lifespan(parts),
    )
    app.state.parts = parts
    return app


def _cross_origin(settings: Settings) -> list[Middleware]:
    """Browser clients call from origins the operator lists; never a wildcard."""
    if not settings.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
            max_age=600,
        )
    ]


def _certificates(settings: Settings) -> list[Middleware]:
    """Clients' certificates are believed from our own proxies, where there are any."""
    header, proxies = settings.certificate_header, settings.trusted_proxies
    return [Middleware(CertificateFromProxy, header, proxies)] if header else []


def _lifespan(parts: Parts) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        parts.inbox.start()
        await parts.callers.start()
        await run_in_threadpool(parts.seals.start)
        writing = asyncio.create_task(parts.shown.run())
        try:
            yield
        finally:
            parts.shown.stop()
            await writing
            parts.inbox.stop()
            await parts.callers.close()
            parts.readers.shutdown(wait=False, cancel_futures=True)

    return lifespan
