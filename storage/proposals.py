"""CarePlan proposals: what we propose, and what of it the EHR holds."""

import msgspec
from sqlalchemy import Connection


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
    """Saves the proposal and supersedes the patient's others; True if its content is new."""
    raise NotImplementedError


def find(tx: Connection, connection: str, identifier: str) -> Proposal | None:
    """The proposal with this identifier value."""
    raise NotImplementedError


def of_patient(tx: Connection, patient: int) -> list[Proposal]:
    """All proposals of a patient, the newest first."""
    raise NotImplementedError


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
    raise NotImplementedError


def gone_at_ehr(tx: Connection, connection: str, reference: str, now: float | None = None) -> bool:
    """Notes that the CarePlan at this reference was deleted; False if it is none of ours."""
    raise NotImplementedError
