"""What comes along with a hook call, already decoded: searches and single resources."""

from __future__ import annotations

import msgspec

from fhir_mappings.elements import Entry, SearchPage, Sent
from fhir_mappings.mapping_rules import MappingSet
from fhir_mappings.plain_results import Alone
from fhir_mappings.reading import UNREADABLE, read_entries, read_entry
from fhir_mappings.rewriting import rewritten
from fhir_mappings.statements import Reading

_PAGE = msgspec.json.Decoder(SearchPage)


def decode_page(raw: bytes | msgspec.Raw, mapping_set: MappingSet) -> SearchPage | None:
    """A Bundle with entries of which everything fits; else None."""
    if mapping_set.paths:
        raw = rewritten(raw, mapping_set.paths)
    try:
        page = _PAGE.decode(raw)
    except UNREADABLE:
        return None
    # any object decodes as a Bundle without entries
    return page if page.entry else None


def read_page(
    page: SearchPage, mapping_set: MappingSet, alone: Alone | None = None
) -> list[Reading]:
    """What the entries of a Bundle say, one reading each."""
    return read_entries(page.entry, mapping_set, alone)


def read_single(resource: Sent, mapping_set: MappingSet) -> Reading:
    """What one decoded resource says."""
    return read_entry(Entry(None, resource), mapping_set)
