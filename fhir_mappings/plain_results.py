"""The common Observations, read in one go: a known code with a plain quantity, or an unknown code.

Most of a record is of these two kinds. What it gives is what the general way gives
(observations.py), which reads all others.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from fhir_mappings.codes import DECISIVE
from fhir_mappings.dates import day_of
from fhir_mappings.drafts import NO_META, NO_RULE, patient_of, server_of
from fhir_mappings.elements import CodeableConcept, Observation, Reference
from fhir_mappings.mapping_rules import MappingSet, ObservationRule
from fhir_mappings.reports.texts import is_narrative
from fhir_mappings.statements import NotUnderstood, Reading, Statement
from fhir_mappings.values import plain_number, upper_limit_of
from nelm.catalog import CATALOG

_UNKNOWN = object()
# Of these only the newest value is a fact; the others are a series, which no verdict reads.
_NEWEST_COUNTS = frozenset(
    name for name, kind in CATALOG.items() if kind.group == "labs" and kind.rule == "newest"
)


class Superseded:
    """Which laboratory results cannot be a fact today, because a later one of the same came first.

    For a record that is judged at once and kept nowhere. One for each batch of resources.
    """

    def __init__(self, today: date) -> None:
        self._today = today.isoformat()
        self._newest: dict[tuple[str, str | None], str] = {}

    def covers(self, fact: str, subject: Reference | None, effective: str) -> bool:
        """Whether a later one was noted; False too where the two dates are written differently."""
        newest = self._newest.get((fact, subject.reference if subject else None))
        return (
            newest is not None
            and effective < newest
            and len(effective) == len(newest)
            and effective[19:] == newest[19:]
        )

    def note(self, fact: str, subject: Reference | None, effective: str) -> None:
        """A statement was made that counts, unless its date is none or lies ahead."""
        key = (fact, subject.reference if subject else None)
        day = effective[:10]
        if fact in _NEWEST_COUNTS and day <= self._today and day_of(day) is not None:
            self._newest[key] = max(effective, self._newest.get(key, ""))


def read_plain_result(
    observation: Observation, mapping_set: MappingSet, superseded: Superseded | None = None
) -> Reading | None:
    """What a final, dated result of the two common kinds states; None for all others.

    With `superseded` what a later result covers is not looked at any further and states nothing.
    """
    code, effective = observation.code, observation.effectiveDateTime
    if observation.status != "final" or not effective or code is None:
        return None
    if observation.component or observation.modifierExtension:
        return None
    rule = _rule_of(code, mapping_set)
    if rule is _UNKNOWN:
        return None if is_narrative(observation.valueString) else _not_ours(observation, code)
    if rule is None or rule.read != "plain":
        return None
    fact, subject = rule.fact, observation.subject
    if superseded is not None and superseded.covers(fact, subject, effective):
        return _silent(observation, rule.sign)
    number = plain_number(observation, rule)
    if number is None:
        return None
    if superseded is not None:
        superseded.note(fact, subject, effective)
    return _stated(observation, effective, rule, number)


def _rule_of(code: CodeableConcept, mapping_set: MappingSet) -> Any:
    """The one rule for Observations; `_UNKNOWN` where no rule at all can have this code.

    None where more has to be looked at: texts, findings, refusals.
    """
    known = mapping_set.observations.codes
    found = None
    for coding in code.coding:
        rule = known.get((coding.system, coding.code))
        if rule is not None:
            if rule.__class__ is not ObservationRule:
                return None
            found = found or rule
    return found or (_UNKNOWN if _is_unknown(code, mapping_set) else None)


def _is_unknown(code: CodeableConcept, mapping_set: MappingSet) -> bool:
    """Whether neither a finding has this code nor its texts count, because a standard code does."""
    findings = mapping_set.findings.codes
    decisive = False
    for coding in code.coding:
        system, own = coding.system, coding.code
        if (system, own) in findings:
            return False
        decisive = decisive or bool(own and system in DECISIVE)
    return decisive


def _not_ours(observation: Observation, code: CodeableConcept) -> Reading:
    first = code.coding[0]
    source = f"Observation/{observation.id}"
    line = NotUnderstood(source, first.code, first.display or code.text, NO_RULE, first.system)
    return _silent(observation, False, line)


def _silent(observation: Observation, sign: bool, *why: NotUnderstood) -> Reading:
    """A reading without statements."""
    meta = observation.meta or NO_META
    patient, server = _whose(observation.subject)
    return Reading(
        type="Observation",
        id=observation.id,
        version=meta.versionId,
        last_updated=meta.lastUpdated,
        patient=patient,
        server=server,
        not_understood=why,
        sign=sign,
    )


def _stated(
    observation: Observation, effective: str, rule: ObservationRule, number: Any
) -> Reading:
    source = f"Observation/{observation.id}"
    meta = observation.meta or NO_META
    patient, server = _whose(observation.subject)
    statement = Statement(
        fact=rule.fact,
        value=number,
        source=source,
        unit=rule.unit,
        effective=effective,
        last_updated=meta.lastUpdated,
        version=meta.versionId,
        mapping=rule.id,
        upper_limit=upper_limit_of(observation, rule) if observation.referenceRange else None,
    )
    return Reading(
        type="Observation",
        id=observation.id,
        version=meta.versionId,
        last_updated=meta.lastUpdated,
        patient=patient,
        server=server,
        statements=(statement,),
        sign=rule.sign,
    )


def _whose(subject: Reference | None) -> tuple[str | None, str | None]:
    """Patient and server that a subject names."""
    if subject is None or not subject.reference:
        return patient_of(subject), None
    return _named(subject.reference)


@lru_cache(maxsize=1024)
def _named(reference: str) -> tuple[str | None, str | None]:
    subject = Reference(reference)
    return patient_of(subject), server_of(subject)
