"""DiagnosticReports and ImagingStudies: coded conclusions, and the date and kind of the study.

Words of a report only ever become candidates.
"""

from __future__ import annotations

from collections.abc import Sequence

from fhir_mappings.drafts import MODIFIED, NO_CODE, NO_RULE, Draft, start_of, status_reason
from fhir_mappings.elements import CodeableConcept, DiagnosticReport, ImagingStudy
from fhir_mappings.mapping_rules import MappingSet, ProcedureRule, Refusal
from fhir_mappings.reports.statements import state_report_words
from fhir_mappings.sites import site_of
from fhir_mappings.statements import Reading
from fhir_mappings.values import BY_TEXT

COUNTED = frozenset({"final", "amended", "corrected", "appended"})
NO_DATE = "a study without a date"
NO_SITE = "says not what was looked at: no body site and no procedure code beside the modality"
OTHER_SITE = "the body site is not the liver or the abdomen"
NO_FACT = "states no fact by its code or conclusion codes"


def read_diagnostic_report(report: DiagnosticReport, mapping_set: MappingSet) -> Reading:
    """What a report states by code."""
    draft = Draft("DiagnosticReport", report.id, report.meta, report.subject)
    draft.effective = start_of(report.effectiveDateTime, report.effectivePeriod) or report.issued
    if report.status not in COUNTED:
        draft.refuse(report.code, status_reason(report.status))
        return draft.reading()
    if report.modifierExtension:
        draft.refuse(report.code, MODIFIED)
        return draft.reading()
    draft.status = report.status
    _read_codes(draft, report, mapping_set)
    if report.conclusion or report.presentedForm:
        state_report_words(draft, report)
    return draft.reading()


def _read_codes(draft: Draft, report: DiagnosticReport, mapping_set: MappingSet) -> None:
    understood = report.code is not None and read_study(draft, report.code, mapping_set)
    for concept in report.conclusionCode:
        understood = _read_conclusion(draft, concept, mapping_set) or understood
    if not understood:
        has_code = report.code is not None and (report.code.coding or report.code.text)
        draft.refuse(report.code, NO_FACT if has_code else NO_CODE)


def _read_conclusion(draft: Draft, concept: CodeableConcept, mapping_set: MappingSet) -> bool:
    rules = mapping_set.findings.all_by_code(concept)
    if not rules:
        draft.refuse(concept, NO_RULE)
    for rule in rules:
        draft.sign = draft.sign or rule.sign
        if isinstance(rule, Refusal):
            draft.refuse(concept, rule.reason)
        else:
            draft.give(rule.states + rule.current, rule.id)
    return True


def read_imaging_study(study: ImagingStudy, mapping_set: MappingSet) -> Reading:
    """The date and kind of a study."""
    draft = Draft("ImagingStudy", study.id, study.meta, study.subject)
    draft.effective = study.started
    if study.status in (None, "cancelled", "entered-in-error", "unknown", "registered"):
        draft.refuse(None, status_reason(study.status))
    elif study.modifierExtension:
        draft.refuse(None, MODIFIED)
    else:
        sites = [CodeableConcept([one.bodySite]) for one in study.series if one.bodySite]
        codes = [*study.procedureCode, *_modalities(study, mapping_set)]
        known = [read_study(draft, code, mapping_set, sites) for code in codes]
        if not any(known):
            concept = codes[0] if codes else None
            draft.refuse(concept, _why_unread(concept, sites, mapping_set))
    return draft.reading()


def _why_unread(
    concept: CodeableConcept | None, sites: Sequence[CodeableConcept], mapping_set: MappingSet
) -> str:
    """Whether the code is unknown, or known and its site missing or another one."""
    if concept is None:
        return NO_CODE
    rule = mapping_set.procedures.by_code(concept)
    if isinstance(rule, ProcedureRule) and rule.needs == "liver":
        return OTHER_SITE if sites else NO_SITE
    return NO_RULE


def _modalities(study: ImagingStudy, mapping_set: MappingSet) -> list[CodeableConcept]:
    """CT, MR: looked at where no procedure says what was done; none of them beside a PET."""
    if any(map(mapping_set.procedures.by_code, study.procedureCode)):
        return []
    concepts = [CodeableConcept([coding]) for coding in study.modality]
    rules = map(mapping_set.procedures.by_code, concepts)
    return [] if any(isinstance(rule, Refusal) for rule in rules) else concepts


def read_study(
    draft: Draft,
    concept: CodeableConcept,
    mapping_set: MappingSet,
    sites: Sequence[CodeableConcept] = (),
) -> bool:
    """States the date of a cross-sectional study and the modality of a receptor study.

    sites: what was looked at, where the code alone does not say.
    """
    rules = mapping_set.procedures.all_by_code(concept)
    flags: tuple[str, ...] = ()
    if not rules:
        named = mapping_set.procedures.by_text(concept)
        rules, flags = ([named] if named is not None else []), (BY_TEXT,)
    of_liver = bool(sites) and site_of(sites, mapping_set.body_sites)[0] is not None
    studies = [
        rule
        for rule in rules
        if isinstance(rule, ProcedureRule)
        and _is_study(rule)
        and (rule.needs != "liver" or of_liver)
    ]
    for rule in studies:
        draft.sign = draft.sign or rule.sign
        state_study(draft, concept, rule, flags)
    return bool(studies)


def _is_study(rule: ProcedureRule) -> bool:
    return rule.imaging or any(given.fact == "sstr_modality" for given in rule.states)


def state_study(
    draft: Draft, concept: CodeableConcept | None, rule: ProcedureRule, flags: tuple[str, ...]
) -> None:
    """The study's own statements; without a date it says nothing about when imaging was done."""
    if rule.imaging and not draft.effective:
        draft.refuse(concept, NO_DATE)
    elif rule.imaging:
        draft.state("latest_cross_sectional_imaging", draft.effective, rule.id, flags=flags)
    draft.give(rule.states, rule.id, flags)
