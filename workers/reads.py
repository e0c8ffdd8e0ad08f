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

# A token or a scope is missing, or a gateway does not like us: often only for a while.
MAY_PASS = frozenset({400, 401, 403})
# So many different resources in a row that the EHR does not give: it is the EHR, not they.
MOST_ALONE = 2


@dataclass(slots=True)
class Answers:
    """What became of each reference. `away`: not asked, or no answer; try again later.

    alone: those of `away` that were asked for, while the EHR may well give others.
    refused: by the error's class name; what `may_pass` (400, 401, 403) is tried again.
    """

    found: dict[str, Found] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    may_pass: set[str] = field(default_factory=set)
    away: dict[str, str] = field(default_factory=dict)
    alone: set[str] = field(default_factory=set)
    pause_seconds: float = 0.0


def read_all(parts: Parts, connection: str, references: Iterable[str]) -> Answers:
    """Read these resources with several threads; once the EHR is silent the rest is not asked."""
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
    if (answers.found or answers.gone) and not reader.fell_silent:
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
        self._failed_in_a_row = 0
        self._lock = threading.Lock()

    @property
    def fell_silent(self) -> bool:
        return self._silent.is_set()

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
            self._unanswered(reference, problem)
            self._parts.metrics.count("nelm_ehr_unavailable_total", connection=self._connection)
        except EhrRefused as problem:
            name, may_pass = type(problem).__name__, problem.status in MAY_PASS
            self._file(lambda answers: _note_refused(answers, reference, name, may_pass))
        else:
            self._file(lambda answers: answers.found.setdefault(reference, found))

    def _file(self, put: Callable[[Answers], object]) -> None:
        with self._lock:
            if not self._silent.is_set():
                self._failed_in_a_row = 0
            put(self._answers)

    def _unanswered(self, reference: str, problem: EhrUnavailable) -> None:
        """One resource that it cannot give must not hold up all others."""
        with self._lock:
            self._answers.away[reference] = "EhrUnavailable"
            self._failed_in_a_row += 1
            if problem.perhaps_alone:
                self._answers.alone.add(reference)
                if self._failed_in_a_row <= MOST_ALONE:
                    return
            self._silent.set()
            pause = self._parts.pauses.away(self._connection, problem.retry_after_seconds)
            self._answers.pause_seconds = max(self._answers.pause_seconds, pause)


def _note_refused(answers: Answers, reference: str, name: str, may_pass: bool) -> None:
    answers.refused[reference] = name
    if may_pass:
        answers.may_pass.add(reference)
