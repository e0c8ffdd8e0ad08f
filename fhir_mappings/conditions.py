"""Conditions to statements: cancer and its sites, metastases, syndromes, liver and heart.

Refuted and entered-in-error never count, neither as the finding nor as its opposite.
"""

from __future__ import annotations

from fhir_mappings.drafts import MODIFIED, NO_CODE, NO_RULE, Draft, start_of, words_of
from fhir_mappings.elements import CodeableConcept, Condition
from fhir_mappings.mapping_rules import FindingRule, Gives, MappingSet, ObservationRule, Refusal
from fhir_mappings.statements import CANDIDATE_CONDITION, UNDATED, Reading
from fhir_mappings.values import BY_TEXT, answer_of

NEVER = frozenset({"refuted", "entered-in-error"})
CANDIDATE = frozenset({"provisional", "differential", "unconfirmed"})
ACTIVE = frozenset({"active", "recurrence", "relapse"})
_OTHERS_OR_NOT = (
    "family history", "ruled out", "rule out", "r/o ", "no evidence of",
    "familienanamnese", "ausschluss", "ausgeschlossen", "kein anhalt", "kein hinweis",
)  # fmt: skip
_HEDGES = (
    "suspected", "suspicion", "suspicious", "possible", "probable", "questionable",
    "verdacht", "v.a.", "v. a.", "fraglich", "möglich",
)  # fmt: skip
# How certain a German diagnosis is: A excluded, V suspected, Z state after, G certain.
# Source: profiles of the Medizininformatik-Initiative and ISiK (Diagnosesicherheit).
CERTAINTY = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"
EXCLUDED = "excluded by its stated certainty (Diagnosesicherheit A)"
HISTOLOGY = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior"
HISTOLOGY_QUESTION = ("http://loinc.org", "31206-6")

UNREAD_STATUS = "the verification status is not understood"
NOT_THIS = "ruled out, or family history"
UNCONFIRMED = "not confirmed: a candidate, never counted"
NO_LONGER = "counts only while active"


def read_condition(condition: Condition, mapping_set: MappingSet) -> Reading:
    """What a Condition states; a diagnosis that is not confirmed becomes a candidate."""
    draft = Draft("Condition", condition.id, condition.meta, condition.subject)
    _date(draft, condition)
    verification = status_code(condition.verificationStatus)
    draft.status = verification or "confirmed"
    concept = condition.code
    if "V" in _certainty(condition) and draft.status not in CANDIDATE:
        draft.status = "unconfirmed"
    if concept is None or not (concept.coding or concept.text):
        draft.refuse(concept, NO_CODE)
        return draft.reading()
    reason = _never_counts(condition, verification)
    if reason is not None:
        draft.refuse(concept, reason)
    else:
        _read_code(draft, condition, concept, mapping_set)
    return draft.reading()


def _date(draft: Draft, condition: Condition) -> None:
    """From the onset, else from when it was recorded, else from the last change, marked so."""
    draft.effective = start_of(condition.onsetDateTime, condition.onsetPeriod)
    draft.effective = draft.effective or condition.recordedDate
    if draft.effective is None and draft.meta.lastUpdated:
        draft.effective, draft.flags = draft.meta.lastUpdated, (UNDATED,)


def _never_counts(condition: Condition, verification: str | None) -> str | None:
    """Why not even as a candidate; None where it is confirmed, a candidate or has no status."""
    if verification in NEVER:
        return f"verification status {verification} never counts"
    if "A" in _certainty(condition):
        return EXCLUDED
    if condition.modifierExtension:
        return MODIFIED
    understood = verification == "confirmed" or verification in CANDIDATE
    return None if understood or condition.verificationStatus is None else UNREAD_STATUS


def _certainty(condition: Condition) -> set[str | None]:
    """What the codings say of how certain the diagnosis is; most say nothing."""
    return {
        extension.valueCoding.code
        for coding in (condition.code.coding if condition.code else ())
        for extension in coding.extension
        if extension.url == CERTAINTY and extension.valueCoding
    }


def status_code(concept: CodeableConcept | None) -> str | None:
    """The code of a status that FHIR sends as a CodeableConcept."""
    if concept is None:
        return None
    return next((coding.code for coding in concept.coding if coding.code), None)


def _read_code(
    draft: Draft, condition: Condition, concept: CodeableConcept, mapping_set: MappingSet
) -> None:
    rules, by_text = mapping_set.findings.all_by_code(concept), False
    if not rules:
        named = mapping_set.findings.by_text(concept)
        rules, by_text = ([named] if named is not None else []), True
    if not rules:
        draft.refuse(concept, NO_RULE)
        return
    about = words_of(*condition.category, CodeableConcept(text=concept.text))
    if any(words in about for words in _OTHERS_OR_NOT):
        draft.refuse(concept, NOT_THIS)
        return
    draft.sign = any(rule.sign for rule in rules)
    counted = [rule for rule in rules if isinstance(rule, FindingRule)]
    reason = _contradiction(rules)
    if reason is not None:
        draft.refuse(concept, reason)
    elif draft.status in CANDIDATE or any(hedge in about for hedge in _HEDGES):
        _suggest(draft, concept, counted)
    else:
        _state(draft, condition, counted, (BY_TEXT,) if by_text else ())
        _state_histology(draft, condition, mapping_set)


def _contradiction(rules: list[FindingRule | Refusal]) -> str | None:
    """Why codes do not count: one contradicts the others, or none of them counts."""
    refusals = [rule for rule in rules if isinstance(rule, Refusal)]
    decisive = [rule for rule in refusals if rule.contradicts or len(refusals) == len(rules)]
    return decisive[0].reason if decisive else None


def _suggest(draft: Draft, concept: CodeableConcept, rules: list[FindingRule]) -> None:
    for rule in rules:
        for fact, value, _ in rule.states + rule.current:
            draft.state(CANDIDATE_CONDITION, {"fact": fact, "value": value}, rule.id)
    draft.refuse(concept, UNCONFIRMED)


def _state(
    draft: Draft, condition: Condition, rules: list[FindingRule], flags: tuple[str, ...]
) -> None:
    clinical = status_code(condition.clinicalStatus)
    active = condition.clinicalStatus is None or clinical in ACTIVE
    active = active and "Z" not in _certainty(condition)
    stated: set[Gives] = set()
    for rule in rules:
        gives = tuple(g for g in rule.states if g not in stated)
        stated.update(gives)
        _give(draft, gives, rule.id, flags)
        if active:
            gives = tuple(g for g in rule.current if g not in stated)
            stated.update(gives)
            _give(draft, gives, rule.id, flags)
        elif rule.current:
            draft.refuse(condition.code, NO_LONGER)


def _give(draft: Draft, gives: tuple[Gives, ...], mapping: str, flags: tuple[str, ...]) -> None:
    """States each; a therapy that a diagnosis implies has no known dates."""
    plain = tuple(given for given in gives if given.fact != "therapy")
    draft.give(plain, mapping, flags)
    for given in gives:
        if given.fact == "therapy":
            therapy = {"therapy": given.value, "start": None, "stop": None, "ended": True}
            draft.state("therapy", therapy, mapping, flags=(*flags, UNDATED))


def _state_histology(draft: Draft, condition: Condition, mapping_set: MappingSet) -> None:
    """The morphology that mCODE puts into an extension of the primary cancer condition."""
    for extension in condition.extension:
        if extension.url == HISTOLOGY and extension.valueCodeableConcept is not None:
            rule = mapping_set.observations.codes.get(HISTOLOGY_QUESTION)
            if not isinstance(rule, ObservationRule):
                return
            value = answer_of(extension.valueCodeableConcept, rule)
            if isinstance(value, str):
                draft.refuse(extension.valueCodeableConcept, value)
            else:
                draft.give(value.gives, rule.id, (BY_TEXT,) if value.by_text else ())
                draft.sign = True
