"""One judged option on the way to a finding at order entry: its lines, its dangers, its button.

What stands on which card is decided in `nelm.order_check`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nelm.assessment import Assessment
from nelm.bringing import BLOOD, item_for
from nelm.criteria import CriterionOutcome, Judgement
from nelm.findings import (
    Alternative,
    Finding,
    Indicator,
    Suggestion,
    Topic,
    digest,
    facts_read,
    references,
    unknown_facts,
)
from nelm.grounds import urgency
from nelm.labels import option_label
from nelm.open_points import (
    not_excluded,
    open_excludes,
    points,
    with_dangers,
)
from nelm.phrases import clipped, lowered, sentence
from nelm.wording import Voice

MOST_ALTERNATIVES = 3


class OrderedOption:
    """One judged option on the way to a finding."""

    def __init__(
        self, assessment: Assessment, judgement: Judgement, drug: str | None = None
    ) -> None:
        """`drug`: what is ordered, where it is only a part of the option."""
        self.assessment, self.judgement = assessment, judgement
        self.order = drug or judgement.option.id
        self.label = sentence(option_label(self.order))
        self.voice = Voice.of(assessment)
        self.counting = tuple(outcome for outcome in judgement.outcomes if outcome.counts)

    def line(self, outcome: CriterionOutcome) -> str:
        """As everywhere; of a caution whose title only lists what is looked at, several values
        alone."""
        title, limit = outcome.criterion.title, self.judgement.option.labs_limit
        if _lists(title) and outcome.kind == "caution" and outcome.outcome is True:
            values = self.reason(outcome)
            if ", " in values:
                return sentence(values)
        return self.voice.outcome_line(outcome, limit)

    def points(self) -> list[CriterionOutcome]:
        """What else speaks of this patient's safety, the most urgent first."""
        return points(self.judgement, self.assessment.facts, self.voice.is_imprecise)

    def with_dangers(self, texts: tuple[str, ...], outcomes: list[CriterionOutcome]) -> str:
        return with_dangers(texts, outcomes, self.reason)

    def reason(self, outcome: CriterionOutcome) -> str:
        return self.voice.reason(outcome, self.judgement.option.labs_limit)

    def against(
        self,
        indicator: Indicator,
        topic: Topic,
        outcomes: list[CriterionOutcome],
        word: str,
        note: str = "",
    ) -> Finding:
        """A finding that speaks against the order, with what is open instead."""
        outcomes = sorted(outcomes, key=urgency)
        first, beside = outcomes[0], self.points()
        others = [one for one in beside if one not in outcomes]
        short = f"{self.label}: {word}, {lowered(self.reason(first))}"
        value = self.value_beside(first)
        texts = (f"{short}; {value}", short) if value else (short,)
        named = others if topic == "strong_caution" else open_excludes(self.judgement)
        return self.finding(
            indicator,
            topic,
            self.with_dangers(texts, named),
            outcomes,
            spoken_for=note or sentence(value),
            alternatives=alternatives(self.assessment, self.order),
            beside=others,
        )

    def value_beside(self, first: CriterionOutcome) -> str:
        """What the option is for in this patient, where the criterion reads no value of anybody.

        Such as "open for multifocal disease (2026-05-12)"; empty where it has values.
        """
        if first.criterion.names:
            return ""
        words, _ = self.voice.speaking_for(self.judgement)
        return f"open for {words}" if words else ""

    def brings(self, outcomes: list[CriterionOutcome]) -> Suggestion | None:
        """The first test that settles what these leave unknown or stale; None if there is none.

        Of an option that is not indicated only a test that the work-up asks for anyhow.
        """
        found = (self._brought_for(one) for one in outcomes)
        return next((one for one in found if one is not None), None)

    def _brought_for(self, outcome: CriterionOutcome) -> Suggestion | None:
        lacks = self.lacks(outcome)
        items = [item_for(self.assessment, self.order, name) for name in lacks]
        item = next(filter(None, items), None)
        if item is None or not self._wants(item):
            return None
        also = BLOOD if item in BLOOD else ()
        further = tuple(one for one in also if one in items and one != item)
        return Suggestion(create=item, because=self.named_line(outcome), also=further)

    def _wants(self, item: str) -> bool:
        """Of an option that is not indicated only what the work-up asks for."""
        closed = self.judgement.verdict == "not_indicated"
        return not closed or item in {one.item for one in self.assessment.work_up}

    def lacking(self, outcomes: Iterable[CriterionOutcome]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for one in outcomes for name in self.lacks(one)))

    def lacks(self, outcome: CriterionOutcome) -> list[str]:
        if outcome.stale_fact is not None:
            return [outcome.stale_fact]
        return unknown_facts(self.assessment, outcome) if outcome.outcome is None else []

    def finding(
        self,
        indicator: Indicator,
        topic: Topic,
        summary: str,
        outcomes: list[CriterionOutcome],
        *,
        alternatives: tuple[Alternative, ...] = (),
        missing: tuple[str, ...] = (),
        suggestion: Suggestion | None = None,
        spoken_for: str = "",
        beside: list[CriterionOutcome] | None = None,
    ) -> Finding:
        first = outcomes[0] if outcomes else None
        others = [one for one in beside or () if one not in outcomes]
        facts = facts_read(self.assessment, [*outcomes, *others])
        missing = missing or self.lacking(others)
        return Finding(
            order=self.order,
            indicator=indicator,
            topic=topic,
            summary=clipped(summary),
            reason=sentence(first.criterion.because) if first else "",
            criterion=first.id if first else None,
            outcomes=tuple(outcomes),
            details=(*self.details(outcomes), *filter(None, (spoken_for,))),
            cites=first.criterion.cites if first else (),
            alternatives=alternatives,
            missing=missing,
            beside=tuple(map(self.line_with_reason, others)),
            suggestion=suggestion or self.brings(others),
            sources=references(facts),
            evidence=digest(self.order, topic, [*outcomes, *others], facts, missing),
        )

    def details(self, outcomes: list[CriterionOutcome]) -> Iterator[str]:
        """A line for each; the reason of the first is the reason of the finding."""
        yield from map(self.line, outcomes[:1])
        yield from map(self.line_with_reason, outcomes[1:])

    def line_with_reason(self, outcome: CriterionOutcome) -> str:
        """Such as "Right heart failure (2026-05-12) · RHF: contrast … cardiology sees … first"."""
        line = self.named_line(outcome)
        met = outcome.outcome is True and outcome.stale_fact is None
        says_what_to_do = ": " in outcome.criterion.title
        return f"{line}: {outcome.criterion.because}" if met and not says_what_to_do else line

    def named_line(self, outcome: CriterionOutcome) -> str:
        """Such as "Not excluded: portal vein thrombosis · EMB-3"."""
        named = f" · {outcome.id}" if outcome.stale_fact is None else ""
        return self.line(outcome) + named


def _lists(title: str) -> bool:
    """Such as "Blood count, kidney and liver values"."""
    return ", " in title and " and " in title and ", or " not in title


def alternatives(assessment: Assessment, order: str) -> tuple[Alternative, ...]:
    """The best open options without a strong caution, in ranked order."""
    found = [
        one
        for one in assessment.options
        if one.verdict in ("eligible", "conditional")
        and not one.strong
        and one.option.id not in (order, "follow_up")
    ]
    return tuple(alternative(assessment, one) for one in found[:MOST_ALTERNATIVES])


def alternative(assessment: Assessment, judgement: Judgement) -> Alternative:
    reason, _ = Voice.of(assessment).speaking_for(judgement)
    said = "; ".join(filter(None, (reason, not_excluded(open_excludes(judgement)))))
    return Alternative(judgement.option.id, judgement.verdict, said or None)
