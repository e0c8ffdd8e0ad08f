"""Reading a resource whose JSON does not fit the standard, element by element.

A list where one element belongs, or the other way round, is forgiven. Anything else that does not
fit makes its element malformed; whoever reads the resource decides what that means.
"""

from __future__ import annotations

import types
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from fhir_mappings.elements import CodeableConcept, Coding

Kind = TypeVar("Kind", bound=msgspec.Struct)


class _MalformedError(Exception):
    """An element that cannot be read; `args[0]` is its name."""


def tolerant(content: dict[str, Any], kind: type[Kind]) -> tuple[Kind, list[str]]:
    """The resource as far as it can be read, and the names of its malformed elements."""
    malformed: list[str] = []
    values: dict[str, Any] = {}
    for element in msgspec.structs.fields(kind):
        given = content.get(element.encode_name)
        if given is None:
            continue
        try:
            values[element.name] = _converted(given, element.type)
        except (_MalformedError, msgspec.ValidationError):
            malformed.append(element.name)
    return kind(**values), malformed


def _converted(given: Any, wanted: Any) -> Any:
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        wanted = next(option for option in get_args(wanted) if option is not type(None))
        origin = get_origin(wanted)
    if origin is list:
        return _list(given, get_args(wanted)[0])
    if isinstance(given, list):
        if not given:
            return None
        given = given[0] if len(given) == 1 else _refuse()
    if wanted is CodeableConcept and isinstance(given, str):
        # As older FHIR versions send a status. Not a text: words have to be meant as such.
        return CodeableConcept([Coding(code=given)])
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return _struct(given, wanted)
    if wanted is msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(given))
    return msgspec.convert(given, wanted)


def _list(given: Any, wanted: Any) -> list[Any]:
    """Each item by itself; a coding that cannot be read is left out, any other item is not."""
    items = given if isinstance(given, list) else [given]
    converted = []
    for item in items:
        try:
            converted.append(_refuse() if isinstance(item, list) else _converted(item, wanted))
        except (_MalformedError, msgspec.ValidationError):
            if not (isinstance(wanted, type) and issubclass(wanted, Coding)):
                raise
    return converted


def _struct(given: Any, wanted: type[msgspec.Struct]) -> msgspec.Struct:
    if not isinstance(given, dict):
        _refuse()
    found, malformed = tolerant(given, wanted)
    if malformed:
        _refuse()
    return found


def _refuse() -> Any:
    raise _MalformedError
