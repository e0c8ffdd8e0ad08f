"""How long an EHR that is away is left alone: a pause that doubles until it answers again."""

import threading
from collections.abc import Callable
from time import monotonic

# What an EHR itself may ask for.
_LONGEST_ASKED_FOR_SECONDS = 900.0


class Pauses:
    """One process's memory of which connections are away. Safe to use from several threads."""

    def __init__(
        self,
        first_seconds: float = 2.0,
        longest_seconds: float = 120.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._first = first_seconds
        self._longest = longest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}
        self._pause: dict[str, float] = {}
        self._answered_at: dict[str, float] = {}

    def remaining(self, connection: str) -> float:
        """Seconds for which this EHR is not asked; 0 where it may be."""
        with self._lock:
            return max(0.0, self._until.get(connection, 0.0) - self._clock())

    def away(self, connection: str, retry_after_seconds: float | None = None) -> float:
        """Note that it did not answer; returns the pause.

        At least what it asked for itself, up to a quarter of an hour: one wrong `Retry-After`
        must not cost a day.
        """
        with self._lock:
            if (left := self._until.get(connection, 0.0) - self._clock()) > 0:
                return left
            pause = min(self._longest, self._pause.get(connection, self._first / 2) * 2)
            self._pause[connection] = pause
            asked_for = min(retry_after_seconds or 0.0, _LONGEST_ASKED_FOR_SECONDS)
            pause = max(pause, asked_for)
            self._until[connection] = self._clock() + pause
            return pause

    def answered(self, connection: str) -> None:
        """Note that it answers; the next pause is a short one again."""
        with self._lock:
            self._forget(connection)
            self._answered_at[connection] = self._clock()

    def forget(self, connection: str) -> None:
        """Ask it again at once, because somebody says that it is well."""
        with self._lock:
            self._forget(connection)

    def _forget(self, connection: str) -> None:
        self._until.pop(connection, None)
        self._pause.pop(connection, None)

    def has_answered(self, connection: str, within_seconds: float) -> bool:
        """Whether it answered so recently that it is no EHR that is away."""
        with self._lock:
            answered_at = self._answered_at.get(connection)
            return answered_at is not None and self._clock() - answered_at <= within_seconds
