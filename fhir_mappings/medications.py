"""MedicationRequest, -Statement and -Administration to drugs, by ingredient."""

from __future__ import annotations

import re

from fhir_mappings.codes import folded
from fhir_mappings.drafts import (
    MODIFIED,
    NO_CODE,
    NO_RULE,
    Draft,
    start_of,
    status_reason,
    words_of,
)
from fhir_mappings.elements import (
    CodeableConcept,
    Medication,
    MedicationRequest,
    MedicationTaken,
    Period,
    Reference,
)
from fhir_mappings.mapping_rules import DrugRule, Lookup, MappingSet, ProcedureRule, Refusal
from fhir_mappings.sites import ALONE, Neighbors, contained, relative
from fhir_mappings.statements import Reading
from fhir_mappings.values import BY_TEXT

REQUESTED: dict[str | None, tuple[str, ...]] = {
    "active": (),
    "completed": ("completed",),
    "stopped": ("stopped",),
    "on-hold": ("on-hold",),
}
TAKEN: dict[str | None, tuple[str, ...]] = {
    "active": (),
    "in-progress": (),
    "completed": (),
    "stopped": ("stopped",),
}
INTENTS = frozenset({"order", "original-order", "instance-order", "filler-order", "reflex-order"})
_ENDED = frozenset({"completed", "stopped"})
NOT_SENT = "the medication is referred to and was not sent along"
NO_ORDER = "the intent is not that of an order"
DO_NOT = "an order not to give it"
TRANSPLANT = "everolimus as an immunosuppressant"
_BRAND = re.compile(r"\s*\[[^\]]*\]\s*$")
_VOLUME = re.compile(r"^\d+(\.\d+)? ml ")
_STRENGTH = re.compile(r"\d+([.,]\d+)?(mg|mcg|µg|ug|g|ml|mci|gbq|mbq)?(/(\d+)?(ml|h|day))?")
_FORM = frozenset(
    "mg mcg ug µg g ml mg/ml mcg/ml mci/ml mci gbq mbq unt iu oral tablet tablets capsule capsules"
    " injection injectable solution suspension depot lar autogel prefilled pre-filled syringe vial"
    " powder for im sc iv subcutaneous intramuscular intravenous extended delayed release kit"
    " acetate malate hydrochloride".split()
)


def read_medication_request(
    request: MedicationRequest, mapping_set: MappingSet, around: Neighbors = ALONE
) -> Reading:
    """The drug that was ordered, from when it was ordered or its dosage begins."""
    draft = Draft("MedicationRequest", request.id, request.meta, request.subject)
    bounds = _bounds(request)
    starts = [period.start for period in bounds if period.start]
    draft.effective = min(starts) if starts else request.authoredOn
    stop = max((period.end for period in bounds if period.end), default=None)
    concept = _concept(request, around)
    if request.doNotPerform:
        draft.refuse(concept, DO_NOT)
    elif request.intent not in INTENTS:
        draft.refuse(concept, NO_ORDER)
    else:
        _read(draft, request, REQUESTED, concept, stop, mapping_set)
    return draft.reading()


def _bounds(request: MedicationRequest) -> list[Period]:
    return [
        timing.repeat.boundsPeriod
        for timing in (dosage.timing for dosage in request.dosageInstruction)
        if timing is not None and timing.repeat is not None and timing.repeat.boundsPeriod
    ]


def read_medication_taken(
    taken: MedicationTaken, mapping_set: MappingSet, around: Neighbors = ALONE
) -> Reading:
    """The drug that was taken or given."""
    draft = Draft(type(taken).__name__, taken.id, taken.meta, taken.subject)
    period = taken.effectivePeriod
    draft.effective = start_of(taken.effectiveDateTime, period) or taken.dateAsserted
    stop = period.end if period else None
    if draft.resource_type == "MedicationAdministration" and stop is None:
        stop = taken.effectiveDateTime
    _read(draft, taken, TAKEN, _concept(taken, around), stop, mapping_set)
    return draft.reading()


def _concept(
    resource: MedicationRequest | MedicationTaken, around: Neighbors
) -> CodeableConcept | None:
    """The medication's code, followed into a contained or neighboring Medication."""
    if resource.medicationCodeableConcept is not None or resource.medicationReference is None:
        return resource.medicationCodeableConcept
    reference: Reference = resource.medicationReference
    target = reference.reference or ""
    if target.startswith("#"):
        medication = contained(resource.contained, target[1:], Medication)
    else:
        medication = around.medications.get(relative(target))
    if medication is not None and medication.code is not None:
        return medication.code
    return CodeableConcept(text=reference.display) if reference.display else None


def _read(
    draft: Draft,
    resource: MedicationRequest | MedicationTaken,
    counted: dict[str | None, tuple[str, ...]],
    concept: CodeableConcept | None,
    stop: str | None,
    mapping_set: MappingSet,
) -> None:
    status = resource.status
    flags = counted.get(status)
    if flags is None:
        draft.refuse(concept, status_reason(status))
        return
    if resource.modifierExtension:
        draft.refuse(concept, MODIFIED)
        return
    if concept is None:
        draft.refuse(None, NOT_SENT if resource.medicationReference else NO_CODE)
        return
    draft.status, draft.flags = status or "", flags
    course = {"start": draft.effective, "stop": stop, "ended": status in _ENDED}
    _read_drug(draft, concept, resource.reasonCode, course, mapping_set)


def _read_drug(
    draft: Draft,
    concept: CodeableConcept,
    reasons: list[CodeableConcept],
    course: dict[str, str | bool | None],
    mapping_set: MappingSet,
) -> None:
    rule, by_text = _rule(concept, mapping_set)
    if rule is None:
        draft.refuse(concept, NO_RULE)
    elif isinstance(rule, Refusal):
        draft.refuse(concept, rule.reason)
    elif _for_transplant(rule, reasons):
        draft.refuse(concept, TRANSPLANT)
    else:
        own = (BY_TEXT,) if by_text else ()
        if isinstance(rule, DrugRule):
            draft.sign = rule.sign
            draft.state("drug", {"drug": rule.drug, **course}, rule.id, flags=own)
        else:
            draft.state("therapy", {"therapy": rule.therapy, **course}, rule.id, flags=own)


def _for_transplant(rule: DrugRule | ProcedureRule, reasons: list[CodeableConcept]) -> bool:
    return (
        isinstance(rule, DrugRule)
        and rule.drug == "everolimus"
        and "transplant" in words_of(*reasons)
    )


def _rule(
    concept: CodeableConcept, mapping_set: MappingSet
) -> tuple[DrugRule | ProcedureRule | Refusal | None, bool]:
    """By code; else by a whole text: a generic name with or without strength, or a regimen."""
    rule = mapping_set.drugs.by_code(concept) or mapping_set.regimens.by_code(concept)
    if rule is not None:
        return rule, False
    for text in [concept.text, *(coding.display for coding in concept.coding)]:
        if text:
            named = drug_named(text, mapping_set.drugs) or mapping_set.regimens.names.get(
                folded(text)
            )
            if named is not None:
                return named, True
    return None, False


def drug_named(text: str, drugs: Lookup[DrugRule]) -> DrugRule | Refusal | None:
    """The drug whose name the whole text is, with or without strength, form and brand."""
    plain = _VOLUME.sub("", _BRAND.sub("", folded(text)))
    words = plain.split(" ")
    for end in range(len(words), 0, -1):
        rule = drugs.names.get(" ".join(words[:end]).rstrip(","))
        if rule is not None:
            rest = words[end:]
            fits = all(word in _FORM or _STRENGTH.fullmatch(word) for word in rest)
            return rule if fits else None
    return None
