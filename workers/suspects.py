"""Work whose last taker never said how it ended: perhaps it ended the taker.

Such a row is tried alone, so that it takes nobody with it, and given up on before it can end
worker after worker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

# Together with others, and then twice alone: a restart at the wrong moment is not held against it.
MOST_UNANSWERED = 3
WORKER_LOST = "WorkerLost"


class Leased(Protocol):
    """A row that somebody took. `unanswered`: see `storage.notifications.Taken`."""

    @property
    def unanswered(self) -> int:
        """Takers in a row, this one among them, who have not said how it ended."""


Row = TypeVar("Row", bound=Leased)


def without_suspects(
    take: Callable[[], Sequence[Row]],
    release: Callable[[Sequence[Row]], None],
    give_up: Callable[[Row], None],
) -> list[Row]:
    """What is taken, or the one row among it that has to be tried alone; empty: nothing is due.

    The others are released then, as if they had not been taken.
    """
    while taken := take():
        suspect = max(taken, key=lambda one: one.unanswered)
        if suspect.unanswered <= 1:
            return list(taken)
        release([one for one in taken if one is not suspect])
        if suspect.unanswered <= MOST_UNANSWERED:
            return [suspect]
        give_up(suspect)
    return []
