"""How many statements of a fact can still decide it, and in which order they stand."""

from datetime import UTC, datetime
from functools import lru_cache

from fhir_mappings.dates import day_of, instant_key
from fhir_mappings.versions import version_number
from nelm.catalog import CATALOG

# The newest decides; the one before it is at hand where the newest turns out not to count on the
# day that is judged, such as a result dated in the future.
_NEWEST = 2
# One study may state many lesions, one result each.
_ONE_STUDY = 64
# What reports say in words is shown, never counted: that of the last few reports.
_WORDS = 120
# Stability is counted from one progression to the next.
_COURSE = 12

_BY_RULE = {"newest": _NEWEST, "derived": _NEWEST, "latest_study": _ONE_STUDY}
_BOUNDED: dict[str, int | None] = {
    **{name: _BY_RULE.get(kind.rule) for name, kind in CATALOG.items()},
    "recist_status": _COURSE,
    "liver_lesion": _ONE_STUDY,
    "imaging_study": _ONE_STUDY,
    "candidate_words": _WORDS,
    "birth_date": _NEWEST,
    "deceased": _NEWEST,
    "pregnancy": _NEWEST,
}


def statements_kept(fact: str) -> int | None:
    """How many of a fact's newest statements are current; None: all of them."""
    return _BOUNDED.get(fact)


@lru_cache(maxsize=4096)
def instant_of(text: str | None) -> float | None:
    """Unix seconds of a FHIR date or instant (its beginning, UTC if no zone); None: unreadable."""
    if not text:
        return None
    parts = text.strip()
    if len(parts) in (4, 7):
        parts += "-01" if len(parts) == 7 else "-01-01"
    try:
        found = datetime.fromisoformat(parts)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def effective_key(effective: str | None) -> str:
    """The place of an effective time in the order; undated counts as fresh, no date as oldest."""
    return instant_key(effective) if not effective or day_of(effective) else ""


def updated_key(last_updated: str | None) -> str:
    """The place of a lastUpdated in the order; unknown is before every known one."""
    return instant_key(last_updated) if last_updated else ""


def age(
    version: str | None,
    last_updated: str | None,
    than_version: str | None,
    than_updated: str | None,
) -> int | None:
    """How a resource version stands to another one: -1 older, 0 the same, 1 newer, None unknown.

    By lastUpdated, then by version where both are numbers; versions may be any text otherwise.
    """
    mine, theirs = instant_of(last_updated), instant_of(than_updated)
    if mine is not None and theirs is not None and mine != theirs:
        return -1 if mine < theirs else 1
    if version is not None and version == than_version:
        return 0
    return _age_by_number(version_number(version), version_number(than_version))


def _age_by_number(number: int | None, than_number: int | None) -> int | None:
    if number is None or than_number is None:
        return None
    return -1 if number < than_number else 1
