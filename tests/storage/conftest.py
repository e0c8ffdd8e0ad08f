"""Every test here runs on SQLite and on PostgreSQL, each in a database that begins empty."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from storage.database import Database
from storage.migrate import migrate
from storage.tables import metadata

BACKENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.real)]


@pytest.fixture(scope="session", params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database, shared by the tests one after the other."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('storage')}/nelm.db"
    else:
        new_database: Callable[[], str] = request.getfixturevalue("new_postgresql_database")
        url = new_database()
    migrate(url)
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    with opened.transaction() as tx:
        for table in reversed(metadata.sorted_tables):
            tx.execute(sa.delete(table))
    yield opened
    opened.close()


@pytest.fixture
def tx(database: Database) -> Iterator[sa.Connection]:
    """One transaction for the whole test."""
    with database.transaction() as opened:
        yield opened
