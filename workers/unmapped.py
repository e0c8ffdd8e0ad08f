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
    """Counts the codes of a batch that were not understood, in one statement."""
    counts: Counter[Seen] = Counter()
    example: dict[Seen, bytes | None] = {}
    for one in kept:
        if one.reading.not_understood:
            for seen in seen_in(one.reading):
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
