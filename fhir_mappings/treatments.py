"""Procedures to statements: treatments, operations on the primary, anastomoses, studies."""

from __future__ import annotations

from fhir_mappings.codes import folded
from fhir_mappings.diagnostic_reports import state_study
from fhir_mappings.drafts import (
    MODIFIED,
    NO_CODE,
    NO_RULE,
    Draft,
    start_of,
    status_reason,
    words_of,
)
from fhir_mappings.elements import CodeableConcept, Procedure
from fhir_mappings.mapping_rules import DrugRule, MappingSet, ProcedureRule, Refusal
from fhir_mappings.sites import site_of
from fhir_mappings.statements import Reading
from fhir_mappings.values import BY_TEXT

COUNTED: dict[str | None, tuple[str, ...]] = {
    "completed": (),
    "in-progress": (),
    "stopped": ("stopped",),
}
# What words may make of a general code: an embolization with drugs, or with loaded beads.
_REFINED = {"tae": ("tace", "deb_tace"), "tace": ("deb_tace",)}
_LIGANDS = ("dotatate", "dotatoc", "oxodotreotide", "edotreotide", "lutathera")
NOT_HEPATIC = "counts only with the liver or hepatic artery as its site"
NO_LIGAND = "radionuclide therapy without a somatostatin receptor ligand stated"
PSMA = "a PSMA ligand, not PRRT of a neuroendocrine tumor"
NO_REGIMEN = "chemotherapy without a regimen that is listed"
STOPPED_UNDATED = "stopped, and no date says that it was begun"


def read_procedure(procedure: Procedure, mapping_set: MappingSet) -> Reading:
    """What a Procedure states: treatments only where done or begun, with the site they need."""
    draft = Draft("Procedure", procedure.id, procedure.meta, procedure.subject)
    concept, status = procedure.code, procedure.status
    draft.effective = start_of(procedure.performedDateTime, procedure.performedPeriod)
    if concept is None or not (concept.coding or concept.text):
        draft.refuse(concept, NO_CODE)
        return draft.reading()
    reason = _not_done(procedure, draft.effective)
    if reason is not None:
        draft.refuse(concept, reason)
    else:
        draft.status, draft.flags = status or "", COUNTED[status]
        _read_code(draft, procedure, concept, mapping_set)
    return draft.reading()


def _not_done(procedure: Procedure, begun: str | None) -> str | None:
    """Why it does not count as done or begun; None if it does."""
    if procedure.status not in COUNTED:
        return status_reason(procedure.status)
    if procedure.status == "stopped" and begun is None:
        return STOPPED_UNDATED
    return MODIFIED if procedure.modifierExtension else None


def _read_code(
    draft: Draft, procedure: Procedure, concept: CodeableConcept, mapping_set: MappingSet
) -> None:
    rule, by_text = mapping_set.procedures.by_code(concept), False
    if rule is None:
        by_text = True
        rule = mapping_set.procedures.by_text(concept) or mapping_set.regimens.by_text(concept)
    elif isinstance(rule, ProcedureRule) and rule.therapy in _REFINED:
        rule, by_text = _refined(rule, concept, mapping_set)
    if rule is None:
        draft.refuse(concept, NO_RULE)
    elif isinstance(rule, Refusal):
        draft.refuse(concept, rule.reason)
    else:
        if rule.regimen:
            named = mapping_set.regimens.names.get(folded(concept.text or ""))
            if not isinstance(named, ProcedureRule):
                draft.refuse(concept, NO_REGIMEN)
                return
            rule, by_text = named, True
        problem = _missing_need(rule, procedure, concept, mapping_set)
        if problem is not None:
            draft.refuse(concept, problem)
            return
        draft.sign = rule.sign or rule.needs == "somatostatin_ligand"
        _state(draft, procedure, rule, (BY_TEXT,) if by_text else ())


def _refined(
    rule: ProcedureRule, concept: CodeableConcept, mapping_set: MappingSet
) -> tuple[ProcedureRule, bool]:
    """The kind of embolization, where the words name a more specific one than the code."""
    named = mapping_set.procedures.names.get(folded(concept.text or ""))
    if isinstance(named, ProcedureRule) and named.therapy in _REFINED[rule.therapy or ""]:
        return named, True
    return rule, False


def _missing_need(
    rule: ProcedureRule, procedure: Procedure, concept: CodeableConcept, mapping_set: MappingSet
) -> str | None:
    """What the rule needs to be stated besides and is not; None if nothing is missing."""
    if rule.needs == "liver":
        site, _, _ = site_of([*procedure.bodySite, _said(concept)], mapping_set.body_sites)
        return None if site is not None else NOT_HEPATIC
    return (
        _missing_ligand(rule, procedure, concept, mapping_set) if rule.therapy == "prrt" else None
    )


def _missing_ligand(
    rule: ProcedureRule, procedure: Procedure, concept: CodeableConcept, mapping_set: MappingSet
) -> str | None:
    """Whether a radionuclide therapy is one with a somatostatin receptor ligand."""
    displays = [CodeableConcept(text=used.display) for used in procedure.usedReference]
    words = words_of(concept, *procedure.usedCode, *displays)
    drugs = [mapping_set.drugs.by_code(used) for used in procedure.usedCode]
    if "psma" in words or any(isinstance(drug, Refusal) for drug in drugs):
        return PSMA
    if rule.needs is None or any(ligand in words for ligand in _LIGANDS):
        return None
    named = any(isinstance(d, DrugRule) and d.drug == "lutetium_dotatate" for d in drugs)
    return None if named else NO_LIGAND


def _said(concept: CodeableConcept) -> CodeableConcept:
    """The words of the procedure's own code, which may name the liver."""
    return CodeableConcept(text=words_of(concept))


def _state(draft: Draft, procedure: Procedure, rule: ProcedureRule, flags: tuple[str, ...]) -> None:
    if rule.therapy is not None:
        period = procedure.performedPeriod
        stop = period.end if period else procedure.performedDateTime
        therapy = {
            "therapy": rule.therapy,
            "start": draft.effective,
            "stop": stop,
            "ended": procedure.status != "in-progress",
        }
        draft.state("therapy", therapy, rule.id, flags=flags)
    if rule.organ:
        draft.state("primary_resection", list(rule.organ), rule.id, flags=flags)
    state_study(draft, procedure.code, rule, flags)
