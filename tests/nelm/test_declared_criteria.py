"""What holds for every criterion of every option: sources, names, limits, places."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nelm.catalog import CATALOG
from nelm.criteria import Criterion, Option
from nelm.evidence.citations import CITATIONS
from nelm.evidence.packs import PACKS
from nelm.evidence.parameters import THRESHOLDS
from nelm.options.registry import OPTIONS
from nelm.options.transplant import LIVER_TRANSPLANT_ENETS
from nelm.predicates import Compound, Defaulted, Judged, Negated, Predicate
from nelm.staging.reads import COMPARED, MISSING, READS
from nelm.strategy import OPTION_IDS

ALL_OPTIONS = (*OPTIONS, LIVER_TRANSPLANT_ENETS)
NUMBERS = {name for name, kind in CATALOG.items() if kind.low is not None}
DERIVED_NUMBERS = {"staging.ki67", "staging.stable_months"}


def parts(predicate: Predicate) -> Iterator[Predicate]:
    yield predicate
    match predicate:
        case Compound():
            for part in predicate.parts:
                yield from parts(part)
        case Negated() | Defaulted():
            yield from parts(predicate.part)


def predicates(criterion: Criterion) -> Iterator[Predicate]:
    for declared in (criterion.predicate, criterion.strong, criterion.check):
        if isinstance(declared, Predicate):
            yield from parts(declared)


def test_options_stand_in_the_order_of_the_page() -> None:
    assert tuple(option.id for option in OPTIONS) == OPTION_IDS


@pytest.mark.parametrize("option", ALL_OPTIONS, ids=lambda option: option.id)
def test_every_criterion_has_sources_and_a_reason(option: Option) -> None:
    for criterion in option.criteria:
        assert criterion.cites, criterion.id
        assert criterion.title, criterion.id
        assert criterion.because, criterion.id
        assert set(criterion.cites) <= set(CITATIONS), criterion.id
        assert criterion.pack is None or criterion.pack in PACKS, criterion.id
        for source, _ in criterion.conflict.positions if criterion.conflict else ():
            assert source in CITATIONS, criterion.id


@pytest.mark.parametrize("option", ALL_OPTIONS, ids=lambda option: option.id)
def test_an_option_names_each_criterion_once(option: Option) -> None:
    ids = [criterion.id for criterion in option.criteria]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("option", ALL_OPTIONS, ids=lambda option: option.id)
def test_a_function_names_the_limits_of_the_numbers_it_reads(option: Option) -> None:
    """Else a fact given as a range would not be tried on both sides of them."""
    for criterion in option.criteria:
        for predicate in predicates(criterion):
            if isinstance(predicate, Judged):
                numbers = predicate.names & (NUMBERS | DERIVED_NUMBERS)
                assert numbers <= {name for name, _ in predicate.compares}, criterion.id


@pytest.mark.parametrize("option", ALL_OPTIONS, ids=lambda option: option.id)
def test_parameters_exist(option: Option) -> None:
    for criterion in option.criteria:
        assert criterion.parameters <= set(THRESHOLDS), criterion.id


def test_tables_of_staging_name_facts_of_the_catalog() -> None:
    assert frozenset().union(*READS.values()) <= set(CATALOG)
    assert set(COMPARED) <= NUMBERS
    assert set(MISSING) <= set(READS)
    for name, groups in MISSING.items():
        assert {fact for group in groups for fact in group} <= READS[name], name
