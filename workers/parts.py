"""What every step needs, made once per process: database, EHRs, mapping rules, pauses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from ehr.auth import Authorization, BackendServices, BackendServicesAuthorization
from ehr.client import FhirClient
from ehr.interface import Ehr
from fhir_mappings.mapping_set import MappingSet
from nelm import Parameters
from runtime.errors import SettingRefused
from runtime.metrics import Metrics
from runtime.settings import ConnectionSettings, Settings
from storage.active_rules import ActiveRules
from storage.database import Database
from workers.pauses import Pauses
from workers.rules import open_mapping_set

Clock = Callable[[], datetime]


def now() -> datetime:
    """The present moment, with its zone."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """The rooms a step may enter. Safe to share between threads."""

    settings: Settings
    database: Database
    ehrs: Mapping[str, Ehr]
    rules: ActiveRules
    parameters: Parameters
    metrics: Metrics
    clock: Clock
    readers: ThreadPoolExecutor
    pauses: Pauses = field(default_factory=Pauses)

    @property
    def mapping_set(self) -> MappingSet:
        """The installation's own mapping set, for connections without a layer of theirs."""
        return self.rules.common

    def today(self) -> date:
        """The day on which facts are judged."""
        return self.clock().date()

    def close(self) -> None:
        """Let the reading threads end; the database belongs to whoever opened it."""
        self.readers.shutdown(wait=True, cancel_futures=True)


def make_parts(
    settings: Settings,
    database: Database,
    *,
    ehrs: Mapping[str, Ehr] | None = None,
    mapping_set: MappingSet | None = None,
    metrics: Metrics | None = None,
    clock: Clock = now,
) -> Parts:
    """The parts of a worker; `ehrs` replaces the connections' own clients (tests, demo)."""
    return Parts(
        settings=settings,
        database=database,
        ehrs=open_ehrs(settings) if ehrs is None else ehrs,
        rules=ActiveRules(database, mapping_set or open_mapping_set(settings)),
        parameters=Parameters(),
        metrics=metrics or Metrics(),
        clock=clock,
        readers=ThreadPoolExecutor(settings.workers.read_threads, thread_name_prefix="ehr-read"),
        pauses=Pauses(settings.workers.first_pause_seconds, settings.workers.longest_pause_seconds),
    )


def open_ehrs(settings: Settings) -> dict[str, Ehr]:
    """A client for each connection; nothing is sent yet."""
    return {name: open_ehr(connection) for name, connection in settings.connections.items()}


def open_ehr(connection: ConnectionSettings) -> FhirClient:
    """The client of one connection.

    Raises:
        SettingRefused: its private key cannot be read.
    """
    return FhirClient(connection.base_url, authorization_of(connection), connection.timeout_seconds)


def authorization_of(connection: ConnectionSettings) -> Authorization | None:
    """How requests to this connection are signed; None where it asks for nothing.

    Raises:
        SettingRefused: its private key cannot be read.
    """
    auth = connection.auth
    if auth.kind == "none":
        return None
    try:
        private_key = Path(auth.key_file).read_text(encoding="utf-8")
    except OSError:
        raise SettingRefused(
            f'connections.{connection.name}.auth.key_file: "{auth.key_file}" cannot be read. '
            "Check its path and permissions"
        ) from None
    return BackendServicesAuthorization(
        BackendServices(
            base_url=connection.base_url,
            client_id=auth.client_id,
            private_key=private_key,
            key_id=auth.key_id,
            algorithm=auth.algorithm,
            scope=auth.scope,
            token_url=auth.token_url,
        )
    )
