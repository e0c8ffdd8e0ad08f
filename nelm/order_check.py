"""A draft order against the verdicts: the finding to show at order entry, or none.

Silence is meant: an order that is eligible, or open with cautions from evidence only, has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nelm.assessment import Assessment
from nelm.bringing import BLOOD, is_measured, item_for
from nelm.criteria import CriterionOutcome, Judgement
from nelm.doubted_orders import with_doubts
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
from nelm.grounds import VERDICT_WORDS, urgency
from nelm.labels import WORK_UP_LABELS, missing_names, option_label, request_words
from nelm.open_points import (
    calls_for_a_look,
    looked_at,
    not_excluded,
    open_excludes,
    points,
    with_dangers,
)
from nelm.options.registry import OPTION_IDS
from nelm.phrases import clipped, lowered, sentence
from nelm.repeated_test import OCTREOSCAN, check_test
from nelm.staging_words import STRATEGY_WORDS
from nelm.wording import Voice
from nelm.work_up import WORK_UP_ITEMS

ORDERS: tuple[str, ...] = (*OPTION_IDS, *WORK_UP_ITEMS, OCTREOSCAN)
MOST_ALTERNATIVES = 3


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
    if judgement is None:
        return None
    return with_doubts(assessment, judgement, _check_option(assessment, judgement))


def check_drug(assessment: Assessment, drug: str, options: Iterable[str]) -> Finding | None:
    """The finding for a drug ordered alone that is part of these options: where one and the same
    exclude (such as pregnancy) contraindicates all of them, that; else None.

    Not held against what an option requires: alone the drug is none of them.

    Source: operational; the criterion named in the finding carries its own.
    """
    wanted = set(options)
    judged = [one for one in assessment.options if one.option.id in wanted]
    shared = _shared_excludes(judged)
    if not shared:
        return None
    check = _Check(assessment, judged[0], drug)
    outcomes = [one for one in check.counting if one.id in shared]
    names = (lowered(option_label(one.option.id)) for one in judged)
    part = f"Part of {' and '.join(names)}"
    return check.against("critical", "contraindicated", outcomes, "contraindicated", note=part)


def _shared_excludes(judged: Iterable[Judgement]) -> set[str]:
    """The ids of the excludes that are met in every one of these."""
    met = [
        {o.id for o in one.outcomes if o.kind == "exclude" and o.outcome is True} for one in judged
    ]
    return set.intersection(*met) if met else set()


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
            alternatives=_alternatives(self.assessment, self.order),
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


def _lists(title: str) -> bool:
    """Such as "Blood count, kidney and liver values"."""
    return ", " in title and " and " in title and ", or " not in title


def _insufficient(check: _Check) -> Finding:
    judgement, assessment = check.judgement, check.assessment
    unknown = [o for o in check.counting if o.kind == "require" and o.outcome is None]
    missing = tuple(name for name in assessment.missing if name in judgement.missing)
    item = next((i for name in missing if (i := item_for(assessment, check.order, name))), None)
    absent = [name for name in missing if name not in assessment.facts]
    labels = ", ".join(missing_names(absent[:3]))
    what = f"{labels} not known" if labels else check.voice.waits_for(judgement)
    measured = () if absent else missing
    first = f"{request_words(item)} first" if item else _way_out(assessment, measured)
    beside = [o for o in check.points() if not _is_said(check.lacks(o), missing)]
    summary = check.with_dangers((f"{check.label}: {what}. {first}",), beside)
    return check.finding(
        "info",
        "insufficient_data",
        summary,
        unknown,
        missing=missing,
        suggestion=Suggestion(create=item) if item else None,
        beside=beside,
    )


def _way_out(assessment: Assessment, names: Iterable[str]) -> str:
    measured = any(is_measured(assessment, name) for name in names)
    return "Have it measured again" if measured else "Settle that first"


def _is_said(lacks: list[str], missing: tuple[str, ...]) -> bool:
    """Whether all that leaves it open is named as missing anyhow."""
    return bool(lacks) and set(lacks) <= set(missing)


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
    because = lowered(reason).replace("progressed on", "progression on")
    why = f" because of {because}" if reason else " for this patient"
    short = f"{check.label}: {label} ranks before it"
    beside = check.points()
    own = not_excluded(open_excludes(first))
    facts = facts_read(assessment, beside)
    return Finding(
        order=check.order,
        indicator="info",
        topic="better_option",
        summary=check.with_dangers((short + why, short), beside),
        reason=f"{label} is {VERDICT_WORDS[first.verdict]}{f' ({own})' if own else ''}. "
        f"Strategy for this patient: {lowered(STRATEGY_WORDS[assessment.strategy])}",
        alternatives=(_alternative(assessment, first),),
        missing=check.lacking(beside),
        beside=tuple(map(check.line_with_reason, beside)),
        suggestion=check.brings(beside),
        sources=references(facts),
        evidence=digest(
            check.order, "better_option", beside, facts, (first.option.id, first.verdict)
        ),
    )


def _leads(assessment: Assessment, judgement: Judgement) -> bool:
    """Eligible, or surgery without a strong caution where resection comes first."""
    surgery = judgement.option.id in ("hepatectomy", "debulking")
    open_surgery = surgery and judgement.verdict == "conditional" and not judgement.strong
    resection_first = assessment.strategy == "resection_first"
    return judgement.verdict == "eligible" or (resection_first and open_surgery)


def _to_check(check: _Check) -> Finding | None:
    """What to look at or do before an order that stays open, the most urgent first."""
    if not calls_for_a_look(check.judgement):
        return None
    outcomes = check.points()
    return check.finding(
        "info",
        "check",
        looked_at(check.label, outcomes, check.line),
        outcomes,
        missing=check.lacking(outcomes),
        suggestion=check.brings(outcomes),
    )


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
