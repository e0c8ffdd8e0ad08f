"""What is missing and could still change something: an option not yet closed, or the strategy.

A missing fact that only closed options read decides nothing more; it stays in `Assessment.missing`.
"""

from __future__ import annotations

from dataclasses import dataclass

from nelm.assessment import Assessment
from nelm.catalog import in_table_order
from nelm.findings import unknown_facts
from nelm.staging.reads import facts_behind

_NOT_SETTLED = (None, "G3_or_NEC", "present_unquantified")
# What a strategy is waiting for: without it the branch itself may change.
_STAGING_AWAITED: dict[str, tuple[str, ...]] = {
    "work_up": ("grade", "extrahepatic_class", "liver_type"),
    "resectability_unclear": ("resectability",),
}
# Outputs of the staging that only imaging with a volume can give.
_EXTENT = {
    "burden_band": "liver_tumor_burden_percent",
    "remnant": "future_liver_remnant_percent",
}
_WITHOUT_EXTENT = frozenset({"not_applicable", "surveillance", "poorly_differentiated"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """Options that wait for the same facts, in ranked order; `missing` most decisive first."""

    options: tuple[str, ...]
    missing: tuple[str, ...]


def waiting_options(assessment: Assessment) -> list[Waiting]:
    """Options that cannot be judged yet, best first, those that lack the same together."""
    gathered: dict[tuple[str, ...], list[str]] = {}
    for one in assessment.options:
        if one.verdict == "insufficient_data":
            missing = tuple(name for name in assessment.missing if name in one.missing)
            gathered.setdefault(missing, []).append(one.option.id)
    return [Waiting(tuple(options), missing) for missing, options in gathered.items()]


def decisive_missing(assessment: Assessment) -> tuple[str, ...]:
    """Missing facts that could change an option still open or the strategy, most decisive first."""
    wanted = {name for one in waiting_options(assessment) for name in one.missing}
    for output in _STAGING_AWAITED.get(assessment.strategy, ()):
        if getattr(assessment.staging, output) in _NOT_SETTLED:
            wanted |= facts_behind(f"staging.{output}")
    return tuple(name for name in assessment.missing if name in wanted)


def unchecked_facts(assessment: Assessment) -> tuple[str, ...]:
    """Facts not on file that leave a contraindication or a check of an open option unanswered.

    In the order of the fact table, without those that `decisive_missing` names. An unknown favor,
    note or plain caution leaves nothing to do before the treatment.
    """
    unanswered = [
        outcome
        for one in assessment.options
        if one.verdict in ("eligible", "conditional")
        for outcome in one.outcomes
        if outcome.counts and outcome.outcome is None
    ]
    found = {name for outcome in unanswered for name in unknown_facts(assessment, outcome)}
    return in_table_order(found.difference(decisive_missing(assessment)))


def staging_gaps(assessment: Assessment) -> tuple[str, ...]:
    """Facts not on file without which the extent of tumor in the liver and what would remain are
    unknown.

    None once the liver is clear, or where a carcinoma makes neither of them decide anything. The
    remnant stands here also where liver surgery is closed: volumetry is not asked for then, but a
    board that looks again at what was called unresectable sees that nobody measured it.

    Source: operational.
    """
    if assessment.strategy in _WITHOUT_EXTENT or assessment.staging.resectability == "none":
        return ()
    unknown = {output for output in _EXTENT if getattr(assessment.staging, output) is None}
    return tuple(
        fact
        for output, fact in _EXTENT.items()
        if output in unknown and fact not in assessment.facts
    )
