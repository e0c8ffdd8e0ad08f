"""What came and nobody has mapped, noted for whoever keeps the mapping: counts, never values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection

from fhir_mappings.unmapped_codes import Seen, seen_in, shape_of
from storage import unmapped
from storage.resources import Kept
from storage.unmapped import Unmapped


def note_unmapped(tx: Connection, connection: str, kept: Sequence[Kept]) -> None:
    """Counts the codes of a batch that were not understood, in one statement.

    Before the batch is kept: a version that is kept already was counted when it was first read.
    """
    counts: Counter[Seen] = Counter()
    example: dict[Seen, bytes | None] = {}
    for one, found_in in _first_read(tx, connection, kept):
        for seen in found_in:
            counts[seen] += 1
            example[seen] = one.body
    found: dict[tuple[str, ...], Unmapped] = {}
    for seen, count in counts.items():
        key = tuple(seen[:4])
        # the same code may come under several displays
        earlier = found[key].seen if key in found else 0
        shape = shape_of(example[seen], seen)
        found[key] = Unmapped(*seen, shape=shape, seen=count + earlier)
    unmapped.note(tx, connection, found.values())


def _first_read(
    tx: Connection, connection: str, kept: Sequence[Kept]
) -> list[tuple[Kept, list[Seen]]]:
    """Those with a code that was not understood, each version once."""
    found: dict[tuple[str, str, str | None], tuple[Kept, list[Seen]]] = {}
    for one in kept:
        reading = one.reading
        if reading.not_understood and (seen := list(seen_in(reading))):
            found[reading.type or "", reading.id or "", reading.version] = one, seen
    if not found:
        return []
    before = unmapped.kept_versions(tx, connection, {key[:2] for key in found})
    return [
        one
        for (type_, id_, version), one in found.items()
        if (type_, id_) not in before or before[type_, id_] != version
    ]
