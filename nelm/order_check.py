"""A draft order against the verdicts: the finding to show at order entry, or none.

Silence is meant: an order that is eligible, or open with cautions from evidence only, has none.
"""

from __future__ import annotations

from collections.abc import Iterable

from nelm.assessment import Assessment
from nelm.bringing import is_measured, item_for
from nelm.criteria import Judgement
from nelm.doubted_orders import with_doubts
from nelm.errors import unknown_name
from nelm.findings import (
    Finding,
    Suggestion,
    digest,
    facts_read,
    references,
)
from nelm.grounds import VERDICT_WORDS
from nelm.labels import WORK_UP_LABELS, missing_names, option_label, request_words
from nelm.open_points import (
    calls_for_a_look,
    looked_at,
    not_excluded,
    open_excludes,
)
from nelm.options.registry import OPTION_IDS
from nelm.ordered_option import OrderedOption, alternative
from nelm.phrases import lowered, sentence
from nelm.repeated_test import OCTREOSCAN, check_test
from nelm.staging_words import STRATEGY_WORDS
from nelm.work_up import WORK_UP_ITEMS

ORDERS: tuple[str, ...] = (*OPTION_IDS, *WORK_UP_ITEMS, OCTREOSCAN)


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
    check = OrderedOption(assessment, judged[0], drug)
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


def _check_option(assessment: Assessment, judgement: Judgement) -> Finding | None:
    check = OrderedOption(assessment, judgement)
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


def _insufficient(check: OrderedOption) -> Finding:
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
        suggestion=Suggestion(create=item, because=_not_known(check, item, absent))
        if item
        else None,
        beside=beside,
    )


def _not_known(check: OrderedOption, item: str, absent: Iterable[str]) -> str | None:
    """What the test brings of what is missing; None where all of it is on file, but imprecise."""
    brought = [one for one in absent if item_for(check.assessment, check.order, one) == item]
    return sentence(f"{', '.join(missing_names(brought))} not known") if brought else None


def _way_out(assessment: Assessment, names: Iterable[str]) -> str:
    measured = any(is_measured(assessment, name) for name in names)
    return "Have it measured again" if measured else "Settle that first"


def _is_said(lacks: list[str], missing: tuple[str, ...]) -> bool:
    """Whether all that leaves it open is named as missing anyhow."""
    return bool(lacks) and set(lacks) <= set(missing)


def _better_option(check: OrderedOption) -> Finding | None:
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
        alternatives=(alternative(assessment, first),),
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


def _to_check(check: OrderedOption) -> Finding | None:
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
