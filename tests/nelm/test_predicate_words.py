"""A predicate written out says what it compares, under which setting, and what unknown means."""

from __future__ import annotations

import pytest

from nelm.case import Case
from nelm.evidence.parameters import DEFAULTS
from nelm.logic import Kleene
from nelm.options.registry import OPTIONS
from nelm.predicate_words import predicate_words
from nelm.predicates import (
    Predicate,
    all_of,
    always,
    any_of,
    contains,
    equals,
    is_true,
    judged,
    known,
    less_than,
    negated,
    one_of,
    unknown_as,
)


def some_rule(case: Case) -> Kleene:
    return case.value("ecog") is not None


@pytest.mark.parametrize(
    ("predicate", "said"),
    [
        (always(), "always"),
        (known("ecog"), "ecog is on file"),
        (is_true("bilobar"), "bilobar = true"),
        (equals("staging.grade", "G2"), "staging.grade = G2"),
        (one_of("sex", ("male", "female")), "sex in (female, male)"),
        (one_of("verdict.tae", ("eligible",), left_open_by=("insufficient_data",)),
         "(verdict.tae = eligible; insufficient_data counts as unknown)"),
        (contains("progressed_on", "ssa", "prrt"), "progressed_on includes prrt or ssa"),
        (less_than("ecog", 2), "ecog < 2"),
        (less_than("largest_liver_lesion_mm", parameter="ablation_max_mm"),
         "largest_liver_lesion_mm < 35 (ablation_max_mm)"),
        (negated(is_true("bilobar")), "not (bilobar = true)"),
        (unknown_as(is_true("bilobar"), False), "(bilobar = true; unknown counts as not met)"),
        (unknown_as(is_true("bilobar"), True), "(bilobar = true; unknown counts as met)"),
        (all_of(is_true("bilobar"), any_of(known("ecog"), less_than("ecog", 2))),
         "bilobar = true and (ecog is on file or ecog < 2)"),
        (judged(some_rule, reads=("ecog",), parameters=("surgery_ecog_max",)),
         "[some rule (from ecog, surgery_ecog_max 2)]"),
        (negated(judged(some_rule, reads=())), "not [some rule]"),
    ],
)  # fmt: skip
def test_a_predicate_is_written_out(predicate: Predicate, said: str) -> None:
    assert predicate_words(predicate, DEFAULTS) == said


def test_every_criterion_can_be_written_out_and_names_what_it_reads() -> None:
    for option in OPTIONS:
        for criterion in option.criteria:
            words = predicate_words(criterion.predicate, DEFAULTS)
            assert all(name in words for name in criterion.predicate.names), criterion.id


def test_a_predicate_of_another_kind_has_no_words() -> None:
    with pytest.raises(TypeError, match="no words for object"):
        predicate_words(object(), DEFAULTS)  # type: ignore[arg-type]
