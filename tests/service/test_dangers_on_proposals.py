"""Proposal and order card name the same danger, and what nobody can rule out of an open option."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from fhir_mappings.careplan_text import Sayings, activity_text
from nelm import Assessment, Range, assess, to_document
from nelm.facts import Fact, FactSet
from service.cds_hooks.models import Card
from tests.service.printed_cards import AS_OF, CardMaker, card_maker
from tests.vignettes.worked_cases import sheet

MIDGUT = sheet()["bases"]["multifocal_midgut"]
SEEN = date(2026, 5, 12)


@pytest.fixture(scope="module")
def maker() -> Iterator[CardMaker]:
    with card_maker() as made:
        yield made


def patient(**changes: Any) -> Assessment:
    facts = {
        name: Fact(name, value, effective=SEEN)
        for name, value in (MIDGUT | changes).items()
        if value is not None
    }
    return assess(FactSet.of(facts), None, AS_OF)


def lines(card: Card) -> list[str]:
    return [one for one in (card.detail or "").splitlines() if "TAE" in one]


def activity(assessment: Assessment, option: str) -> str:
    document = to_document(assessment)
    judged = next(one for one in document["options"] if one["option"] == option)
    return activity_text(judged, {}, Sayings(document))


def test_a_failing_heart_is_what_to_mind_before_the_carcinoid_syndrome(maker: CardMaker) -> None:
    found = lines(maker.proposal(patient(right_heart_failure=True)))
    assert any("Mind: right heart failure (2026-05-12) · RHF" in one for one in found)


def test_a_burden_on_both_sides_of_its_limit_stands_with_the_open_embolization(
    maker: CardMaker,
) -> None:
    assessment = patient(liver_tumor_burden_percent=Range(60, 90))
    found = lines(maker.proposal(assessment))
    assert any("on both sides of 75 % · EMB-5" in one for one in found)
    assert "Not settled: Liver tumor burden 60 to 90 %" in activity(assessment, "tae")


def test_unknown_pregnancy_of_a_woman_stands_with_the_open_embolization(maker: CardMaker) -> None:
    assessment = patient(sex="female", age_years=33, pregnant=None)
    found = lines(maker.proposal(assessment))
    assert any("not checked: pregnancy · PREG" in one for one in found)
    assert "Not settled: Not checked: pregnancy (PREG)" in activity(assessment, "tae")


def test_the_headline_says_why_the_first_option_has_a_strong_caution(maker: CardMaker) -> None:
    pregnant = patient(sex="female", age_years=33, pregnant=True)
    assert "strong caution: pregnant (2026-05-12)" in maker.proposal(pregnant).summary
