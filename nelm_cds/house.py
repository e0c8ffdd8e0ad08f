"""The whole house in one process: application, wake-up and, without a broker, the workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.applications import Starlette

from ehr.interface import Ehr
from nelm import Parameters
from runtime.broker_wake_up import BrokerWakeUp
from runtime.metrics import Metrics
from runtime.settings import Settings
from runtime.wake_up import InProcessWakeUp, WakeUp
from service.app import create_app
from storage.database import Database
from workers.parts import make_parts, open_mapping_set
from workers.thread import WorkerThread


@dataclass(frozen=True, slots=True)
class House:
    """What runs; the database stays with whoever opened it."""

    app: Starlette
    database: Database
    wake_up: WakeUp
    metrics: Metrics


@contextmanager
def open_house(
    settings: Settings, database: Database, ehrs: Mapping[str, Ehr] | None = None
) -> Iterator[House]:
    """The application with its wake-up; embedded workers run as long as the block does."""
    metrics = Metrics()
    mapping_set = open_mapping_set(settings)
    if settings.embedded:
        called = InProcessWakeUp()
        parts = make_parts(settings, database, ehrs=ehrs, mapping_set=mapping_set, metrics=metrics)
        worker = WorkerThread(parts, called)
        app = create_app(settings, database, called, mapping_set, Parameters(), metrics=metrics)
        worker.start()
        try:
            yield House(app, database, called, metrics)
        finally:
            worker.stop()
            parts.close()
        return
    sent = BrokerWakeUp(settings.broker_url, metrics)
    app = create_app(settings, database, sent, mapping_set, Parameters(), metrics=metrics)
    try:
        yield House(app, database, sent, metrics)
    finally:
        sent.close()
