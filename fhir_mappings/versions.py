"""FHIR version ids: any text, comparable only where both are numbers."""

from __future__ import annotations

# What a 64 bit counter can reach; longer digits are somebody's identifier, or an attack.
_LONGEST = 19


def version_number(version: str | None) -> int | None:
    """The number that the version id is; None where it is none."""
    if not version or len(version) > _LONGEST or not version.isdecimal():
        return None
    return int(version)
