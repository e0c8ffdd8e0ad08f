"""Which of two versions of a resource is the newer one; version ids are any text."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

# What a 64 bit counter can reach; longer digits are somebody's identifier, or an attack.
_LONGEST = 19


def version_number(version: str | None) -> int | None:
    """The number that the version id is; None where it is none."""
    if not version or len(version) > _LONGEST or not version.isdecimal():
        return None
    return int(version)


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
