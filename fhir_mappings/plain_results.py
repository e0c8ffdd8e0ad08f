"""The common Observations, read in one go: a known code with a plain quantity, or an unknown code.

Most of a record is of these two kinds. What it gives is what the general way gives
(observations.py), which reads all others.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from fhir_mappings.body_fluids import OF_BLOOD, is_of_other_fluid
from fhir_mappings.codes import DECISIVE
from fhir_mappings.dates import day_of
from fhir_mappings.drafts import NO_META, NO_RULE, patient_of, server_of
from fhir_mappings.elements import CodeableConcept, Condition, Observation, Reference
from fhir_mappings.mapping_rules import MappingSet, ObservationRule
from fhir_mappings.reports.texts import is_narrative
from fhir_mappings.sites import ALONE, Neighbors
from fhir_mappings.statements import UNDATED, NotUnderstood, Reading, Statement
from fhir_mappings.values import plain_number, upper_limit_of
from nelm.catalog import CATALOG

_UNKNOWN = object()
_MOST_MET = 4096
# Of these only the newest value is a fact; the others are a series, which no verdict reads.
_NEWEST_COUNTS = frozenset(
    name for name, kind in CATALOG.items() if kind.group == "labs" and kind.rule == "newest"
)
# A result under a rule of the first gives the second as well.
_GIVES_TOO = {"chromogranin_a_ng_ml": "chromogranin_a_x_uln"}


class Alone:
    """One patient's resources that are judged at once, by themselves, and kept nowhere.

    What states nothing is then only counted, and of laboratory results whatever cannot be a fact
    today, because a later one of the same came first.
    """

    def __init__(self, patient_id: str, today: date) -> None:
        self.reference = f"Patient/{patient_id}"
        self.silent = {
            kind: Reading(type=kind, id="", patient=patient_id)
            for kind in ("Condition", "Observation")
        }
        self._today = today.isoformat()
        self._newest: dict[str, str] = {}

    def covers(self, fact: str, effective: str) -> bool:
        """Whether a later one was noted of all that a result for this fact gives.

        False too where the two dates are written differently.
        """
        newest = self._newest.get(fact)
        return (
            newest is not None
            and effective < newest
            and len(effective) == len(newest)
            and effective[19:] == newest[19:]
            and (fact not in _GIVES_TOO or self.covers(_GIVES_TOO[fact], effective))
        )

    def note_all(self, reading: Reading, subject: Reference | None) -> None:
        """The same for what was read in the general way."""
        if subject is not None and subject.reference == self.reference:
            for one in reading.statements:
                if one.effective and UNDATED not in one.flags:
                    self.note(one.fact, one.effective)

    def note(self, fact: str, effective: str) -> None:
        """A statement was made that counts, unless its date is none or lies ahead."""
        day = effective[:10]
        if fact in _NEWEST_COUNTS and day <= self._today and day_of(day) is not None:
            self._newest[fact] = max(effective, self._newest.get(fact, ""))


def read_plain_result(
    observation: Observation,
    mapping_set: MappingSet,
    alone: Alone | None = None,
    around: Neighbors = ALONE,
) -> Reading | None:
    """What a final, dated result of the two common kinds states; None for all others."""
    code, effective = observation.code, observation.effectiveDateTime
    if observation.status != "final" or not effective or code is None:
        return None
    if observation.component or observation.modifierExtension:
        return None
    rule = _rule_of(code, mapping_set)
    if alone is not None:
        subject = observation.subject
        if subject is None or subject.reference != alone.reference:
            alone = None
    if rule is _UNKNOWN:
        return _read_unknown(observation, code, alone)
    return None if rule is None else _read_known(observation, effective, rule, alone, around)


def _read_unknown(
    observation: Observation, code: CodeableConcept, alone: Alone | None
) -> Reading | None:
    text = observation.valueString
    if text is not None and is_narrative(text):
        return None
    return alone.silent["Observation"] if alone is not None else _not_ours(observation, code)


def _read_known(
    observation: Observation,
    effective: str,
    rule: ObservationRule,
    alone: Alone | None,
    around: Neighbors,
) -> Reading | None:
    if alone is not None and alone.covers(rule.fact, effective):
        return alone.silent["Observation"]
    if rule.read != "plain":
        return None
    if rule.fact in OF_BLOOD and is_of_other_fluid(observation, around):
        return None
    number = plain_number(observation, rule)
    if number is None:
        return None
    if alone is not None:
        alone.note(rule.fact, effective)
    return _stated(observation, effective, rule, number)


def is_passed_over(condition: Condition, mapping_set: MappingSet, alone: Alone) -> bool:
    """Whether a patient's Condition states nothing, since no rule can have its code."""
    subject, code = condition.subject, condition.code
    if subject is None or subject.reference != alone.reference or code is None:
        return False
    return _is_unknown(code, mapping_set)


def _rule_of(code: CodeableConcept, mapping_set: MappingSet) -> Any:
    """The one rule for Observations; `_UNKNOWN` where no rule at all can have this code.

    None where more has to be looked at: texts, findings, refusals.
    """
    codings = code.coding
    key: tuple[str | None, ...]
    if len(codings) == 2:
        first, second = codings
        key = (first.system, first.code, second.system, second.code)
    elif len(codings) == 1:
        key = (codings[0].system, codings[0].code)
    else:
        return _find_rule(code, mapping_set)
    met = mapping_set.met
    if key in met:
        return met[key]
    if len(met) >= _MOST_MET:
        met.clear()
    found = met[key] = _find_rule(code, mapping_set)
    return found


def _find_rule(code: CodeableConcept, mapping_set: MappingSet) -> Any:
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
    meta = observation.meta or NO_META
    patient, server = _whose(observation.subject)
    return Reading(
        type="Observation",
        id=observation.id,
        version=meta.versionId,
        last_updated=meta.lastUpdated,
        patient=patient,
        server=server,
        not_understood=(line,),
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
