"""An assessment as its JSON document, and a document back to its assessment.

Keys and words are the contract's; unknown values are null. Reading a document judges its facts
again, so that a document and an assessment never disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from nelm.assessment import STAGING_OUTPUTS, Assessment, assess
from nelm.case_file import read_case
from nelm.catalog import CATALOG
from nelm.criteria import CriterionOutcome, Judgement
from nelm.errors import UnreadableDocument
from nelm.facts import Fact, FactSet, Therapy
from nelm.freshness import LIMIT_PARAMETER
from nelm.logic import WORDS, Range
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
            return {name: end for name, end in asdict(value).items() if end not in (None, False)}
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


def _title(outcome: CriterionOutcome) -> str:
    if outcome.outcome is None and outcome.check:
        word = "not excluded" if outcome.kind == "exclude" else "not checked"
        return f"{word}: {outcome.criterion.title}"
    return outcome.criterion.title


def _threshold(outcome: CriterionOutcome, judgement: Judgement, assessment: Assessment) -> Any:
    """The parameters and numbers that the criterion compares with; None if it has none."""
    parameters = assessment.parameters
    if outcome.stale_fact is not None:
        freshness = CATALOG[outcome.stale_fact].freshness or "labs"
        labs = freshness == "labs"
        name = judgement.option.labs_limit if labs else LIMIT_PARAMETER[freshness]
        return {name: parameters[name]}
    criterion = outcome.criterion
    found: Json = {name: parameters[name] for name in sorted(criterion.parameters - {"packs"})}
    for name, limit in sorted(criterion.predicate.limits, key=repr):
        if not isinstance(limit, str):
            found.setdefault(name.rpartition(".")[2], limit)
    return found or None


def _criterion_facts(outcome: CriterionOutcome, facts: FactSet) -> Json:
    names: Iterable[str] = (outcome.stale_fact,) if outcome.stale_fact else _behind(outcome)
    ordered = sorted(names, key=lambda name: CATALOG[name].order)
    return {name: plain(facts.value(name)) for name in ordered}


def _behind(outcome: CriterionOutcome) -> frozenset[str]:
    return frozenset(fact for name in outcome.criterion.names for fact in facts_behind(name))


def _criterion_document(
    outcome: CriterionOutcome, judgement: Judgement, assessment: Assessment
) -> Json:
    criterion = outcome.criterion
    conflict = criterion.conflict
    return {
        "id": criterion.id,
        "kind": criterion.kind,
        "strong": outcome.strong,
        "check": outcome.check,
        "outcome": WORDS[outcome.outcome],
        "title": _title(outcome),
        "facts": _criterion_facts(outcome, assessment.facts),
        "threshold": _threshold(outcome, judgement, assessment),
        "citations": list(criterion.cites),
        "conflict": None
        if conflict is None
        else {
            "positions": [
                {"source": source, "position": position} for source, position in conflict.positions
            ],
            "default": conflict.default,
        },
    }


def _option_document(judgement: Judgement, assessment: Assessment) -> Json:
    return {
        "option": judgement.option.id,
        "verdict": judgement.verdict,
        "rank": judgement.rank,
        "criteria": [
            _criterion_document(outcome, judgement, assessment) for outcome in judgement.outcomes
        ],
        "missing": list(judgement.missing),
    }


def _follow_up_document(assessment: Assessment) -> Json | None:
    if assessment.follow_up is None:
        return None
    return {name: plain(value) for name, value in asdict(assessment.follow_up).items()}


def to_document(assessment: Assessment) -> Json:
    """The assessment document: plain JSON values, unknown as null, options in ranked order.

    Facts carry their source; each criterion repeats the values it read.
    """
    parameters = assessment.parameters
    return {
        "as_of": assessment.as_of.isoformat(),
        "knowledge_version": assessment.knowledge_version,
        "parameters": {
            name: dict(parameters[name]) if name == "packs" else parameters[name]
            for name in sorted(parameters.changed)
        },
        "staging": _staging_document(assessment.staging),
        "strategy": assessment.strategy,
        "options": [_option_document(one, assessment) for one in assessment.options],
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
    case = {key: document[key] for key in ("as_of", "parameters", "facts", "series")}
    assessment = assess(*read_case(case))
    if assessment.knowledge_version != document["knowledge_version"]:
        raise UnreadableDocument(
            f"The document was judged by {document['knowledge_version']}; this is"
            f" {assessment.knowledge_version}. Assess the patient again.",
            "knowledge_version",
        )
    return assessment


__all__ = ["fact_document", "facts_document", "from_document", "plain", "to_document"]
