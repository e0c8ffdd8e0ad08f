"""The rules a process works by; light, so that a web process can open them without the rest."""

from __future__ import annotations

from pathlib import Path

from fhir_mappings.mapping_set import MappingSet, load_mapping_set
from runtime.settings import Settings


def open_mapping_set(settings: Settings) -> MappingSet:
    """The mapping set the settings name, or the shipped one."""
    path = Path(settings.mapping_set) if settings.mapping_set else None
    return load_mapping_set(path, settings.canonical_base)
