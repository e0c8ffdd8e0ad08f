"""An assessment as it is kept: what was found of this patient, and which rulebook says the rest.

A tenth of a document in size, and made without one; `expanded` gives the document back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from operator import itemgetter
from typing import Any

from nelm.assessment import STAGING_OUTPUTS, Assessment
from nelm.criteria import ALWAYS, Criterion, Judgement, Plan
from nelm.logic import Kleene
from nelm.plain_facts import facts_document, plain, series_document
from nelm.rulebook import LETTERS, Rulebook, rulebook
from nelm.staging.summary import Staging

Json = dict[str, Any]
_Values = tuple[Kleene, ...]
# The place in a record of each option's parts.
_OPTION, _VERDICT, _RANK, _LETTERS, _MISSING, _STALE = range(6)


def to_record(assessment: Assessment) -> Json:
    """What a document says of this patient alone: plain JSON values, unknown as null.

    Each option is a list: id, verdict, rank, one letter per criterion (`nelm.rulebook`), missing
    facts, stale facts. `rulebook` is the digest of the rulebook that gives the letters' meaning.
    """
    parameters = assessment.parameters
    return {
        "rulebook": rulebook(parameters).digest,
        "as_of": assessment.as_of.isoformat(),
        "knowledge_version": assessment.knowledge_version,
        "parameters": {
            name: dict(parameters[name]) if name == "packs" else parameters[name]
            for name in sorted(parameters.changed)
        },
        "staging": _staging(assessment.staging),
        "strategy": assessment.strategy,
        "options": [_option(one) for one in assessment.options],
        "work_up": [{"item": one.item, "because": list(one.because)} for one in assessment.work_up],
        "follow_up": _follow_up(assessment),
        "missing": list(assessment.missing),
        "valid_until": plain(assessment.valid_until),
        "facts": facts_document(assessment.facts),
        "series": series_document(assessment.facts),
    }


def expanded(record: Mapping[str, Any], book: Rulebook) -> Json:
    """The document behind a record. Texts are shared between documents: do not change them.

    What others added to the record stays in its place.

    Raises:
        KeyError, ValueError: the record was not made by this rulebook.
    """
    values = {name: fact["value"] for name, fact in record["facts"].items()}
    parameters = {**book.defaults, **record["parameters"]}
    document = {name: said for name, said in record.items() if name != "rulebook"}
    document["options"] = [
        {
            "option": option[_OPTION],
            "verdict": option[_VERDICT],
            "rank": option[_RANK],
            "criteria": book.criteria(
                option[_OPTION], option[_LETTERS], option[_STALE], values, parameters
            ),
            "missing": option[_MISSING],
        }
        for option in record["options"]
    ]
    return document


def _option(judgement: Judgement) -> list[Any]:
    return [
        judgement.option.id,
        judgement.verdict,
        judgement.rank,
        _spelling(judgement.plan)(judgement.values),
        list(judgement.missing),
        list(judgement.stale),
    ]


@lru_cache(maxsize=512)
def _spelling(plan: Plan) -> Callable[[_Values], str]:
    """Spells the outcomes and marks of a plan's criteria as letters."""
    places = [place for _, place, _, _ in plan.criteria]
    outcomes = itemgetter(*places, places[0])  # of a single place it would give no tuple
    tables = [_table(criterion, strong, check) for criterion, _, strong, check in plan.criteria]
    marked = [
        (place, strong, check)
        for place, (_, _, strong, check) in enumerate(plan.criteria)
        if strong >= 0 or check >= 0
    ]
    criteria = [criterion for criterion, *_ in plan.criteria]

    def spell(values: _Values) -> str:
        found = outcomes(values)
        letters = [table[outcome] for table, outcome in zip(tables, found, strict=False)]
        for place, strong, check in marked:
            marks = _mark(strong, values), _mark(check, values)
            letters[place] = _letter(criteria[place], found[place], *marks)
        return "".join(letters)

    return spell


def _mark(place: int, values: _Values) -> bool:
    return place == ALWAYS or (place >= 0 and values[place] is True)


def _letter(criterion: Criterion, outcome: Kleene, strong: bool, check: bool) -> str:
    open_exclude = criterion.kind == "exclude" and outcome is None and not criterion.quiet
    return LETTERS[outcome, strong, check or open_exclude]


def _table(criterion: Criterion, strong: int, check: int) -> dict[Kleene, str]:
    """The letter of each outcome, where the marks do not depend on the patient."""
    marks = strong == ALWAYS, check == ALWAYS
    return {outcome: _letter(criterion, outcome, *marks) for outcome in (True, False, None)}


def _staging(staging: Staging) -> Json:
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


def _follow_up(assessment: Assessment) -> Json | None:
    if assessment.follow_up is None:
        return None
    return {name: plain(value) for name, value in asdict(assessment.follow_up).items()}
