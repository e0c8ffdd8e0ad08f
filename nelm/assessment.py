"""One complete judgement of a patient at a date: `assess`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from nelm.catalog import CATALOG
from nelm.criteria import Judgement, Plan
from nelm.evidence.packs import knowledge_version
from nelm.evidence.parameters import DEFAULTS, Parameters
from nelm.facts import FactSet
from nelm.follow_up import FollowUp, follow_up
from nelm.freshness import freshness
from nelm.judging import Judgements, Judging, compiled, missing_facts
from nelm.options.registry import OPTIONS
from nelm.staging.summary import Staging, completeness, merged, stage
from nelm.strategy import is_applicable, ranked
from nelm.validity import valid_until
from nelm.work_up import WorkUpItem, work_up
from nelm.worlds import worlds

LABS_LIMITS: tuple[str, ...] = tuple(sorted({option.labs_limit for option in OPTIONS}))


@dataclass(frozen=True, slots=True)
class Assessment:
    """Staging, strategy and verdicts for one patient on one day.

    `options` stand in ranked order and are empty where the strategy is `not_applicable`.
    `missing` and `work_up` stand most decisive first. `valid_until` is the next day on which a
    fact turns stale or an age limit is passed; None if nothing here depends on the day.
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
    fresh = freshness(facts, parameters, as_of, LABS_LIMITS)
    stale = fresh.stale["fresh_labs_days"]
    if not is_applicable(facts.values):
        return _not_applicable(facts, parameters, as_of, stale)
    judgements = Judging(facts, parameters, as_of, fresh.stale).judge()
    staging = judgements.case.staging
    staging.completeness = completeness(facts, stale)
    options = _ranked_options(judgements)
    counted = _missing_in_order(options)
    follow = follow_up(facts, staging, parameters, as_of)
    by_id = {judgement.option.id: judgement for judgement in options}
    branch = judgements.strategy.branch
    return Assessment(
        as_of=as_of,
        knowledge_version=_knowledge_version(parameters),
        staging=staging,
        strategy=branch,
        by_ki67=judgements.strategy.by_ki67,
        options=options,
        work_up=work_up(judgements.case, by_id, branch, counted, stale),
        follow_up=follow,
        missing=tuple(counted),
        stale=stale,
        valid_until=valid_until(facts, parameters, as_of, fresh.next_day, follow),
        facts=facts,
        parameters=parameters,
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
    packs = tuple(sorted(parameters["packs"].items()))
    if packs not in _VERSIONS:
        _VERSIONS[packs] = knowledge_version(parameters)
    return _VERSIONS[packs]


def _ranked_options(judgements: Judgements) -> tuple[Judgement, ...]:
    judged = judgements.options
    tace = judged["tace"]
    favored = tace.values[_position_of(tace.plan, "TACE-1")] is True
    rows = [(option, one.verdict, one.strong) for option, one in judged.items()]
    missing = missing_facts(judgements)
    return tuple(
        Judgement(
            judged[option].plan.option,
            judged[option].verdict,
            judged[option].strong,
            missing[option],
            judged[option].stale,
            rank,
            judged[option].plan,
            judged[option].values,
        )
        for option, rank in ranked(rows, judgements.strategy, favored)
    )


@lru_cache(maxsize=16)
def _position_of(plan: Plan, criterion_id: str) -> int:
    return next(position for one, position, _, _ in plan.criteria if one.id == criterion_id)


def _missing_in_order(options: tuple[Judgement, ...]) -> dict[str, int]:
    """Missing facts with the number of options that lack them, most often missing first."""
    counts = Counter(name for judgement in options for name in judgement.missing)
    ordered = sorted(counts, key=lambda name: (-counts[name], CATALOG[name].order))
    return {name: counts[name] for name in ordered}


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
