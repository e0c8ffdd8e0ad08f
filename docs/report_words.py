"""How well reports in words are read: precision and recall per fact on invented, labelled texts.

The texts and what may be taken from them: tests/fixtures/report_texts/README.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from fhir_mappings.reports.candidates import candidates_in

TEXTS = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "report_texts"
SETS = ("open", "sealed")
WITHIN = 0.01  # a converted number counts within 1 %
_THERAPY_KEYS = ("therapy", "cycles", "best_response")


@dataclass
class Score:
    """What was found rightly, stated without being there, and not found, by fact."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def precision(self, facts: Iterable[str] | None = None) -> float:
        """Share of what was stated that is there; 1 where nothing was stated."""
        stated = self.stated(facts)
        return _sum(self.right, facts) / stated if stated else 1.0

    def recall(self, facts: Iterable[str] | None = None) -> float:
        """Share of what is there that was found; 1 where nothing is there."""
        expected = self.expected(facts)
        return _sum(self.right, facts) / expected if expected else 1.0

    def stated(self, facts: Iterable[str] | None = None) -> int:
        """How many values were stated."""
        return _sum(self.right, facts) + _sum(self.wrong, facts)

    def expected(self, facts: Iterable[str] | None = None) -> int:
        """How many values are there."""
        return _sum(self.right, facts) + _sum(self.missed, facts)

    def seen(self) -> set[str]:
        """The facts that were stated or are there."""
        return {*self.right, *self.wrong, *self.missed}

    def add(self, other: Score) -> None:
        for name in ("right", "wrong", "missed"):
            getattr(self, name).update(getattr(other, name))


def _sum(counts: Counter[str], facts: Iterable[str] | None) -> int:
    return sum(counts.values()) if facts is None else sum(counts[name] for name in facts)


def second_texts() -> list[dict[str, Any]]:
    """The labelled texts written before the patterns learned lists and tables."""
    return [entry for file in sorted((TEXTS / "second").glob("*.yaml")) for entry in _read(file)]


def labelled_texts(which: str) -> list[dict[str, Any]]:
    """The labelled texts of one set, in the order of the files."""
    found: list[dict[str, Any]] = []
    for file in sorted(TEXTS.glob("*.yaml")):
        found += [entry for entry in _read(file) if entry["set"] == which]
    return found


def _read(file: Path) -> list[dict[str, Any]]:
    return yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader) or []


def score_of(entries: Iterable[dict[str, Any]]) -> Score:
    """The score over texts."""
    total = Score()
    for entry in entries:
        total.add(judged(entry)[0])
    return total


def judged(entry: dict[str, Any]) -> tuple[Score, list[tuple[str, Any]], list[tuple[str, Any]]]:
    """The score of one text, what was stated wrongly and what was missed."""
    stated = list(_parts((one.fact, one.value) for one in candidates_in([entry["text"]])))
    expected = _labels(entry.get("expected"))
    accepted = _labels(entry.get("accepted"))
    found = [one for one in expected if any(_agree(one, other) for other in stated)]
    missed = [one for one in expected if one not in found]
    wrong = [one for one in stated if not any(_agree(right, one) for right in expected + accepted)]
    score = Score(
        Counter(name for name, _ in found),
        Counter(name for name, _ in wrong),
        Counter(name for name, _ in missed),
    )
    return score, wrong, missed


def _labels(labels: Sequence[dict[str, Any]] | None) -> list[tuple[str, Any]]:
    kept: list[tuple[str, Any]] = []
    for one in _parts((label["fact"], label["value"]) for label in labels or ()):
        if one not in kept:
            kept.append(one)
    return kept


def _parts(pairs: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Members of sets and therapies one by one."""
    for fact, value in pairs:
        if isinstance(value, list):
            yield from ((fact, one) for one in value)
        else:
            yield fact, value


def _agree(expected: tuple[str, Any], stated: tuple[str, Any]) -> bool:
    if expected[0] != stated[0]:
        return False
    wanted, found = expected[1], stated[1]
    if isinstance(wanted, dict) and "therapy" in wanted:
        return all(wanted[key] == found.get(key) for key in _THERAPY_KEYS if key in wanted)
    if isinstance(wanted, dict) and isinstance(found, dict):
        return wanted.keys() == found.keys() and all(_same(wanted[k], found[k]) for k in wanted)
    return _same(wanted, found)


def _same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return abs(wanted - found) <= WITHIN * max(abs(wanted), abs(found))
    return bool(wanted == found)
