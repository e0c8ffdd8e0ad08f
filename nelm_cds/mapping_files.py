"""Files of mapping rules as commands take them: YAML or a FHIR ConceptMap, over what is below."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fhir_mappings.concept_map_import import layer_of_concept_map
from fhir_mappings.mapping_builder import RuleBuilder
from fhir_mappings.mapping_check import Problem, check_layer
from fhir_mappings.mapping_layer import Layer, MappingSetRefused, read_layer
from fhir_mappings.mapping_set import add_layer, file_layer, shipped_layers, shipped_rules
from nelm_cds.errors import CommandRefused
from nelm_cds.inputs import read_file
from runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Given:
    """A file as a layer; `left_out`: what of a ConceptMap is no rule of ours, and why."""

    layer: Layer
    left_out: tuple[str, ...] = ()


def installed_layers(settings: Settings) -> tuple[Layer, ...]:
    """What the settings lay over the shipped set, for every connection.

    Raises:
        CommandRefused: the file cannot be read.
    """
    try:
        return (file_layer(settings.mapping_set),) if settings.mapping_set else ()
    except MappingSetRefused as refusal:
        raise CommandRefused(f"mapping_set of the settings: {refusal}") from None


def rules_below(settings: Settings, layers: Sequence[Layer]) -> RuleBuilder:
    """The shipped rules with these layers over them.

    Raises:
        CommandRefused: one of them cannot be used.
    """
    builder = shipped_rules(settings.canonical_base)
    try:
        for layer in layers:
            add_layer(builder, layer)
    except MappingSetRefused as refusal:
        raise CommandRefused(str(refusal)) from None
    return builder


def given_layer(path: str, settings: Settings, below: RuleBuilder) -> Given:
    """The rules of a file, whichever of the two forms it has.

    Raises:
        CommandRefused: it cannot be read, or is a ConceptMap without anything we know.
    """
    raw, name = read_file(path), Path(path).name
    if not raw.lstrip().startswith(b"{"):
        return Given(Layer(name, raw))
    try:
        document: Any = json.loads(raw)
    except ValueError:
        # YAML may begin with a brace too
        return Given(Layer(name, raw))
    if not isinstance(document, dict) or document.get("resourceType") is None:
        return Given(Layer(name, raw))
    try:
        layer, left_out = layer_of_concept_map(document, name, below, settings.canonical_base)
    except MappingSetRefused as refusal:
        raise CommandRefused(str(refusal)) from None
    return Given(layer, tuple(left_out))


def problems_of(given: Given, settings: Settings, layers: Sequence[Layer]) -> list[Problem]:
    """What is wrong with it over the shipped rules and these layers."""
    return check_layer(given.layer, rules_below(settings, layers))


def sections_of(layers: Sequence[Layer]) -> dict[str, Any]:
    """The rules of several layers, one after the other, by section."""
    found: dict[str, Any] = {}
    for layer in layers:
        for section, rows in read_layer(layer).sections.items():
            if isinstance(rows, list):
                found.setdefault(section, []).extend(rows)
            else:
                found.setdefault(section, {}).update(rows)
    return found


def whole_rules(layers: Sequence[Layer], builder: RuleBuilder) -> dict[str, Any]:
    """As `sections_of`, with what a rule takes from another (`like`) written out."""
    sections = sections_of(layers)
    for section, rows in sections.items():
        if isinstance(rows, list):
            sections[section] = [_completed(row, section, builder) for row in rows]
    return sections


def _completed(row: dict[str, Any], section: str, builder: RuleBuilder) -> dict[str, Any]:
    known = builder.rows.get((section, row.get("id", ""))) if "like" in row else None
    return {**known, "codes": row.get("codes", {})} if known is not None else row


def every_layer(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The shipped files and these layers."""
    return (*shipped_layers(), *layers)
