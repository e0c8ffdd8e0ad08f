"""A case as people write it (`--facts FILE`): facts, parameters and the day, checked by name.

Every refusal names the field and the way out; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from nelm.assessment import today
from nelm.catalog import CATALOG
from nelm.errors import ImpossibleValue, UnreadableDocument, unknown_name
from nelm.evidence.parameters import Parameters
from nelm.facts import Fact, FactSet, Therapy
from nelm.logic import Range

Case = tuple[FactSet, Parameters, date]
CASE_KEYS = ("as_of", "parameters", "facts", "series")
FACT_KEYS = (
    "value",
    "unit",
    "effective",
    "source",
    "status",
    "version",
    "mapping",
    "flags",
    "upper_limit",
)
RANGE_KEYS = ("min", "max", "min_open", "max_open")
THERAPY_KEYS = ("therapy", "date", "start", "stop", "cycles", "best_response", "source")


def _known_keys(given: Mapping[Any, Any], known: tuple[str, ...], field: str) -> None:
    for key in given:
        if key not in known:
            place = f"{field}.{key}" if field else str(key)
            raise unknown_name("key", key, known, place)


def _date(value: Any, field: str) -> date | None:
    """A full date, or an instant of which the day counts; partial dates are refused."""
    match value:
        case None:
            return None
        case datetime():
            return value.date()
        case date():
            return value
        case str():
            try:
                return date.fromisoformat(value[:10])
            except ValueError:
                pass
    raise ImpossibleValue(f"{field}: must be a full date, such as 2026-03-15.", field)


def _text(value: Any, field: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ImpossibleValue(f"{field}: must be text.", field)
    return value


def _number(value: Any, field: str) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ImpossibleValue(f"{field}: must be a number.", field)
    return value


def _folded(unit: str) -> str:
    """A unit without what spellings differ in: brackets, signs of power, spaces, case."""
    kept = "".join(letter for letter in unit.lower() if letter not in "{}[]()_*^. ")
    return kept.replace("10e9", "109").replace("10⁹", "109")


def _unit(name: str, unit: Any) -> str | None:
    if unit is None:
        return None
    field = f"facts.{name}.unit"
    wanted = CATALOG[name].unit
    if wanted is None and unit == "":
        return None
    if wanted is None or not isinstance(unit, str) or _folded(unit) != _folded(wanted):
        must = f"must be {wanted}" if wanted else "this fact has none"
        raise ImpossibleValue(f"{field}: is {unit}; {must}. Convert the value first.", field)
    return wanted


def _range(given: Mapping[Any, Any], field: str) -> Range:
    _known_keys(given, RANGE_KEYS, field)
    for key in ("min_open", "max_open"):
        if not isinstance(given.get(key, False), bool):
            raise ImpossibleValue(f"{field}.{key}: must be true or false.", f"{field}.{key}")
    return Range(
        _number(given.get("min"), f"{field}.min"),
        _number(given.get("max"), f"{field}.max"),
        given.get("min_open", False),
        given.get("max_open", False),
    )


def _whole(value: Any, field: str) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise ImpossibleValue(f"{field}: must be a whole number, 0 or more.", field)
    return value


def _therapy(given: Any, field: str) -> Therapy:
    if isinstance(given, str):
        return Therapy(given)
    if not isinstance(given, Mapping) or not isinstance(given.get("therapy"), str):
        raise ImpossibleValue(f"{field}: must name a therapy, as {{therapy: tace}}.", field)
    _known_keys(given, THERAPY_KEYS, field)
    if "date" in given and "start" in given:
        raise ImpossibleValue(f"{field}: give either date or start, not both.", field)
    return Therapy(
        given["therapy"],
        _date(given.get("start", given.get("date")), f"{field}.start"),
        _date(given.get("stop"), f"{field}.stop"),
        _whole(given.get("cycles"), f"{field}.cycles"),
        _text(given.get("best_response"), f"{field}.best_response"),
        _text(given.get("source"), f"{field}.source"),
    )


def _value(name: str, given: Any, field: str) -> Any:
    """A bare value in our form; whether it is possible is checked with the fact."""
    kind = CATALOG[name].kind
    if isinstance(given, Mapping):
        return _range(given, field)
    if kind == "date":
        return _date(given, field)
    if kind == "therapies":
        if not isinstance(given, list | tuple):
            raise ImpossibleValue(f"{field}: must be a list of therapies.", field)
        return tuple(_therapy(one, f"{field}[{place}]") for place, one in enumerate(given))
    return given


def _flags(value: Any, field: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(flag, str) for flag in value):
        raise ImpossibleValue(f"{field}: must be a list of words.", field)
    return tuple(value)


def _fact(name: str, given: Any, as_of: date) -> Fact | None:
    """The fact; None where its value is null: unknown."""
    field = f"facts.{name}"
    if name not in CATALOG:
        raise unknown_name("fact", name, CATALOG, field)
    if not isinstance(given, Mapping) or not set(given).isdisjoint(RANGE_KEYS):
        return None if given is None else Fact(name, _value(name, given, field))
    return _described_fact(name, given, field, as_of)


def _described_fact(name: str, given: Mapping[str, Any], field: str, as_of: date) -> Fact | None:
    """A fact given as its value with unit, date and source."""
    _known_keys(given, FACT_KEYS, field)
    if "value" not in given:
        raise UnreadableDocument(f"{field}: has no value.", f"{field}.value")
    if given["value"] is None:
        return None
    effective = _date(given.get("effective"), f"{field}.effective")
    if effective is not None and effective > as_of:
        raise ImpossibleValue(
            f"{field}.effective: lies after as_of ({as_of}).", f"{field}.effective"
        )
    return Fact(
        name,
        _value(name, given["value"], f"{field}.value"),
        _unit(name, given.get("unit")),
        effective,
        _text(given.get("status"), f"{field}.status") or "final",
        _text(given.get("source"), f"{field}.source"),
        _text(given.get("version"), f"{field}.version"),
        _text(given.get("mapping"), f"{field}.mapping"),
        _flags(given.get("flags") or (), f"{field}.flags"),
        _number(given.get("upper_limit"), f"{field}.upper_limit"),
    )


def _series(given: Any, as_of: date) -> dict[str, tuple[Fact, ...]]:
    found = {}
    for name, entries in _mapping(given, "series").items():
        if name not in CATALOG:
            raise unknown_name("fact", name, CATALOG, f"series.{name}")
        if not isinstance(entries, list | tuple):
            raise UnreadableDocument(f"series.{name}: must be a list of facts.", f"series.{name}")
        facts = [fact for one in entries if (fact := _fact(name, one, as_of)) is not None]
        found[name] = tuple(sorted(facts, key=lambda fact: fact.effective or date.max))
    return found


def _mapping(given: Any, field: str) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise UnreadableDocument(f"{field}: must map names to values.", field)
    return given


def _refuse_impossible_days(facts: FactSet, as_of: date) -> None:
    """What a fact dates itself: nothing was done after `as_of`, and nothing ended before it began.

    Only for what people write: a record may hold such slips, and its other facts still count.
    """
    imaging = facts.value("latest_cross_sectional_imaging")
    if imaging is not None and imaging > as_of:
        field = "facts.latest_cross_sectional_imaging"
        raise ImpossibleValue(f"{field}: lies after as_of ({as_of}).", field)
    for therapy in facts.value("treatment_history") or ():
        _refuse_impossible_course(therapy, as_of)


def _refuse_impossible_course(therapy: Therapy, as_of: date) -> None:
    field = f"facts.treatment_history ({therapy.therapy})"
    if therapy.start is not None and therapy.start > as_of:
        raise ImpossibleValue(f"{field}: starts after as_of ({as_of}).", field)
    if therapy.start and therapy.stop and therapy.stop < therapy.start:
        raise ImpossibleValue(f"{field}: stops before it starts.", field)


def read_case(case: Any) -> Case:
    """Facts, parameters and day of a case `{as_of, parameters, facts}`.

    A fact is a bare value (counts as fresh), a range, or `{value, unit, effective, source}`;
    null is unknown. Without `as_of` it is today.

    Raises:
        UnknownName: a fact, parameter or key that does not exist, with the nearest that does.
        ImpossibleValue: a value, unit or date that cannot be, or lies after `as_of`.
        UnreadableDocument: not of this shape.
    """
    facts, parameters, as_of = read_stored_case(case)
    _refuse_impossible_days(facts, as_of)
    return facts, parameters, as_of


def read_stored_case(case: Any) -> Case:
    """As `read_case`, for what a record gave: slips within its own dates are left as they are.

    Raises: as `read_case`.
    """
    if not isinstance(case, Mapping):
        raise UnreadableDocument("A case must map as_of, parameters and facts.", None)
    _known_keys(case, CASE_KEYS, "")
    if "facts" not in case:
        raise UnreadableDocument("facts: is missing; a case needs facts.", "facts")
    as_of = _date(case.get("as_of"), "as_of") or today()
    parameters = Parameters(_mapping(case.get("parameters"), "parameters"))
    given = _mapping(case["facts"], "facts")
    facts = [fact for name, one in given.items() if (fact := _fact(name, one, as_of)) is not None]
    return FactSet(facts, _series(case.get("series"), as_of)), parameters, as_of
