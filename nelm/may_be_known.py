"""What a report states in words of a fact that is missing: shown beside it, never counted.

A candidate is `{fact, value, sentence, source}`, and a `note` where reports differ; a person
confirms it by recording the fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from nelm.assessment import Assessment
from nelm.catalog import CATALOG, STAND_INS
from nelm.facts import Therapy
from nelm.logic import Range
from nelm.spoken_values import value_text
from nelm.waiting import staging_gaps

MOST_SHOWN = 3
_LONGEST_SENTENCE = 120
_GROUP_OF = {name: group for group in STAND_INS for name in group}
# What would make a heading, a link or a picture of a sentence from a report.
_MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]|#!~"})
_WWW = re.compile(r"\b(www)\.", re.IGNORECASE)

Candidate = Mapping[str, Any]


class Suggested(NamedTuple):
    """One value as people say it, the sentence that says so, and the resource it stands in."""

    fact: str
    words: str
    sentence: str
    source: str


def asked_for(assessment: Assessment) -> tuple[str, ...]:
    """What is missing for a verdict or the staging, and what the suggested work-up would bring."""
    brought = (fact for item in assessment.work_up for fact in item.facts)
    unknown = [fact for fact in brought if fact not in assessment.facts.values]
    return tuple(dict.fromkeys([*assessment.missing, *staging_gaps(assessment), *unknown]))


def may_be_known(missing: Iterable[str], candidates: Iterable[Candidate]) -> list[Suggested]:
    """What candidates say of missing facts, or of facts that can stand in for them.

    In the order of the missing facts; each fact and value once.
    """
    by_fact: dict[str, list[Candidate]] = {}
    for one in candidates:
        by_fact.setdefault(one["fact"], []).append(one)
    wanted = [
        fact
        for name in missing
        for fact in (name, *(other for other in _GROUP_OF.get(name, ()) if other != name))
    ]
    found = [_suggested(one) for fact in dict.fromkeys(wanted) for one in by_fact.get(fact, ())]
    return list({(one.fact, one.words): one for one in reversed(found)}.values())[::-1]


def said_of_missing(record: Mapping[str, Any]) -> list[list[str]]:
    """Each missing fact of an assessment document that reports state, with the value they state.

    Part of what a proposal tells of what is missing: it is drafted anew where this differs, and not
    where another report says the same (pathway section 10; that it counts is operational).
    """
    candidates = record.get("candidates")
    if not candidates:
        return []
    return [[one.fact, one.words] for one in may_be_known(record["missing"], candidates)]


def may_be_known_line(missing: Iterable[str], candidates: Iterable[Candidate]) -> str:
    """Such as "May be known (in words, not confirmed): ECOG 1 ("ECOG 1.", DiagnosticReport/7)".

    Markdown; what comes from a report is escaped. Empty where nothing is said.
    """
    found = may_be_known(missing, candidates)
    if not found:
        return ""
    told = [
        f"{one.words} (“{markdown_text(one.sentence)}”, {markdown_text(one.source)})"
        for one in found[:MOST_SHOWN]
    ]
    beyond = len(found) - MOST_SHOWN
    rest = f"; and {beyond} more" if beyond > 0 else ""
    return f"May be known (stated in words, not confirmed, not counted): {'; '.join(told)}{rest}"


def markdown_text(text: str) -> str:
    """Foreign text that stays text in Markdown, cut to one short line."""
    line = " ".join(text.split())
    if len(line) > _LONGEST_SENTENCE:
        line = f"{line[: _LONGEST_SENTENCE - 1].rstrip()}…"
    # What makes links of plain addresses finds none with a gap in it.
    plain = _WWW.sub(r"\1 .", line.replace("://", ": //").replace("@", " at "))
    return plain.translate(_MARKDOWN).replace("<", "‹").replace(">", "›")


def _suggested(one: Candidate) -> Suggested:
    fact = str(one["fact"])
    words = value_text(fact, candidate_value(fact, one["value"]))
    if one.get("note"):
        words = f"{words}, {one['note']}"
    return Suggested(fact, words, str(one["sentence"]), str(one["source"]))


def candidate_value(fact: str, value: Any) -> Any:
    """A candidate's value, plain JSON, as facts hold it."""
    if isinstance(value, Mapping):
        ends = (value.get("min"), value.get("max"))
        return Range(*ends, bool(value.get("min_open")), bool(value.get("max_open")))
    if CATALOG[fact].kind == "therapies":
        return tuple(Therapy(one["therapy"]) for one in value)
    return frozenset(value) if isinstance(value, list) else value
