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

    def is_heard(self) -> bool:
        """False once somebody of this process who should listen no longer does."""


class InProcessWakeUp:
    """A wake-up for the worker thread of the same process."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._listeners: list[threading.Thread] = []

    def attend(self, listener: threading.Thread) -> None:
        """From now on this thread is expected to be alive."""
        self._listeners.append(listener)

    def is_heard(self) -> bool:
        """Whether every thread that works here is alive."""
        return all(listener.is_alive() for listener in self._listeners)

    def call(self) -> None:
        """Say that there is work; saying it twice before anybody looked is saying it once."""
        self._event.set()

    def wait(self, timeout_seconds: float) -> bool:
        """True if somebody called. Forgets the call, so that a later one counts again."""
        called = self._event.wait(timeout_seconds)
        self._event.clear()
        return called
