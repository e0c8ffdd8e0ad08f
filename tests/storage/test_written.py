"""Queries that go straight to the driver answer and fail as all others do."""

import pytest

from storage.database import Database
from storage.errors import StorageBroken
from storage.written import Written


def test_rows_come_as_the_driver_gives_them(database: Database) -> None:
    with database.glance() as conn:
        assert list(map(tuple, Written("SELECT {0} + 1").rows(conn, 41))) == [(42,)]
        assert Written("SELECT 1 WHERE 1 = {0}").row(conn, 2) is None


def test_a_missing_table_is_told_in_the_words_of_storage(database: Database) -> None:
    with pytest.raises(StorageBroken, match="nelm-cds migrate"), database.glance() as conn:
        Written("SELECT id FROM nowhere WHERE id = {0}").rows(conn, 1)


def test_the_connection_goes_on_after_a_refused_statement(database: Database) -> None:
    with pytest.raises(StorageBroken), database.glance() as conn:
        Written("SELECT id FROM nowhere WHERE id = {0}").rows(conn, 1)
    with database.glance() as conn:
        assert tuple(Written("SELECT {0} + 1").row(conn, 1) or ()) == (2,)
