"""How many words are read where somebody waits: candidates never count, so they may wait too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

NOT_READ_NOW = "report words beyond what is read while somebody waits; the workers read them"

_left: ContextVar[list[int] | None] = ContextVar("report_characters_left", default=None)


@contextmanager
def at_most(characters: int) -> Iterator[None]:
    """Within it no more report words than these are read; whole texts or nothing."""
    token = _left.set([characters])
    try:
        yield
    finally:
        _left.reset(token)


def may_be_read(texts: Sequence[str]) -> bool:
    """Whether these texts still fit; then they are counted. Always true outside of `at_most`."""
    left = _left.get()
    if left is None:
        return True
    length = sum(map(len, texts))
    if length > left[0]:
        return False
    left[0] -= length
    return True
