"""The one Celery task. It carries no arguments: the rows say what is to be done."""

from __future__ import annotations

import os
from importlib import import_module

from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown

from runtime.broker_wake_up import TASK_NAME, BrokerWakeUp
from runtime.collector import quiet_collector
from runtime.settings import Settings
from storage.database import Database
from workers.drain import drain
from workers.isolation import survived
from workers.parts import Parts, make_parts
from workers.rules import open_mapping_set

# Shorter than the broker's visibility timeout, so that a long drain is not delivered twice.
LONGEST_DRAIN_SECONDS = 30.0


class Rooms:
    """What a worker process keeps between tasks: opened after the fork, never shared across it.

    What only lies in memory (rules, the FHIR models) is loaded before, once for all processes.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._mapping_set = open_mapping_set(settings)
        import_module("fhir_mappings.fhir_models")
        self._by_process: dict[int, tuple[Parts, BrokerWakeUp]] = {}

    def here(self) -> tuple[Parts, BrokerWakeUp]:
        """The parts and the wake-up of this process."""
        process = os.getpid()
        if process not in self._by_process:
            parts = make_parts(
                self._settings,
                Database(self._settings.database_url),
                mapping_set=self._mapping_set,
            )
            self._by_process[process] = parts, BrokerWakeUp(self._settings.broker_url)
            quiet_collector()
        return self._by_process[process]

    def close(self) -> None:
        """Close what this process opened."""
        opened = self._by_process.pop(os.getpid(), None)
        if opened:
            parts, _ = opened
            parts.close()
            parts.database.close()


def add_tasks(app: Celery, settings: Settings) -> Rooms:
    """Register the task with the application; returns what it keeps open."""
    rooms = Rooms(settings)

    @app.task(name=TASK_NAME)  # type: ignore[untyped-decorator]
    def drain_rows() -> None:
        parts, wake_up = rooms.here()
        # from here on a new change sends a new wake-up: it may come too late for this drain
        wake_up.begun()

        def work() -> None:
            if not drain(parts, longest_seconds=LONGEST_DRAIN_SECONDS).finished:
                wake_up.call()

        # where it fails the schedule will find the rows
        survived("worker", work, parts.metrics)

    worker_process_init.connect(lambda **_: rooms.here(), weak=False)
    worker_process_shutdown.connect(lambda **_: rooms.close(), weak=False)
    return rooms
