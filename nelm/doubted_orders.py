"""A draft order whose criteria read a doubtful value: that is said beside the finding, or alone.

What counts stays decided; it must not read as if nothing spoke against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from nelm.assessment import Assessment
from nelm.criteria import Judgement
from nelm.doubts import day_and_doubts, doubt_lines, is_doubtful, short_doubts
from nelm.facts import Fact
from nelm.findings import Finding, digest, names_read, references
from nelm.labels import option_label
from nelm.phrases import SUMMARY_LENGTH, clipped, lowered

_REASON = "Another result speaks against the value that counts, or could not be read"
_READING = frozenset({"require", "exclude", "caution"})


def with_doubts(
    assessment: Assessment, judgement: Judgement, finding: Finding | None
) -> Finding | None:
    """The finding for an order, with what is doubtful of the values that its criteria read.

    Source: operational.
    """
    facts = doubtful_facts(assessment, judgement)
    if not facts:
        return finding
    lines = tuple(doubt_lines(facts))
    if finding is None:
        return _alone(judgement.option.id, facts, lines)
    return replace(
        finding,
        summary=with_short_doubts(finding.summary, facts),
        doubts=lines,
        sources=tuple(dict.fromkeys((*finding.sources, *references(facts)))),
        evidence=sha256("\n".join([finding.evidence, *lines]).encode()).hexdigest(),
    )


def doubtful_facts(assessment: Assessment, judgement: Judgement) -> list[Fact]:
    """Those that its own requirements, exclusions and cautions read."""
    found = [fact for fact in assessment.facts if fact.flags and is_doubtful(fact)]
    if not found:
        return []
    read = {
        name
        for one in judgement.outcomes
        if one.kind in _READING and one.stale_fact is None
        for name in names_read(one)
    }
    return [fact for fact in found if fact.name in read]


def _alone(order: str, facts: list[Fact], lines: tuple[str, ...]) -> Finding:
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    head = f"{option_label(order)}: {lowered(lines[0])}"
    return Finding(
        order=order,
        indicator="info",
        topic="check",
        summary=clipped(head, SUMMARY_LENGTH - len(more)) + more,
        reason=_REASON,
        doubts=lines,
        sources=references(facts),
        evidence=digest(order, "check", [], facts, lines),
    )


def with_short_doubts(summary: str, facts: Iterable[Fact]) -> str:
    """A card's summary with the doubts, or their number, as far as there is room; a value that is
    named there with its doubt says it already."""
    open_ones = [one for one in facts if one.flags and day_and_doubts(one) not in summary]
    short = [words for one in open_ones for words in short_doubts(one)]
    if not short:
        return summary
    tails = ("; ".join(short), f"{len(short)} result{'s' * (len(short) > 1)} in doubt")
    longer = (f"{summary}; {tail}" for tail in tails)
    return next((one for one in longer if len(one) <= SUMMARY_LENGTH), summary)
