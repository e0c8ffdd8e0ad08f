"""Paragraphs that several cards end with: the staging and its day, and what was not read."""

from collections.abc import Sequence

from nelm import Assessment
from nelm.staging_words import contradictions
from nelm.wording import staging_line
from service.cds_hooks.record import Record

_KEY_WORDS = {
    "patient": "demographics",
    "conditions": "problem list",
    "observations": "results",
    "procedures": "procedures",
    "medications": "medication orders",
    "medicationStatements": "medication statements",
    "administrations": "administered medication",
    "reports": "reports",
}

# Without these read completely, "missing" would be said of what is only unread.
_DECISIVE = frozenset({"conditions", "observations"})
_MOST_NAMED = 3
_ABSENCES = (" not on file", " older than its limit")


def is_unread_where_it_counts(record: Record) -> bool:
    """Whether what is missing in this assessment may well be in the record."""
    return not _DECISIVE.isdisjoint(record.unread)


def reasons_in_short(reasons: Sequence[str]) -> str:
    """ "chromogranin A, gastrin not on file; …": reasons that end alike are said once."""
    gathered: dict[str, list[str]] = {}
    for reason in reasons:
        ending = next((one for one in _ABSENCES if reason.endswith(one)), "")
        key = ending or reason
        gathered.setdefault(key, []).append(reason.removesuffix(ending) if ending else "")
    return "; ".join(
        f"{', '.join(names)}{_of(names, ending)}" if names[0] else ending
        for ending, names in gathered.items()
    )


def _of(names: Sequence[str], ending: str) -> str:
    return ending.replace(" its ", " their ") if len(names) > 1 else ending


def reasons_in_full(reasons: Sequence[str]) -> str:
    """The same, with both sides where papers disagree."""
    return reasons_in_short(reasons).replace("; conflict: ", ". Papers disagree: ")


def staging_paragraph(assessment: Assessment) -> str:
    """ "Staging: G2 (Ki-67 8 %), type III. As of 2026-06-01.", and what disagrees in it."""
    line = staging_line(assessment.staging, assessment.facts)
    disagreeing = contradictions(assessment.staging)
    note = f" **Contradictory:** {'; '.join(disagreeing)}." if disagreeing else ""
    return f"{line}. As of {assessment.as_of.isoformat()}.{note}"


def unread_words(keys: Sequence[str]) -> str:
    """ "problem list, results and the newest version of Observation/1"."""
    changes = [key for key in keys if "/" in key]
    words = [_KEY_WORDS.get(key, key) for key in keys if "/" not in key]
    if len(changes) > _MOST_NAMED:
        words.append(f"the newest versions of {len(changes)} resources")
    else:
        words += [f"the newest version of {change}" for change in changes]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def unread_paragraph(keys: Sequence[str]) -> str:
    """What this card does not know of, because it could not be read."""
    return f"**Not read completely:** {unread_words(keys)}. What they hold is not counted here."
