"""Remembers which cards were shown, in the background and in groups.

A crash may lose the last second of it; feedback on a card not known is kept all the same. When
the store is away, what waits is kept up to a limit, and what is dropped beyond it is counted.
"""

import asyncio
import logging
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool

from runtime.metrics import Metrics
from storage import cards
from storage.database import Database
from storage.errors import StorageBroken, StorageError, StorageOutdated

log = logging.getLogger("service.cards")

_MOST_WAITING = 20_000


class CardsShown:
    """What waits to be written. Filled by requests, emptied by `run` about once a second."""

    def __init__(self, database: Database, metrics: Metrics, pause_seconds: float = 0.5) -> None:
        self._database = database
        self._metrics = metrics
        self._pause_seconds = pause_seconds
        self._waiting: list[cards.Shown] = []
        self._stopping = asyncio.Event()

    def note(self, shown: Sequence[cards.Shown]) -> None:
        """Keep these cards for the next write; returns at once."""
        room = _MOST_WAITING - len(self._waiting)
        if room < len(shown):
            self._metrics.count("nelm_cards_forgotten_total", len(shown) - max(room, 0))
        self._waiting.extend(shown[: max(room, 0)])

    async def run(self) -> None:
        """Write what waits, again and again, until `stop`; then once more."""
        while not self._stopping.is_set():
            try:
                await asyncio.wait_for(self._stopping.wait(), self._pause_seconds)
            except TimeoutError:
                await self.write()
        await self.write()

    def stop(self) -> None:
        """Let `run` end after one last write."""
        self._stopping.set()

    async def write(self) -> None:
        """Write what waits now, in one transaction; keeps it if the store is away."""
        if not self._waiting:
            return
        group, self._waiting = self._waiting, []
        try:
            await run_in_threadpool(self._write, group)
        except StorageBroken as problem:
            await self._write_each(group, problem)
        except StorageError as problem:
            log.warning("cards shown not stored", extra={"error_class": type(problem).__name__})
            self.note(group)

    async def _write_each(self, group: Sequence[cards.Shown], refused: StorageBroken) -> None:
        """One by one, so that a card the database cannot hold is dropped and holds up no other."""
        if isinstance(refused, StorageOutdated):
            self.note(group)
            return
        for one in group:
            try:
                await run_in_threadpool(self._write, [one])
            except StorageOutdated:
                self.note([one])
            except StorageBroken as problem:
                self._metrics.count("nelm_cards_forgotten_total")
                log.error("card shown dropped", extra={"error_class": type(problem).__name__})
            except StorageError:
                self.note([one])

    def _write(self, group: Sequence[cards.Shown]) -> None:
        with self._database.transaction() as tx:
            cards.note_shown(tx, group)
