"""The way to the database: SQLite or PostgreSQL behind one door; `transaction()` alone writes."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection


class Database:
    """One database for all of storage. Safe to share between threads; open it once per process.

    url: `sqlite:///path/file.db` or `postgresql://user@host/name`.
    Raises StorageUnavailable wherever the database cannot be reached or stays locked.
    """

    def __init__(self, url: str) -> None:
        raise NotImplementedError

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection that writes; durable when the block ends, undone if it raises."""
        raise NotImplementedError

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads, one consistent view for the whole block."""
        raise NotImplementedError

    def glance(self) -> Connection:
        """This thread's own connection, always open, each statement for itself; for hot reads.

        Never write through it and never close it.
        """
        raise NotImplementedError

    def schema_version(self) -> str | None:
        """The migration the database is at; None where none ever ran. Compare SCHEMA_VERSION."""
        raise NotImplementedError

    def close(self) -> None:
        """Closes every connection of this process."""
        raise NotImplementedError
