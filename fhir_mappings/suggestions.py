"""What an unmapped code might mean: by the code itself, and by how its name reads; pure.

A suggestion is for a person. Nothing is ever mapped by likeness.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rapidfuzz import fuzz, process, utils

from fhir_mappings.mapping_diff import lookups_of, meaning
from fhir_mappings.mapping_rules import MappingSet, Refusal
from fhir_mappings.units import NO_UNIT, REFUSED_UNIT
from fhir_mappings.values import UNKNOWN_ANSWER

SECTIONS_OF: dict[str, tuple[str, ...]] = {
    "Observation": ("observations", "findings"),
    "Condition": ("findings",),
    "Procedure": ("procedures", "regimens"),
    "DiagnosticReport": ("procedures", "findings"),
    "ImagingStudy": ("procedures",),
    "MedicationRequest": ("drugs", "regimens"),
    "MedicationStatement": ("drugs", "regimens"),
    "MedicationAdministration": ("drugs", "regimens"),
}
# Below this, names have no more in common than any two names of laboratory tests.
LEAST_LIKENESS = 75
# Shorter codes are part of too many others to say anything.
_SHORTEST_CODE = 3
_ALIKE = 95.0


class Suggestion(NamedTuple):
    """A rule that the code might belong to; likeness in percent, and why it is suggested."""

    section: str
    rule: str
    meaning: str
    likeness: int
    because: str


class Suggestions:
    """The names and codes of one mapping set, ready to be compared with many others."""

    def __init__(self, rules: MappingSet, displays: Mapping[tuple[str, str], list[str]]) -> None:
        self._lookups = lookups_of(rules)
        self._names: dict[str, list[tuple[str, Any]]] = {}
        for section, lookup in self._lookups.items():
            named = [(_plain(name), rule) for name, rule in lookup.names.items()]
            by_id = {rule.id: rule for rule in lookup.codes.values()}
            named += [
                (_plain(display), rule)
                for rule_id, rule in by_id.items()
                for display in displays.get((section, rule_id), ())
            ]
            self._names[section] = named

    def for_code(
        self, type_: str, system: str, code: str, display: str | None, reason: str
    ) -> list[Suggestion]:
        """At most three rules, the likeliest first; none where nothing is near."""
        found: dict[tuple[str, str], Suggestion] = {}
        for section in SECTIONS_OF.get(type_, ()):
            for one in (
                *self._known(section, system, code, reason),
                *self._by_code(section, system, code),
                *self._by_name(section, display or code),
            ):
                key = (one.section, one.rule)
                if key not in found or found[key].likeness < one.likeness:
                    found[key] = one
        return sorted(found.values(), key=lambda one: (-one.likeness, one.section, one.rule))[:3]

    def _known(self, section: str, system: str, code: str, reason: str) -> list[Suggestion]:
        """The rule that knows the code already, where its unit or its answer is what is unknown."""
        rule = self._lookups[section].codes.get((system, code))
        ways = {
            REFUSED_UNIT: "the code is known; its unit is not: name the analyte in `units`",
            NO_UNIT: "the code is known and comes without unit: say it in `unit` of your own rule",
            UNKNOWN_ANSWER: "the code is known; add the answer to your own rule (`like`)",
        }
        if rule is None or reason not in ways:
            return []
        return [_suggested(section, rule, 100.0, ways[reason])]

    def _by_code(self, section: str, system: str, code: str) -> list[Suggestion]:
        """The same code of another system, or one above it in the same hierarchy."""
        if len(code) < _SHORTEST_CODE or not system:
            return []
        found = []
        for (known_system, known), rule in self._lookups[section].codes.items():
            if isinstance(rule, Refusal) or not known:
                continue
            if known == code and known_system != system:
                found.append(_suggested(section, rule, _ALIKE, f"same code in {known_system}"))
            elif known_system == system and "." in known and code.startswith(known):
                found.append(_suggested(section, rule, _ALIKE, f"below {known}"))
        return found

    def _by_name(self, section: str, name: str) -> list[Suggestion]:
        names = self._names[section]
        likely = process.extract(
            _plain(name),
            [one for one, _ in names],
            scorer=fuzz.token_sort_ratio,
            score_cutoff=LEAST_LIKENESS,
            limit=3,
        )
        return [
            _suggested(section, names[place][1], score, f'reads like "{text}"')
            for text, score, place in likely
        ]


def _plain(name: str) -> str:
    """Letters and digits only, in lower case: signs and brackets tell nothing."""
    return utils.default_process(name)


def _suggested(section: str, rule: Any, likeness: float, because: str) -> Suggestion:
    return Suggestion(section, rule.id, meaning(rule), round(likeness), because)


def displays_of(sections: Mapping[str, Any]) -> dict[tuple[str, str], list[str]]:
    """The displays of each rule's codes, by section and rule."""
    found: dict[tuple[str, str], list[str]] = {}
    for section, rows in sections.items():
        for row in rows if isinstance(rows, list) else ():
            for codes in (row.get("codes") or {}).values() if "id" in row else ():
                known = found.setdefault((section, row["id"]), [])
                known += [str(display) for display in codes.values() if display]
    return found
