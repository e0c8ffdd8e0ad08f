"""The parts of the staging in the order of their derivation, and from which facts each comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from nelm.facts import FactSet
from nelm.staging.contradictions import TUMOR_IN_LIVER, Contradictions, contradictions
from nelm.staging.course import Course, derive_course
from nelm.staging.grade import Grade, derive_grade
from nelm.staging.liver_extent import LiverExtent, derive_liver_extent
from nelm.staging.liver_function import LiverFunction, derive_liver_function
from nelm.staging.phenotype import Phenotype, derive_phenotype
from nelm.staging.reads import READS
from nelm.staging.resectability import Resectability, derive_resectability
from nelm.staging.spread import Spread, derive_spread


class Given(NamedTuple):
    """What a staging is derived from; `values` are plain values, one per fact."""

    facts: FactSet
    values: Mapping[str, Any]
    parameters: Mapping[str, Any]


class Parts(NamedTuple):
    """A later part may look at those before it."""

    grade: Grade
    extent: LiverExtent
    against: Contradictions
    surgery: Resectability
    spread: Spread
    phenotype: Phenotype
    function: LiverFunction
    course: Course


def _grade(given: Given, parts: Sequence[Any]) -> Grade:
    return derive_grade(given.values, given.parameters)


def _extent(given: Given, parts: Sequence[Any]) -> LiverExtent:
    return derive_liver_extent(given.values, given.parameters)


def _against(given: Given, parts: Sequence[Any]) -> Contradictions:
    return contradictions(given.facts, given.values)


def _surgery(given: Given, parts: Sequence[Any]) -> Resectability:
    extent = parts[1]
    return derive_resectability(
        given.values, given.parameters, extent.clear_liver, extent.liver_type
    )


def _spread(given: Given, parts: Sequence[Any]) -> Spread:
    return derive_spread(given.values, given.parameters, parts[1].clear_liver)


def _phenotype(given: Given, parts: Sequence[Any]) -> Phenotype:
    return derive_phenotype(given.values)


def _function(given: Given, parts: Sequence[Any]) -> LiverFunction:
    return derive_liver_function(given.values, given.parameters)


def _course(given: Given, parts: Sequence[Any]) -> Course:
    phenotype = parts[5]
    return derive_course(
        given.values,
        given.parameters,
        given.facts.series,
        phenotype.symptomatic,
        phenotype.functional,
    )


_DERIVED: tuple[tuple[type[Any], Callable[[Given, Sequence[Any]], Any]], ...] = (
    (Grade, _grade),
    (LiverExtent, _extent),
    (Contradictions, _against),
    (Resectability, _surgery),
    (Spread, _spread),
    (Phenotype, _phenotype),
    (LiverFunction, _function),
    (Course, _course),
)


def _reads(part: type[Any]) -> frozenset[str]:
    """Every fact behind its outputs, through the parts before it too."""
    if part is Contradictions:
        return frozenset({"liver_lesion_count", *TUMOR_IN_LIVER})
    return frozenset().union(*(READS[name] for name in part._fields if name != "notes"))


PART_READS: tuple[frozenset[str], ...] = tuple(_reads(part) for part, _ in _DERIVED)


def derived(given: Given) -> Parts:
    """All parts.

    Source: each part names its own.
    """
    parts: list[Any] = []
    for _, derive in _DERIVED:
        parts.append(derive(given, parts))
    return Parts._make(parts)


def derived_again(parts: Parts, places: Iterable[int], given: Given) -> Parts:
    """The parts with those at these places (rising) derived again; the rest as they were."""
    found = list(parts)
    for place in places:
        found[place] = _DERIVED[place][1](given, found)
    return Parts._make(found)


def changed_outputs(before: Parts, after: Parts) -> list[str]:
    """The staging outputs that differ, as predicates name them: `staging.grade`."""
    pairs: Iterable[tuple[Any, Any]] = zip(before, after, strict=True)
    return [
        f"staging.{name}"
        for old, new in pairs
        if old != new
        for name, was, now in zip(new._fields, old, new, strict=True)
        if was != now and name != "notes"
    ]
