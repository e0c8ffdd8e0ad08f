"""The report texts and their labels are sound: ids, facts, values, and sentences that stand there.

How texts are read is tested elsewhere; here only the measure itself is.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from nelm.facts import Therapy, checked_value
from nelm.logic import Range

FOLDER = Path(__file__).parents[1] / "fixtures" / "report_texts"
Text = dict[str, Any]


def corpus() -> list[tuple[str, Text]]:
    """Every text with the name of its file."""
    files = sorted(FOLDER.glob("*.yaml"))
    return [(file.stem, text) for file in files for text in _read(file)]


def _read(file: Path) -> list[Text]:
    read: list[Text] = yaml.load(file.read_text(), yaml.CSafeLoader)
    return read


CORPUS = corpus()
SECOND = [text for file in sorted((FOLDER / "second").glob("*.yaml")) for text in _read(file)]
ALL = [*(text for _, text in CORPUS), *SECOND]
TEXTS = pytest.mark.parametrize("text", ALL, ids=[text["id"] for text in ALL])


def _folded(words: str) -> str:
    return " ".join(words.split())


def _value(fact: str, value: Any) -> Any:
    """The written value as the catalog's: a range, therapies, or as it stands."""
    if fact == "treatment_history":
        return [Therapy(**one) for one in value]
    return Range(**value) if isinstance(value, dict) else value


def _labels(text: Text) -> list[Text]:
    return [*text["expected"], *text.get("accepted", [])]


def test_ids_are_slugs_and_unique() -> None:
    ids = Counter(text["id"] for text in ALL)
    assert [one for one, times in ids.items() if times > 1] == []
    assert [one for one in ids if not re.fullmatch(r"[a-z0-9-]+", one)] == []


def test_no_text_stands_there_twice() -> None:
    texts = Counter(_folded(text["text"]) for text in ALL)
    assert [one for one, times in texts.items() if times > 1] == []


def test_each_file_holds_one_kind_and_one_set() -> None:
    assert [text["id"] for name, text in CORPUS if name != f"{text['kind']}_{text['set']}"] == []
    assert {text["set"] for _, text in CORPUS} == {"open", "sealed"}


def test_there_are_enough_texts_in_english_and_german() -> None:
    kinds = Counter(text["kind"] for _, text in CORPUS)
    assert kinds["german"] == 20
    assert kinds.total() - kinds["german"] >= 180


def test_every_kind_is_split_alike() -> None:
    kinds: dict[str, list[bool]] = {}
    for _, text in CORPUS:
        kinds.setdefault(text["kind"], []).append(text["set"] == "open")
    shares = {kind: sum(opened) / len(opened) for kind, opened in kinds.items()}
    assert {kind: share for kind, share in shares.items() if not 0.3 < share < 0.42} == {}


def test_a_sixth_of_the_texts_expects_nothing() -> None:
    assert sum(not text["expected"] for _, text in CORPUS) >= len(CORPUS) / 6


def test_the_second_corpus_holds_forty_texts_of_which_some_expect_nothing() -> None:
    assert len(SECOND) == 40
    assert sum(not text["expected"] for text in SECOND) >= 10


@TEXTS
def test_every_label_is_a_fact_with_a_possible_value(text: Text) -> None:
    for label in _labels(text):
        assert set(label) == {"fact", "value", "sentence"}
        assert checked_value(label["fact"], _value(label["fact"], label["value"])) is not None


@TEXTS
def test_every_sentence_stands_in_its_text(text: Text) -> None:
    words = _folded(text["text"])
    assert [one["sentence"] for one in _labels(text) if _folded(one["sentence"]) not in words] == []


@TEXTS
def test_no_fact_is_expected_with_two_values(text: Text) -> None:
    """Sets and therapies apart, whose members stand one per entry."""
    several = {"extrahepatic_sites", "progressed_on", "treatment_history"}
    facts = Counter(one["fact"] for one in text["expected"] if one["fact"] not in several)
    assert [fact for fact, times in facts.items() if times > 1] == []
