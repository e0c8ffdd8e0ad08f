"""Patients of a connection as a list to choose from: the ids of its EHR, never names."""

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from storage.tables import IS_LATEST, assessments, patient_aliases, patients

_alias, _patient, _row = patient_aliases.c, patients.c, assessments.c


class Listed(msgspec.Struct, frozen=True):
    """`strategy` None: not assessed. `sign`: something points to one of our patients."""

    fhir_id: str
    patient: int
    sign: bool
    strategy: str | None
    as_of: str | None


def newest_patients(conn: Connection, connection: str, limit: int) -> list[Listed]:
    """At most that many, those with a sign first, then by their latest assessment, newest first."""
    found = conn.execute(
        sa.select(_alias.fhir_id, _patient.id, _patient.sign, _row.strategy, _row.as_of)
        .select_from(patient_aliases)
        .join(patients, _patient.id == _alias.patient)
        .outerjoin(assessments, sa.and_(_row.patient == _alias.patient, IS_LATEST))
        .where(_alias.connection == connection)
        .order_by(_patient.sign.desc(), _row.id.desc().nulls_last(), _alias.fhir_id)
        .limit(limit)
    )
    return [Listed(one[0], one[1], bool(one[2]), one[3], one[4]) for one in found]
