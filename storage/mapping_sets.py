"""An institution's layer of mapping rules per connection: all versions kept, one active."""

from __future__ import annotations

import time

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from fhir_mappings.mapping_layer import Layer
from storage.errors import StorageRefused
from storage.rows import new_rows
from storage.tables import assessments, mapping_layers, mapping_sets_in_force, patients
from storage.turns import wait_to_change_layers
from storage.written import Written

_row = mapping_layers.c
_force = mapping_sets_in_force.c


class Version(msgspec.Struct, frozen=True):
    """One imported version of a connection's layer, without its content."""

    connection: str
    version: str
    name: str
    note: str | None
    author: str | None
    imported_at: float
    active: bool


_COLUMNS = tuple(_row[name] for name in Version.__struct_fields__)


def put(
    tx: Connection,
    connection: str,
    layer: Layer,
    note: str | None = None,
    author: str | None = None,
    now: float | None = None,
) -> bool:
    """Makes this content the connection's active layer; False if it was that already.

    A content that was imported before becomes active again. Check it first: what is stored here is
    loaded as it is. Of two imports at once the later one is active, and both are kept.
    """
    wait_to_change_layers(tx)
    if active_version(tx, connection) == layer.digest:
        return False
    tx.execute(sa.update(mapping_layers).where(*_active(connection)).values(active=False))
    row = {
        "connection": connection,
        "version": layer.digest,
        "name": layer.name,
        "content": layer.raw,
        "note": note,
        "author": author,
        "imported_at": time.time() if now is None else now,
        "active": True,
    }
    again = {name: row[name] for name in ("name", "note", "author", "imported_at", "active")}
    tx.execute(
        new_rows(tx, mapping_layers)
        .values(row)
        .on_conflict_do_update(index_elements=["connection", "version"], set_=again)
    )
    return True


def withdraw(tx: Connection, connection: str) -> bool:
    """No layer is active any more: the installation's own set holds; False if none was."""
    wait_to_change_layers(tx)
    off = sa.update(mapping_layers).where(*_active(connection)).values(active=False)
    return bool(tx.execute(off).rowcount)


def _active(connection: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (_row.connection == connection, _row.active.is_(sa.true()))


_ACTIVE = Written("SELECT connection, version FROM mapping_layers WHERE active IS TRUE")


def active_versions(conn: Connection) -> dict[str, str]:
    """The version of the active layer of each connection that has one. Works on `glance()`."""
    return {connection: version for connection, version in _ACTIVE.rows(conn)}


def active_version(conn: Connection, connection: str) -> str | None:
    """The version of one connection's active layer; None where it has none."""
    return active_versions(conn).get(connection)


def layer(tx: Connection, connection: str, version: str | None = None) -> Layer:
    """One version of a connection's layer, the active one by default.

    Raises:
        StorageRefused: there is none, or several versions begin so.
    """
    chosen = _active(connection)
    if version is not None:
        chosen = (_row.connection == connection, _row.version.startswith(version, autoescape=True))
    found = tx.execute(sa.select(_row.name, _row.content).where(*chosen).limit(2)).all()
    if len(found) != 1:
        which = f"version {version}" if version is not None else "layer"
        number = "several" if found else "no"
        raise StorageRefused(f"Connection {connection} has {number} {which} of mapping rules.")
    return Layer(found[0].name, bytes(found[0].content))


def versions(tx: Connection, connection: str) -> list[Version]:
    """Every version that was imported for a connection, the newest first."""
    found = tx.execute(
        sa.select(*_COLUMNS)
        .where(_row.connection == connection)
        .order_by(_row.imported_at.desc(), _row.id.desc())
    )
    return [Version(*one) for one in found]


def in_force(tx: Connection, connection: str) -> str | None:
    """The mapping set that the connection's records were last read with; None: not noted yet."""
    return tx.execute(
        sa.select(_force.version).where(_force.connection == connection)
    ).scalar_one_or_none()


def set_in_force(tx: Connection, connection: str, version: str, now: float | None = None) -> None:
    """Notes that the connection's records are read with this mapping set from now on."""
    row = {
        "connection": connection,
        "version": version,
        "since": time.time() if now is None else now,
    }
    tx.execute(
        new_rows(tx, mapping_sets_in_force)
        .values(row)
        .on_conflict_do_update(index_elements=["connection"], set_=row)
    )


def registry(tx: Connection, connection: str, not_judged_by: str | None = None) -> list[int]:
    """The patients of a connection who show a sign of the disease, by key.

    not_judged_by: only those whose latest assessment was made with another mapping set.
    """
    chosen = sa.select(patients.c.id).where(
        patients.c.connection == connection, patients.c.sign.is_(sa.true())
    )
    if not_judged_by is not None:
        chosen = chosen.join(assessments, assessments.c.patient == patients.c.id).where(
            sa.literal_column("assessments.latest IS TRUE"),
            assessments.c.mapping_set != not_judged_by,
        )
    return list(tx.execute(chosen.order_by(patients.c.id)).scalars())
