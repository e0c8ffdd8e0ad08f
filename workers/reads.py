"""Many reads of one EHR at once, each with its own outcome."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from ehr.errors import EhrRefused, EhrUnavailable, ResourceGone
from ehr.interface import Ehr, Found
from workers.parts import Parts

Key = TypeVar("Key")

# A token or a scope is missing: that of all patients alike, and often only for a while.
FORBIDDEN = frozenset({401, 403})


@dataclass(slots=True)
class Answers:
    """What became of each reference. `away`: not asked, or no answer; try again later.

    refused: by the error's class name; those `forbidden` (401, 403) may be allowed after a while.
    """

    found: dict[str, Found] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    away: dict[str, str] = field(default_factory=dict)
    pause_seconds: float = 0.0


def read_all(parts: Parts, connection: str, references: Iterable[str]) -> Answers:
    """Read these resources with several threads; after the first silence the rest is not asked."""
    answers = Answers()
    wanted = list(dict.fromkeys(references))
    ehr = parts.ehrs.get(connection)
    if ehr is None:
        answers.refused = dict.fromkeys(wanted, "ConnectionUnknown")
        return answers
    answers.pause_seconds = parts.pauses.remaining(connection)
    if answers.pause_seconds > 0:
        answers.away = dict.fromkeys(wanted, "EhrUnavailable")
        return answers
    reader = _Reader(parts, connection, ehr, answers)
    reader.run(wanted)
    if answers.found and not answers.away:
        parts.pauses.answered(connection)
    return answers


class _Reader:
    """Reads until the EHR falls silent. Each answer is filed under the lock."""

    def __init__(self, parts: Parts, connection: str, ehr: Ehr, answers: Answers) -> None:
        self._parts = parts
        self._connection = connection
        self._ehr = ehr
        self._answers = answers
        self._silent = threading.Event()
        self._lock = threading.Lock()

    def run(self, references: list[str]) -> None:
        if len(references) == 1:
            self._read(references[0])
            return
        for _ in self._parts.readers.map(self._read, references):
            pass

    def _read(self, reference: str) -> None:
        if self._silent.is_set():
            self._file(lambda answers: answers.away.setdefault(reference, "EhrUnavailable"))
            return
        try:
            found = self._ehr.read(reference)
        except ResourceGone:
            self._file(lambda answers: answers.gone.add(reference))
        except EhrUnavailable as problem:
            self._silent.set()
            pause = self._parts.pauses.away(self._connection, problem.retry_after_seconds)
            self._file(lambda answers: _note_away(answers, reference, pause))
            self._parts.metrics.count("nelm_ehr_unavailable_total", connection=self._connection)
        except EhrRefused as problem:
            name, forbidden = type(problem).__name__, problem.status in FORBIDDEN
            self._file(lambda answers: _note_refused(answers, reference, name, forbidden))
        else:
            self._file(lambda answers: answers.found.setdefault(reference, found))

    def _file(self, put: Callable[[Answers], object]) -> None:
        with self._lock:
            put(self._answers)


def _note_refused(answers: Answers, reference: str, name: str, forbidden: bool) -> None:
    answers.refused[reference] = name
    if forbidden:
        answers.forbidden.add(reference)


def _note_away(answers: Answers, reference: str, pause_seconds: float) -> None:
    answers.away[reference] = "EhrUnavailable"
    answers.pause_seconds = max(answers.pause_seconds, pause_seconds)
