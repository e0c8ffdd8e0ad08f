"""A draft order against the verdicts: the finding to show at order entry, or none.

Silence is meant: an order that is eligible, or open with cautions from evidence only, has none.
"""

from __future__ import annotations

from collections.abc import Iterable

from nelm.assessment import Assessment
from nelm.criteria import CriterionOutcome, Judgement
from nelm.errors import unknown_name
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
from nelm.grounds import VERDICT_WORDS
from nelm.labels import WORK_UP_LABELS, missing_names, option_label, request_words
from nelm.open_points import (
    excludes_first,
    not_excluded,
    open_excludes,
    open_points,
    with_not_excluded,
)
from nelm.options.registry import OPTION_IDS
from nelm.phrases import SUMMARY_LENGTH, clipped, lowered, sentence
from nelm.repeated_test import OCTREOSCAN, check_test
from nelm.staging_words import STRATEGY_WORDS
from nelm.wording import Voice
from nelm.work_up import WORK_UP_FACTS, WORK_UP_ITEMS

ORDERS: tuple[str, ...] = (*OPTION_IDS, *WORK_UP_ITEMS, OCTREOSCAN)
MOST_ALTERNATIVES = 3
# Missing facts that a test brings although its own list does not name them.
ALSO_BROUGHT = {
    "expected_operative_mortality_percent": "surgical_review",
    "primary_resectable": "surgical_review",
    "primary_status": "surgical_review",
    "resectable_plus_ablatable_percent": "surgical_review",
    "recist_status": "cross_sectional_imaging",
    "progressed_within_12_months": "cross_sectional_imaging",
    "functional_syndrome": "tumor_markers",
}


def check_order(assessment: Assessment, order: str) -> Finding | None:
    """The finding for a draft order of that option or work-up item; None where nothing is to say.

    None also for a patient without neuroendocrine liver metastases, and for an option whose
    knowledge pack is off.

    Raises:
        UnknownName: no such option or work-up item.

    Source: operational; the criteria named in the finding carry their own.
    """
    if order not in ORDERS:
        raise unknown_name("order", order, ORDERS, "order")
    if order in WORK_UP_LABELS:
        return check_test(assessment, order)
    judgement = next((one for one in assessment.options if one.option.id == order), None)
    return None if judgement is None else _check_option(assessment, judgement)


def check_orders(assessment: Assessment, orders: Iterable[str]) -> tuple[Finding, ...]:
    """The findings for several draft orders, most severe first, each order once.

    Ties keep the order in which they were placed.
    """
    found = [check_order(assessment, order) for order in dict.fromkeys(orders)]
    severity = {"critical": 0, "warning": 1, "info": 2}
    findings = [finding for finding in found if finding is not None]
    return tuple(sorted(findings, key=lambda finding: severity[finding.indicator]))


# Options. -----------------------------------------------------------------------------------


class _Check:
    """One judged option on the way to a finding."""

    def __init__(self, assessment: Assessment, judgement: Judgement) -> None:
        self.assessment, self.judgement = assessment, judgement
        self.order = judgement.option.id
        self.label = option_label(self.order)
        self.voice = Voice.of(assessment)
        self.counting = tuple(outcome for outcome in judgement.outcomes if outcome.counts)

    def line(self, outcome: CriterionOutcome) -> str:
        return self.voice.outcome_line(outcome, self.judgement.option.labs_limit)

    def against(
        self, indicator: Indicator, topic: Topic, outcomes: list[CriterionOutcome], word: str
    ) -> Finding:
        """A finding that speaks against the order, with what is open instead."""
        first = outcomes[0]
        reason = self.voice.reason(first, self.judgement.option.labs_limit)
        excludes = open_excludes(self.judgement)
        short = f"{self.label}: {word}, {lowered(reason)}"
        value = self.value_beside(first)
        texts = (f"{short}; {value}", short) if value else (short,)
        return self.finding(
            indicator,
            topic,
            with_not_excluded(texts, excludes),
            outcomes,
            spoken_for=sentence(value),
            alternatives=_alternatives(self.assessment, self.order),
            beside=open_points(self.judgement) if topic == "strong_caution" else excludes,
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
        asked = {one.item for one in self.assessment.work_up}
        for one in outcomes:
            items = (_item_for(self.assessment, self.order, name) for name in self.lacks(one))
            item = next((item for item in items if item), None)
            if item and (item in asked or self.judgement.verdict != "not_indicated"):
                return Suggestion(create=item, because=self.named_line(one))
        return None

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
        others = excludes_first(one for one in beside or () if one not in outcomes)
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
            details=(*map(self.line, outcomes), *filter(None, (spoken_for,))),
            cites=first.criterion.cites if first else (),
            alternatives=alternatives,
            missing=missing,
            beside=tuple(map(self.named_line, others)),
            suggestion=suggestion or self.brings(others),
            sources=references(facts),
            evidence=digest(self.order, topic, [*outcomes, *others], facts, missing),
        )

    def named_line(self, outcome: CriterionOutcome) -> str:
        """Such as "Not excluded: portal vein thrombosis · EMB-3"."""
        named = f" · {outcome.id}" if outcome.stale_fact is None else ""
        return self.line(outcome) + named


def _check_option(assessment: Assessment, judgement: Judgement) -> Finding | None:
    check = _Check(assessment, judgement)
    match judgement.verdict:
        case "contraindicated":
            met = [o for o in check.counting if o.kind == "exclude" and o.outcome is True]
            return check.against("critical", "contraindicated", met, "contraindicated")
        case "not_indicated":
            failed = [o for o in check.counting if o.kind == "require" and o.outcome is False]
            return check.against("warning", "not_indicated", failed, "not indicated")
        case "insufficient_data":
            return _insufficient(check)
        case "conditional" if judgement.strong:
            strong = [o for o in check.counting if o.strong and o.outcome is True]
            return check.against("warning", "strong_caution", strong, "strong caution")
    return _better_option(check) or _to_check(check)


def _insufficient(check: _Check) -> Finding:
    judgement, assessment = check.judgement, check.assessment
    unknown = [o for o in check.counting if o.kind == "require" and o.outcome is None]
    missing = tuple(name for name in assessment.missing if name in judgement.missing)
    item = next((i for name in missing if (i := _item_for(assessment, check.order, name))), None)
    absent = [name for name in missing if name not in assessment.facts]
    labels = ", ".join(missing_names(absent[:3]))
    first = f"{request_words(item)} first" if item else "Settle that first"
    what = f"{labels} not known" if labels else check.voice.waits_for(judgement)
    excludes = [o for o in open_excludes(judgement) if not set(check.lacks(o)) <= set(missing)]
    summary = with_not_excluded((f"{check.label}: {what}. {first}",), excludes)
    return check.finding(
        "info",
        "insufficient_data",
        summary,
        unknown,
        missing=missing,
        suggestion=Suggestion(create=item) if item else None,
        beside=excludes,
    )


def _better_option(check: _Check) -> Finding | None:
    """One sentence where an option stands clearly before the one ordered."""
    judgement, assessment = check.judgement, check.assessment
    if judgement.option.adjunct:
        return None
    better = [
        one
        for one in assessment.options
        if one.rank < judgement.rank and not one.option.adjunct and _leads(assessment, one)
    ]
    if not better:
        return None
    first, label = better[0], option_label(better[0].option.id)
    reason, _ = check.voice.speaking_for(first)
    why = f", {lowered(reason)}" if reason else " for this patient"
    short = f"{check.label}: {label} ranks before it"
    points = excludes_first(open_points(judgement))
    own = not_excluded(open_excludes(first))
    facts = facts_read(assessment, points)
    return Finding(
        order=check.order,
        indicator="info",
        topic="better_option",
        summary=with_not_excluded((short + why, short), open_excludes(judgement)),
        reason=f"{label} is {VERDICT_WORDS[first.verdict]}{f' ({own})' if own else ''}. "
        f"Strategy for this patient: {lowered(STRATEGY_WORDS[assessment.strategy])}",
        alternatives=(_alternative(assessment, first),),
        missing=check.lacking(points),
        beside=tuple(map(check.named_line, points)),
        suggestion=check.brings(points),
        sources=references(facts),
        evidence=digest(
            check.order, "better_option", points, facts, (first.option.id, first.verdict)
        ),
    )


def _leads(assessment: Assessment, judgement: Judgement) -> bool:
    """Eligible, or surgery without a strong caution where resection comes first."""
    surgery = judgement.option.id in ("hepatectomy", "debulking")
    open_surgery = surgery and judgement.verdict == "conditional" and not judgement.strong
    resection_first = assessment.strategy == "resection_first"
    return judgement.verdict == "eligible" or (resection_first and open_surgery)


def _to_check(check: _Check) -> Finding | None:
    """What to look at or do before an order that stays open: met first, then unknown and stale."""
    outcomes = open_points(check.judgement)
    if not outcomes:
        return None
    first = outcomes[0]
    marked = first.outcome is True and first.stale_fact is None
    line = lowered(check.line(first))
    summary = f"{check.label}: {'first look at ' if marked else ''}{line}"
    excludes = [one for one in open_excludes(check.judgement) if one != first]
    full = _and_more(summary, len(outcomes) - 1)
    short = _and_more(summary, len(outcomes) - 1 - len(excludes))
    return check.finding(
        "info",
        "check",
        with_not_excluded((short, summary), excludes, full),
        outcomes,
        missing=check.lacking(outcomes),
        suggestion=check.brings(excludes_first(outcomes)),
    )


def _and_more(text: str, count: int) -> str:
    more = f" (and {count} more)" if count > 0 else ""
    return clipped(text, SUMMARY_LENGTH - len(more)) + more


def _alternatives(assessment: Assessment, order: str) -> tuple[Alternative, ...]:
    """The best open options without a strong caution, in ranked order."""
    found = [
        one
        for one in assessment.options
        if one.verdict in ("eligible", "conditional")
        and not one.strong
        and one.option.id not in (order, "follow_up")
    ]
    return tuple(_alternative(assessment, one) for one in found[:MOST_ALTERNATIVES])


def _alternative(assessment: Assessment, judgement: Judgement) -> Alternative:
    reason, _ = Voice.of(assessment).speaking_for(judgement)
    said = "; ".join(filter(None, (reason, not_excluded(open_excludes(judgement)))))
    return Alternative(judgement.option.id, judgement.verdict, said or None)


# The test that brings a fact. ---------------------------------------------------------------


def _item_for(assessment: Assessment, order: str, fact: str) -> str | None:
    """The test that brings a fact: one already suggested, else the first that could."""
    options = {one.option.id: one for one in assessment.options}
    if fact == "lung_shunt_percent" and order in options:
        return "maa_scan"
    for item in (one.item for one in assessment.work_up):
        if fact in WORK_UP_FACTS[item]:
            return item
    bringing = (item for item, facts in WORK_UP_FACTS.items() if fact in facts)
    return next(bringing, ALSO_BROUGHT.get(fact))
