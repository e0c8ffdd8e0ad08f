"""Whether a token was used before: asked of the broker's Redis, or of the database without one."""

from importlib import import_module
from typing import Protocol

from starlette.concurrency import run_in_threadpool

from runtime.settings import Settings
from storage import replays
from storage.database import Database


class Replays(Protocol):
    """Remembers digests of used tokens, for all processes of the installation."""

    async def first_use(self, digest: str, until: float, now: float) -> bool:
        """True the first time, False again until `until`; both in Unix seconds.

        Raises what its store raises when it is away; nobody may be let in then.
        """
        ...

    async def close(self) -> None: ...


class StoredReplays:
    """In the database. Not flushed to disk one by one: a power failure may forget the last ones."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def first_use(self, digest: str, until: float, now: float) -> bool:
        """As the protocol says; the writing is off the event loop."""
        return await run_in_threadpool(self._use, digest, until, now)

    async def close(self) -> None:
        """The database is its opener's to close."""

    def _use(self, digest: str, until: float, now: float) -> bool:
        with self._database.transaction(durable=False) as tx:
            return replays.use(tx, digest, until, now)


def open_replays(settings: Settings, database: Database) -> Replays:
    """The one store of this installation."""
    if settings.embedded:
        return StoredReplays(database)
    in_broker: Replays = import_module("runtime.broker_replays").BrokerReplays(settings.broker_url)
    return in_broker
