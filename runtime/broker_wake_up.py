"""A wake-up for Celery workers: one message, sent by name, at most one waiting in the broker.

A key in Redis with an expiry stands for the waiting message; the worker removes it when it begins.
A lost message or a wiped Redis costs at most the expiry or a schedule tick, never a row.
"""

import logging
import threading
from importlib import import_module
from typing import Any

from runtime.metrics import Metrics

TASK_NAME = "nelm_cds.drain"
QUEUE = "nelm-cds"
WAITING_KEY = "nelm-cds:wake-up-waiting"
WAITING_SECONDS = 30
PAUSE_AFTER_FAILURE_SECONDS = 1.0

_log = logging.getLogger(__name__)


class BrokerWakeUp:
    """Sends the wake-up from a thread of its own, so that no request ever waits for the broker."""

    def __init__(self, broker_url: str, metrics: Metrics | None = None) -> None:
        self._broker_url = broker_url
        self._metrics = metrics or Metrics()
        self._called = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wake-up", daemon=True)
        self._starting = threading.Lock()
        self._guard: Any = None
        self._celery: Any = None

    def call(self) -> None:
        """Say that there is work. Returns at once."""
        if not self._thread.is_alive() and not self._stopped.is_set():
            with self._starting:
                if not self._thread.ident:
                    self._thread.start()
        self._called.set()

    def is_heard(self) -> bool:
        """The workers are other processes: the age of the oldest due row tells of them."""
        return True

    def close(self) -> None:
        """Send what was called and stop the thread."""
        self._stopped.set()
        self._called.set()
        if self._thread.ident:
            self._thread.join(timeout=5)

    def send(self) -> bool:
        """Send one message unless one is waiting already. True if it was sent.

        Raises:
            OSError: the broker cannot be reached (redis' and kombu's errors derive from it or
                are given as ConnectionError).
        """
        self._connect()
        if not self._guard.set(WAITING_KEY, "1", nx=True, ex=WAITING_SECONDS):
            return False
        self._celery.send_task(TASK_NAME, queue=QUEUE, ignore_result=True, retry=False)
        return True

    def begun(self) -> None:
        """The worker's side: the message is no longer waiting, the next call sends a new one."""
        self._connect()
        try:
            self._guard.delete(WAITING_KEY)
        except self._failures() as problem:
            _log.warning("wake-up key not removed; it expires by itself",
                         extra={"error_class": type(problem).__name__})  # fmt: skip

    def _run(self) -> None:
        while not (self._stopped.is_set() and not self._called.is_set()):
            self._called.wait()
            self._called.clear()
            try:
                self._metrics.count("nelm_wake_ups_total", sent=str(self.send()).lower())
            except self._failures() as problem:
                self._metrics.count("nelm_wake_ups_failed_total")
                _log.warning("wake-up not sent; the schedule will find the rows",
                             extra={"error_class": type(problem).__name__})  # fmt: skip
                self._stopped.wait(PAUSE_AFTER_FAILURE_SECONDS)

    def _connect(self) -> None:
        """Celery is imported on first use: a web process without notifications never needs it."""
        if self._guard is None:
            redis, celery = import_module("redis"), import_module("celery")
            self._guard = redis.Redis.from_url(
                self._broker_url, socket_timeout=2, socket_connect_timeout=2
            )
            self._celery = celery.Celery("nelm_cds", broker=self._broker_url)
            self._celery.conf.task_ignore_result = True

    @staticmethod
    def _failures() -> tuple[type[BaseException], ...]:
        return (
            OSError,
            import_module("redis.exceptions").RedisError,
            import_module("kombu.exceptions").OperationalError,
        )
