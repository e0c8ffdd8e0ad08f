"""What an order leaves open beside the first thing said of it: excludes that nobody looked for.

A finding that names something else first must not read as if the rest were clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nelm.criteria import CriterionOutcome, Judgement
from nelm.phrases import SUMMARY_LENGTH, clipped, lowered


def open_excludes(judgement: Judgement) -> list[CriterionOutcome]:
    """Contraindications of the option that the record neither shows nor rules out.

    None of a contraindicated option: it is closed whatever they say. Those marked quiet are left
    out, as everywhere.
    """
    if judgement.verdict == "contraindicated":
        return []
    return [
        one
        for one in judgement.outcomes
        if one.kind == "exclude" and one.outcome is None and one.counts
    ]


def open_points(judgement: Judgement) -> list[CriterionOutcome]:
    """What to look at before an order that stays open: met first, then unknown, then stale."""
    counting = [one for one in judgement.outcomes if one.counts]
    marked = [one for one in counting if one.check and one.outcome is True]
    unknown = [one for one in counting if one.check and one.outcome is None]
    return marked + unknown + [one for one in counting if one.stale_fact is not None]


def excludes_first(outcomes: Iterable[CriterionOutcome]) -> list[CriterionOutcome]:
    """The same, contraindications that nobody ruled out before what is only to be minded."""
    return sorted(outcomes, key=lambda one: one.kind != "exclude")


def not_excluded(outcomes: Iterable[CriterionOutcome], most: int | None = None) -> str:
    """Such as "not excluded: portal vein thrombosis (EMB-3)"; empty where nothing is open."""
    found = [f"{lowered(one.criterion.title)} ({one.id})" for one in outcomes]
    if not found:
        return ""
    beyond = len(found) - (most or len(found))
    more = f" and {beyond} more" if beyond > 0 else ""
    return f"not excluded: {', '.join(found[:most])}{more}"


def with_not_excluded(
    texts: Sequence[str], outcomes: Sequence[CriterionOutcome], otherwise: str | None = None
) -> str:
    """The first of these summaries that has room for what is not excluded.

    `texts` say the same, the fullest first; where none has room, `otherwise` or the fullest that
    fits alone.
    """
    tails = dict.fromkeys((not_excluded(outcomes), not_excluded(outcomes, 1)))
    longest = (f"{text}; {tail}" for tail in tails if tail for text in texts)
    plain = (otherwise,) if otherwise else texts
    found = (one for one in (*longest, *plain) if len(one) <= SUMMARY_LENGTH)
    return next(found, None) or clipped(plain[-1])
