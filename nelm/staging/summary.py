"""The whole staging of a patient, and its completeness.

Facts given as a range are staged once for each possible value; `merged` keeps what all agree on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from nelm.facts import FactSet
from nelm.logic import Kleene
from nelm.staging.parts import Given, Parts, derived
from nelm.staging.prognosis import PrognosticNote, prognostic_notes
from nelm.staging.reads import READS


@dataclass(slots=True)
class Staging:
    """What is derived from the facts; None is unknown throughout.

    `resection_candidacy` and `strategy` follow from verdicts and are filled in the order of
    judging; everything else is settled before any option is judged. `parts` is what it was put
    together from; None where several possible patients were merged.
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
    parts: Parts | None = None

    def copy(self) -> Staging:
        return Staging(*_every_field(self))


_every_field = attrgetter(*(field.name for field in fields(Staging)))

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
CORE_FACTS: frozenset[str] = frozenset(name for names in CORE for name in names)


def completeness(facts: FactSet, stale: frozenset[str]) -> float:
    """Share of the core items that are known and fresh, 0 to 1.

    Source: operational.
    """
    known = facts.values
    complete = 0
    for names in CORE:
        for name in names:
            if name in known and name not in stale:
                complete += 1
                break
    return round(complete / len(CORE), 2)


def stage(facts: FactSet, values: Mapping[str, Any], parameters: Mapping[str, Any]) -> Staging:
    """The staging for one set of plain values; completeness is added by the assessment.

    Source: each part names its own.
    """
    given = Given(facts, values, parameters)
    return put_together(derived(given), given)


def put_together(parts: Parts, given: Given) -> Staging:
    """The staging that these parts make, with its prognostic notes."""
    grade, extent, against, surgery, spread, phenotype, function, course = parts
    outputs: tuple[Any, ...] = (
        *grade[:-1],
        *extent[:-1],
        *surgery[:-1],
        *spread[:-1],
        *phenotype[:-1],
        *function,
        *course,
        grade.notes + extent.notes + against.notes + surgery.notes + spread.notes + phenotype.notes,
    )
    staging = Staging(*outputs)
    staging.parts = parts
    staging.prognostic_notes = prognostic_notes(*given[:2], staging, given.parameters)
    return staging


def merged(stagings: Sequence[Staging], blurred: frozenset[str] = frozenset()) -> Staging:
    """What every possible staging agrees on; unknown elsewhere, or where a blurred fact is read."""
    agreed: dict[str, Any] = {"parts": None}
    for field in fields(Staging)[:-1]:
        found = [getattr(staging, field.name) for staging in stagings]
        if field.name in ("notes", "prognostic_notes"):
            common = set(found[0]).intersection(*found[1:])
            agreed[field.name] = tuple(one for one in found[0] if one in common)
        elif not READS.get(field.name, frozenset()).isdisjoint(blurred):
            agreed[field.name] = None
        else:
            agreed[field.name] = found[0] if all(one == found[0] for one in found) else None
    return Staging(**agreed)
