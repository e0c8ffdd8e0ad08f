"""Pieces of sentences that know no patient: a source, a conflict, a figure, a line that must fit.

Written once and used by every card, care plan and page.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from nelm.criteria import Conflict
from nelm.evidence.citations import CITATIONS, OutcomeFigure, paper_short
from nelm.facts import Fact
from nelm.labels import missing_labels
from nelm.spoken_values import spoken

SUMMARY_LENGTH = 139  # a card's summary stays under 140 characters


def clipped(text: str, limit: int = SUMMARY_LENGTH) -> str:
    """The text, cut at a word and marked with an ellipsis where it is too long."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:(") + "…"


def sentence(text: str) -> str:
    """With a capital at the start; "eGFR" and "pH" keep their own."""
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def lowered(text: str) -> str:
    """Lower case at the start, except for names such as "ECOG", "G2" or "Krenning"."""
    named = text.startswith(("Krenning", "Child", "Ki-67", "Lu-177"))
    return text if named or not text[1:2].islower() else text[:1].lower() + text[1:]


def value_with_date(fact: Fact) -> str:
    """Such as "largest lesion 41 mm (2026-05-03)"; undated facts stand without a date."""
    return str(spoken(fact))


def source_line(cites: Iterable[str]) -> str:
    """Such as "Cloyd 2020, Lewis 2012"; a working limit is called one."""
    names = list(cites)
    shown = [paper_short(n) for n in names if CITATIONS[n].kind != "operational" and n != "later"]
    working = "operational" in names
    if working and not shown:
        return "Working limit of this institution, not from a paper"
    return ", ".join(shown + (["working limit"] if working else []))


def full_source(name: str) -> str:
    """Such as "Cloyd JM, ... 2020;9(4):440-451. doi 10.21037/hbsn.2020.04.02"."""
    one = CITATIONS[name]
    return f"{one.text} doi {one.doi}" if one.doi else one.text


def figure_line(figure: OutcomeFigure) -> str:
    """Such as "5-year survival 60 % (retrospective series, n 179, 2018; Cloyd 2020)"."""
    papers = ", ".join(paper_short(name) for name in figure.cites)
    return f"{figure.text} ({'; '.join(part for part in (figure.basis, papers) if part)})"


def conflict_line(conflict: Conflict) -> str:
    """Both positions with their papers, and what is followed here."""
    positions = "; ".join(f"{paper_short(source)}: {text}" for source, text in conflict.positions)
    return f"Papers disagree. {positions}. Followed here: {conflict.default}"


def stale_line(fact: Fact, as_of: date, limit_days: float) -> str:
    """Such as "Krenning score 4 (2025-03-01), 457 days old, limit 365"."""
    age = (as_of - fact.effective).days if fact.effective else 0
    return f"{sentence(value_with_date(fact))}, {age} days old, limit {limit_days:g}"


def missing_line(names: Iterable[str]) -> str:
    """Such as "Missing: Krenning score, right heart failure"; empty where nothing is."""
    labels = missing_labels(names)
    return f"Missing: {', '.join(labels)}" if labels else ""
