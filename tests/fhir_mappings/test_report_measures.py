"""What reading reports in words must reach on the labelled texts; a floor, not the whole test."""

import pytest

from docs.report_words import SETS, Score, labelled_texts, score_of, second_texts

# Measured: docs/clinical/report-words.md.
LEAST_PRECISION = {"open": 0.99, "sealed": 0.96}
LEAST_RECALL = {"open": 0.95, "sealed": 0.74}


@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    return {name: score_of(labelled_texts(name)) for name in SETS}


@pytest.mark.parametrize("which", SETS)
def test_what_is_stated_is_nearly_always_there(scores: dict[str, Score], which: str) -> None:
    assert scores[which].precision() >= LEAST_PRECISION[which]


@pytest.mark.parametrize("which", SETS)
def test_most_of_what_is_there_is_found(scores: dict[str, Score], which: str) -> None:
    assert scores[which].recall() >= LEAST_RECALL[which]


def test_precision_over_all_texts_holds(scores: dict[str, Score]) -> None:
    total = Score()
    for one in scores.values():
        total.add(one)
    assert total.precision() >= 0.965
    assert total.expected() >= 700


def test_lists_tables_and_number_words_are_read() -> None:
    second = score_of(second_texts())
    assert second.precision() >= 0.98
    assert second.recall() >= 0.9
