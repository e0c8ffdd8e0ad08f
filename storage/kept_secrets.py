"""Secrets that the installation made for itself, shared by all of its processes.

They guard pages made from this very database: whoever reads it needs none of them.
"""

import secrets

import sqlalchemy as sa
from sqlalchemy import Connection

from storage.rows import Writing
from storage.tables import kept_secrets

_row = kept_secrets.c
_KEEP = Writing(kept_secrets, ["name", "value"], {"index_elements": ["name"]})
_BYTES = 32


def find_or_make(tx: Connection, name: str) -> bytes:
    """The secret of that name; the first to ask makes it, and it never changes."""
    asked = sa.select(_row.value).where(_row.name == name)
    found = tx.execute(asked).scalar_one_or_none()
    if found is None:
        _KEEP.run(tx, [{"name": name, "value": secrets.token_hex(_BYTES)}])
        found = tx.execute(asked).scalar_one()
    return bytes.fromhex(found)
