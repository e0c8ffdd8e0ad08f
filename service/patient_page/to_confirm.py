"""What reports say in words, beside what is on file: agreeing, otherwise, or new."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from nelm import Assessment
from nelm.catalog import CATALOG
from nelm.labels import fact_label
from nelm.may_be_known import may_be_known
from nelm.spoken_values import spoken, value_text
from nelm.wording import sentence

_AGREES = "agrees with what is on file"


class Candidate(NamedTuple):
    """What the record suggests without stating it: never counted.

    `on_file`: what is known and counted already of the same fact, where something is.
    """

    text: str
    sentence: str
    source: str
    on_file: str = ""

    @property
    def agrees(self) -> bool:
        """Whether it says what is on file already, so that nobody need confirm it."""
        return self.on_file == _AGREES


def candidates(
    found: Iterable[Mapping[str, Any]], assessment: Assessment | None = None
) -> tuple[Candidate, ...]:
    """What an assessment was made beside, in words; those that agree with it stand last."""
    return tuple(sorted((_candidate(one, assessment) for one in found), key=_agreeing_last))


def to_confirm_about(name: str, found: Iterable[Mapping[str, Any]]) -> tuple[Candidate, ...]:
    """What is suggested of one missing fact."""
    return tuple(
        Candidate(one.words, one.sentence, one.source) for one in may_be_known([name], found)
    )


def _agreeing_last(one: Candidate) -> bool:
    return one.agrees


def _candidate(one: Mapping[str, Any], assessment: Assessment | None) -> Candidate:
    fact = str(one["fact"])
    if fact not in CATALOG:
        return Candidate(sentence(fact_label(fact)), str(one["sentence"]), str(one["source"]))
    (said,) = may_be_known([fact], [one])
    on_file = _on_file(said.fact, said.words, assessment)
    return Candidate(sentence(said.words), said.sentence, said.source, on_file)


def _on_file(name: str, words: str, assessment: Assessment | None) -> str:
    fact = assessment.facts.get(name) if assessment is not None else None
    if fact is None:
        return ""
    same = value_text(name, fact.value) == words
    return _AGREES if same else f"on file and counted: {spoken(fact)}"
