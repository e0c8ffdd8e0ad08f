"""Numbers as reports write them: amounts with their comparators, number words, sizes.

Each fragment is a piece of a pattern with named groups; its reader turns a match into a value.
"""

from __future__ import annotations

import re
from typing import Any

NUMBER = r"\d{1,5}(?:[.,]\d{1,2})?"
_WORDS = {
    "no": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "sixteen": 16, "eighteen": 18, "thirty": 30, "fifteen": 15, "twenty": 20,
    "a single": 1, "single": 1, "solitary": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5,
    "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "zwölf": 12,
}  # fmt: skip
WORD_NUMBER = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen"
    r"|eighteen|twenty|thirty"
    r"|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf)"
)
_OPEN_BELOW = ("<", "less than", "fewer than", "below", "under", "weniger als", "unter", "kleiner")
_CLOSED_BELOW = ("<=", "≤", "up to", "at most", "not more than", "no more than", "maximum", "max.",
                 "bis zu", "bis", "maximal", "höchstens")  # fmt: skip
_OPEN_ABOVE = (
    ">",
    "more than",
    "over",
    "greater than",
    "above",
    "exceeding",
    "exceeds",
    "higher than",
    "mehr als",
    "über",
)
_CLOSED_ABOVE = (">=", "≥", "at least", "not less than", "no fewer than", "mindestens")
_NEARLY = ("approximately", "approx.", "approx", "about", "around", "circa", "ca.", "ca", "~",
           "roughly", "estimated", "an estimated", "nearly", "almost", "etwa", "ungefähr", "rund",
           "estimated at")  # fmt: skip
_COMPARATORS = {
    **dict.fromkeys(_OPEN_BELOW, ("max", True)),
    **dict.fromkeys(_CLOSED_BELOW, ("max", False)),
    **dict.fromkeys(_OPEN_ABOVE, ("min", True)),
    **dict.fromkeys(_CLOSED_ABOVE, ("min", False)),
}


def _alternatives(words: tuple[str, ...]) -> str:
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(one) for one in ordered)


COMPARE = _alternatives((*_OPEN_BELOW, *_CLOSED_BELOW, *_OPEN_ABOVE, *_CLOSED_ABOVE))
_ABOUT = _alternatives(_NEARLY)
_TO = r"\s?(?:%|percent)?\s?(?:-|to|bis)\s?"


def amount(number: str = NUMBER) -> str:
    """ "<1", "5-10", "at least 12", "approx. 30": groups `cmp`, `low` and `high`."""
    return (
        rf"(?:(?P<cmp>{COMPARE})\s?)?(?:(?:{_ABOUT})\s?)?(?P<low>{number})(?!\d)"
        rf"(?:{_TO}(?P<high>{number})(?!\d))?"
    )


COUNT = amount(rf"(?:\d{{1,3}}|{WORD_NUMBER})")
PERCENT = r"\s?(?:%|percent|per cent|prozent|pct)"
SIZE = (
    rf"(?P<size>{NUMBER})(?:\s?(?:mm|cm)?\s?(?:x|by)\s?(?P<size2>{NUMBER}))?"
    rf"(?:\s?(?:mm|cm)?\s?(?:x|by)\s?(?P<size3>{NUMBER}))?[ -]?(?P<unit>mm|cm|millimet(?:er"
    rf"|re)s?|centimet(?:er|re)s?)\b"
)


def number(text: str) -> float | int:
    """ "3,2" and "3.2", "twelve"; whole numbers as such."""
    if text in _WORDS:
        return _WORDS[text]
    value = float(text.replace(",", "."))
    return int(value) if value == int(value) else value


_BETWEEN = re.compile(rf"\b(?:between|zwischen) ({NUMBER}|{WORD_NUMBER}) (?:and|und) $")


def amount_in(match: re.Match[str]) -> Any:
    """The number, or the range that a comparator or two ends leave; None for reversed ends."""
    low, high, compare = match["low"], match["high"], match["cmp"]
    first = number(low)
    if high is not None:
        last = number(high)
        if first >= last or (compare in _COMPARATORS and _COMPARATORS[compare][0] == "min"):
            return None
        return {"min": first, "max": last}
    if compare is None:
        between = _BETWEEN.search(match.string, 0, match.start("low"))
        least = number(between[1]) if between else first
        return {"min": least, "max": first} if least < first else first
    end, is_open = _COMPARATORS[compare]
    return {end: first, f"{end}_open": True} if is_open else {end: first}


def millimeters_in(match: re.Match[str]) -> float | int:
    """The longest of the diameters given, in mm."""
    found = [number(match[name]) for name in ("size", "size2", "size3") if match[name]]
    value = round(max(found) * (10.0 if match["unit"].startswith("c") else 1.0), 1)
    return int(value) if value == int(value) else value
