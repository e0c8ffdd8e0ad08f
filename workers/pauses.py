"""How long an EHR that is away is left alone: a pause that doubles until it answers again."""

import threading
from collections.abc import Callable
from time import monotonic


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

    def remaining(self, connection: str) -> float:
        """Seconds for which this EHR is not asked; 0 where it may be."""
        with self._lock:
            return max(0.0, self._until.get(connection, 0.0) - self._clock())

    def away(self, connection: str, retry_after_seconds: float | None = None) -> float:
        """Note that it did not answer; returns the pause, at least what it asked for itself."""
        with self._lock:
            if (left := self._until.get(connection, 0.0) - self._clock()) > 0:
                return left
            pause = min(self._longest, self._pause.get(connection, self._first / 2) * 2)
            self._pause[connection] = pause
            pause = max(pause, retry_after_seconds or 0.0)
            self._until[connection] = self._clock() + pause
            return pause

    def answered(self, connection: str) -> None:
        """Note that it answers; the next pause is a short one again."""
        with self._lock:
            self._until.pop(connection, None)
            self._pause.pop(connection, None)
