"""A ConceptMap to the layer of rules it stands for: ours, or a laboratory's own to LOINC; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from fhir_mappings.codes import SYSTEMS
from fhir_mappings.concept_map import SUBJECTS, from_own_map
from fhir_mappings.mapping_builder import RuleBuilder
from fhir_mappings.mapping_layer import Layer, MappingSetRefused
from fhir_mappings.mapping_rules import Refusal
from nelm.catalog import CATALOG

# Only what means the same, or no more than its target, may count as it.
COUNTED = frozenset({"equal", "equivalent", "wider", "subsumes"})


def layer_of_concept_map(
    document: Mapping[str, Any], name: str, below: RuleBuilder, base: str
) -> tuple[Layer, list[str]]:
    """The rules of a ConceptMap as a layer, and one line for each mapping that is none.

    A code that is mapped to a standard code (or to a fact of ours) is read as that one is read by
    the rules below.

    Raises:
        MappingSetRefused: it maps nothing that we can use; the message says why of the first.
    """
    if document.get("resourceType") != "ConceptMap":
        raise MappingSetRefused(f"{name}: not a ConceptMap.")
    sections, foreign = from_own_map(dict(document), base)
    left_out: list[str] = []
    rules: dict[tuple[str, str], dict[str, Any]] = {}
    for one in foreign:
        reason = _add_foreign(one, rules, below, base)
        if reason is not None:
            left_out.append(f"{one['source']} {one['element']['code']}: {reason}")
    for (section, _), rule in rules.items():
        sections.setdefault(section, []).append(rule)
    if not sections:
        first = f" The first: {left_out[0]}." if left_out else ""
        raise MappingSetRefused(f"{name}: maps no code to anything we know.{first}")
    text = yaml.safe_dump(sections, sort_keys=False, allow_unicode=True, width=100)
    return Layer(name, text.encode()), left_out


def _add_foreign(
    one: Mapping[str, Any],
    rules: dict[tuple[str, str], dict[str, Any]],
    below: RuleBuilder,
    base: str,
) -> str | None:
    """Adds one code to the rule that is read like its target; else why it is left out."""
    element, target, source = one["element"], one["target"], one["source"]
    if target.get("equivalence") not in COUNTED:
        return f"equivalence {target.get('equivalence')} says that it is not the same"
    if not source:
        return "the group has no source system"
    found = _meant(str(one["target_system"]), str(target.get("code", "")), below, base)
    if isinstance(found, str):
        return found
    section, rule = found
    held = rules.setdefault((section, rule["id"]), rule)
    codes = held["codes"].setdefault(source, {})
    codes[str(element["code"])] = element.get("display") or target.get("display") or ""
    return None


def _meant(
    system: str, code: str, below: RuleBuilder, base: str
) -> tuple[str, dict[str, Any]] | str:
    if system == f"{base}:codes" and code in CATALOG:
        return "observations", {"id": f"map.{code}", "fact": code, "codes": {}}
    url = next((urls[0] for urls in SYSTEMS.values() if system in urls), system)
    for section in SUBJECTS:
        rule = below.lookups[section].codes.get((url, code))
        if isinstance(rule, Refusal):
            return f"{code} is refused by {rule.id} ({rule.reason})"
        if rule is not None and (section, rule.id) in below.rows:
            return section, {"id": f"map.{rule.id}", "like": rule.id, "codes": {}}
    return f"no rule knows its target {system} {code}"
