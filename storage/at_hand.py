"""What a hook asks of the store about one patient, in one statement: each more is a way to go.

Whatever it tells of at length (documents, care plans, single changes) is read only where needed.
"""

from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from storage.assessments import Latest
from storage.cards import WAS_OVERRIDDEN
from storage.gaps import IS_PENDING, types_in
from storage.written import Written


class Filed(msgspec.Struct, frozen=True):
    """The proposal stored for the latest assessment's strategy, without its care plan.

    As `proposals.Proposal`. Two that are equal have the same care plan.
    """

    identifier: str
    digest: str
    state: str
    ehr_reference: str | None
    ehr_version: str | None
    ehr_status: str | None
    updated_at: float
    ehr_digest: str | None


class AtHand(Latest, frozen=True):
    """`Latest` without the document; `digest` is None where nothing was assessed.

    unread_types: as `gaps.unread_types`. changes_pending: whether `gaps.pending_changes` has any.
    holds_withdrawn: whether the EHR holds the draft of a proposal that is superseded.
    """

    unread_types: tuple[str, ...] = ()
    changes_pending: bool = False
    filed: Filed | None = None
    holds_withdrawn: bool = False


class Glance(NamedTuple):
    """What is stored under the EHR's patient id; `known` is None where it was never heard of.

    overridden: whether anybody overrode a card on it, shown since the asked moment. That may be so
    of somebody never heard of too.
    """

    known: AtHand | None
    overridden: bool


AT_HAND = Written(
    "SELECT p.id, p.sign, p.unread_types,"
    " EXISTS (SELECT 1 FROM {is_pending} AND n.patient = p.id AND n.connection = l.connection),"
    " EXISTS (SELECT 1 FROM {was_overridden}"
    " AND s.shown_at >= {0} AND s.connection = {0} AND s.patient = {0}),"
    " EXISTS (SELECT 1 FROM proposals AS w WHERE w.patient = p.id AND w.state = 'superseded'"
    " AND w.ehr_status = 'draft'),"
    " a.strategy, a.as_of, a.valid_until, a.digest, a.recorded_at,"
    " o.identifier, o.digest, o.state, o.ehr_reference, o.ehr_version, o.ehr_status,"
    " o.updated_at, o.ehr_digest"
    " FROM (SELECT 1) AS asked"
    " LEFT JOIN patient_aliases AS l ON l.connection = {0} AND l.fhir_id = {0}"
    " LEFT JOIN patients AS p ON p.id = l.patient"
    " LEFT JOIN assessments AS a ON a.patient = l.patient AND a.latest IS TRUE"
    # As `fhir_mappings.careplan.proposal_identifier` names it. Were the connection asked for too,
    # PostgreSQL would read all proposals of it before it has statistics.
    " LEFT JOIN proposals AS o ON o.patient = l.patient"
    " AND o.identifier = l.connection || ':' || p.id || ':' || a.strategy",
    is_pending=IS_PENDING,
    was_overridden=WAS_OVERRIDDEN,
)


def at_hand(conn: Connection, connection: str, fhir_id: str, shown_since: float) -> Glance:
    """What is stored for the EHR's patient id.

    `shown_since`: Unix seconds. Meant for `database.glance()`; works on any connection.
    """
    [found] = AT_HAND.rows(conn, shown_since, connection, fhir_id, connection, fhir_id)
    key, sign, unread, pending, overridden, withdrawn, *judged = found
    if key is None:
        return Glance(None, bool(overridden))
    known = AtHand(
        patient=key,
        sign=bool(sign),
        strategy=judged[0],
        as_of=judged[1],
        valid_until=judged[2],
        digest=judged[3],
        recorded_at=judged[4],
        unread_types=types_in(unread),
        changes_pending=bool(pending),
        filed=Filed(*judged[5:]) if judged[5] is not None else None,
        holds_withdrawn=bool(withdrawn),
    )
    return Glance(known, bool(overridden))
