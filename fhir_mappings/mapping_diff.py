"""What changes between two mapping sets: per code or name, what it meant and means. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from fhir_mappings.codes import SYSTEMS
from fhir_mappings.mapping_rules import (
    DrugRule,
    FindingRule,
    Lookup,
    MappingSet,
    ObservationRule,
    ProcedureRule,
    Refusal,
    SiteRule,
)

_SHORT = {url: name for name, urls in SYSTEMS.items() for url in urls[:1]}
_OTHER_NAMES = {url for urls in SYSTEMS.values() for url in urls[1:]}


@dataclass(frozen=True, slots=True)
class Change:
    """One code (or whole text, system "text") whose meaning differs.

    before, after: what it says, in words, with the rule; None where it was or is not known.
    """

    section: str
    system: str
    code: str
    kind: Literal["added", "changed", "removed"]
    before: str | None
    after: str | None

    def __str__(self) -> str:
        sign = {"added": "+", "changed": "~", "removed": "-"}[self.kind]
        what = f"{sign} {self.section} {self.system} {self.code}"
        if self.kind == "changed":
            return f"{what}: was {self.before}; now {self.after}"
        return f"{what}: {self.after or self.before}"


def lookups_of(rules: MappingSet) -> dict[str, Lookup[Any]]:
    """The lookups of a set by the section that fills them."""
    return {
        "observations": rules.observations,
        "findings": rules.findings,
        "procedures": rules.procedures,
        "regimens": rules.regimens,
        "drugs": rules.drugs,
        "body_sites": rules.body_sites,
    }


def differences(before: MappingSet, after: MappingSet) -> list[Change]:
    """Every code and name that another rule reads, or the same rule reads otherwise.

    A code is listed once, under the canonical URL of its system.
    """
    then, now = lookups_of(before), lookups_of(after)
    found: list[Change] = []
    for section, lookup in then.items():
        found += _changed(section, _coded(lookup, before), _coded(now[section], after))
        found += _changed(section, _texts(lookup), _texts(now[section]))
    found += _paths(before, after)
    found += _regimens(before, after)
    return sorted(found, key=lambda one: (one.section, one.system, one.code))


def _coded(lookup: Lookup[Any], rules: MappingSet) -> dict[Any, Any]:
    """Without the codes under which rules with FHIRPath read what they took over."""
    own = f"{rules.canonical_base}:rules"
    return {key: rule for key, rule in lookup.codes.items() if key[0] != own}


def _paths(before: MappingSet, after: MappingSet) -> Iterator[Change]:
    """Rules that FHIRPath decides about, by their expression."""
    then = {rule.id: rule.expression for rule in before.paths}
    now = {rule.id: rule.expression for rule in after.paths}
    for rule in sorted(then.keys() | now.keys()):
        if then.get(rule) != now.get(rule):
            yield _change("FHIRPath", "rule", rule, then.get(rule), now.get(rule))


def _change(section: str, system: str, code: str, old: str | None, new: str | None) -> Change:
    kind: Literal["added", "changed", "removed"] = (
        "added" if old is None else "removed" if new is None else "changed"
    )
    return Change(section, system, code, kind, old, new)


def _texts(lookup: Lookup[Any]) -> dict[Any, Any]:
    return {("text", name): rule for name, rule in lookup.names.items()}


def _changed(section: str, then: dict[Any, Any], now: dict[Any, Any]) -> Iterator[Change]:
    for key in then.keys() | now.keys():
        system, code = key
        old, new = then.get(key), now.get(key)
        if old == new or system in _OTHER_NAMES:
            continue
        named = _SHORT.get(system or "", system or "")
        yield _change(section, named, code or "", _said(old), _said(new))


def _said(rule: Any) -> str | None:
    return None if rule is None else f"{meaning(rule)} ({rule.id})"


def meaning(rule: Any) -> str:
    """What a rule says, in a few words: the fact, treatment, drug or site, or why it is refused."""
    if isinstance(rule, Refusal):
        return f"refused: {rule.reason}"
    if isinstance(rule, ObservationRule):
        reading = "" if rule.read == "plain" else f", read as {rule.read}"
        return f"{rule.fact}{reading}"
    if isinstance(rule, FindingRule):
        given = (*rule.states, *rule.current) or rule.absent
        return ", ".join(f"{one.fact} = {_worded(one.value)}" for one in given) or "nothing"
    if isinstance(rule, ProcedureRule):
        return _done(rule)
    if isinstance(rule, DrugRule):
        return f"drug {rule.drug}"
    if isinstance(rule, SiteRule):
        return f"site {rule.site}{f', {rule.lobe}' if rule.lobe else ''}"
    return str(rule)


def _worded(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if value is not None else "unknown"


def _done(rule: ProcedureRule) -> str:
    parts = [f"treatment {rule.therapy}"] if rule.therapy else []
    parts += [f"{one.fact} = {_worded(one.value)}" for one in rule.states]
    if rule.organ:
        parts.append(f"resection of {', '.join(rule.organ)}")
    if rule.imaging:
        parts.append("date of cross-sectional imaging")
    if rule.needs:
        parts.append(f"only with {rule.needs.replace('_', ' ')}")
    return ", ".join(parts) or "regimen by its name"


def _regimens(before: MappingSet, after: MappingSet) -> Iterator[Change]:
    """Drugs that are a treatment by themselves, and drugs that make one together."""
    for drug in sorted(before.single_drugs.keys() | after.single_drugs.keys()):
        old, new = before.single_drugs.get(drug), after.single_drugs.get(drug)
        if old != new:
            yield _change("single_drugs", "drug", drug, old, new)
    for combination in after.combinations:
        if combination not in before.combinations:
            drugs = " + ".join("/".join(sorted(slot)) for slot in combination.of)
            yield _change("combinations", "drugs", drugs, None, combination.therapy)
