"""How an Observation is read where its value alone is not enough: one function per kind of rule.

Specimens, body sites, upper limits and methods are looked at here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from fhir_mappings.drafts import Draft, words_of
from fhir_mappings.elements import CodeableConcept, Observation, Valued
from fhir_mappings.mapping_rules import Lookup, MappingSet, ObservationRule, Refusal, SiteRule
from fhir_mappings.sites import Neighbors, relative, site_of, tissue_of
from fhir_mappings.units import REFUSED_UNIT
from fhir_mappings.values import (
    ABSENT_REASON,
    BY_TEXT,
    NO_VALUE,
    Value,
    limit_is_text,
    number_of,
    plain_number,
    range_of,
    single_high,
    upper_limit_of,
    value_of,
)

NOT_LIVER = "the body site is not the liver, or is not stated"
LIVER_MARGIN = "the margin of a liver specimen, not of the primary"
NO_LIMIT = "not a mass concentration, and the report gives no upper limit in the same unit"


class Place(msgspec.Struct, gc=False):
    """The Observation being read, with what it may refer to."""

    draft: Draft
    observation: Observation
    mapping_set: MappingSet
    around: Neighbors

    @property
    def known_sites(self) -> Lookup[SiteRule]:
        return self.mapping_set.body_sites


def unread_fact(fact: str, reason: str) -> str | None:
    """The fact, unless the sender says that there is no value of it."""
    return None if reason in (NO_VALUE, ABSENT_REASON) else fact


def read_plainly(
    draft: Draft, element: Valued, rule: ObservationRule, flags: tuple[str, ...]
) -> None:
    """The value, in the fact's unit, is the fact."""
    number = plain_number(element, rule)
    if number is None:
        value = value_of(element, rule)
        if isinstance(value, str):
            draft.refuse(element.code, value, unread_fact(rule.fact, value))
            return
        if value.by_text:
            flags = (BY_TEXT,)
        if rule.units is None:
            draft.give(value.gives, rule.id, flags)
            return
        number = value.gives[0].value
    limit = upper_limit_of(element, rule) if element.referenceRange else None
    draft.state(rule.fact, number, rule.id, unit=rule.unit, flags=flags, upper_limit=limit)


def _tissue(place: Place, element: Valued, rule: ObservationRule, flags: tuple[str, ...]) -> None:
    """Mitoses, grade, differentiation: the specimen goes into the flags."""
    tissue = tissue_of(place.observation, place.around, place.known_sites)
    where = {"metastasis": ("specimen_metastasis",), None: ("specimen_unknown",)}.get(tissue, ())
    _plain_flagged(place.draft, element, rule, rule.fact, (*flags, *where))


def _ki67(place: Place, element: Valued, rule: ObservationRule, flags: tuple[str, ...]) -> None:
    """Ki-67 of the liver is that of the metastasis; of an unstated specimen, of the primary."""
    tissue = tissue_of(place.observation, place.around, place.known_sites)
    fact = "ki67_metastasis_percent" if tissue == "metastasis" else "ki67_primary_percent"
    if tissue is None:
        flags = (*flags, "specimen_unknown")
    _plain_flagged(place.draft, element, rule, fact, flags)


def _plain_flagged(
    draft: Draft, element: Valued, rule: ObservationRule, fact: str, flags: tuple[str, ...]
) -> None:
    value = value_of(element, rule)
    if isinstance(value, str):
        draft.refuse(element.code, value, unread_fact(fact, value))
        return
    if value.by_text and BY_TEXT not in flags:
        flags = (BY_TEXT, *flags)
    for given, number, flag in value.gives:
        name = fact if given == rule.fact else given
        own = (*flags, flag) if flag else flags
        draft.state(name, number, rule.id, unit=rule.unit, flags=own)


def _chromogranin(
    place: Place, element: Valued, rule: ObservationRule, flags: tuple[str, ...]
) -> None:
    """Mass units give ng/mL; any unit gives the multiple of the report's own upper limit."""
    multiple = _times_upper_limit(element)
    value = value_of(element, rule)
    if isinstance(value, Value):
        limit = upper_limit_of(element, rule)
        flags = (BY_TEXT,) if value.by_text else flags
        number = value.gives[0].value
        place.draft.state(
            rule.fact, number, rule.id, unit=rule.unit, flags=flags, upper_limit=limit
        )
    elif value != REFUSED_UNIT:
        place.draft.refuse(element.code, value, unread_fact(rule.fact, value))
        return
    elif multiple is None:
        place.draft.refuse(element.code, NO_LIMIT, rule.fact)
    if multiple is not None:
        _state_multiple(place.draft, element, multiple, rule, flags)


def _state_multiple(
    draft: Draft, element: Valued, multiple: Any, rule: ObservationRule, flags: tuple[str, ...]
) -> None:
    high = single_high(element)
    if limit_is_text(element) and BY_TEXT not in flags:
        flags = (*flags, BY_TEXT)
    draft.state(
        "chromogranin_a_x_uln", multiple, rule.id, unit="{xULN}", flags=flags,
        upper_limit=high.value if high else None,
    )  # fmt: skip


def _times_upper_limit(element: Valued) -> Any:
    """Value over upper limit where both have the same unit; a range where it has a comparator."""
    quantity, high = element.valueQuantity, single_high(element)
    if quantity is None or quantity.value is None or high is None or not high.value:
        return None
    if not (quantity.code or quantity.unit):
        return None
    same = (high.code or high.unit) in (None, quantity.code, quantity.unit)
    if not same or high.value < 0 or quantity.value < 0:
        return None
    ratio = float(f"{quantity.value / high.value:.6g}")
    opened = {"<": "max", "<=": "max", ">": "min", ">=": "min"}
    if quantity.comparator is None:
        return ratio
    end = opened.get(quantity.comparator)
    if end is None:
        return None
    return {end: ratio, f"{end}_open": True} if len(quantity.comparator) == 1 else {end: ratio}


def _lesion(place: Place, element: Valued, rule: ObservationRule, flags: tuple[str, ...]) -> None:
    """One lesion of the liver, known by its BodyStructure, else by the Observation's id."""
    structures = [relative(ref.reference) for ref in place.observation.focus if ref.reference]
    structure = next((s for s in structures if s.startswith("BodyStructure/")), None) or next(
        (s for s in structures if s in place.around.body_structures), None
    )
    located = place.around.body_structures.get(structure) if structure else None
    named = [CodeableConcept(text=ref.display) for ref in place.observation.focus if ref.display]
    sites = [place.observation.bodySite, located.location if located else None, *named]
    site, lobe, by_words = site_of(sites, place.known_sites)
    if site != "liver":
        place.draft.refuse(element.code, NOT_LIVER)
        return
    size = _size(element, rule)
    if isinstance(size, str):
        fact = unread_fact("largest_liver_lesion_mm", size)
        place.draft.refuse(element.code, size, fact)
        return
    marks = words_of(
        element.code, place.observation.code, place.observation.method, *place.observation.category
    )
    lesion = {
        "id": structure or place.draft.source,
        "size_mm": size,
        "lobe": lobe,
        "targets_only": "target" in marks or "measurable" in marks,
    }
    place.draft.state(
        "liver_lesion", lesion, rule.id, unit="mm", flags=(BY_TEXT,) if by_words else flags
    )
    place.draft.sign = True


def _size(element: Valued, rule: ObservationRule) -> Any:
    if element.valueQuantity is not None:
        return number_of(element.valueQuantity, rule)
    if element.valueRange is not None:
        return range_of(element.valueRange, rule)
    value = value_of(element, rule)
    return value if isinstance(value, str) else value.gives[0].value


def _liver_only(
    place: Place, element: Valued, rule: ObservationRule, flags: tuple[str, ...]
) -> None:
    """A general code that counts with the liver as body site only."""
    site, _, by_words = site_of([place.observation.bodySite], place.known_sites)
    if site != "liver":
        place.draft.refuse(element.code, NOT_LIVER)
        return
    read_plainly(place.draft, element, rule, (*flags, BY_TEXT) if by_words else flags)
    place.draft.sign = True


def _margin(place: Place, element: Valued, rule: ObservationRule, flags: tuple[str, ...]) -> None:
    """The resection margin of the primary; that of a liver specimen is another one."""
    tissue = tissue_of(place.observation, place.around, place.known_sites)
    if tissue == "metastasis":
        place.draft.refuse(element.code, LIVER_MARGIN)
        return
    _plain_flagged(
        place.draft,
        element,
        rule,
        rule.fact,
        (*flags, "specimen_unknown") if tissue is None else flags,
    )


def _receptor(place: Place, element: Valued, rule: ObservationRule, flags: tuple[str, ...]) -> None:
    """A Krenning score; the method may name the study, which gives the modality."""
    read_plainly(place.draft, element, rule, flags)
    if place.observation.method is None:
        return
    study = place.mapping_set.procedures.by_code(place.observation.method)
    study = study or place.mapping_set.procedures.by_text(place.observation.method)
    if study is not None and not isinstance(study, Refusal):
        modality = tuple(given for given in study.states if given.fact == "sstr_modality")
        place.draft.give(modality, study.id)


READINGS: dict[str, Callable[[Place, Valued, ObservationRule, tuple[str, ...]], None]] = {
    "tissue": _tissue,
    "ki67": _ki67,
    "chromogranin": _chromogranin,
    "lesion": _lesion,
    "liver_only": _liver_only,
    "margin": _margin,
    "receptor": _receptor,
}
