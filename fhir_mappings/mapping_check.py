"""Everything that is wrong with a layer of rules, each with its line and the way out; pure.

Loading a set refuses the first thing it cannot use; this lists all of them, and what loading would
let pass: two rules for one code, a refused code taken over without a word, a mistyped field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from fhir_mappings.codes import folded, loinc_digit_fits, snomed_digit_fits
from fhir_mappings.mapping_builder import RuleBuilder
from fhir_mappings.mapping_layer import (
    TABLES,
    Content,
    Layer,
    MappingSetRefused,
    Place,
    read_layer,
)
from fhir_mappings.mapping_rules import Refusal
from fhir_mappings.observation_readings import READINGS
from nelm.catalog import THERAPIES

_RULE = frozenset("id codes names sign refuse contradicts like when value overrides note".split())
FIELDS: dict[str, frozenset[str]] = {
    "observations": _RULE | {"fact", "read", "units", "unit", "day_in_code", "answers", "texts"},
    "findings": _RULE | {"states", "current", "absent"},
    "procedures": _RULE | {"therapy", "needs", "states", "imaging", "organ", "read"},
    "regimens": _RULE | {"therapy", "needs", "states", "imaging", "organ", "read"},
    "drugs": _RULE | {"drug"},
    "body_sites": _RULE | {"site", "lobe"},
    "presence": frozenset({"id", "present", "codes", "names"}),
    "combinations": frozenset({"therapy", "of"}),
}
CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("observations", "read"): ("plain", *READINGS),
    ("procedures", "needs"): ("liver", "somatostatin_ligand"),
    ("procedures", "read"): ("regimen",),
    ("body_sites", "site"): ("liver", "hepatic_artery"),
    ("body_sites", "lobe"): ("left", "right", "neither"),
    ("combinations", "therapy"): tuple(THERAPIES.split()),
}
_DIGITS = {"loinc": loinc_digit_fits, "snomed": snomed_digit_fits}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to change: where it stands, and why it cannot stay."""

    file: str
    line: int
    rule: str | None
    field: str | None
    reason: str

    def __str__(self) -> str:
        rule = f", rule {self.rule}" if self.rule else ""
        field = f", {self.field}" if self.field else ""
        return f"{self.file}:{self.line}{rule}{field}: {self.reason}"


def check_layer(layer: Layer, below: RuleBuilder) -> list[Problem]:
    """What is wrong with a layer over the rules below it, in the order of the file.

    `below` takes the layer's rules that can be used: afterwards it is the set with the layer.
    """
    try:
        content = read_layer(layer)
    except MappingSetRefused as refusal:
        return [Problem(layer.name, 1, None, None, refusal.message)]
    found = _Found(layer.name, content)
    for place in content.twice:
        found.add(place, "stands twice; YAML keeps the last one. Keep one of them")
    _check_tables(content, below, found)
    for section in FIELDS:
        for number, row in enumerate(content.sections.get(section) or ()):
            _check_row(section, number, row, below, found)
    return sorted(found.problems, key=lambda problem: problem.line)


class _Found:
    """The problems so far, and which rule of the layer has taken which code or name."""

    def __init__(self, file: str, content: Content) -> None:
        self.file = file
        self.content = content
        self.problems: list[Problem] = []
        self.taken: dict[tuple[str, Any], str] = {}
        self.ids: set[tuple[str, str]] = set()

    def add(self, place: Place, reason: str) -> None:
        row = self._row(place)
        rule = str(row["id"]) if isinstance(row, Mapping) and "id" in row else None
        field = ".".join(str(part) for part in place[2:]) or None
        self.problems.append(Problem(self.file, self.content.line(place), rule, field, reason))

    def _row(self, place: Place) -> Any:
        rows = self.content.sections.get(str(place[0])) if place else None
        listed = isinstance(rows, list) and len(place) > 1 and isinstance(place[1], int)
        return rows[place[1]] if listed and rows is not None else None


def _check_tables(content: Content, below: RuleBuilder, found: _Found) -> None:
    for section in sorted(TABLES & content.sections.keys()):
        for name, said in content.sections[section].items():
            if section == "single_drugs" and said not in THERAPIES.split():
                found.add((section, name), f"{said} is no treatment. One of: {THERAPIES}")
                continue
            _try(below, {section: {name: said}}, (section, name), found)


def _check_row(section: str, number: int, row: Any, below: RuleBuilder, found: _Found) -> None:
    place: Place = (section, number)
    if not isinstance(row, dict):
        found.add(place, "a rule must be a table of fields")
        return
    _check_fields(section, place, row, found)
    _check_id(section, place, row, found)
    for code_place, reason in _bad_codes(place, row):
        found.add(code_place, reason)
    if section != "combinations":
        _check_overlaps(section, place, row, below, found)
        for code_place, reason in _ambiguous(place, row):
            found.add(code_place, reason)
    _try(below, {section: [row]}, place, found)


def _check_fields(section: str, place: Place, row: Mapping[str, Any], found: _Found) -> None:
    for name in row:
        if name not in FIELDS[section]:
            near = get_close_matches(str(name), FIELDS[section], n=1)
            hint = f"Did you mean {near[0]}?" if near else "It would be passed over: remove it"
            found.add((*place, str(name)), f"no field of a rule in {section}. {hint}")
        of_section = "procedures" if section == "regimens" else section
        allowed = CHOICES.get((of_section, str(name)))
        if allowed and row[name] not in allowed:
            found.add((*place, str(name)), f"cannot be {row[name]}. One of: {', '.join(allowed)}")


def _check_id(section: str, place: Place, row: Mapping[str, Any], found: _Found) -> None:
    if section == "combinations" or "id" not in row:
        return
    if (section, str(row["id"])) in found.ids:
        found.add((*place, "id"), "two rules have this id. Give each its own")
    found.ids.add((section, str(row["id"])))


def _bad_codes(place: Place, row: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Codes of LOINC and SNOMED CT whose check digit is wrong, of the rule and of its answers."""
    groups = row.get("answers") if isinstance(row.get("answers"), list) else []
    for where, holder in [
        (place, row),
        *(((*place, "answers", n), group) for n, group in enumerate(groups or ())),
    ]:
        codes = holder.get("codes") if isinstance(holder, Mapping) else None
        for system, fits in _DIGITS.items():
            for code in (codes.get(system) or ()) if isinstance(codes, Mapping) else ():
                if not fits(str(code)):
                    yield (
                        (*where, "codes", system, str(code)),
                        f"{system} {code} has a wrong check digit; was it mistyped?",
                    )


def _check_overlaps(
    section: str, place: Place, row: Mapping[str, Any], below: RuleBuilder, found: _Found
) -> None:
    """Codes and names that another rule of the layer has, or that are refused below."""
    rule = str(row.get("id"))
    whole = "when" not in row
    for key, key_place in _keys(place, row, below):
        _take(found, (section, key), rule, key_place, whole)
        lookup = below.lookups.get(section)
        held = lookup.codes.get(key) if lookup is not None else None
        if isinstance(held, Refusal) and "refuse" not in row and held.id != rule:
            if row.get("overrides") != held.id:
                found.add(
                    key_place,
                    f"{key[1]} is refused by {held.id} ({held.reason}). Leave it out; or write"
                    f" `overrides: {held.id}` in this rule, with a note why",
                )
    for number, name in enumerate(_list(row.get("names"))):
        name_place = (*place, "names", number)
        _take(found, (section, folded(str(name))), rule, name_place, whole)


def _take(found: _Found, what: tuple[str, Any], rule: str, place: Place, whole: bool) -> None:
    holder = found.taken.get(what) if whole else None
    if holder is not None and holder != rule:
        found.add(place, f"rule {holder} has it too. A code or name belongs to one rule")
    if whole:
        found.taken[what] = rule


def _keys(
    place: Place, row: Mapping[str, Any], below: RuleBuilder
) -> Iterator[tuple[tuple[str | None, str | None], Place]]:
    codes = row.get("codes")
    for system, listed in codes.items() if isinstance(codes, Mapping) else ():
        for code in listed or ():
            try:
                spelled = below.spelled(str(row.get("id")), str(system), str(code))
            except MappingSetRefused:
                continue  # said when the rule is tried
            yield spelled[0], (*place, "codes", str(system), str(code))


def _ambiguous(place: Place, row: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Answers or texts of one rule that stand for two values."""
    for field, inner in (("answers", "codes"), ("texts", "forms")):
        seen: dict[Any, Any] = {}
        for number, group in enumerate(_list(row.get(field))):
            for form in _forms(group, inner):
                if form in seen and seen[form] != group.get("gives"):
                    yield (*place, field, number), f"{form[-1]} stands for two values of this rule"
                seen[form] = group.get("gives")


def _forms(group: Any, inner: str) -> Iterator[tuple[str, ...]]:
    held = group.get(inner) if isinstance(group, Mapping) else None
    if isinstance(held, Mapping):
        yield from ((str(system), str(code)) for system in held for code in held[system] or ())
    elif isinstance(held, list):
        yield from ((folded(str(form)),) for form in held)


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _try(below: RuleBuilder, content: Mapping[str, Any], place: Place, found: _Found) -> None:
    """Adds one rule as loading would; what stops it there is a problem here."""
    try:
        below.add(content, found.file)
    except MappingSetRefused as refusal:
        prefix, _, reason = refusal.message.partition(": ")
        found.add(place, reason if prefix.startswith(found.file) else refusal.message)
    except KeyError as missing:
        found.add(place, f"{missing.args[0]} is missing")
    except (TypeError, AttributeError, ValueError):
        found.add(place, "a field has another shape than in the shipped files")
