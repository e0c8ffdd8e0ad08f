"""A PostgreSQL server of our own in a temporary folder, durable as in production (fsync on)."""

import os
import shutil
import signal
import tempfile
from itertools import count
from pathlib import Path

import psycopg

from tests.real_parts.programs import Program, ProgramFailed, find_program, free_port, until

_OWNER = "nelm"


class PostgreSQL:
    """A running server; every `new_database()` is an empty database of its own."""

    def __init__(self) -> None:
        self._numbers = count(1)
        # Not under pytest's own folder: that one is closed to the user `postgres`.
        self.folder = Path(tempfile.mkdtemp(prefix="nelm-postgresql-"))
        self.port = free_port()
        try:
            self._program = self._start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _start(self) -> Program:
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        data = self.folder / "data"
        user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
        if user is not None:
            shutil.chown(self.folder, user, user)
        initdb = find_program("initdb", "postgresql", *binaries)
        made = Program(
            "initdb",
            [initdb, "-D", data, "-U", _OWNER, "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
            self.folder.with_suffix(".initdb.log"),
            user=user,
            folder=self.folder,
        )
        until(lambda: made.exit_code is not None, "initdb", programs=())
        if made.exit_code != 0:
            raise ProgramFailed(f"initdb failed{made.tail()}")
        made.log.unlink()
        server = Program(
            "PostgreSQL",
            [find_program("postgres", "postgresql", *binaries), "-D", data, *self._options()],
            self.folder / "server.log",
            user=user,
            folder=self.folder,
        )
        try:
            until(self._answers, "PostgreSQL to answer", programs=[server])
        except BaseException:
            server.kill()
            raise
        return server

    def _options(self) -> list[str]:
        return [
            *("-p", str(self.port), "-k", str(self.folder)),
            *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"),
            *("-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "shared_buffers=64MB"),
        ]

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _address(self, database: str) -> str:
        return f"postgresql://{_OWNER}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The SQLAlchemy URL of a database nobody has used yet."""
        name = f"nelm_{next(self._numbers)}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # our own counter, no outside text
        return self._address(name).replace("postgresql://", "postgresql+psycopg://")

    def stop(self) -> None:
        try:
            # SIGQUIT: end without waiting for clients; the data are thrown away anyway.
            self._program.stop(5, signal.SIGQUIT)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
