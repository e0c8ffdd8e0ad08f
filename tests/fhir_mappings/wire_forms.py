"""Every form in which a structured resource can carry a fact, as examples made from the rules.

A rule by itself says which values it reads; what rests on several elements or resources is written
out in `wire_forms_written.py`.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from fhir_mappings.codes import SYSTEMS
from fhir_mappings.mapping_rules import (
    DrugRule,
    FindingRule,
    Gives,
    Lookup,
    ObservationRule,
    ProcedureRule,
)
from nelm.catalog import CATALOG
from nelm.logic import Range
from tests.fhir_mappings.resources import (
    OURS,
    RULES,
    SNOMED,
    coded,
    condition,
    observation,
    procedure,
    quantity,
    report,
)

Json = dict[str, Any]

URLS = {urls[0]: name for name, urls in SYSTEMS.items()} | {OURS: "our code"}
LIVER = {"bodySite": coded("10200004", SNOMED)}
PANCREAS = {"specimen": {"display": "pancreas"}}
# What a rule needs to be stated besides.
BESIDES: dict[str, Json] = {
    "liver_only": LIVER, "lesion": LIVER, "tissue": PANCREAS, "ki67": PANCREAS, "margin": PANCREAS,
}  # fmt: skip
# A number that every fact of the catalog can be.
NUMBER = 3


class Example(NamedTuple):
    """Resources that state one fact in one form. carrier: the code or text that stands for it."""

    fact: str
    carrier: str
    form: str
    resources: tuple[Json, ...]
    value: Any


class Carrier(NamedTuple):
    name: str
    concept: Json


def carriers(lookup: Lookup[Any], rule: Any) -> Iterator[Carrier]:
    """One code of each system that the rule knows, and one of its texts."""
    seen: set[str] = set()
    for (system, code), held in lookup.codes.items():
        if held is rule and system in URLS and code is not None and system not in seen:
            seen.add(system)
            yield Carrier(f"{URLS[system]} {code}", coded(code, system))
    for text, held in lookup.names.items():
        if held is rule:
            yield Carrier(f'text "{text}"', {"text": text})
            return


def rules_of(lookup: Lookup[Any], kind: type) -> Iterator[Any]:
    """Each rule once."""
    seen: set[int] = set()
    for rule in (*lookup.codes.values(), *lookup.names.values()):
        if isinstance(rule, kind) and id(rule) not in seen:
            seen.add(id(rule))
            yield rule


def observed() -> Iterator[Example]:
    """Observations under every rule, in every value the rule reads."""
    for rule in rules_of(RULES.observations, ObservationRule):
        besides = BESIDES.get(rule.read, {})
        for carrier in carriers(RULES.observations, rule):
            for form, value, gives in values_of(rule):
                for fact, meant, _ in gives:
                    sent = observation(carrier.concept, value, **besides)
                    yield Example(fact, carrier.name, f"Observation.{form}", (sent,), meant)
            yield from in_a_component(rule, carrier, besides)


def in_a_component(rule: ObservationRule, carrier: Carrier, besides: Json) -> Iterator[Example]:
    form, value, gives = next(iter(values_of(rule)))
    part = {"code": carrier.concept, **value}
    panel = observation({"text": "a panel"}, {}, component=[part], **besides)
    for fact, meant, _ in gives:
        yield Example(fact, carrier.name, f"Observation.component.{form}", (panel,), meant)


Form = tuple[str, Json, tuple[Gives, ...]]


def values_of(rule: ObservationRule) -> Iterator[Form]:
    """Every value that this rule reads: its form, the element, and what it gives."""
    if rule.units is not None:
        yield from numbers(rule)
    elif rule.present is not None:
        for sent, meant in ((True, rule.present), (False, rule.absent)):
            if meant is not None:
                yield "valueBoolean", {"valueBoolean": sent}, (Gives(rule.fact, meant),)
    yield from answers(rule)
    yield from texts(rule)


def numbers(rule: ObservationRule) -> Iterator[Form]:
    unit = CATALOG[rule.fact].unit or None
    bare = rule.units is not None and rule.units.bare is not None
    if unit is None or (bare and unit not in rule.units.factors):  # type: ignore[union-attr]
        unit = None
    spoken = f"{NUMBER} {unit or ''}".strip()
    ends = {"low": {"value": 2, "code": unit}, "high": {"value": 4, "code": unit}}
    ends = {name: {k: v for k, v in end.items() if v is not None} for name, end in ends.items()}
    at_most, between = Range(None, NUMBER, False, True), Range(2, 4)
    yield "valueQuantity", quantity(NUMBER, unit), (Gives(rule.fact, NUMBER),)
    yield (
        "valueQuantity with comparator",
        quantity(NUMBER, unit, "<"),
        (Gives(rule.fact, at_most),),
    )
    yield "valueRange", {"valueRange": ends}, (Gives(rule.fact, between),)
    yield "valueString, a number", {"valueString": spoken}, (Gives(rule.fact, NUMBER),)
    if bare:
        yield "valueInteger", {"valueInteger": NUMBER}, (Gives(rule.fact, NUMBER),)


def answers(rule: ObservationRule) -> Iterator[Form]:
    """One coded answer of each system for each thing it may say."""
    seen: set[tuple[str, str]] = set()
    for (system, code), gives in rule.answers.items():
        said = (str(system), str(gives))
        if system in URLS and said not in seen:
            seen.add(said)
            value = {"valueCodeableConcept": coded(str(code), system)}
            yield f"valueCodeableConcept, {URLS[system]}", value, readable(gives)


def texts(rule: ObservationRule) -> Iterator[Form]:
    """One listed text for each thing it may say, as string and as text of a concept."""
    seen: set[str] = set()
    for text, gives in rule.texts.items():
        if str(gives) not in seen:
            seen.add(str(gives))
            yield "valueString, a listed text", {"valueString": text}, readable(gives)
            concept = {"valueCodeableConcept": {"text": text}}
            yield "valueCodeableConcept.text", concept, readable(gives)


def readable(gives: Iterable[Gives]) -> tuple[Gives, ...]:
    """As the catalog holds it: bands as ranges."""
    return tuple(
        one._replace(value=Range(**({"min": None, "max": None} | one.value)))
        if isinstance(one.value, dict)
        else one
        for one in gives
    )


def diagnosed() -> Iterator[Example]:
    """Diagnoses as Condition, as an Observation of the finding, and as a coded conclusion."""
    for rule in rules_of(RULES.findings, FindingRule):
        for carrier in carriers(RULES.findings, rule):
            for fact, value, _ in (*rule.states, *rule.current):
                if fact not in CATALOG:
                    continue
                yield Example(fact, carrier.name, "Condition", (condition(carrier.concept),), value)
                # a text that names an Observation of ours too is read as that one
                if carrier.concept.get("text") not in RULES.observations.names:
                    found = observation(carrier.concept, {"valueBoolean": True})
                    yield Example(fact, carrier.name, "Observation of the finding", (found,), value)
                if "coding" in carrier.concept:
                    concluded = report("30612-6", conclusionCode=[carrier.concept])
                    form = "DiagnosticReport.conclusionCode"
                    yield Example(fact, carrier.name, form, (concluded,), value)
            for fact, value, _ in rule.absent:
                missing = observation(carrier.concept, {"valueBoolean": False})
                yield Example(fact, carrier.name, "Observation, absent", (missing,), value)


def done() -> Iterator[Example]:
    """What a procedure states by itself: an anastomosis, the modality of a receptor study."""
    for rule in rules_of(RULES.procedures, ProcedureRule):
        for carrier in carriers(RULES.procedures, rule):
            for fact, value, _ in rule.states:
                sent = procedure(carrier.concept)
                yield Example(fact, carrier.name, "Procedure", (sent,), value)


def drugs() -> Iterator[tuple[DrugRule, Carrier]]:
    """Every drug that is a treatment by itself, by its codes and one name."""
    for rule in rules_of(RULES.drugs, DrugRule):
        if rule.drug in RULES.single_drugs:
            for carrier in carriers(RULES.drugs, rule):
                yield rule, carrier


@cache
def made() -> tuple[Example, ...]:
    """The examples that follow from the rules."""
    return (*observed(), *diagnosed(), *done())
