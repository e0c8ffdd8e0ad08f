"""The catalog of facts as a FHIR R4 Questionnaire: an item a fact, with unit and bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from nelm.catalog import CATALOG, FactKind
from nelm.labels import fact_label, value_word
from nelm.wording import sentence

Json = dict[str, Any]

_UCUM = "http://unitsofmeasure.org"
_EXTENSION = "http://hl7.org/fhir/StructureDefinition"
# Units that the catalog writes in words, as UCUM.
_UCUM_CODES = {
    "years": "a",
    "months": "mo",
    "lesions": "{lesions}",
    "segments": "{segments}",
    "/2mm2": "/(2.mm2)",
}
_TYPES = {
    "number": "decimal",
    "integer": "integer",
    "boolean": "boolean",
    "choice": "choice",
    "set": "choice",
    "date": "date",
    "therapies": "group",
}
_THERAPY_ITEMS = (
    ("start", "Given on, or from", "date"),
    ("stop", "Until", "date"),
    ("cycles", "Cycles", "integer"),
    ("best_response", "Best response", "string"),
)


def fact_questionnaire(canonical_base: str, version: str) -> Json:
    """Every fact by its name as linkId, in table order; each may be left unanswered: unknown.

    Source: FHIR R4 Questionnaire; names, units and bounds from the catalog.
    """
    joiner = "/" if canonical_base.startswith("http") else ":"
    groups = groupby(CATALOG.values(), key=lambda kind: kind.group)
    return {
        "resourceType": "Questionnaire",
        "id": "facts",
        "url": joiner.join((canonical_base, "Questionnaire", "facts")),
        "version": version,
        "name": "NelmFacts",
        "title": "Facts about a patient with neuroendocrine liver metastases",
        "status": "active",
        "experimental": False,
        "subjectType": ["Patient"],
        "description": "What the criteria may look at. What is not answered is unknown, never no.",
        "item": [_group(name, kinds, f"{canonical_base}:codes") for name, kinds in groups],
    }


def _group(name: str, kinds: Iterable[FactKind], system: str) -> Json:
    return {
        "linkId": f"group.{name}",
        "text": sentence(name),
        "type": "group",
        "item": [_item(kind, system) for kind in kinds],
    }


def _item(kind: FactKind, system: str) -> Json:
    item: Json = {
        "linkId": kind.name,
        "text": sentence(fact_label(kind.name)),
        "type": _TYPES[kind.kind],
        "required": False,
    }
    if kind.kind in ("set", "therapies"):
        item["repeats"] = True
    if kind.kind in ("number", "integer"):
        item["extension"] = list(_number_extensions(kind))
    elif kind.kind in ("choice", "set"):
        item["answerOption"] = _options(kind, system)
    elif kind.kind == "therapies":
        item["item"] = _therapy_items(kind, system)
    return item


def _number_extensions(kind: FactKind) -> Iterator[Json]:
    value = "valueInteger" if kind.kind == "integer" else "valueDecimal"
    if kind.unit:
        coding = {"system": _UCUM, "code": _UCUM_CODES.get(kind.unit, kind.unit)}
        yield {"url": f"{_EXTENSION}/questionnaire-unit", "valueCoding": coding}
    for name, bound in (("minValue", kind.low or 0.0), ("maxValue", kind.high or 0.0)):
        number = int(bound) if kind.kind == "integer" else bound
        yield {"url": f"{_EXTENSION}/{name}", value: number}


def _options(kind: FactKind, system: str) -> list[Json]:
    return [
        {"valueCoding": {"system": system, "code": code, "display": value_word(code)}}
        for code in kind.choices
    ]


def _therapy_items(kind: FactKind, system: str) -> list[Json]:
    therapy = {
        "linkId": f"{kind.name}.therapy",
        "text": "Therapy",
        "type": "choice",
        "required": True,
        "answerOption": _options(kind, system),
    }
    others = [
        {"linkId": f"{kind.name}.{name}", "text": text, "type": type_}
        for name, text, type_ in _THERAPY_ITEMS
    ]
    return [therapy, *others]
