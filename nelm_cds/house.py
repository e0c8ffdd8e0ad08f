"""The whole house in one process: application, wake-up and, without a broker, the workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module

from starlette.applications import Starlette

from ehr.interface import Ehr
from nelm import Parameters
from runtime.broker_wake_up import BrokerWakeUp
from runtime.metrics import Metrics
from runtime.settings import Settings
from runtime.wake_up import WakeUp
from service.app import create_app
from storage.database import Database
from workers.rules import open_mapping_set


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

    def house(wake_up: WakeUp) -> House:
        app = create_app(settings, database, wake_up, mapping_set, Parameters(), metrics=metrics)
        return House(app, database, wake_up, metrics)

    if settings.embedded:
        workers = import_module("nelm_cds.embedded").embedded_workers
        with workers(settings, database, mapping_set, metrics, ehrs) as called:
            yield house(called)
        return
    sent = BrokerWakeUp(settings.broker_url, metrics)
    try:
        yield house(sent)
    finally:
        sent.close()
