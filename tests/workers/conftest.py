"""Every step runs on SQLite and on PostgreSQL, in a database that begins empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fhir_mappings.mapping_set import MappingSet, load_mapping_set
from storage.database import Database
from storage.migrate import migrate
from tests.workers.world import World


@pytest.fixture(scope="session")
def mapping_set() -> MappingSet:
    return load_mapping_set()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/nelm.sqlite"
    else:
        url = str(request.getfixturevalue("postgresql_url"))
    migrate(url)
    return url


@pytest.fixture
def world(database_url: str, mapping_set: MappingSet) -> Iterator[World]:
    opened = World(Database(database_url), mapping_set)
    yield opened
    opened.close()


@pytest.fixture
def distrustful(database_url: str, mapping_set: MappingSet) -> Iterator[World]:
    """A connection whose bodies are never believed."""
    opened = World(Database(database_url), mapping_set, trust_bodies=False)
    yield opened
    opened.close()
