"""An assessment as its JSON document, and a document back to its assessment.

Keys and words are the contract's; unknown values are null. Reading a document judges its facts
again, so that a document and an assessment never disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from nelm.assessment import STAGING_OUTPUTS, Assessment, assess
from nelm.case_file import CASE_KEYS, read_stored_case
from nelm.catalog import CATALOG
from nelm.criteria import Criterion, CriterionOutcome, Judgement, Option
from nelm.errors import UnreadableDocument
from nelm.evidence.parameters import Parameters
from nelm.facts import Fact, FactSet, Therapy
from nelm.freshness import LIMIT_PARAMETER
from nelm.logic import WORDS, Kleene, Range
from nelm.staging.reads import facts_behind
from nelm.staging.summary import Staging

Json = dict[str, Any]


def plain(value: Any) -> Any:
    """A value as JSON holds it: dates as ISO text, sets as sorted lists, ranges as their ends."""
    match value:
        case date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case Range():
            ends = asdict(value).items()
            return {name: end for name, end in ends if end is not None and end is not False}
        case Therapy():
            found = {name: plain(one) for name, one in asdict(value).items()}
            return {name: one for name, one in found.items() if one is not None}
        case tuple():
            return [plain(one) for one in value]
        case _:
            return value


def fact_document(fact: Fact) -> Json:
    """One fact with where it came from, as the contract lists it."""
    return {
        "value": plain(fact.value),
        "unit": fact.unit or CATALOG[fact.name].unit,
        "effective": plain(fact.effective),
        "status": fact.status,
        "upper_limit": fact.upper_limit,
        "flags": list(fact.flags),
        "source": fact.source,
        "version": fact.version,
        "mapping": fact.mapping,
    }


def facts_document(facts: FactSet) -> Json:
    """Every known fact by name, in table order."""
    ordered = sorted(facts, key=lambda fact: CATALOG[fact.name].order)
    return {fact.name: fact_document(fact) for fact in ordered}


def _staging_document(staging: Staging) -> Json:
    return {
        **{name: getattr(staging, name) for name in STAGING_OUTPUTS},
        "notes": list(staging.notes),
        "prognostic_notes": [
            {
                "note": note.id,
                "title": note.title,
                "citations": list(note.cites),
                "conflict": note.conflict,
            }
            for note in staging.prognostic_notes
        ],
        "completeness": staging.completeness,
    }


class _Wording(NamedTuple):
    """What of a criterion is the same for every patient."""

    facts: tuple[str, ...]
    parameters: tuple[str, ...]
    numbers: tuple[tuple[str, float], ...]


@lru_cache(maxsize=4096)
def _wording(criterion: Criterion) -> _Wording:
    facts = {fact for name in criterion.names for fact in facts_behind(name)}
    limits = sorted(criterion.predicate.limits, key=repr)
    return _Wording(
        tuple(sorted(facts, key=lambda name: CATALOG[name].order)),
        tuple(sorted(criterion.parameters - {"packs"})),
        tuple((n.rpartition(".")[2], limit) for n, limit in limits if not isinstance(limit, str)),
    )


@lru_cache(maxsize=8192)
def _static(criterion: Criterion, outcome: Kleene, strong: bool, check: bool) -> Json:
    """All of a criterion's document but what this patient's facts and parameters give."""
    to_check = outcome is None and check
    return {
        "id": criterion.id,
        "kind": criterion.kind,
        "strong": strong,
        "check": check,
        "outcome": WORDS[outcome],
        "title": _unknown_title(criterion) if to_check else criterion.title,
        "facts": {},
        "threshold": None,
        "citations": list(criterion.cites),
        "conflict": _conflict(criterion),
    }


def _threshold(wording: _Wording, parameters: Parameters) -> Json | None:
    """The parameters and numbers that the criterion compares with; None if it has none."""
    if not wording.parameters and not wording.numbers:
        return None
    named: Json = {name: parameters[name] for name in wording.parameters}
    return {**dict(wording.numbers), **named}


def _conflict(criterion: Criterion) -> Json | None:
    conflict = criterion.conflict
    if conflict is None:
        return None
    positions = [{"source": source, "position": said} for source, said in conflict.positions]
    return {"positions": positions, "default": conflict.default}


def _unknown_title(criterion: Criterion) -> str:
    """What stands over it where it is unknown and has to be looked at."""
    word = "not excluded" if criterion.kind == "exclude" else "not checked"
    return f"{word}: {criterion.title}"


def _stale_threshold(fact: str, option: Option, parameters: Parameters) -> Json:
    freshness = CATALOG[fact].freshness or "labs"
    name = option.labs_limit if freshness == "labs" else LIMIT_PARAMETER[freshness]
    return {name: parameters[name]}


def _criterion_document(
    outcome: CriterionOutcome, option: Option, parameters: Parameters, values: Json
) -> Json:
    criterion = outcome.criterion
    found = _static(criterion, outcome.outcome, outcome.strong, outcome.check).copy()
    if outcome.stale_fact is None:
        wording = _wording(criterion)
        found["facts"] = {name: values.get(name) for name in wording.facts}
        found["threshold"] = _threshold(wording, parameters)
    else:
        found["facts"] = {outcome.stale_fact: values.get(outcome.stale_fact)}
        found["threshold"] = _stale_threshold(outcome.stale_fact, option, parameters)
    return found


def _option_document(judgement: Judgement, parameters: Parameters, values: Json) -> Json:
    option = judgement.option
    return {
        "option": option.id,
        "verdict": judgement.verdict,
        "rank": judgement.rank,
        "criteria": [
            _criterion_document(outcome, option, parameters, values)
            for outcome in judgement.outcomes
            if outcome.outcome is not False or outcome.kind != "note"  # a note is met or unknown
        ],
        "missing": list(judgement.missing),
    }


def _follow_up_document(assessment: Assessment) -> Json | None:
    if assessment.follow_up is None:
        return None
    return {name: plain(value) for name, value in asdict(assessment.follow_up).items()}


def to_document(assessment: Assessment) -> Json:
    """The assessment document: plain JSON values, unknown as null, options in ranked order.

    Facts carry their source; each criterion repeats the values it read. Citations and conflicts
    are shared between documents: write it out, do not change it in place.
    """
    parameters = assessment.parameters
    values = {fact.name: plain(fact.value) for fact in assessment.facts}
    return {
        "as_of": assessment.as_of.isoformat(),
        "knowledge_version": assessment.knowledge_version,
        "parameters": {
            name: dict(parameters[name]) if name == "packs" else parameters[name]
            for name in sorted(parameters.changed)
        },
        "staging": _staging_document(assessment.staging),
        "strategy": assessment.strategy,
        "options": [_option_document(one, parameters, values) for one in assessment.options],
        "work_up": [{"item": one.item, "because": list(one.because)} for one in assessment.work_up],
        "follow_up": _follow_up_document(assessment),
        "missing": list(assessment.missing),
        "valid_until": plain(assessment.valid_until),
        "facts": facts_document(assessment.facts),
        "series": {
            name: [fact_document(fact) for fact in facts]
            for name, facts in sorted(assessment.facts.series.items())
        },
    }


def from_document(document: Mapping[str, Any]) -> Assessment:
    """The assessment behind a document, judged again from its facts, parameters and day.

    Raises:
        UnreadableDocument: the document was judged by another knowledge version.
        Refused: its facts or parameters are not ours.
    """
    case = {key: document[key] for key in CASE_KEYS if key in document}
    assessment = assess(*read_stored_case(case))
    judged_by = document.get("knowledge_version")
    if assessment.knowledge_version != judged_by:
        raise UnreadableDocument(
            f"The document was judged by {judged_by}; this is"
            f" {assessment.knowledge_version}. Assess the patient again.",
            "knowledge_version",
        )
    return assessment


__all__ = ["fact_document", "facts_document", "from_document", "plain", "to_document"]
