"""What a report states in the end, where its sentences contradict or repeat each other.

An addendum wins, then what is newer, then what is more precise, then the impression; else it
states nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple


class Candidate(NamedTuple):
    """What a text states: the value as JSON holds it, the sentence as written, the pattern."""

    fact: str
    value: Any
    sentence: str
    pattern: str


class Found(NamedTuple):
    candidate: Candidate
    chapter: str
    year: int | None
    earlier: bool


_UNSPECIFIC = {
    "ascites": "present",
    "encephalopathy": "present",
    "portal_vein": "thrombosis_extent_unknown",
    "peritoneal_carcinomatosis": "present_unquantified",
    "primary_site": "unknown",
    "primary_status": "resected",
    "extrahepatic_disease": "present_unquantified",
}
FORMER = re.compile(
    r"\b(?:previous(?:ly)?|formerly|initially|earlier|at that time|originally|prior|former"
    r"|outside)\b"
)
# A sentence that takes back what another one says, without the words that would state it anew.
_REOPENS = (
    (
        re.compile(r"^(?:focal(?:ly)?|fokal|maximal(?:ly)?|hot ?spots?)\b[^;%]{0,40}\d ?%"),
        ("ki67_primary_percent", "ki67_metastasis_percent"),
    ),
    (
        re.compile(
            r"\b(?:second|another|other) opinion\b[^.;]{0,30}resect"
            r"|\bzweitmeinung\b[^.;]{0,30}rese[kz]"
        ),
        ("reported_resectability",),
    ),
)
_SETS = ("extrahepatic_sites", "progressed_on", "treatment_history")


def facts_reopened(low: str) -> set[str]:
    """The facts that nothing may be taken of, because this sentence says otherwise."""
    return {fact for pattern, facts in _REOPENS if pattern.search(low) for fact in facts}


def settled(found: Iterable[Found]) -> list[Candidate]:
    """Each fact with what the report states of it in the end; nothing where it stays open."""
    by_fact: dict[str, list[Found]] = {}
    for one in found:
        by_fact.setdefault(one.candidate.fact, []).append(one)
    return [candidate for ones in by_fact.values() for candidate in _settle(ones)]


def _settle(found: list[Found]) -> list[Candidate]:
    corrected = [one for one in found if one.chapter == "addendum"]
    distinct = _distinct(corrected or found)
    if found[0].candidate.fact in _SETS:
        return _united(distinct)
    if len(distinct) > 1:
        distinct = _newest([one for one in distinct if not one.earlier] or distinct)
    if len(distinct) > 1:
        distinct = _most_precise(distinct) or _concluded(distinct)
    return [one.candidate for one in distinct]


def _most_precise(distinct: list[Found]) -> list[Found]:
    """The one that says how much, beside one that only says that there is something."""
    fact = distinct[0].candidate.fact
    precise = [one for one in distinct if one.candidate.value != _UNSPECIFIC.get(fact)]
    if len(precise) == 1 and precise[0].candidate.value not in ("none", "patent"):
        return precise
    if fact == "portal_vein" and len(distinct) == 2 and any(map(_is_branch, distinct)):
        # both sentences: neither says it alone
        said = " … ".join(dict.fromkeys(one.candidate.sentence for one in distinct))
        both = distinct[0].candidate._replace(value="partial_thrombosis", sentence=said)
        return [distinct[0]._replace(candidate=both)]
    return []


def _concluded(distinct: list[Found]) -> list[Found]:
    """The impression's value, where it gives one."""
    concluded = [one for one in distinct if one.chapter == "impression"]
    return concluded if len(concluded) == 1 else []


def _is_branch(one: Found) -> bool:
    """A branch of the portal vein, beside which its trunk is free."""
    branch = re.search(r"\b(?:branch|left|right|ast)\b", one.candidate.sentence.lower())
    return one.candidate.value != "patent" and branch is not None


def _newest(found: list[Found]) -> list[Found]:
    """Those of the text's own date; if all name a year, those of the latest."""
    undated = [one for one in found if one.year is None]
    if undated:
        return undated
    latest = max(one.year or 0 for one in found)
    return [one for one in found if one.year == latest]


def _distinct(found: list[Found]) -> list[Found]:
    kept: list[Found] = []
    for one in found:
        same = next(
            (i for i, held in enumerate(kept) if held.candidate.value == one.candidate.value), None
        )
        if same is None:
            kept.append(one)
        elif one.chapter == "impression" != kept[same].chapter:
            kept[same] = one
    return kept


def _united(found: list[Found]) -> list[Candidate]:
    """The members of all, with the sentences that name them."""
    if not found:
        return []
    members = _members(found)
    sentences = list(dict.fromkeys(one.candidate.sentence for one in found))
    first = found[0].candidate
    return [first._replace(value=members, sentence=" … ".join(sentences))]


def _members(found: list[Found]) -> list[Any]:
    if found[0].candidate.fact != "treatment_history":
        return sorted({member for one in found for member in one.candidate.value})
    fullest: dict[str, dict[str, Any]] = {}
    for one in found:
        for entry in one.candidate.value:
            fullest.setdefault(entry["therapy"], {}).update(entry)
    return list(fullest.values())
