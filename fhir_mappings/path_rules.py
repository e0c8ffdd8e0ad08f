"""FHIRPath in a mapping rule, compiled once; loaded only where a rule uses it (fhirpathpy, R4).

A rule whose `when` holds takes the resource over: its own code and value stand in the resource
before it is read, so that status, date, unit and bounds are checked as for any other rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from antlr4 import CommonTokenStream, InputStream, Token
from antlr4.error.ErrorListener import ErrorListener
from fhirpathpy import compile as compile_path
from fhirpathpy.models import models
from fhirpathpy.parser.generated.FHIRPathLexer import FHIRPathLexer
from fhirpathpy.parser.generated.FHIRPathParser import FHIRPathParser

from fhir_mappings.mapping_rules import Key, PathRule

# Where a resource type carries its code.
_CODED_BY = {
    "Observation": "code", "Condition": "code", "Procedure": "code",
    "MedicationRequest": "medicationCodeableConcept",
    "MedicationStatement": "medicationCodeableConcept",
    "MedicationAdministration": "medicationCodeableConcept",
}  # fmt: skip
TYPES_OF_SECTION = {
    "observations": ("Observation",),
    "findings": ("Condition", "Observation"),
    "procedures": ("Procedure",),
    "drugs": ("MedicationRequest", "MedicationStatement", "MedicationAdministration"),
}
FAILED = "failed"


class BadPath(ValueError):
    """An expression that is no FHIRPath, or asks for what the library does not have."""


class _Failed(Exception):
    """Evaluation went wrong on a resource."""


class _Strict(ErrorListener):  # type: ignore[misc]
    def syntaxError(self, recognizer: Any, symbol: Any, line: int, column: int, *_: Any) -> None:
        raise BadPath(f"not FHIRPath near character {column + 1}")


def compiled(expression: str, types: tuple[str, ...]) -> Callable[[Any], list[Any]]:
    """The expression, ready to be evaluated on a resource of one of these types.

    Raises:
        BadPath: it cannot be parsed to its end, or not be evaluated on an empty resource.
    """
    _check_syntax(expression)
    evaluate = compile_path(expression, models["r4"])

    def on(resource: Any) -> list[Any]:
        try:
            found = evaluate(resource, {})
        # The library raises Exception itself (41 places), and KeyError and the like on odd data:
        # no finer net holds. A rule that fails is listed beside its resource and never counts.
        except Exception as problem:
            raise _Failed(str(problem)) from problem
        return found if isinstance(found, list) else [found]

    for type_ in types:
        try:
            on({"resourceType": type_})
        except _Failed as problem:
            raise BadPath(str(problem)) from None
    return on


def _check_syntax(expression: str) -> None:
    """The library's own parser stops where it no longer understands, and says nothing."""
    lexer = FHIRPathLexer(InputStream(expression))
    parser = FHIRPathParser(CommonTokenStream(lexer))
    for part in (lexer, parser):
        part.removeErrorListeners()
        part.addErrorListener(_Strict())
    parser.expression()
    last = parser.getCurrentToken()
    if last.type != Token.EOF:
        raise BadPath(f"not FHIRPath near character {last.column + 1}")


def path_rule(row: Mapping[str, Any], section: str, keys: frozenset[Key], system: str) -> PathRule:
    """A rule of a section with `when` and perhaps `value`, ready to be tried on resources.

    Raises:
        BadPath: one of its expressions cannot be used.
    """
    types = TYPES_OF_SECTION[section]
    when = compiled(row["when"], types)
    value = compiled(row["value"], types) if "value" in row else None

    def take_over(resource: dict[str, Any]) -> dict[str, Any] | None:
        """The resource as its own rule reads it; None where the rule does not hold."""
        try:
            if when(resource) != [True]:
                return None
            found = None if value is None else value(resource)
        except _Failed:
            return _recoded(resource, system, f"{row['id']}/{FAILED}")
        recoded = _recoded(resource, system, row["id"])
        return recoded if found is None else _revalued(recoded, found)

    said = f"{row['when']}; value {row['value']}" if value else str(row["when"])
    return PathRule(row["id"], frozenset(types), keys, take_over, said)


def _recoded(resource: dict[str, Any], system: str, code: str) -> dict[str, Any]:
    element = _CODED_BY[resource["resourceType"]]
    held = resource.get(element)
    coding = held.get("coding") if isinstance(held, dict) else None
    first = coding[0] if isinstance(coding, list) and coding else None
    display = first.get("display") if isinstance(first, dict) else None
    own = {"system": system, "code": code}
    if isinstance(display, str):
        own["display"] = display
    return {**resource, element: {"coding": [own]}}


def _revalued(resource: dict[str, Any], found: list[Any]) -> dict[str, Any]:
    """One value instead of those the resource has; none where the expression gives not one."""
    bare = {
        name: content
        for name, content in resource.items()
        if not name.startswith(("value", "component", "dataAbsentReason"))
    }
    element = _element(found[0]) if len(found) == 1 else None
    return bare if element is None else {**bare, element[0]: element[1]}


def _element(value: Any) -> tuple[str, Any] | None:
    """The name under which FHIR sends such a value."""
    if isinstance(value, bool):
        return "valueBoolean", value
    if isinstance(value, int | float):
        return "valueQuantity", {"value": value}
    if isinstance(value, str):
        return "valueString", value
    if isinstance(value, dict):
        coded = "coding" in value or "text" in value
        return ("valueCodeableConcept" if coded else "valueQuantity"), value
    unit = {"unit": str(value.unit).strip("'")} if hasattr(value, "unit") else {}
    try:
        return "valueQuantity", {"value": float(getattr(value, "value", value))} | unit
    except (TypeError, ValueError):
        return None
