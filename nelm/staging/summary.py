"""The whole staging of a patient, and its completeness.

Facts given as a range are staged once for each possible value; `merged` keeps what all agree on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from nelm.facts import FactSet
from nelm.logic import Kleene
from nelm.staging.contradictions import contradictions
from nelm.staging.course import derive_course
from nelm.staging.grade import derive_grade
from nelm.staging.liver_extent import derive_liver_extent
from nelm.staging.liver_function import derive_liver_function
from nelm.staging.phenotype import derive_phenotype
from nelm.staging.prognosis import PrognosticNote, prognostic_notes
from nelm.staging.reads import READS
from nelm.staging.resectability import derive_resectability
from nelm.staging.spread import derive_spread


@dataclass(slots=True)
class Staging:
    """What is derived from the facts; None is unknown throughout.

    `resection_candidacy` and `strategy` follow from verdicts and are filled in the order of
    judging; everything else is settled before any option is judged.
    """

    grade: str | None
    low_grade: Kleene
    well_g3: Kleene
    nec: Kleene
    well: Kleene
    ki67: float | None
    liver_type: str | None
    burden_band: str | None
    distribution: str | None
    clear_liver: Kleene
    resectability: str | None
    remnant: str | None
    remnant_adequate: Kleene
    extrahepatic_class: str | None
    extrahepatic_none: Kleene
    extrahepatic_disease_present: Kleene
    m_category: str | None
    functional_status: str | None
    functional: Kleene
    functional_uncontrolled: Kleene
    carcinoid: Kleene
    symptomatic: Kleene
    sstr_status: str | None
    liver_function: str | None
    child_pugh_at_least_b: Kleene
    child_pugh_at_least_c: Kleene
    synthetic_function_compromised: Kleene
    tempo: str | None
    stable_months: float | None
    progression: Kleene
    calm: Kleene
    timing: str | None
    systemic_failed: Kleene
    previous_therapies: frozenset[str] | None
    notes: tuple[str, ...]
    prognostic_notes: tuple[PrognosticNote, ...] = ()
    completeness: float = 0.0
    resection_candidacy: str | None = None
    strategy: str | None = None


# Each core item counts as complete if one of its facts is known and fresh (operational).
CORE: tuple[tuple[str, ...], ...] = (
    ("ki67_primary_percent", "ki67_metastasis_percent"),
    ("mitoses_per_2mm2",),
    ("differentiation",),
    ("liver_lesion_count",),
    ("largest_liver_lesion_mm",),
    ("liver_tumor_burden_percent",),
    ("extrahepatic_disease", "extrahepatic_sites"),
    ("krenning_score", "sstr_uptake_at_least_liver"),
    ("reported_resectability", "resectable_percent"),
    ("primary_status",),
    ("age_years",),
    ("ecog",),
)


def completeness(facts: FactSet, stale: frozenset[str]) -> float:
    """Share of the core items that are known and fresh, 0 to 1.

    Source: operational.
    """
    known = facts.values
    fresh = sum(any(n in known and n not in stale for n in names) for names in CORE)
    return round(fresh / len(CORE), 2)


def stage(facts: FactSet, values: Mapping[str, Any], parameters: Mapping[str, Any]) -> Staging:
    """The staging for one set of plain values; completeness is added by the assessment.

    Source: each part names its own.
    """
    grade = derive_grade(values, parameters)
    extent = derive_liver_extent(values, parameters)
    surgery = derive_resectability(values, parameters, extent.clear_liver, extent.liver_type)
    spread = derive_spread(values, parameters, extent.clear_liver)
    phenotype = derive_phenotype(values)
    course = derive_course(
        values, parameters, facts.series, phenotype.symptomatic, phenotype.functional
    )
    outputs: tuple[Any, ...] = (
        *grade[:-1],
        *extent[:-1],
        *surgery[:-1],
        *spread[:-1],
        *phenotype[:-1],
        *derive_liver_function(values, parameters),
        *course,
        grade.notes
        + extent.notes
        + contradictions(facts, values)
        + surgery.notes
        + spread.notes
        + phenotype.notes,
    )
    staging = Staging(*outputs)
    staging.prognostic_notes = prognostic_notes(facts, values, staging, parameters)
    return staging


def merged(stagings: Sequence[Staging], blurred: frozenset[str] = frozenset()) -> Staging:
    """What every possible staging agrees on; unknown elsewhere, or where a blurred fact is read."""
    agreed: dict[str, Any] = {}
    for field in fields(Staging):
        found = [getattr(staging, field.name) for staging in stagings]
        if field.name in ("notes", "prognostic_notes"):
            common = set(found[0]).intersection(*found[1:])
            agreed[field.name] = tuple(one for one in found[0] if one in common)
        elif not READS.get(field.name, frozenset()).isdisjoint(blurred):
            agreed[field.name] = None
        else:
            agreed[field.name] = found[0] if all(one == found[0] for one in found) else None
    return Staging(**agreed)
