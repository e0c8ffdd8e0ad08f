"""The Celery application: JSON only, late acknowledgement, no results, one queue."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from celery import Celery
from celery.worker.consumer import consumer

from runtime.broker_wake_up import QUEUE
from runtime.settings import Settings
from workers.tasks import Rooms, add_tasks

VISIBILITY_SECONDS = 120

_TOLD_BY_CELERY = (consumer.CONNECTION_ERROR, "%s (%r)")


class BrokerLines(logging.Filter):
    """Celery's lines about a broker that is away, in words of ours: where it is, what to check."""

    def __init__(self, broker_url: str) -> None:
        super().__init__()
        parts = urlsplit(broker_url)
        self._where = {"host": parts.hostname, "port": parts.port}

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything through."""
        if record.msg in _TOLD_BY_CELERY:
            record.name = __name__
            record.msg = (
                "the broker does not answer; tries again, the schedule works meanwhile. "
                "Check NELM_BROKER_URL"
            )
            # an exception's text may hold the URL with its password
            record.args, record.exc_info = (), None
            record.__dict__.update(self._where)
        return True


def make_app(settings: Settings) -> tuple[Celery, Rooms]:
    """The application for these settings, and what its processes keep open."""
    logging.getLogger(consumer.__name__).addFilter(BrokerLines(settings.broker_url))
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
