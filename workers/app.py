"""The Celery application: JSON only, late acknowledgement, no results, one queue."""

from __future__ import annotations

from celery import Celery

from runtime.broker_wake_up import QUEUE
from runtime.settings import Settings
from workers.tasks import Rooms, add_tasks

VISIBILITY_SECONDS = 120


def make_app(settings: Settings) -> tuple[Celery, Rooms]:
    """The application for these settings, and what its processes keep open."""
    app = Celery("nelm_cds", broker=settings.broker_url, set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_default_queue=QUEUE,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": VISIBILITY_SECONDS},
    )
    return app, add_tasks(app, settings)
