"""How many results are too old, and of which kind the oldest is: only where an open option reads
them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from nelm.assessment import Assessment, assess
from nelm.facts import Fact, FactSet
from nelm.old_results import too_old, too_old_words
from tests.nelm.options.judged import AS_OF
from tests.vignettes.worked_cases import sheet

MIDGUT = sheet()["bases"]["multifocal_midgut"]


def aged(days: dict[str, int], **others: Any) -> Assessment:
    facts = {**MIDGUT, **others}
    old = {
        name: Fact(name, facts[name], effective=AS_OF - timedelta(days=age))
        for name, age in days.items()
    }
    return assess(FactSet.of({**facts, **old}), None, AS_OF)


def test_a_result_past_its_limit_counts_where_an_open_option_reads_it() -> None:
    one = aged({"liver_lesion_count": 181, "krenning_score": 366, "bilirubin_mg_dl": 91})
    assert too_old(one) == {"liver_lesion_count", "krenning_score", "bilirubin_mg_dl"}
    fresh = aged({"liver_lesion_count": 180, "krenning_score": 365, "bilirubin_mg_dl": 90})
    assert too_old(fresh) == frozenset()


def test_what_only_closed_options_read_is_left_out() -> None:
    one = aged({"primary_resectable": 400}, primary_resectable=True)
    assert one.option("hepatectomy").verdict == "not_indicated"
    assert "primary_resectable" in one.stale
    assert too_old(one) == frozenset()


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({"krenning_score": 400}, "1 result too old (receptor imaging 400 days)"),
        (
            {"krenning_score": 400, "liver_lesion_count": 500, "inr": 100},
            "3 results too old (imaging 500 days)",
        ),
        ({"inr": 400, "krenning_score": 400}, "2 results too old (receptor imaging 400 days)"),
        ({"ecog": 100}, "1 result too old (ECOG 100 days)"),
    ],
)
def test_the_oldest_is_named_with_its_age(days: dict[str, int], words: str) -> None:
    assert too_old_words(aged(days), days) == words


def test_beside_results_named_already_they_are_called_more() -> None:
    one = aged({"inr": 100, "ecog": 120})
    assert (
        too_old_words(one, ["inr"], more=True)
        == "1 more result too old (laboratory values 100 days)"
    )


def test_of_results_without_a_date_nothing_is_said() -> None:
    assert too_old_words(aged({}), ["inr", "vip"]) == ""
