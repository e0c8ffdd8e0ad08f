"""The worker of the embedded default: a thread of the web process that drains when it is called."""

from __future__ import annotations

import threading
from threading import Event

from runtime.wake_up import InProcessWakeUp
from workers.drain import drain
from workers.isolation import survived
from workers.parts import Parts
from workers.schedule import Schedule

PAUSE_AFTER_FAILURE_SECONDS = 1.0
LOOK_SECONDS = 1.0


class WorkerThread:
    """Drains at every wake-up, and once a second for what waits for a pause to end.

    Its schedule ticks beside it, so that a long drain keeps the schedule's lease alive.
    """

    def __init__(self, parts: Parts, wake_up: InProcessWakeUp) -> None:
        self._parts = parts
        self._wake_up = wake_up
        self._stop = Event()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._schedule = Schedule(parts)

    def start(self) -> None:
        """Begin to work; what a former process left is found by the first look."""
        self._thread.start()
        self._schedule.start()
        self._wake_up.attend(self._thread)
        self._wake_up.attend(self._schedule.thread)

    def stop(self) -> None:
        """End after the present step; what is left stays in its rows."""
        self._stop.set()
        self._wake_up.call()
        self._thread.join()
        self._schedule.stop()

    def _run(self) -> None:
        self._wake_up.call()
        while not self._stop.is_set():
            self._wake_up.wait(LOOK_SECONDS)
            if not survived("worker", self._drain, self._parts.metrics):
                self._stop.wait(PAUSE_AFTER_FAILURE_SECONDS)

    def _drain(self) -> None:
        drain(self._parts, self._stop)
