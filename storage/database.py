"""The way to the database: SQLite or PostgreSQL behind one door; `transaction()` alone writes."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.pool import NullPool

from storage.errors import (
    StorageBroken,
    StorageError,
    StorageOutdated,
    StorageRefused,
    StorageUnavailable,
)

# The migration this version of the code needs; a test compares it with storage/migrations.
SCHEMA_VERSION = "0013"

_LOCK_WAIT_SECONDS = 10
_DURABLE, _VISIBLE = "-c synchronous_commit=on", "-c synchronous_commit=off"


class Place(NamedTuple):
    """Where a database is, for people and without its password.

    `is_there` is false where a file would have to be created first; a server is not asked.
    """

    name: str
    is_there: bool


def place_of(url: str) -> Place:
    """The place that a URL names; nothing is opened or created.

    Raises StorageRefused: it names none that we can use.
    """
    found = _known_url(url)
    if found.get_backend_name() != "sqlite":
        return Place(found.set(drivername="postgresql").render_as_string(hide_password=True), True)
    path = os.path.abspath(found.database or "")
    return Place(path, os.path.exists(path))


class Database:
    """One database for all of storage. Safe to share between threads; open it once per process.

    url: `sqlite:///path/file.db` or `postgresql://user@host/name`.
    Raises StorageRefused for any other URL; StorageUnavailable wherever the database cannot be
    reached or stays locked; StorageOutdated where it is not as this version expects it;
    StorageBroken where it refuses a row.
    """

    def __init__(self, url: str) -> None:
        self._url = _known_url(url)
        if self.is_sqlite:
            _create_for_us_alone(self._url.database or "")
        self._pooled = self._open(_DURABLE, pool_size=10, max_overflow=30, pool_pre_ping=True)
        # Work that is done again where it fails asks no connection first whether it is alive.
        self._working = (
            self._pooled if self.is_sqlite else self._open(_VISIBLE, pool_size=10, max_overflow=30)
        )
        # Connections that a thread keeps for itself must not use up the pool.
        self._own = self._open(_VISIBLE, poolclass=NullPool)
        self._thread = threading.local()
        self._kept: list[Connection] = []
        self._lock = threading.Lock()
        # SQLite lets those who wait sleep ever longer; writers of one process take turns instead.
        self._turn = threading.Lock() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Connection]:
        """A connection that writes; durable when the block ends, undone if it raises.

        durable False: at once visible to all, but a power failure may undo the last ones (in
        order, never a part of one). For work that is then simply done again: its rows still wait.
        """
        pool = self._pooled if durable else self._working
        with self._writers_turn(), _translated(), pool.connect() as tx:
            tx.execution_options(nelm_writes="FULL" if durable else "NORMAL")
            with tx.begin():
                yield tx

    @contextmanager
    def at_once(self) -> Iterator[Connection]:
        """A connection for one single statement that writes, not durable; else as `transaction`.

        PostgreSQL is asked once then, instead of three times.
        """
        if self.is_sqlite:
            with self.transaction(durable=False) as tx:
                yield tx
        else:
            with self.glance() as conn:
                yield conn

    @contextmanager
    def _writers_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=_LOCK_WAIT_SECONDS):
            raise StorageUnavailable("The database is busy: another writer takes too long.")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads, one consistent view for the whole block."""
        with _translated(), self._pooled.connect() as conn:
            if not self.is_sqlite:
                conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with conn.begin():
                yield conn

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """This thread's own connection, always open, each statement for itself; for hot reads.

        Never close it, and write through it only by `at_once`.
        """
        with _translated():
            conn: Connection | None = getattr(self._thread, "conn", None)
            if conn is None or conn.closed or conn.invalidated:
                conn = self._keep_for_this_thread()
            yield conn

    def schema_version(self) -> str | None:
        """The migration the database is at; None where none ever ran. Compare SCHEMA_VERSION."""
        with self.reading() as conn:
            if not sa.inspect(conn).has_table("alembic_version"):
                return None
            found = conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)

    def check(self) -> None:
        """Whether storage is ready for work.

        Raises StorageUnavailable: away. Raises StorageOutdated: another schema version.
        """
        version = self.schema_version()
        if version != SCHEMA_VERSION:
            raise StorageOutdated(
                f"The database is at schema {version or 'none'}, this version needs"
                f" {SCHEMA_VERSION}. Run: nelm-cds migrate"
            )

    def close(self) -> None:
        """Closes every connection of this process."""
        with self._lock:
            for conn in self._kept:
                conn.close()
            self._kept.clear()
        self._thread = threading.local()
        self._pooled.dispose()
        self._working.dispose()
        self._own.dispose()

    def _keep_for_this_thread(self) -> Connection:
        conn = self._own.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._thread.conn = conn
        with self._lock:
            gone = [old for old in self._kept if old.invalidated]
            for old in gone:
                self._kept.remove(old)
                old.close()
            self._kept.append(conn)
        return conn

    def _open(self, commits: str, **pool: Any) -> sa.Engine:
        if self.is_sqlite:
            opened = sa.create_engine(self._url, hide_parameters=True, **pool)
            event.listen(opened, "connect", _prepare_sqlite)
            event.listen(opened, "begin", _begin_sqlite)
            return opened
        return sa.create_engine(
            self._url,
            # A message of an error must not carry a patient's values.
            hide_parameters=True,
            connect_args={"options": commits, "connect_timeout": _LOCK_WAIT_SECONDS},
            **pool,
        )


def _known_url(url: str) -> sa.URL:
    try:
        found = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise StorageRefused("The database URL cannot be read.") from None
    if found.get_backend_name() == "postgresql":
        return found.set(drivername="postgresql+psycopg")
    if found.get_backend_name() == "sqlite" and found.database not in (None, "", ":memory:"):
        return found.set(drivername="sqlite")
    raise StorageRefused(
        f"The database URL begins with {found.drivername!r}; it must be"
        " sqlite:///path/to/file.db or postgresql://user@host/name."
    )


def _create_for_us_alone(path: str) -> None:
    """An existing file is left to SQLite alone.

    Closing any other descriptor of it would drop all locks that this process holds on it, and
    the next process to leave would take itself for the last one and remove the journal.
    Source: https://www.sqlite.org/howtocorrupt.html, section 2.2.
    """
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise StorageUnavailable(f"The database file cannot be opened: {error.strerror}") from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` says which kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_LOCK_WAIT_SECONDS * 1000}")
    _write_ahead(cursor)
    for setting in ("synchronous=FULL", "foreign_keys=ON", "wal_autocheckpoint=4000"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """The write-ahead log, once for the file; those who open a new one at once must take turns.

    SQLite does not wait by itself where two connections change the mode of one file.
    """
    gives_up = time.monotonic() + _LOCK_WAIT_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > gives_up:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(conn: Connection) -> None:
    options = conn.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    synchronous = options.get("nelm_writes")
    if synchronous:
        conn.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
    # A writer that begins as a reader may find at its first write that it can never go on.
    conn.exec_driver_sql("BEGIN IMMEDIATE" if synchronous else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except NoFreeConnection as error:
        raise StorageUnavailable("All database connections are in use.") from error
    except DBAPIError as error:
        # The database's own words may quote the row; where it happened is told, not what it held.
        raise _category(error).with_traceback(error.__traceback__) from None


def _category(error: DBAPIError) -> StorageError:
    if "file is not a database" in str(error.orig):
        return StorageRefused("The file is no SQLite database. Name another one")
    if _is_missing_table(error):
        return StorageOutdated("A table is missing. Run: nelm-cds migrate")
    if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
        return StorageUnavailable(f"The database is away or busy ({type(error.orig).__name__}).")
    return StorageBroken(f"The database refused a statement ({_what_was_refused(error)}).")


def _is_missing_table(error: DBAPIError) -> bool:
    words = str(error.orig)
    missing = "no such table", "no such column"
    return type(error.orig).__name__ == "UndefinedTable" or any(one in words for one in missing)


def _what_was_refused(error: DBAPIError) -> str:
    diagnosis = getattr(error.orig, "diag", None)
    named = [getattr(diagnosis, f"{part}_name", None) for part in ("table", "column", "constraint")]
    return " ".join([type(error.orig).__name__, *(name for name in named if name)])
