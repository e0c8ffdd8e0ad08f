"""What is held of an EHR's resources, to be compared with what it says it holds."""

import sqlalchemy as sa
from sqlalchemy import Connection

from storage.tables import NOT_DELETED, patients, resources


def held_ids(conn: Connection, connection: str, type_: str) -> set[str]:
    """The ids of this type that count for somebody in the registry and came from the EHR.

    What was loaded from files is not among them: no EHR can be asked for it.
    """
    row = resources.c
    found = conn.execute(
        sa.select(row.fhir_id)
        .join(patients, patients.c.id == row.patient)
        .where(row.connection == connection, row.type == type_, NOT_DELETED)
        .where(row.origin != "load", patients.c.sign.is_(sa.true()))
    )
    return set(found.scalars())
