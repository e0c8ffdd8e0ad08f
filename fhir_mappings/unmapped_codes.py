"""Codes that a mapping rule could make understood: which they are, and how they are sent.

Never a patient's values: the shape of a resource is its kind of value and its unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from fhir_mappings.codes import folded
from fhir_mappings.drafts import NO_RULE
from fhir_mappings.elements import CodeableConcept, Quantity
from fhir_mappings.plain_text import plain
from fhir_mappings.statements import Reading
from fhir_mappings.units import NO_UNIT, REFUSED_UNIT
from fhir_mappings.values import UNKNOWN_ANSWER

# What an institution can change with a rule; other reasons lie in the resource itself.
MAPPABLE = frozenset({NO_RULE, UNKNOWN_ANSWER, REFUSED_UNIT, NO_UNIT})
NOT_KEPT = "(a text with a number in it, not kept)"
_LONGEST = 80
_LONGEST_UNIT = 30
UNIT_IN_WORDS = "unit in words, not kept"
_WORDS = re.compile(r"[^\W\d_]{2,}[,.]? [^\W\d_]{2,}")
# A number of a person, a date, a telephone: no name of a test has one.
_NUMBER = re.compile(r"\d{4,}|\d{1,2}\.\d{1,2}\.\d|\d/\d")


class Seen(NamedTuple):
    """A code and why it was not understood; of a text alone, system is empty and code the text."""

    type: str
    system: str
    code: str
    reason: str
    display: str | None


def seen_in(reading: Reading) -> Iterator[Seen]:
    """What of a reading a rule could make understood."""
    for line in reading.not_understood:
        if line.reason not in MAPPABLE:
            continue
        display = _kept(line.display)
        if line.code:
            code = _code(line.code)
            yield Seen(reading.type, line.system or "", code, line.reason, display)
        elif line.display:
            yield Seen(reading.type, "", folded(display or NOT_KEPT), line.reason, display)


def _code(sent: str) -> str:
    """The code, unless it is words with a number among them: those may be of a person."""
    code = plain(sent, _LONGEST) or ""
    return NOT_KEPT if " " in code and _NUMBER.search(code) else code


def _kept(text: str | None) -> str | None:
    return None if not text or _NUMBER.search(text) else plain(text, _LONGEST)


class _Part(msgspec.Struct, gc=False):
    code: CodeableConcept | None = None
    valueQuantity: Quantity | None = None
    valueCodeableConcept: Any = None
    valueString: Any = None
    valueBoolean: Any = None
    valueInteger: Any = None
    valueRange: Any = None
    valueRatio: Any = None
    valueDateTime: Any = None


class _Whole(_Part, gc=False):
    component: list[_Part] = []


_DECODE = msgspec.json.Decoder(_Whole).decode


def shape_of(body: bytes | None, seen: Seen) -> str | None:
    """How an Observation sends this code: `valueQuantity, unit umol/L`; None for other resources.

    The answer itself, the number and the text are not in it.
    """
    if body is None or seen.type != "Observation":
        return None
    try:
        whole = _DECODE(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    for part in whole.component:
        if _has(part, seen) and not _has(whole, seen):
            return f"component, {_value(part)}"
    return _value(whole)


def _has(part: _Part, seen: Seen) -> bool:
    codings = part.code.coding if part.code else ()
    return any((one.system or "", one.code) == (seen.system, seen.code) for one in codings)


def _value(part: _Part) -> str:
    if part.valueQuantity is not None:
        unit = part.valueQuantity.code or part.valueQuantity.unit
        named = plain(unit, _LONGEST_UNIT) if unit else None
        if named and _WORDS.search(named):
            return f"valueQuantity, {UNIT_IN_WORDS}"
        return f"valueQuantity, unit {named}" if named else "valueQuantity without unit"
    sent = [name for name in part.__struct_fields__ if name.startswith("value")]
    return next((name for name in sent if getattr(part, name) is not None), "no value")
