"""CarePlan proposals: what we propose, and what of it the EHR holds."""

import time

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from storage import patients
from storage.rows import Writing
from storage.tables import proposals
from storage.written import Written

_row = proposals.c


class Proposal(msgspec.Struct, frozen=True):
    """One proposal, by its stable identifier.

    state: ready (to be offered or written), written (the EHR holds it), superseded (another
        strategy took its place), gone (deleted at the EHR).
    ehr_reference, ehr_version, ehr_status: the CarePlan at the EHR, None while it holds none.
    """

    patient: int
    connection: str
    identifier: str
    strategy: str
    careplan: bytes
    digest: str
    state: str
    ehr_reference: str | None
    ehr_version: str | None
    ehr_status: str | None
    updated_at: float


_COLUMNS = tuple(_row[name] for name in Proposal.__struct_fields__)


_REPLACED = ["patient", "strategy", "careplan", "digest", "state", "updated_at"]
_KEY = ["connection", "identifier"]
_SAVE = Writing(proposals, [*_KEY, *_REPLACED], {"index_elements": _KEY, "set": _REPLACED})

FIND = Written(
    "SELECT patient, connection, identifier, strategy, careplan, digest, state, ehr_reference,"
    " ehr_version, ehr_status, updated_at FROM proposals"
    " WHERE connection = {0} AND identifier = {0}"
)


def save(
    tx: Connection,
    *,
    patient: int,
    connection: str,
    identifier: str,
    strategy: str,
    careplan: bytes,
    digest: str,
    now: float | None = None,
) -> bool:
    """Saves the proposal and supersedes the patient's others; True if its content is new.

    What the EHR holds under the identifier stays known, so that it is updated, never made twice.
    """
    instant = time.time() if now is None else now
    patients.lock(tx, [patient])
    before = find(tx, connection, identifier)
    others = _row.patient == patient, _row.identifier != identifier, _row.state != "gone"
    tx.execute(sa.update(proposals).where(*others).values(state="superseded"))
    held = before is not None and before.ehr_reference is not None
    state = "written" if held else "ready"
    if before is not None and before.digest == digest:
        mine = _row.connection == connection, _row.identifier == identifier
        tx.execute(sa.update(proposals).where(*mine).values(state=state))
        return False
    row = {
        "connection": connection,
        "identifier": identifier,
        "patient": patient,
        "strategy": strategy,
        "careplan": careplan,
        "digest": digest,
        "state": state,
        "updated_at": instant,
    }
    _SAVE.run(tx, [row])
    return True


def find(tx: Connection, connection: str, identifier: str) -> Proposal | None:
    """The proposal with this identifier value."""
    found = FIND.row(tx, connection, identifier)
    return None if found is None else Proposal(*found)


def of_patient(tx: Connection, patient: int) -> list[Proposal]:
    """All proposals of a patient, the newest first."""
    theirs = sa.select(*_COLUMNS).where(_row.patient == patient)
    newest_first = theirs.order_by(_row.updated_at.desc(), _row.id.desc())
    return [Proposal(*one) for one in tx.execute(newest_first)]


def held_by_ehr(
    tx: Connection,
    connection: str,
    identifier: str,
    reference: str,
    version: str | None,
    status: str | None,
    now: float | None = None,
) -> bool:
    """Notes that the EHR holds a CarePlan with this identifier; False if it is none of ours."""
    held = (
        sa.update(proposals)
        .where(_row.connection == connection, _row.identifier == identifier)
        .values(
            state=sa.case((_row.state == "superseded", "superseded"), else_="written"),
            ehr_reference=reference,
            ehr_version=version,
            ehr_status=status,
            updated_at=time.time() if now is None else now,
        )
    )
    return tx.execute(held).rowcount > 0


def gone_at_ehr(tx: Connection, connection: str, reference: str, now: float | None = None) -> bool:
    """Notes that the CarePlan at this reference was deleted; False if it is none of ours."""
    gone = (
        sa.update(proposals)
        .where(_row.connection == connection, _row.ehr_reference == reference)
        .values(
            state="gone",
            ehr_reference=None,
            ehr_version=None,
            ehr_status=None,
            updated_at=time.time() if now is None else now,
        )
    )
    return tx.execute(gone).rowcount > 0
