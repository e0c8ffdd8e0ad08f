"""One complete judgement of a patient at a date: `assess`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NamedTuple

from nelm.criteria import Judgement
from nelm.evidence.packs import knowledge_version
from nelm.evidence.parameters import DEFAULTS, Parameters
from nelm.facts import FactSet
from nelm.follow_up import FollowUp, follow_up
from nelm.freshness import Freshness, freshness
from nelm.judging import Judgements, Judging, compiled
from nelm.missing import missing_facts, missing_in_order
from nelm.options.registry import OPTIONS
from nelm.staging.summary import Staging, completeness, merged, stage
from nelm.strategy import is_applicable, ranked
from nelm.validity import valid_until
from nelm.work_up import WorkUpItem, reasons_for, work_up
from nelm.work_up_rules import Known
from nelm.worlds import worlds

LABS_LIMITS: tuple[str, ...] = tuple(sorted({option.labs_limit for option in OPTIONS}))


class Basis(NamedTuple):
    """How an assessment came about: what a second look at it starts from.

    `missing` goes by option, for those with an unknown require; `options` stand in ranked order;
    `reasons` are those of the work-up, by item.
    """

    fresh: Freshness
    judgements: Judgements
    missing: dict[str, tuple[str, ...]]
    options: dict[str, Judgement]
    reasons: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Assessment:
    """Staging, strategy and verdicts for one patient on one day.

    `options` stand in ranked order and are empty where the strategy is `not_applicable`.
    `missing` and `work_up` stand most decisive first. `valid_until` is the next day on which a
    fact turns stale or an age limit is passed; None if nothing here depends on the day. `basis` is
    for `nelm.reassessment`; None where nothing was judged.
    """

    as_of: date
    knowledge_version: str
    staging: Staging
    strategy: str
    by_ki67: bool
    options: tuple[Judgement, ...]
    work_up: tuple[WorkUpItem, ...]
    follow_up: FollowUp | None
    missing: tuple[str, ...]
    stale: frozenset[str]
    valid_until: date | None
    facts: FactSet
    parameters: Parameters
    basis: Basis | None = field(default=None, compare=False, repr=False)

    def option(self, option_id: str) -> Judgement:
        """The judgement on an option; Raises KeyError if it was not judged."""
        for judgement in self.options:
            if judgement.option.id == option_id:
                return judgement
        raise KeyError(f"{option_id} was not judged")


def today() -> date:
    """The day in UTC, on which an assessment without `as_of` is made."""
    return datetime.now(UTC).date()


def assess(
    facts: FactSet, parameters: Parameters | None = None, as_of: date | None = None
) -> Assessment:
    """The assessment of these facts under these parameters (the defaults) on that day (today).

    Missing facts are unknown throughout and never count against an option. The software supports
    a tumor board; it never decides.

    Source: each criterion and staging rule carries its own.
    """
    parameters = DEFAULTS if parameters is None else parameters
    as_of = as_of or today()
    fresh = freshness(facts, parameters.by_name, as_of, LABS_LIMITS)
    if not is_applicable(facts.values):
        return _not_applicable(facts, parameters, as_of, fresh.stale["fresh_labs_days"])
    judgements = Judging(facts, parameters, as_of, fresh.stale).judge()
    stale = fresh.stale["fresh_labs_days"]
    judgements.case.staging.completeness = completeness(facts, stale)
    missing = missing_facts(judgements)
    options = judged(judgements, missing, ranking(judgements))
    reasons = reasons_for(known(judgements, options, stale))
    return _concluded(Basis(fresh, judgements, missing, options, reasons))


def known(judgements: Judgements, options: Mapping[str, Judgement], stale: frozenset[str]) -> Known:
    """What the work-up rules look at."""
    branch = judgements.strategy.branch
    return Known(judgements.case, options, branch, stale, judgements.stale)


def ranking(judgements: Judgements) -> dict[str, int]:
    """The options in the order of the branch, with their ranks."""
    favored = judgements.outcomes_of("tace")[judgements.compiled.tace_favored] is True
    return ranked(judgements.decisions, judgements.strategy, favored)


def judged(
    judgements: Judgements, missing: Mapping[str, tuple[str, ...]], ranks: Mapping[str, int]
) -> dict[str, Judgement]:
    """What was judged of each of these options, in their order."""
    ready, _, _, outcomes, decisions, stale = judgements
    places = ready.places
    found = {}
    for option, rank in ranks.items():
        place, _, plan = places[option]
        verdict, strong, open_ = decisions[option]
        lacking = missing[option] if open_ else ()
        old = stale[option] if option in stale else ()
        # By the tuple itself: the named way takes twice as long, and there are 23 of them.
        told = (plan.option, verdict, strong, lacking, old, rank, plan, outcomes[place])
        found[option] = tuple.__new__(Judgement, told)
    return found


def _concluded(basis: Basis) -> Assessment:
    """The assessment that rests on all this."""
    judgements = basis.judgements
    case, strategy = judgements.case, judgements.strategy
    counted = missing_in_order(basis.missing.values())
    follow = follow_up(case.facts, case.staging, case.parameters, case.as_of)
    return Assessment(
        case.as_of,
        _knowledge_version(case.parameters),
        case.staging,
        strategy.branch,
        strategy.by_ki67,
        tuple(basis.options.values()),
        work_up(basis.reasons, counted),
        follow,
        tuple(counted),
        basis.fresh.stale["fresh_labs_days"],
        valid_until(case.facts, case.parameters, case.as_of, basis.fresh.next_day, follow),
        case.facts,
        case.parameters,
        basis,
    )


def _not_applicable(
    facts: FactSet, parameters: Parameters, as_of: date, stale: frozenset[str]
) -> Assessment:
    """No neuroendocrine liver metastases known: staged as far as facts go, nothing judged."""
    possible, blurred = worlds(facts, compiled(parameters).cuts(parameters))
    staging = merged([stage(facts, one, parameters) for one in possible], blurred)
    staging.completeness = completeness(facts, stale)
    staging.strategy = "not_applicable"
    version = _knowledge_version(parameters)
    return Assessment(
        as_of, version, staging, "not_applicable", False, (), (), None, (), stale, None, facts,
        parameters,
    )  # fmt: skip


_VERSIONS: dict[tuple[tuple[str, bool], ...], str] = {}


def _knowledge_version(parameters: Parameters) -> str:
    if parameters.packs not in _VERSIONS:
        _VERSIONS[parameters.packs] = knowledge_version(parameters)
    return _VERSIONS[parameters.packs]


# What is said of the staging, in order.

STAGING_OUTPUTS: tuple[str, ...] = (
    "grade",
    "liver_type",
    "burden_band",
    "distribution",
    "resectability",
    "remnant",
    "resection_candidacy",
    "extrahepatic_class",
    "m_category",
    "functional_status",
    "sstr_status",
    "liver_function",
    "tempo",
    "timing",
)
