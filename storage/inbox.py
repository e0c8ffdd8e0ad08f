"""The web process's way to note a notification: requests that wait share one transaction."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterable

from fhir_mappings.notifications import Heard
from storage.database import Database
from storage.errors import StorageBroken, StorageError, StorageUnavailable
from storage.notifications import Incoming, Origin, put_all

# Beyond this a transaction gets longer without costing less per row.
_MOST_PER_TRANSACTION = 1000
_WRITERS = 2


class _Waiting:
    """One request that waits until what it heard is durable."""

    __slots__ = ("answer", "incoming", "loop", "size")

    def __init__(self, incoming: Incoming, size: int) -> None:
        self.incoming = incoming
        self.size = size
        self.loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[int] = self.loop.create_future()

    def resolve(self, error: StorageError | None) -> None:
        """In the loop's thread. The request may be gone; its row stays all the same."""
        if self.answer.done():
            return
        if error is None:
            self.answer.set_result(len(self.incoming.heard.changes))
        else:
            self.answer.set_exception(error)


class Inbox:
    """Group commit: a writer thread commits whatever has gathered, then answers all of it.

    SQLite has one writer at a time; on PostgreSQL one group gathers and is written while another
    waits for the disk.
    """

    def __init__(
        self, database: Database, *, most_waiting: int = 10_000, most_waiting_bytes: int = 64 << 20
    ) -> None:
        self._database = database
        self._most_waiting = most_waiting
        self._most_bytes = most_waiting_bytes
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._repeating = threading.Lock()
        # SQLite knows no rings, only a writer that takes long.
        self._repeats = 1 if database.is_sqlite else 2
        self._open = False
        self._writers: list[threading.Thread] = []

    def start(self) -> None:
        """Starts the writer threads."""
        self._open = True
        for number in range(1 if self._database.is_sqlite else _WRITERS):
            writer = threading.Thread(target=self._write_until_stopped, name=f"inbox-{number}")
            self._writers.append(writer)
            writer.start()

    def stop(self) -> None:
        """Writes what still waits, then ends the threads; later calls of `put` are refused."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
        while self._writers:
            self._writers.pop().join()

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn to be written."""
        return len(self._waiting)

    async def put(self, connection: str, heard: Heard, origin: Origin = "subscription") -> int:
        """Returns the number of changes noted, once they are durable; see `put_now`.

        Raises:
            StorageUnavailable: too much waits, or the database is away. Answer 503.
            StorageBroken: the database refuses what this one request brought.
        """
        waiting = _Waiting(Incoming(connection, heard, origin), _size(heard))
        with self._changed:
            if not self._open:
                raise StorageUnavailable("The inbox is closed.")
            full = self._bytes + waiting.size > self._most_bytes and self._waiting
            if full or len(self._waiting) >= self._most_waiting:
                raise StorageUnavailable("The inbox is full.")
            self._waiting.append(waiting)
            self._bytes += waiting.size
            self._changed.notify()
        return await waiting.answer

    def _write_until_stopped(self) -> None:
        while group := self._next_group():
            self._write(group)

    def _next_group(self) -> list[_Waiting]:
        with self._changed:
            while self._open and not self._waiting:
                self._changed.wait()
            count = min(len(self._waiting), _MOST_PER_TRANSACTION)
            group = [self._waiting.popleft() for _ in range(count)]
            self._bytes -= sum(one.size for one in group)
        return group

    def _write(self, group: list[_Waiting]) -> None:
        error = self._commit(group)
        # A group and a worker may have stood in each other's way, and what was noted twice is one
        # row; the sender, once refused, might never come again.
        for _ in range(self._repeats):
            if not isinstance(error, StorageUnavailable):
                break
            with self._repeating:  # not into the same neighbor once more
                error = self._commit(group)
        # One request with bytes the database refuses must not take its neighbors with it.
        if isinstance(error, StorageBroken) and len(group) > 1:
            for one in group:
                _answer([one], self._commit([one]))
        else:
            _answer(group, error)

    def _commit(self, group: list[_Waiting]) -> StorageError | None:
        try:
            with self._database.transaction() as tx:
                put_all(tx, [one.incoming for one in group])
        except StorageError as error:
            return error
        except Exception as error:  # the thread must live: without it every request would hang
            return StorageBroken(f"A notification could not be noted ({type(error).__name__}).")
        return None


def _size(heard: Heard) -> int:
    bodies = sum(len(change.body or b"") for change in heard.changes)
    return bodies + sum(len(problem.raw) for problem in heard.problems)


def _answer(group: list[_Waiting], error: StorageError | None) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
    for one in group:
        by_loop.setdefault(one.loop, []).append(one)
    for loop, waiting in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, waiting, error)


def _resolve(waiting: Iterable[_Waiting], error: StorageError | None) -> None:
    for one in waiting:
        one.resolve(error)
