"""The workers of the embedded default, as threads of the web process.

Loaded by name, so that a web process with a broker starts without the EHR client and the steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ehr.interface import Ehr
from fhir_mappings.mapping_set import MappingSet
from runtime.metrics import Metrics
from runtime.settings import Settings
from runtime.wake_up import InProcessWakeUp
from storage.database import Database
from workers.parts import make_parts
from workers.thread import WorkerThread


@contextmanager
def embedded_workers(
    settings: Settings,
    database: Database,
    mapping_set: MappingSet,
    metrics: Metrics,
    ehrs: Mapping[str, Ehr] | None = None,
) -> Iterator[InProcessWakeUp]:
    """Work as long as the block does; what is yielded wakes them up."""
    called = InProcessWakeUp()
    parts = make_parts(settings, database, ehrs=ehrs, mapping_set=mapping_set, metrics=metrics)
    worker = WorkerThread(parts, called)
    worker.start()
    try:
        yield called
    finally:
        worker.stop()
        parts.close()
