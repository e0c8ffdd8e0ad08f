"""What kept records have in common, by its digest; never changed and never thrown away.

A digest names one content for ever, so what was read once is kept in memory.
"""

import time
from typing import Any

import msgspec
from sqlalchemy import Connection

from nelm.record import expanded
from nelm.rulebook import Rulebook
from storage.errors import StorageBroken
from storage.rows import Writing
from storage.tables import rulebooks
from storage.written import Written

Json = dict[str, Any]

_NEW = Writing(rulebooks, ["digest", "document", "kept_at"], {"index_elements": ["digest"]})
_KNOWN = Written("SELECT 1 FROM rulebooks WHERE digest = {0}")
_ONE = Written("SELECT document FROM rulebooks WHERE digest = {0}")
_read: dict[str, Rulebook] = {}


def keep(tx: Connection, book: Rulebook, now: float | None = None) -> None:
    """Keeps the rulebook that records of this transaction refer to, unless it is there already."""
    if _KNOWN.row(tx, book.digest) is None:
        instant = time.time() if now is None else now
        _NEW.run(tx, [{"digest": book.digest, "document": book.encoded, "kept_at": instant}])


def whole(conn: Connection, kept: bytes) -> Json:
    """The document behind what `storage.assessments` keeps; texts are shared, do not change them.

    What was saved before there were records is a document already.

    Raises:
        StorageBroken: the record's rulebook is missing.
    """
    found: Json = msgspec.json.decode(kept)
    digest = found.get("rulebook")
    return found if digest is None else expanded(found, _book(conn, digest))


def _book(conn: Connection, digest: str) -> Rulebook:
    if digest not in _read:
        found = _ONE.row(conn, digest)
        if found is None:
            raise StorageBroken("The rulebook of an assessment is missing from the database.")
        _read[digest] = Rulebook(msgspec.json.decode(found[0]))
    return _read[digest]
