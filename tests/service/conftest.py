"""One application over a real SQLite file per test."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fhir_mappings.mapping_set import MappingSet, load_mapping_set
from nelm import Parameters
from runtime.metrics import Metrics
from runtime.settings import ConnectionSettings, IntakeSettings, Secret, Settings
from service import create_app
from storage.database import Database
from storage.migrate import migrate
from tests.service.asgi_client import Client, running

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
SECRET, FORMER_SECRET = "s3cret-of-main", "former-s3cret"


class CountedWakeUp:
    """Counts how often somebody said that there is work."""

    def __init__(self) -> None:
        self.calls = 0
        self.heard = True

    def call(self) -> None:
        self.calls += 1

    def is_heard(self) -> bool:
        return self.heard


def connection(name: str = "main", **more: Any) -> ConnectionSettings:
    settings: dict[str, Any] = {
        "name": name,
        "base_url": f"https://{name}.example/fhir",
        "intake": IntakeSettings(secrets=(Secret(SECRET), Secret(FORMER_SECRET))),
    }
    return ConnectionSettings(**(settings | more))


def settings(**more: Any) -> Settings:
    return Settings(**({"connections": {"main": connection()}} | more))


@pytest.fixture(scope="session")
def mapping_set() -> MappingSet:
    return load_mapping_set()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with the schema, to be copied: migrating takes longer than a test."""
    path = tmp_path_factory.mktemp("migrated") / "empty.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "service.sqlite"
    path.write_bytes(migrated.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def wake_up() -> CountedWakeUp:
    return CountedWakeUp()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


Start = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
def start(
    database: Database, wake_up: CountedWakeUp, metrics: Metrics, mapping_set: MappingSet
) -> Start:
    """Starts the application; settings may be given by name."""

    @asynccontextmanager
    async def begin(**more: Any) -> AsyncIterator[Client]:
        parameters = more.pop("parameters", None) or Parameters()
        app = create_app(
            settings(**more),
            database,
            wake_up,
            mapping_set,
            parameters,
            metrics=metrics,
            clock=lambda: NOW,
        )
        async with running(app) as client:
            yield client

    return begin
