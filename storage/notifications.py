"""What the EHR told us, once each, and the queue of what is still to be read.

One row per (connection, type, id, version); without a version one row per resource that waits.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy import Connection

from fhir_mappings.notifications import Heard, Interaction

Origin = Literal["subscription", "load", "sweep", "backfill"]


class Taken(msgspec.Struct, frozen=True):
    """One notification leased to a taker; `attempt` counts from 1.

    Everything but `id` (our row), `attempt` and `taker` is as `Change` has it.
    """

    row: int
    connection: str
    type: str
    id: str
    version: str | None
    last_updated: str | None
    interaction: Interaction
    origin: Origin
    body: bytes | None
    subscription: str | None
    received_at: float
    attempt: int
    taker: str

    @property
    def reference(self) -> str:
        return f"{self.type}/{self.id}"


class Noted(msgspec.Struct, frozen=True):
    """A notification as operations see it: no body."""

    row: int
    connection: str
    type: str
    id: str
    version: str | None
    origin: Origin
    state: str
    attempts: int
    error: str | None
    received_at: float


def put_now(tx: Connection, connection: str, heard: Heard, origin: Origin) -> int:
    """Notes what was heard in the caller's transaction; returns the changes noted (new or known).

    Also notes problems (as poison rows, with their bytes) and the subscription's event numbers.
    For `load`, sweep and backfill; the web process uses `Inbox.put`.
    """
    raise NotImplementedError


def take(
    tx: Connection, limit: int = 500, lease_seconds: float = 60.0, now: float | None = None
) -> list[Taken]:
    """Up to `limit` notifications in the order they came, leased; two takers never share one.

    Due retries and rows whose lease ran out are among them. `now` is in Unix seconds.
    """
    raise NotImplementedError


def finish(tx: Connection, taken: Sequence[Taken]) -> None:
    """Done: bodies are dropped, ids kept so that a duplicate stays one row."""
    raise NotImplementedError


def retry(
    tx: Connection,
    taken: Sequence[Taken],
    error: str,
    pause_seconds: float | None = None,
    now: float | None = None,
) -> None:
    """Back to the queue after a pause that doubles with each attempt (2 s to 15 min).

    error: an error's class name. `pause_seconds` overrides the pause (Retry-After).
    """
    raise NotImplementedError


def bury(tx: Connection, taken: Sequence[Taken], error: str) -> None:
    """Given up on, kept with its body for a person; `error` is a class name, never a value."""
    raise NotImplementedError


def list_noted(
    tx: Connection, states: Sequence[str] = ("buried", "poison"), limit: int = 200
) -> list[Noted]:
    """The newest notifications in these states (waiting, taken, done, buried, poison)."""
    raise NotImplementedError


def revive(tx: Connection, rows: Sequence[int] | None = None) -> int:
    """Buried notifications back into the queue, all of them by default; returns how many."""
    raise NotImplementedError


def count_waiting(tx: Connection) -> int:
    """How many notifications still wait or are being worked on."""
    raise NotImplementedError


def forget_done(tx: Connection, before: float, limit: int = 5000) -> int:
    """Removes done rows received before that instant (Unix seconds); returns how many.

    A duplicate that comes later than this is noted anew and changes nothing: `resources` knows
    the version.
    """
    raise NotImplementedError
