"""The way to the database: durable settings, clear refusals, errors of three categories."""

import os
import stat
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import patients
from storage.database import Database
from storage.errors import StorageBroken, StorageRefused, StorageUnavailable
from storage.migrate import migrate
from tests.real_parts.programs import free_port

ROOT = Path(__file__).parents[2]


def test_commits_are_durable_on_disk(database: Database) -> None:
    with database.transaction() as tx:
        if database.is_sqlite:
            asked = {name: tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in _PRAGMAS}
            assert asked == _PRAGMAS
        else:
            assert tx.execute(sa.text("SHOW synchronous_commit")).scalar() == "on"


_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.parametrize(
    "url", ["mysql://host/name", "sqlite://", "sqlite:///:memory:", "no url at all"]
)
def test_any_other_database_is_refused(url: str) -> None:
    with pytest.raises(StorageRefused, match="database URL"):
        Database(url)


def test_the_file_is_readable_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "nelm.db"
    Database(f"sqlite:///{path}").close()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_process_that_leaves_takes_nothing_of_another_with_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nelm.db"
    database = Database(url)
    # Reads first, so that a connection stays open in the pool while others open the file.
    assert database.schema_version() is None
    migrate(url)
    _count_in_another_process(url)
    with database.transaction() as tx:
        patients.find_or_add(tx, "a", ["p1", "p2"])
    assert _count_in_another_process(url) == "2"
    with database.transaction() as tx:
        patients.find_or_add(tx, "a", ["p3"])
    assert _count_in_another_process(url) == "3"
    database.close()


def _count_in_another_process(url: str) -> str:
    command = [sys.executable, "-m", "tests.storage.counting", url]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return found.stdout.strip()


def test_an_error_inside_undoes_everything(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as tx:
            patients.find_or_add(tx, "a", ["p1"])
            raise KeyError("p1")

    with pytest.raises(KeyError):
        fail()
    with database.reading() as conn:
        assert patients.find(conn, "a", "p1") is None


def test_reading_is_one_view_for_the_whole_block(database: Database) -> None:
    with database.reading() as conn:
        assert patients.find(conn, "a", "p1") is None
        with database.transaction() as tx:
            patients.find_or_add(tx, "a", ["p1"])
        assert patients.find(conn, "a", "p1") is None
    with database.reading() as conn:
        assert patients.find(conn, "a", "p1") is not None


def test_a_glance_is_the_threads_own_and_sees_each_commit(database: Database) -> None:
    with database.glance() as conn:
        mine = conn
        assert patients.find(conn, "a", "p1") is None
    with database.transaction() as tx:
        patients.find_or_add(tx, "a", ["p1"])
    with database.glance() as conn:
        assert conn is mine
        assert patients.find(conn, "a", "p1") is not None
    others: list[sa.Connection] = []

    def look() -> None:
        with database.glance() as conn:
            others.append(conn)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert others != [mine]


def test_a_lost_connection_is_replaced(new_postgresql_database: object) -> None:
    assert callable(new_postgresql_database)
    url = new_postgresql_database()
    migrate(url)
    database = Database(url)
    with database.glance() as conn:
        lost = conn.execute(sa.text("SELECT pg_backend_pid()")).scalar()
    with database.transaction() as tx:
        tx.execute(sa.text(f"SELECT pg_terminate_backend({lost})"))

    def look() -> int | None:
        with database.glance() as conn:
            return patients.find(conn, "a", "p1")

    with pytest.raises(StorageUnavailable):
        look()
    assert look() is None
    database.close()


def test_a_server_that_is_away_is_unavailable_and_safe_to_try_again() -> None:
    database = Database(f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    with pytest.raises(StorageUnavailable) as caught, database.transaction():
        pass
    assert caught.value.retry_after_seconds > 0
    database.close()


def test_a_missing_table_is_ours_to_repair(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(StorageBroken, match="nelm-cds migrate"), database.reading() as conn:
        patients.find(conn, "a", "p1")
    database.close()


def test_messages_never_hold_values(database: Database) -> None:
    secret = "Jane Doe"
    statement = sa.text("INSERT INTO patients (connection, added_at) VALUES (:secret, NULL)")
    with pytest.raises(StorageBroken) as caught, database.transaction() as tx:
        tx.execute(statement, {"secret": secret})
    shown = "".join(traceback.format_exception(caught.value))
    assert "test_messages_never_hold_values" in shown
    assert secret not in shown


def test_sqlite_writers_take_turns_and_wait_no_longer_than_they_must(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nelm.db"
    migrate(url)
    database = Database(url)

    def write(count: int) -> None:
        for _ in range(count):
            with database.transaction() as tx:
                tx.execute(sa.text("INSERT INTO leases VALUES (hex(randomblob(8)), 'h', 1)"))

    threads = [threading.Thread(target=write, args=(20,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM leases")).scalar() == 80
    database.close()
