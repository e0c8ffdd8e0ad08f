"""Doubts about a value that counts: another result says otherwise, or a newer one was not read.

They stand as flags of the fact, with their day and reason: `newer_unread:2026-05-28:no unit`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from nelm.facts import Fact
from nelm.labels import fact_label, fact_phrase

UNDATED, RELEASED, PRELIMINARY = "undated", "released", "preliminary"
CONTRADICTED = "contradicted"
UNDATED_DIFFERS = "undated_differs"
NEWER_UNREAD = "newer_unread"
NEWER_CREATININE = "newer_creatinine"
DOUBTS = frozenset({CONTRADICTED, UNDATED_DIFFERS, NEWER_UNREAD, NEWER_CREATININE})
# The reason of these is what the other result says.
_OF_A_VALUE = frozenset({CONTRADICTED, UNDATED_DIFFERS})
_NO_DAY = "-"
# What stands above such lines on cards.
IN_DOUBT = "Results in doubt, to settle first"


def doubt(kind: str, day: date | None, reason: str = "") -> str:
    """The flag for a doubt of this kind, with the day of the other result if that is known."""
    return ":".join([kind, day.isoformat() if day else _NO_DAY, *([reason] if reason else [])])


def _doubts(fact: Fact) -> Iterator[tuple[str, str, str]]:
    """Kind, day of the other result ("" if not known) and reason of each doubt."""
    for flag in fact.flags:
        kind, _, rest = flag.partition(":")
        if kind in DOUBTS:
            day, _, reason = rest.partition(":")
            yield kind, "" if day == _NO_DAY else day, reason


def is_doubtful(fact: Fact) -> bool:
    """Whether another result speaks against the value or could not be read."""
    return bool(fact.flags) and any(True for _ in _doubts(fact))


def day_and_doubts(fact: Fact, dated: bool = True) -> str:
    """What stands in brackets behind a value: its day, what kind of result it is, what is doubtful.

    Such as "2026-05-28, two results of this day differ", "undated, recorded 2026-05-12". Without
    a day of the finding where `dated` is false.
    """
    day = fact.effective.isoformat() if dated and fact.effective else ""
    if not fact.flags:
        return day
    if UNDATED in fact.flags:
        day = f"undated, recorded {day}" if day else UNDATED
    elif RELEASED in fact.flags and day:
        day = f"released {day}"
    kind = [PRELIMINARY] if PRELIMINARY in fact.flags else []
    return ", ".join(part for part in (day, *kind, *map(_beside, _doubts(fact))) if part)


def _beside(found: tuple[str, str, str]) -> str:
    """A doubt in a few words, read behind the value's own day."""
    kind, day, reason = found
    of_day = f" of {day}" if day else ""
    return {
        CONTRADICTED: "two results of this time differ",
        UNDATED_DIFFERS: "one without a date differs",
        NEWER_UNREAD: f"a newer one{of_day} could not be read",
        NEWER_CREATININE: f"{reason or 'creatinine'}{of_day} is newer",
    }[kind]


def short_doubts(fact: Fact) -> list[str]:
    """Its doubts for a summary: "platelets: a newer one could not be read"."""
    return [f"{fact_label(fact.name)}: {_beside((kind, '', ''))}" for kind, _, _ in _doubts(fact)]


def doubt_marks(fact: Fact) -> list[str]:
    """Its doubts as marks beside the value: "a newer one could not be read: no unit"."""
    return [
        ": ".join(
            [_beside(found), *([found[2]] if found[2] and found[0] != NEWER_CREATININE else [])]
        )
        for found in _doubts(fact)
    ]


def is_doubt(flag: str) -> bool:
    """Whether a flag of a fact says that its value is doubtful."""
    return flag.partition(":")[0] in DOUBTS


def doubts_in(record: Mapping[str, Any]) -> list[list[str]]:
    """The doubtful facts of a document or record with their doubts, in its own order."""
    found = (
        [name, *filter(is_doubt, fact.get("flags") or ())]
        for name, fact in record.get("facts", {}).items()
    )
    return [one for one in found if len(one) > 1]


def doubt_lines(facts: Iterable[Fact]) -> list[str]:
    """One line for each doubt, with the value that counts.

    Such as "Newer platelets (2026-05-28) could not be read: no unit; platelets 200 ×10⁹/L counts".
    """
    return [
        "; ".join(part for part in (_line(fact, *found), _counts(fact, *found)) if part)
        for fact in facts
        if fact.flags
        for found in _doubts(fact)
    ]


def _counts(fact: Fact, kind: str, day: str, reason: str) -> str:
    if not isinstance(fact.value, str | int | float):
        return ""
    other = f", {reason} does not" if reason and kind in _OF_A_VALUE else ""
    return f"{fact_phrase(fact.name, fact.value)} counts{other}"


def _line(fact: Fact, kind: str, day: str, reason: str) -> str:
    label = fact_label(fact.name)
    own = f" of {fact.effective.isoformat()}" if fact.effective else ""
    if kind == NEWER_UNREAD:
        return f"Newer {label}{f' ({day})' if day else ''} could not be read: {reason}"
    if kind == UNDATED_DIFFERS:
        recorded = f" (recorded {day})" if day else ""
        return f"{_capital(label)}: a result without a date{recorded} differs from the one{own}"
    if kind == NEWER_CREATININE:
        return f"{_capital(label)}{own} is older than {reason or 'creatinine'} ({day})"
    if fact.effective is None or UNDATED in fact.flags:
        return f"{_capital(label)}: two results without a date differ"
    return f"{_capital(label)}: two results{own} differ"


def _capital(label: str) -> str:
    return label if label[1:2].isupper() else label[:1].upper() + label[1:]
