"""Up to which `lastUpdated` each resource type of a connection has been swept."""

import sqlalchemy as sa
from sqlalchemy import Connection

from fhir_mappings.versions import instant_of
from storage.rows import Writing
from storage.tables import watermarks

_row = watermarks.c
_KEY = ["connection", "resource_type"]
_ADVANCE = Writing(
    watermarks, [*_KEY, "last_updated"], {"index_elements": _KEY, "set": ["last_updated"]}
)


def get(tx: Connection, connection: str, resource_type: str) -> str | None:
    """The largest lastUpdated seen and stored, as the EHR sent it; None: never swept."""
    return tx.execute(_chosen(connection, resource_type)).scalar()


def _chosen(connection: str, resource_type: str) -> sa.Select[str]:
    mine = _row.connection == connection, _row.resource_type == resource_type
    return sa.select(_row.last_updated).where(*mine)


def advance(tx: Connection, connection: str, resource_type: str, last_updated: str) -> None:
    """Moves the watermark forward; never back."""
    before = tx.execute(_chosen(connection, resource_type).with_for_update()).scalar()
    if before is not None and (instant_of(last_updated) or 0) <= (instant_of(before) or 0):
        return
    row = {
        "connection": connection,
        "resource_type": resource_type,
        "last_updated": last_updated,
    }
    _ADVANCE.run(tx, [row])
