"""Paragraphs that several cards end with: the staging and its day, and what was not read."""

from collections.abc import Sequence

from nelm import Assessment
from nelm.wording import staging_line

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


def staging_paragraph(assessment: Assessment) -> str:
    """ "Staging: G2 (Ki-67 8 %), type III. As of 2026-06-01."."""
    line = staging_line(assessment.staging, assessment.facts)
    return f"{line}. As of {assessment.as_of.isoformat()}."


def unread_words(keys: Sequence[str]) -> str:
    """ "problem list, results and reports"."""
    words = [_KEY_WORDS[key] for key in keys]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def unread_paragraph(keys: Sequence[str]) -> str:
    """What this card does not know of, because it could not be read."""
    return f"**Not read completely:** {unread_words(keys)}. What they hold is not counted here."
