"""The rules of a mapping set: what a code, a name or an answer says; data, ready for lookup."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from fhir_mappings.codes import DECISIVE, folded
from fhir_mappings.elements import CodeableConcept
from fhir_mappings.mapping_layer import Layer
from fhir_mappings.units import UnitTable

Key = tuple[str | None, str | None]
Rule = TypeVar("Rule")


class Gives(NamedTuple):
    """A coded or worded value's meaning: a fact's value, with its flag."""

    fact: str
    value: Any
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A code that is recognized in order not to be used.

    contradicts: also where another coding beside it would count (a benign tumor).
    """

    id: str
    reason: str
    sign: bool = False
    contradicts: bool = False


@dataclass(frozen=True, slots=True)
class ObservationRule:
    """What Observations of one code say.

    kind: the fact's kind in the catalog. units: for numbers. present, absent: the value that a
    stated presence or absence gives, None where it gives none.
    """

    id: str
    fact: str
    kind: str
    read: str
    unit: str | None
    units: UnitTable | None
    low: float | None
    high: float | None
    answers: Mapping[Key, tuple[Gives, ...]]
    texts: Mapping[str, tuple[Gives, ...]]
    present: Any
    absent: Any
    sign: bool


@dataclass(frozen=True, slots=True)
class FindingRule:
    """What a diagnosis says: once stated, while active, and when stated as absent."""

    id: str
    states: tuple[Gives, ...]
    current: tuple[Gives, ...]
    absent: tuple[Gives, ...]
    sign: bool


@dataclass(frozen=True, slots=True)
class ProcedureRule:
    """What a procedure or study says. needs: what must be stated besides (a site, a ligand)."""

    id: str
    therapy: str | None
    needs: Literal["liver", "somatostatin_ligand"] | None
    states: tuple[Gives, ...]
    imaging: bool
    organ: tuple[str, ...]
    regimen: bool
    sign: bool


@dataclass(frozen=True, slots=True)
class DrugRule:
    """The ingredient that a medication code or name stands for."""

    id: str
    drug: str
    sign: bool


@dataclass(frozen=True, slots=True)
class SiteRule:
    """A body site that matters: the liver, one of its lobes, the hepatic artery."""

    id: str
    site: str
    lobe: str | None


@dataclass(frozen=True, slots=True)
class Combination:
    """A regimen: one drug of each list."""

    therapy: str
    of: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Lookup(Generic[Rule]):
    """Rules by (system, code) and by whole text."""

    codes: dict[Key, Rule | Refusal] = field(default_factory=dict)
    names: dict[str, Rule | Refusal] = field(default_factory=dict)

    def by_code(self, concept: CodeableConcept) -> Rule | Refusal | None:
        """The rule of the first known coding; a refusal among them wins."""
        found: Rule | Refusal | None = None
        codes = self.codes
        for coding in concept.coding:
            rule = codes.get((coding.system, coding.code))
            if rule is not None:
                if isinstance(rule, Refusal):
                    return rule
                found = found or rule
        return found

    def all_by_code(self, concept: CodeableConcept) -> list[Rule | Refusal]:
        """The rules of all known codings, each once."""
        found: list[Rule | Refusal] = []
        for coding in concept.coding:
            rule = self.codes.get((coding.system, coding.code))
            if rule is not None and rule not in found:
                found.append(rule)
        return found

    def by_text(self, concept: CodeableConcept) -> Rule | Refusal | None:
        """The rule of a whole text; none where a standard code says something we do not know."""
        names = self.names
        if not names:
            return None
        for coding in concept.coding:
            if coding.system in DECISIVE and coding.code:
                return None
        if concept.text and (found := names.get(folded(concept.text))):
            return found
        for coding in concept.coding:
            if coding.display and (found := names.get(folded(coding.display))):
                return found
        return None


@dataclass(frozen=True, slots=True)
class PathRule:
    """A rule that FHIRPath decides about: on which resources it is tried, and what it makes of one.

    keys: tried only where one of these codes stands; empty: on every resource of these types.
    take_over: the resource as its rule reads it, None where the rule does not hold.
    expression: what decides, and what is read, as it was written.
    """

    id: str
    types: frozenset[str]
    keys: frozenset[Key]
    take_over: Callable[[dict[str, Any]], dict[str, Any] | None]
    expression: str = ""

    @property
    def needles(self) -> Iterator[bytes]:
        """The codes as they stand in JSON, quoted."""
        return (f'"{code}"'.encode() for _, code in self.keys)


@dataclass(frozen=True, slots=True)
class MappingSet:
    """One version of the rules, frozen. `version` changes with any of its content.

    layers: what was laid over the shipped set, in order.
    """

    version: str
    canonical_base: str
    presence: ObservationRule
    observations: Lookup[ObservationRule]
    findings: Lookup[FindingRule]
    procedures: Lookup[ProcedureRule]
    drugs: Lookup[DrugRule]
    regimens: Lookup[ProcedureRule]
    body_sites: Lookup[SiteRule]
    single_drugs: Mapping[str, str]
    combinations: tuple[Combination, ...]
    paths: tuple[PathRule, ...] = ()
    layers: tuple[Layer, ...] = ()
    # What was found for codes that came together: they come again and again.
    met: dict[tuple[str | None, ...], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
