"""What commands write: lines for people, JSON for programs, progress on standard error."""

import json
import sys
from time import monotonic
from typing import Any

SHOW_PROGRESS_AFTER_SECONDS = 2.0
BAR_WIDTH = 24


def write_json(value: Any) -> None:
    """One JSON document on standard output; keys keep their order."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_line(text: str) -> None:
    """One line on standard output, seen at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Progress:
    """A bar on standard error, shown once something takes longer than two seconds."""

    def __init__(self, title: str, total: int | None = None) -> None:
        self._title = title
        self._total = total
        self._done = 0
        self._begin = monotonic()
        self._last = 0.0
        self._shown = False

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._draw()
            sys.stderr.write("\n")

    def step(self, amount: int = 1) -> None:
        """Say that this much more is done."""
        self._done += amount
        now = monotonic()
        if now - self._begin > SHOW_PROGRESS_AFTER_SECONDS and now - self._last > 0.1:
            self._last = now
            self._draw()

    def _draw(self) -> None:
        self._shown = True
        if self._total:
            filled = min(BAR_WIDTH, self._done * BAR_WIDTH // self._total)
            bar = "#" * filled + "." * (BAR_WIDTH - filled)
            text = f"{self._title} [{bar}] {self._done} of {self._total}"
        else:
            text = f"{self._title}: {self._done}"
        sys.stderr.write(f"\r{text}" if sys.stderr.isatty() else f"{text}\n")
        sys.stderr.flush()
