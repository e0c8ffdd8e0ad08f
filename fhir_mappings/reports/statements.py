"""What a resource's words add to its reading: one statement per candidate, none of them counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from fhir_mappings.drafts import Draft
from fhir_mappings.elements import CodeableConcept, DiagnosticReport, Observation
from fhir_mappings.plain_text import one_line
from fhir_mappings.reports.bounds import NOT_READ_NOW, may_be_read
from fhir_mappings.reports.contradictions import Candidate
from fhir_mappings.reports.texts import LONGEST_TEXT, TOO_LONG, texts_of
from fhir_mappings.statements import CANDIDATE_WORDS

# A sentence is repeated as far as it tells where the value stands.
LONGEST_SHOWN = 300
LONGEST_NAME = 80
_SIGNS = frozenset({"has_neuroendocrine_tumor", "has_liver_metastases"})


def state_report_words(draft: Draft, report: DiagnosticReport) -> None:
    """The candidates of a report's conclusion and text forms; forms that are not read are listed.

    Source: mapping.md "Words".
    """
    texts, refused = texts_of(report.presentedForm, report.conclusion)
    for reason in refused:
        draft.refuse(report.code, reason)
    state_words(draft, report.code, texts)


def state_result_words(draft: Draft, observation: Observation) -> None:
    """The candidates of a result in words that states nothing by itself; its name heads it."""
    text = observation.valueString or ""
    if len(text) > LONGEST_TEXT:
        draft.refuse(observation.code, TOO_LONG)
        return
    name = _name_of(observation.code)
    # A short text is the value of its name; a long one stands under it.
    joined = f"{name}:{' ' if len(text) < 40 else chr(10)}{text}"
    state_words(draft, observation.code, [joined if name else text])


def state_words(draft: Draft, code: CodeableConcept | None, texts: Sequence[str]) -> None:
    """The candidates of some texts that belong together, where there is time to read them."""
    if not may_be_read(texts):
        draft.refuse(code, NOT_READ_NOW)
        return
    candidates, unread = _reader()(texts)
    for reason in unread:
        draft.refuse(code, reason)
    for one in candidates:
        sentence = one_line(one.sentence, LONGEST_SHOWN)
        value = {"fact": one.fact, "value": one.value, "sentence": sentence}
        draft.state(CANDIDATE_WORDS, value, f"words.{one.pattern}")
        # Whose record says so in words only is worth reading: the statement still never counts.
        draft.sign = draft.sign or (one.fact in _SIGNS and one.value is True)


def _reader() -> Callable[[Sequence[str]], tuple[list[Candidate], list[str]]]:
    """The patterns, loaded with the first words: a process that meets none starts without them."""
    found: Callable[[Sequence[str]], tuple[list[Candidate], list[str]]] = import_module(
        "fhir_mappings.reports.candidates"
    ).read_words
    return found


def _name_of(concept: CodeableConcept | None) -> str:
    """What the words are about."""
    if concept is None:
        return ""
    name = concept.text or next((one.display for one in concept.coding if one.display), None)
    return (name or "").partition(" [")[0][:LONGEST_NAME]
