"""The web process's way to note a notification: requests that wait share one transaction."""

from fhir_mappings.notifications import Heard
from storage.database import Database
from storage.notifications import Origin


class Inbox:
    """Group commit: one writer thread commits whatever has gathered, then answers all of it."""

    def __init__(
        self, database: Database, *, most_waiting: int = 10_000, most_waiting_bytes: int = 64 << 20
    ) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Starts the writer thread."""
        raise NotImplementedError

    def stop(self) -> None:
        """Writes what still waits, then ends the thread; later calls of `put` are refused."""
        raise NotImplementedError

    async def put(self, connection: str, heard: Heard, origin: Origin = "subscription") -> int:
        """Returns the number of changes noted, once they are durable; see `put_now`.

        Raises:
            StorageUnavailable: too much waits, or the database is away. Answer 503.
        """
        raise NotImplementedError
