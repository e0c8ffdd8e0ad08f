"""A predicate as FHIRPath: three-valued, with the empty collection as unknown."""

from __future__ import annotations

import pytest

from fhir_mappings.fhirpath import fhirpath, variable
from nelm.case import Case
from nelm.evidence.parameters import DEFAULTS
from nelm.logic import Kleene
from nelm.predicates import (
    Predicate,
    all_of,
    always,
    contains,
    equals,
    is_true,
    judged,
    known,
    less_than,
    negated,
    one_of,
    present,
    unknown_as,
)


def some_rule(case: Case) -> Kleene:
    """What it asks."""
    return case.value("ecog") is not None


@pytest.mark.parametrize(
    ("predicate", "path"),
    [
        (always(), "true"),
        (known("ecog"), "%ecog.exists()"),
        (present("ecog"), "iif(%ecog.exists(), true, {})"),
        (is_true("bilobar"), "%bilobar = true"),
        (equals("staging.grade", "G2"), "%`staging.grade` = 'G2'"),
        (one_of("ecog", (0, 1)), "%ecog in (0 | 1)"),
        (contains("progressed_on", "ssa", "prrt"),
         "iif(%progressed_on.exists(), %progressed_on.intersect('prrt' | 'ssa').exists(), {})"),
        (less_than("largest_liver_lesion_mm", parameter="ablation_max_mm"),
         "%largest_liver_lesion_mm < 35"),
        (less_than("inr", 1.5), "%inr < 1.5"),
        (negated(is_true("bilobar")), "(%bilobar = true).not()"),
        (unknown_as(is_true("bilobar"), False), "(%bilobar = true).where($this = true).exists()"),
        (unknown_as(is_true("bilobar"), True),
         "(%bilobar = true).where($this = false).exists().not()"),
        (all_of(is_true("bilobar"), known("ecog")), "(%bilobar = true) and (%ecog.exists())"),
        (judged(some_rule, reads=("ecog",)), "%`What it asks (from ecog)`"),
    ],
)  # fmt: skip
def test_a_predicate_is_written_as_fhirpath(predicate: Predicate, path: str) -> None:
    assert fhirpath(predicate, DEFAULTS) == path


def test_a_name_that_is_no_word_stands_in_backticks() -> None:
    assert variable("ecog") == "%ecog"
    assert variable("HEP-1") == "%`HEP-1`"


def test_a_predicate_of_another_kind_has_no_path() -> None:
    with pytest.raises(TypeError, match="no FHIRPath for object"):
        fhirpath(object(), DEFAULTS)  # type: ignore[arg-type]
