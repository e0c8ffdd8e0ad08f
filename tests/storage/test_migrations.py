"""The migrations give exactly the tables the code uses, on both databases."""

import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import storage.migrate
from storage.database import SCHEMA_VERSION, Database
from storage.errors import StorageBroken
from storage.migrate import migrate
from storage.tables import metadata


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/deep/down/nelm.db"
    new_database: Callable[[], str] = request.getfixturevalue("new_postgresql_database")
    return new_database()


def definitions(tx: sa.Connection) -> set[str]:
    """Every table and index as the database words it."""
    if tx.dialect.name == "sqlite":
        text = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
    else:
        text = (
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " AND tablename <> 'alembic_version' UNION ALL"
            " SELECT concat(table_name, column_name, data_type, is_nullable, column_default,"
            " collation_name) FROM information_schema.columns WHERE table_schema = 'public'"
            " AND table_name <> 'alembic_version' UNION ALL"
            " SELECT concat(conrelid::regclass, conname, pg_get_constraintdef(oid))"
            " FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
            " AND conrelid <> 'alembic_version'::regclass"
        )
    found = tx.execute(sa.text(text)).scalars()
    # The order in which a table's constraints are written down does not matter.
    return {" ".join(sorted(re.split(r"[\s,\"]+", one))) for one in found}


def test_the_tables_equal_what_the_migrations_make(empty_url: str) -> None:
    assert migrate(empty_url) == SCHEMA_VERSION
    database = Database(empty_url)
    with database.transaction() as tx:
        assert compare_metadata(MigrationContext.configure(tx), metadata) == []
        migrated = definitions(tx)
        metadata.drop_all(tx)
        metadata.create_all(tx)
        assert definitions(tx) == migrated
    database.close()


def test_the_code_needs_the_last_migration() -> None:
    folder = Path(storage.migrate.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == SCHEMA_VERSION


def test_migrating_again_and_at_once_changes_nothing(empty_url: str) -> None:
    reached: list[str] = []
    threads = [
        threading.Thread(target=lambda: reached.append(migrate(empty_url))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reached == [SCHEMA_VERSION] * 3


def test_a_database_that_was_never_migrated_says_so(empty_url: str) -> None:
    database = Database(empty_url)
    assert database.schema_version() is None
    with pytest.raises(StorageBroken, match="nelm-cds migrate"):
        database.check()
    database.close()


def test_a_migrated_database_is_ready(database: Database) -> None:
    database.check()
    assert database.schema_version() == SCHEMA_VERSION
