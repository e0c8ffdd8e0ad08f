"""Text that came with resources, made safe to repeat in a document that people and pages show."""

from __future__ import annotations

import unicodedata

_ANGLES = str.maketrans("<>", "‹›")


def plain(text: str | None, longest: int) -> str | None:
    """One line of at most so many characters, without control characters or markup.

    Angle brackets become `‹›`: still readable in "<3 %", and never a tag.
    """
    return None if text is None else one_line(text, longest).translate(_ANGLES)


def one_line(text: str, longest: int) -> str:
    """As `plain`, with angle brackets as written: whoever shows it must escape it."""
    # Longer than can be shown: what is far beyond is not even looked at.
    shown = text[: 4 * longest]
    if not (shown.isascii() and shown.isprintable()):  # nearly all that comes is, and needs no look
        shown = "".join(_visible(sign) for sign in shown)
    shown = " ".join(shown.split())
    return shown if len(shown) <= longest else f"{shown[: longest - 1].rstrip()}…"


def _visible(sign: str) -> str:
    """The sign; a space for what breaks lines, nothing for what steers how text is shown."""
    if sign.isspace():
        return " "
    return "" if unicodedata.category(sign).startswith("C") else sign
