"""How one part of the house tells another that there is work.

The call carries nothing: the rows say what is to be done. Losing one costs a schedule tick,
never a row. Calls are cheap, never raise and never wait for the broker.
"""

import threading
from typing import Protocol


class WakeUp(Protocol):
    """Something that can be told "there is work"."""

    def call(self) -> None:
        """Say that there is work. Returns at once; at most one wake-up waits."""


class InProcessWakeUp:
    """A wake-up for the worker thread of the same process."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def call(self) -> None:
        """Say that there is work; saying it twice before anybody looked is saying it once."""
        self._event.set()

    def wait(self, timeout_seconds: float) -> bool:
        """True if somebody called. Forgets the call, so that a later one counts again."""
        called = self._event.wait(timeout_seconds)
        self._event.clear()
        return called


class SilentWakeUp:
    """For commands that only write rows: the running service's schedule finds them."""

    def call(self) -> None:
        """Nobody listens in this process."""
