"""What is the same for every patient judged by the same criteria: their texts, once for all.

A rulebook is plain JSON with a digest, so that a record judged by it can be read long after the
criteria have changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from nelm.catalog import CATALOG
from nelm.criteria import Criterion, Plan, stale_caution
from nelm.evidence.parameters import DEFAULTS, Parameters
from nelm.freshness import LIMIT_PARAMETER
from nelm.judging import compiled
from nelm.logic import WORDS, Kleene
from nelm.staging.reads import facts_behind

Json = dict[str, Any]

# One letter per criterion: outcome (met, not met, unknown), strong mark, check mark.
_OUTCOMES: tuple[Kleene, ...] = (True, False, None)
LETTERS = {
    (outcome, strong, check): "abcdefghijkl"[4 * place + 2 * strong + check]
    for place, outcome in enumerate(_OUTCOMES)
    for strong in (False, True)
    for check in (False, True)
}
MARKS = {letter: marks for marks, letter in LETTERS.items()}
# How a kept record says it; a note is shown where it is met or unknown.
_NOT_MET = frozenset(letter for letter, (outcome, *_) in MARKS.items() if outcome is False)


class Rulebook:
    """The criteria's texts by option, as plain JSON (`document`) and ready to be filled in.

    digest: SHA-256 of the document; two rulebooks with the same digest say the same.
    """

    def __init__(self, document: Json) -> None:
        self.document = document
        self.encoded = json.dumps(document, ensure_ascii=False, sort_keys=True).encode()
        self.digest = hashlib.sha256(self.encoded).hexdigest()
        self.defaults: Json = document["parameters"]
        self._stale: Json = document["stale"]
        self._options = {one: Sheet(told) for one, told in document["options"].items()}

    def criteria(
        self, option: str, letters: str, stale: list[str], values: Json, parameters: Json
    ) -> list[Json]:
        """The criteria of one option with what they said of a patient, stale facts last.

        letters: one of `LETTERS` per criterion. Values and parameters by name; what is not among
        the values is null.
        """
        sheet = self._options[option]
        found = [
            line.filled(letter, values, parameters)
            for line, letter in zip(sheet.lines, letters, strict=True)
            if letter not in _NOT_MET or line.kind != "note"
        ]
        found += [self._stale_line(fact, sheet, values, parameters) for fact in stale]
        return found

    def _stale_line(self, fact: str, sheet: Sheet, values: Json, parameters: Json) -> Json:
        told = self._stale[fact]
        limit = told["limit"] or sheet.labs_limit
        return {
            **told["text"],
            "facts": {fact: values.get(fact)},
            "threshold": {limit: parameters[limit]},
        }


class Sheet:
    """One option's criteria in the order of the page."""

    def __init__(self, told: Json) -> None:
        self.labs_limit: str = told["labs_limit"]
        self.lines = [Line(one) for one in told["criteria"]]


class Line:
    """One criterion's text; what a patient adds is filled in."""

    def __init__(self, told: Json) -> None:
        self.kind: str = told["kind"]
        self._facts: list[str] = told["facts"]
        self._parameters: list[str] = told["parameters"]
        self._numbers: Json = told["numbers"]
        self._by_letter = {letter: _static(told, *marks) for letter, marks in MARKS.items()}

    def filled(self, letter: str, values: Json, parameters: Json) -> Json:
        """The criterion as a document shows it; lists and the conflict are shared, not copied."""
        found = self._by_letter[letter].copy()
        found["facts"] = {name: values.get(name) for name in self._facts}
        if self._parameters or self._numbers:
            named = {name: parameters[name] for name in self._parameters}
            found["threshold"] = {**self._numbers, **named}
        return found


def _static(told: Json, outcome: Kleene, strong: bool, check: bool) -> Json:
    title = told["title_to_check"] if outcome is None and check else told["title"]
    return {
        "id": told["id"],
        "kind": told["kind"],
        "strong": strong,
        "check": check,
        "outcome": WORDS[outcome],
        "title": title,
        "facts": {},
        "threshold": None,
        "citations": told["citations"],
        "conflict": told["conflict"],
    }


# The one we judge by now. ------------------------------------------------------------------------

_BOOKS: dict[int, Rulebook] = {}


def rulebook(parameters: Parameters) -> Rulebook:
    """The rulebook of the criteria as they are now, under these packs and this rule set."""
    ready = compiled(parameters)
    if id(ready) not in _BOOKS:
        plans = [plan for one in ready.rounds for plan in one.plans]
        _BOOKS[id(ready)] = Rulebook(_document(plans))
    return _BOOKS[id(ready)]


def _document(plans: list[Plan]) -> Json:
    return {
        "parameters": {name: value for name, value in DEFAULTS.items() if name != "packs"},
        "stale": {name: _stale(name) for name in CATALOG},
        "options": {
            plan.option.id: {
                "labs_limit": plan.option.labs_limit,
                "criteria": [_criterion(one) for one, *_ in plan.criteria],
            }
            for plan in plans
        },
    }


def _stale(fact: str) -> Json:
    freshness = CATALOG[fact].freshness or "labs"
    caution = stale_caution(fact)
    told = _criterion(caution)
    return {
        "text": _static(told, outcome=True, strong=False, check=False),
        "limit": None if freshness == "labs" else LIMIT_PARAMETER[freshness],
    }


def _criterion(criterion: Criterion) -> Json:
    facts = {fact for name in criterion.names for fact in facts_behind(name)}
    limits = sorted(criterion.predicate.limits, key=repr)
    word = "not excluded" if criterion.kind == "exclude" else "not checked"
    return {
        "id": criterion.id,
        "kind": criterion.kind,
        "title": criterion.title,
        "title_to_check": f"{word}: {criterion.title}",
        "citations": list(criterion.cites),
        "conflict": _conflict(criterion),
        "facts": sorted(facts, key=lambda name: CATALOG[name].order),
        "parameters": sorted(criterion.parameters - {"packs"}),
        "numbers": {
            name.rpartition(".")[2]: limit for name, limit in limits if not isinstance(limit, str)
        },
    }


def _conflict(criterion: Criterion) -> Mapping[str, Any] | None:
    conflict = criterion.conflict
    if conflict is None:
        return None
    positions = [{"source": source, "position": said} for source, said in conflict.positions]
    return {"positions": positions, "default": conflict.default}
