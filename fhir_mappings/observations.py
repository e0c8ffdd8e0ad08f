"""Observations and their components to statements: status, date, which rule, and the refusals.

How a value is read under its rule: observation_readings.py.
"""

from __future__ import annotations

from fhir_mappings.body_fluids import OF_BLOOD, OTHER_FLUID, is_of_other_fluid
from fhir_mappings.drafts import (
    MODIFIED,
    NO_CODE,
    NO_RULE,
    Draft,
    status_reason,
)
from fhir_mappings.elements import CodeableConcept, Observation, Timing, Valued
from fhir_mappings.mapping_rules import (
    FindingRule,
    Lookup,
    MappingSet,
    ObservationRule,
    Refusal,
)
from fhir_mappings.observation_readings import READINGS, Place, read_plainly
from fhir_mappings.plain_results import read_plain_result
from fhir_mappings.reports.statements import state_result_words
from fhir_mappings.reports.texts import is_narrative
from fhir_mappings.sites import ALONE, Neighbors
from fhir_mappings.statements import RELEASED, UNDATED, Reading
from fhir_mappings.values import BY_TEXT, NO_VALUE, value_of
from nelm.catalog import CATALOG

COUNTED: dict[str | None, tuple[str, ...]] = {
    "final": (),
    "amended": (),
    "corrected": (),
    "preliminary": ("preliminary",),
}


def read_observation(
    observation: Observation, mapping_set: MappingSet, around: Neighbors = ALONE
) -> Reading:
    """What an Observation states; what does not count is listed with the reason."""
    plain = read_plain_result(observation, mapping_set, around=around)
    return plain or read_any_result(observation, mapping_set, around)


def read_any_result(
    observation: Observation, mapping_set: MappingSet, around: Neighbors = ALONE
) -> Reading:
    """The general way, for whatever an Observation may be."""
    draft = Draft("Observation", observation.id, observation.meta, observation.subject)
    status = observation.status
    flags = COUNTED.get(status)
    if flags is None:
        draft.refuse(observation.code, status_reason(status))
    elif observation.modifierExtension:
        _date(draft, observation)
        draft.refuse(observation.code, MODIFIED, _fact_of(observation, mapping_set))
    else:
        draft.status = status or "final"
        draft.flags = flags
        _date(draft, observation)
        _read_elements(Place(draft, observation, mapping_set, around))
        if not draft.stated and is_narrative(observation.valueString):
            state_result_words(draft, observation)
    return draft.reading()


def read_malformed_result(
    observation: Observation, reason: str, mapping_set: MappingSet
) -> Reading:
    """An Observation as far as it could be decoded: it states nothing; its line knows its fact."""
    draft = Draft("Observation", observation.id, observation.meta, observation.subject)
    counts = observation.status in COUNTED
    fact = _fact_of(observation, mapping_set) if counts else None
    _date(draft, observation)
    draft.refuse(observation.code if fact else None, reason, fact)
    return draft.reading()


def _fact_of(observation: Observation, mapping_set: MappingSet) -> str | None:
    """The fact that an Observation of this code would give."""
    rule = mapping_set.observations.by_code(observation.code) if observation.code else None
    return rule.fact if isinstance(rule, ObservationRule) and rule.fact in CATALOG else None


def _date(draft: Draft, observation: Observation) -> None:
    """When it was true; else when it was released, marked so; else it is undated, and the day
    on which it was stored stands in."""
    period = observation.effectivePeriod
    draft.effective = (
        observation.effectiveDateTime
        or observation.effectiveInstant
        or (period and (period.start or period.end))
        or (observation.effectiveTiming and _first_of(observation.effectiveTiming))
        or None
    )
    if draft.effective is None:
        draft.effective = observation.issued or draft.meta.lastUpdated
        draft.flags = (*draft.flags, RELEASED if observation.issued else UNDATED)


def _first_of(timing: Timing) -> str | None:
    """The first of several times, or the beginning of the bounds."""
    bounds = timing.repeat.boundsPeriod if timing.repeat else None
    return min(timing.event, default=None) or (bounds and (bounds.start or bounds.end)) or None


def _read_elements(place: Place) -> None:
    draft, observation, mapping_set = place.draft, place.observation, place.mapping_set
    rules = mapping_set.observations
    concept = observation.code
    rule, by_text = (None, False) if concept is None else _rule(concept, rules)
    if not observation.component:
        if rule is None:
            _read_unmapped(draft, observation, mapping_set)
        else:
            _apply(place, observation, rule, by_text)
        return
    _read_panel(place, rule, by_text)


def _read_panel(place: Place, rule: ObservationRule | Refusal | None, by_text: bool) -> None:
    """An Observation with components: each is read under its own code."""
    draft, observation, mapping_set = place.draft, place.observation, place.mapping_set
    if rule is not None:
        _apply(place, observation, rule, by_text)
        # A panel carries its values in the components.
        draft.refused = [line for line in draft.refused if line.reason != NO_VALUE]
    unknown = []
    for component in observation.component:
        part, part_by_text = (None, False)
        if component.code is not None:
            part, part_by_text = _rule(component.code, mapping_set.observations)
        if part is None:
            unknown.append(component)
        else:
            _apply(place, component, part, part_by_text)
    if draft.stated or draft.refused:
        for component in unknown:
            draft.refuse(component.code, NO_RULE if component.code is not None else NO_CODE)
    else:
        reason = NO_VALUE if rule is not None else NO_RULE
        draft.refuse(observation.code, reason if observation.code is not None else NO_CODE)


def _rule(
    concept: CodeableConcept, rules: Lookup[ObservationRule]
) -> tuple[ObservationRule | Refusal | None, bool]:
    rule = rules.by_code(concept)
    return (rule, False) if rule is not None else (rules.by_text(concept), True)


def _read_unmapped(draft: Draft, observation: Observation, mapping_set: MappingSet) -> None:
    """A finding stated as present or absent (its code is that of a diagnosis), or nothing known."""
    concept = observation.code
    if concept is None or not (concept.coding or concept.text):
        draft.refuse(concept, NO_CODE)
        return
    rule, by_text = mapping_set.findings.by_code(concept), False
    if rule is None:
        rule, by_text = mapping_set.findings.by_text(concept), True
    if rule is None:
        draft.refuse(concept, NO_RULE)
    elif isinstance(rule, Refusal):
        draft.sign = rule.sign
        draft.refuse(concept, rule.reason)
    else:
        _state_finding(draft, observation, rule, by_text, mapping_set)


def _state_finding(
    draft: Draft,
    observation: Observation,
    rule: FindingRule,
    by_text: bool,
    mapping_set: MappingSet,
) -> None:
    value = value_of(observation, mapping_set.presence)
    if isinstance(value, str):
        draft.refuse(observation.code, value)
        return
    flags = (BY_TEXT,) if by_text or value.by_text else ()
    if value.gives[0].value:
        draft.sign = rule.sign
        draft.give(rule.states + rule.current, rule.id, flags)
    elif rule.absent:
        draft.give(rule.absent, rule.id, flags)
    else:
        draft.refuse(observation.code, "absence of this finding says nothing for a fact")


def _apply(place: Place, element: Valued, rule: ObservationRule | Refusal, by_text: bool) -> None:
    """Reads one element under its rule."""
    draft = place.draft
    if isinstance(rule, Refusal):
        draft.sign = draft.sign or rule.sign
        draft.refuse(element.code, rule.reason)
        return
    if rule.fact in OF_BLOOD and is_of_other_fluid(place.observation, place.around):
        draft.refuse(element.code, OTHER_FLUID)
        return
    stated = len(draft.stated)
    flags = (BY_TEXT,) if by_text else ()
    if rule.read == "plain":
        read_plainly(draft, element, rule, flags)
    else:
        READINGS[rule.read](place, element, rule, flags)
    if rule.sign and len(draft.stated) > stated:
        draft.sign = True
