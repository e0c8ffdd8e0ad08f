"""Numbers as reports write them: amounts with their comparators, number words, sizes.

Each fragment is a piece of a pattern with named groups; its reader turns a match into a value.
"""

from __future__ import annotations

import re
from typing import Any

DIGITS = r"\d{1,5}(?:[.,]\d{1,2})?"
_UNITS = "one two three four five six seven eight nine".split()
_TEENS = ("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen").split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_EINER = "ein zwei drei vier fünf sechs sieben acht neun".split()
_ZEHNER = ("zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn").split()
_ZIGER = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()


def _number_words() -> dict[str, int]:
    """Up to ninety-nine in English and German; "one" and "ein" are no counts by themselves."""
    found = {"no": 0, "one": 1, "a single": 1, "single": 1, "solitary": 1, "a dozen": 12}
    found |= _plain_words(_UNITS, _TEENS, _TENS) | _plain_words(_EINER, _ZEHNER, _ZIGER)
    for ten in _TENS:
        found |= {f"{ten}-{unit}": found[ten] + place for place, unit in enumerate(_UNITS, 1)}
    for ten in _ZIGER:
        found |= {f"{unit}und{ten}": found[ten] + place for place, unit in enumerate(_EINER, 1)}
    return found


def _plain_words(units: list[str], teens: list[str], tens: list[str]) -> dict[str, int]:
    below_twenty = {word: place for place, word in enumerate([*units[1:], *teens], 2)}
    return below_twenty | {word: 10 * place for place, word in enumerate(tens, 2)}


_WORDS = _number_words()
WORD_NUMBER = (
    rf"(?:(?<![a-zäöüß])(?:(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_UNITS)}))?"
    rf"|(?:{'|'.join(_EINER)})und(?:{'|'.join(_ZIGER)})"
    rf"|{'|'.join((*_TEENS, *_UNITS[1:], *_ZIGER, *_ZEHNER, *_EINER[1:]))})(?![a-zäöüß]))"
)
NUMBER = rf"(?:{DIGITS}|{WORD_NUMBER})"
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


COUNT = amount(rf"(?:\d{{1,3}}|{WORD_NUMBER}|\ba dozen\b)")
PERCENT = r"\s?(?:%|percent|per cent|prozent|pct)"
SIZE = (
    rf"(?P<size>{NUMBER})(?:\s?(?:mm|cm)?\s?(?:x|by)\s?(?P<size2>{NUMBER}))?"
    rf"(?:\s?(?:mm|cm)?\s?(?:x|by)\s?(?P<size3>{NUMBER}))?[ -]?(?P<unit>mm|cm|millimet(?:er"
    rf"|re)s?|centimet(?:er|re)s?)\b"
)


def number(text: str) -> float | int:
    """ "3,2" and "3.2", "twelve"; whole numbers as such."""
    if not text[0].isdigit():
        return _WORDS[text.replace(" ", "-")] if text not in _WORDS else _WORDS[text]
    value = float(text.replace(",", "."))
    return int(value) if value == int(value) else value


_BETWEEN = re.compile(rf"\b(?:between|zwischen) ({NUMBER}) (?:and|und) $")


# "Increased from 22 % to 34 %" is no range: the second is the newer.
_CHANGED_FROM = re.compile(
    r"\b(?:increas|rose|risen|decreas|fell|fallen|improv|grew|grown|chang|declin|dropp|anstieg"
    r"|gestiegen|gefallen)\w* (?:\w+ ){0,2}(?:from|von) $"
)


def amount_in(match: re.Match[str]) -> Any:
    """The number, or the range that a comparator or two ends leave; None for reversed ends."""
    low, high, compare = match["low"], match["high"], match["cmp"]
    first = number(low)
    if high is not None:
        if _CHANGED_FROM.search(match.string, 0, match.start("low")):
            return number(high)
        return _between(first, number(high), compare)
    if compare is None:
        between = _BETWEEN.search(match.string, 0, match.start("low"))
        least = number(between[1]) if between else first
        return {"min": least, "max": first} if least < first else first
    end, is_open = _COMPARATORS[compare]
    return {end: first, f"{end}_open": True} if is_open else {end: first}


def _between(first: float, last: float, compare: str | None) -> dict[str, float] | None:
    if first >= last or (compare and _COMPARATORS[compare][0] == "min"):
        return None
    return {"min": first, "max": last}


def millimeters_in(match: re.Match[str]) -> float | int:
    """The longest of the diameters given, in mm."""
    found = [number(match[name]) for name in ("size", "size2", "size3") if match[name]]
    value = round(max(found) * (10.0 if match["unit"].startswith("c") else 1.0), 1)
    return int(value) if value == int(value) else value
