"""The value of an Observation or component: a number in the fact's unit, a range, or a choice.

What cannot be read gives the reason as a string; a reason never holds the value itself.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from fhir_mappings.codes import folded
from fhir_mappings.elements import CodeableConcept, Extent, Quantity, Valued
from fhir_mappings.mapping_rules import Gives, ObservationRule
from fhir_mappings.units import NO_UNIT, REFUSED_UNIT

BY_TEXT = "by_text"

NO_VALUE = "no value, or one of a type that is not read"
ABSENT_REASON = "the value is stated to be missing (dataAbsentReason)"
TWO_VALUES = "more than one value"
UNREAD_TYPE = "this type of value is not read for this fact"
UNKNOWN_ANSWER = "the answer is not in the mapping set"
CONFLICTING = "the codes of the answer disagree"
NOT_A_NUMBER = "the text is not a number with its unit, nor a listed form"
# The value itself is never repeated: it stands in the resource.
DECIMAL_COMMA = "a number with a decimal comma is no number here: send it with a point"
OUT_OF_RANGE = "outside what is possible for the fact"
NOT_WHOLE = "not a whole number"
COMPARATOR = "the comparator is not understood"
EMPTY_RANGE = "a range without ends, or with its ends reversed"
FRACTION = "a fraction or a percentage: the unit does not tell"

# The unit begins with no digit, but for the powers of ten of blood counts (`210 10*9/L`).
_NUMBER = re.compile(
    r"(<=|>=|<|>|≤|≥)?\s*(\d+(?:\.\d+)?|\.\d+)\s*([^\d\s].*|(?<=\s)10[*^].*)?", re.DOTALL
)
_WITH_COMMA = re.compile(r"(?:<=|>=|<|>|≤|≥)?\s*\d+,\d+(?!\d|[.,])(?:\s*[^\d\s].*)?", re.DOTALL)
_UPPER_LIMIT = re.compile(
    r"(?:(?:<=|<|≤|up to)\s*|\d+(?:\.\d+)?\s*(?:-|–|to)\s*)(\d+(?:\.\d+)?)\s*([^\d\s]\S*)?",
    re.IGNORECASE,
)
_COMPARATORS = {"≤": "<=", "≥": ">="}


class Value(NamedTuple):
    """What a value gives; by_text where words were read instead of codes."""

    gives: tuple[Gives, ...]
    by_text: bool = False


def value_of(element: Valued, rule: ObservationRule) -> Value | str:
    """What the value says under this rule; else the reason why it does not count."""
    if element.dataAbsentReason is not None:
        return ABSENT_REASON
    quantity = element.valueQuantity
    if quantity is None:
        return _unquantified(element, rule)
    if _has_other_value(element):
        return TWO_VALUES
    if rule.units is None:
        return UNREAD_TYPE
    return _as_value(number_of(quantity, rule), rule)


def plain_number(element: Valued, rule: ObservationRule) -> Any:
    """The number of a plain quantity, the common case; None where more has to be looked at."""
    quantity = element.valueQuantity
    if quantity is None or element.dataAbsentReason is not None or _has_other_value(element):
        return None
    number = number_of(quantity, rule)
    return None if number.__class__ is str else number


def _has_other_value(element: Valued) -> bool:
    return not (
        element.valueCodeableConcept is None
        and element.valueString is None
        and element.valueInteger is None
        and element.valueBoolean is None
        and element.valueRange is None
    )


def _as_value(number: Any, rule: ObservationRule, by_text: bool = False) -> Value | str:
    if number.__class__ is str:
        return number
    return Value((Gives(rule.fact, number),), by_text)


def _unquantified(element: Valued, rule: ObservationRule) -> Value | str:
    """Every kind of value but Quantity."""
    present = [
        read
        for read in (
            element.valueCodeableConcept is not None and _coded,
            element.valueString is not None and _worded_value,
            element.valueInteger is not None and _integer,
            element.valueBoolean is not None and _boolean,
            element.valueRange is not None and _extent,
        )
        if read
    ]
    if len(present) != 1:
        return TWO_VALUES if present else NO_VALUE
    return present[0](element, rule)


def _coded(element: Valued, rule: ObservationRule) -> Value | str:
    concept = element.valueCodeableConcept
    assert concept is not None  # noqa: S101  (the caller looked)
    return answer_of(concept, rule)


def answer_of(concept: CodeableConcept, rule: ObservationRule) -> Value | str:
    """A coded answer; where no code is known, a listed whole text."""
    found: tuple[Gives, ...] | None = None
    for coding in concept.coding:
        given = rule.answers.get((coding.system, coding.code))
        if given is not None:
            if found is not None and found != given:
                return CONFLICTING
            found = given
    if found is not None:
        return Value(found)
    texts = [concept.text, *(coding.display for coding in concept.coding)]
    for text in texts:
        if text:
            value = _from_words(text, rule)
            if not isinstance(value, str):
                return value
    return UNKNOWN_ANSWER


def _worded_value(element: Valued, rule: ObservationRule) -> Value | str:
    return _from_words(element.valueString or "", rule)


def _from_words(text: str, rule: ObservationRule) -> Value | str:
    """A whole text: one of the listed forms, or a number with comparator and unit."""
    given = rule.texts.get(folded(text))
    if given is not None:
        return Value(given, by_text=True)
    if rule.units is None:
        return UNKNOWN_ANSWER
    match = _NUMBER.fullmatch(text.strip())
    if _WITH_COMMA.fullmatch(text.strip()):
        return DECIMAL_COMMA
    if match is None:
        return NOT_A_NUMBER
    comparator, digits, unit = match.groups()
    quantity = Quantity(float(digits), _COMPARATORS.get(comparator, comparator), unit)
    return _as_value(number_of(quantity, rule), rule)


def _integer(element: Valued, rule: ObservationRule) -> Value | str:
    if rule.units is None:
        return UNREAD_TYPE
    number = element.valueInteger
    assert number is not None  # noqa: S101  (the caller looked)
    return _as_value(number_of(Quantity(float(number)), rule), rule)


def _boolean(element: Valued, rule: ObservationRule) -> Value | str:
    value = rule.present if element.valueBoolean else rule.absent
    return UNREAD_TYPE if value is None else Value((Gives(rule.fact, value),))


def _extent(element: Valued, rule: ObservationRule) -> Value | str:
    if rule.units is None or element.valueRange is None:
        return UNREAD_TYPE
    return _as_value(range_of(element.valueRange, rule), rule)


def number_of(quantity: Quantity, rule: ObservationRule) -> Any:
    """The number in the fact's unit, a range where it has a comparator, or the reason (text)."""
    value, units = quantity.value, rule.units
    if value is None or units is None:
        return NO_VALUE
    factor = units.factor(quantity.code, quantity.unit)
    if factor is None:
        return NO_UNIT if not (quantity.code or quantity.unit) else _refused_unit(quantity, rule)
    if factor != 1.0:
        value = float(f"{value * factor:.6g}")
    if not rule.low <= value <= rule.high:  # type: ignore[operator]
        return OUT_OF_RANGE
    if rule.kind == "integer":
        if value != int(value):
            return NOT_WHOLE
        value = int(value)
    comparator = quantity.comparator
    return value if comparator is None else _open_range(comparator, value)


def _refused_unit(quantity: Quantity, rule: ObservationRule) -> str:
    unitless = (quantity.code or quantity.unit) == "1"
    return FRACTION if unitless and rule.unit == "%" else REFUSED_UNIT


def _open_range(comparator: str, value: float) -> Any:
    """The range that a comparator leaves: `<` and `>` open, `<=` and `>=` closed."""
    if comparator == "<":
        return {"max": value, "max_open": True}
    if comparator == ">":
        return {"min": value, "min_open": True}
    if comparator == "<=":
        return {"max": value}
    return {"min": value} if comparator == ">=" else COMPARATOR


def range_of(extent: Extent, rule: ObservationRule) -> Any:
    """A closed range in the fact's unit, or the reason (text)."""
    ends: dict[str, Any] = {}
    # One end may carry the unit for both.
    code = next((q.code for q in (extent.low, extent.high) if q and q.code), None)
    unit = next((q.unit for q in (extent.low, extent.high) if q and q.unit), None)
    for name, end in (("min", extent.low), ("max", extent.high)):
        if end is not None and end.value is not None:
            quantity = Quantity(end.value, None, end.unit or unit, end.code or code)
            number = number_of(quantity, rule)
            if isinstance(number, str):
                return number
            ends[name] = number
    if not ends or ends.get("min", float("-inf")) > ends.get("max", float("inf")):
        return EMPTY_RANGE
    return ends


def upper_limit_of(element: Valued, rule: ObservationRule) -> float | None:
    """The report's own upper limit in the fact's unit; None if it gives none, or several."""
    high = single_high(element)
    limit = high.value if high is not None else None
    if high is None or limit is None or rule.units is None:
        return None
    quantity = element.valueQuantity
    if not (high.code or high.unit) and quantity is not None:
        high = Quantity(limit, None, quantity.unit, quantity.code)
    factor = rule.units.factor(high.code, high.unit)
    if factor is None or factor == 1.0:
        return None if factor is None else limit
    return float(f"{limit * factor:.6g}")


def single_high(element: Valued) -> Quantity | None:
    """The high end of the only normal reference range that has one, as element or as text."""
    found: Quantity | None = None
    ranges = element.referenceRange
    if len(ranges) == 1 and ranges[0].type is None and not ranges[0].appliesTo and ranges[0].high:
        return ranges[0].high
    for reference in ranges:
        high = reference.high or (_high_in(reference.text) if reference.text else None)
        if high is not None and not reference.appliesTo and _is_normal(reference.type):
            if found is not None:
                return None
            found = high
    return found


def _high_in(text: str) -> Quantity | None:
    """The upper limit of a whole text such as `<100`, `0 - 100 ng/mL`, `up to 100 ng/mL`."""
    match = _UPPER_LIMIT.fullmatch(text.strip())
    return Quantity(float(match[1]), None, match[2]) if match else None


def limit_is_text(element: Valued) -> bool:
    """Whether the upper limit is given in words only."""
    return not any(reference.high for reference in element.referenceRange)


def _is_normal(kind: CodeableConcept | None) -> bool:
    return kind is None or not kind.coding or any(c.code == "normal" for c in kind.coding)
