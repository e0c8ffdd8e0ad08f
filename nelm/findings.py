"""What an order check has to say: a finding, its alternatives and suggestion, and what it rests on.

Plain records; how they are found is in `nelm.order_check`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from nelm.assessment import Assessment
from nelm.criteria import CriterionOutcome
from nelm.facts import Fact
from nelm.staging.reads import CANDIDACY, facts_behind

Indicator = Literal["critical", "warning", "info"]
Topic = Literal[
    "contraindicated", "not_indicated", "strong_caution", "insufficient_data", "better_option",
    "check", "replaced", "fresh_result",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Orders to take back and to place, by id; either may be None.

    `because`: why that order, where it is another matter than the reason of the finding. `also`:
    further tests that the same line asks for.
    """

    create: str | None = None
    delete: str | None = None
    because: str | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """An open option to offer instead, with what speaks for it."""

    option: str
    verdict: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What there is to say about one draft order.

    `criterion` is the id of the criterion to name first, `outcomes` all that count. `summary`
    stays under 140 characters; `reason` says why in our words. `sources` are the references of
    the resources behind it. `beside` are lines on what else is not excluded, not checked or to be
    looked at, of which the summary may say nothing. `doubts` are lines on values that another
    result contradicts, or of which a newer one could not be read. `evidence` is a digest that
    changes only when the values, their versions or the verdict behind the finding do.
    """

    order: str
    indicator: Indicator
    topic: Topic
    summary: str
    reason: str
    criterion: str | None = None
    outcomes: tuple[CriterionOutcome, ...] = ()
    details: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    missing: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    suggestion: Suggestion | None = None
    sources: tuple[str, ...] = ()
    evidence: str = ""


def names_read(outcome: CriterionOutcome) -> Iterable[str]:
    """The facts that the criterion looks at, through the staging too."""
    if outcome.stale_fact is not None:
        return (outcome.stale_fact,)
    return {fact for name in outcome.criterion.names for fact in facts_behind(name)}


def facts_read(assessment: Assessment, outcomes: Iterable[CriterionOutcome]) -> list[Fact]:
    """Those of them that are on file, each once, by name."""
    names = sorted({name for outcome in outcomes for name in names_read(outcome)})
    return [fact for name in names if (fact := assessment.facts.get(name)) is not None]


def unknown_facts(assessment: Assessment, outcome: CriterionOutcome) -> list[str]:
    """The facts not on file that can leave it open; what a verdict waited for lacks goes first."""
    names = outcome.criterion.predicate.open_names
    waits = CANDIDACY in names and assessment.staging.resection_candidacy is None
    lacking = next(one.missing for one in assessment.options if one.option.id == "hepatectomy")
    facts = sorted({fact for name in names for fact in facts_behind(name)})
    return [*(lacking if waits else ()), *(name for name in facts if name not in assessment.facts)]


def references(facts: Iterable[Fact]) -> tuple[str, ...]:
    """The resources that the facts came from, each once; facts without one have none."""
    return tuple(dict.fromkeys(fact.source for fact in facts if fact.source))


def _stable(value: object) -> str:
    return repr(sorted(value)) if isinstance(value, frozenset) else repr(value)


def digest(
    order: str,
    topic: str,
    outcomes: Iterable[CriterionOutcome],
    facts: Iterable[Fact],
    extra: Iterable[str],
) -> str:
    """Changes only when the values, their versions or the outcomes behind a finding do."""
    read = [(f.name, _stable(f.value), str(f.effective), f.source, f.version) for f in facts]
    told = [(outcome.id, outcome.outcome) for outcome in outcomes]
    text = json.dumps([order, topic, told, read, list(extra)])
    return sha256(text.encode()).hexdigest()
