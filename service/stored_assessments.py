"""The latest stored assessment of a patient, read once per version of it.

A document is decoded when it is first asked for and kept while it stays the latest; the database
is asked on every call, so that no call speaks from an outdated one.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from fhir_mappings.statements import Statement
from nelm import Assessment, from_document
from nelm.errors import Refused
from nelm.may_be_known import Candidate
from storage import assessments, proposals
from storage.assessments import Latest
from storage.at_hand import AtHand, Filed, Glance, at_hand
from storage.database import Database
from storage.gaps import pending_changes
from storage.proposals import Proposal
from storage.resources import conditions_known, current_statements

_MOST_KEPT = 32
_DOCUMENT = msgspec.json.Decoder()

Wordings = dict[Hashable, Any]
Key = TypeVar("Key")
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class ReadAssessment:
    """A stored document as it was decoded, and what has been worded from it since.

    The digest covers all that is clinically said; the day on which it was said stands beside it.
    """

    digest: str | None
    as_of: str | None
    assessment: Assessment
    candidates: tuple[Candidate, ...] = ()
    wordings: Wordings = field(default_factory=dict)

    def is_of(self, latest: Latest) -> bool:
        """Whether it is still what is stored."""
        return self.digest == latest.digest and self.as_of == latest.as_of


class StoredAssessments:
    """Reads and decodes stored assessments and proposals. Used from the event loop only."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: OrderedDict[int, ReadAssessment] = OrderedDict()
        self._proposals: OrderedDict[str, tuple[Filed, Proposal]] = OrderedDict()

    def look_up(self, connection: str, patient_id: str, shown_since: float = 0.0) -> Glance:
        """What is stored about the EHR's patient id, without the document.

        `shown_since` (Unix seconds): which cards count for whether one was overridden.
        """
        with self._database.glance() as conn:
            return at_hand(conn, connection, patient_id, shown_since)

    def statements_of(self, patient: int) -> list[Statement]:
        """The stored statements that can still decide a fact."""
        with self._database.glance() as conn:
            return current_statements(conn, [patient])[patient]

    def knows_conditions(self, connection: str, patient: int) -> bool:
        """Whether a missing sign means anything: this patient's Conditions have come to us."""
        with self._database.glance() as conn:
            return conditions_known(conn, connection, patient)

    def gaps_of(self, connection: str, known: AtHand) -> tuple[tuple[str, ...], list[str]]:
        """FHIR types that could not be read of this patient, and references of lost changes."""
        if not known.changes_pending:
            return known.unread_types, []
        with self._database.glance() as conn:
            changes = [one.reference for one in pending_changes(conn, connection, known.patient)]
        return known.unread_types, changes

    def proposal_named(
        self, connection: str, identifier: str, known: AtHand | None
    ) -> Proposal | None:
        """The proposal of that identifier; None where none is stored.

        `known`: what is at hand of its patient, where this is the latest assessment's proposal.
        """
        filed = None if known is None else known.filed
        if known is not None and filed is None:
            return None
        before = self._proposals.get(identifier)
        if before is not None and before[0] == filed:
            return before[1]
        with self._database.glance() as conn:
            found = proposals.find(conn, connection, identifier)
        if found is not None and filed is not None:
            _keep(self._proposals, identifier, (filed, found))
        return found

    def withdrawn(self, patient: int) -> list[Proposal]:
        """Superseded proposals of which the EHR still holds the draft, the newest first."""
        with self._database.glance() as conn:
            found = proposals.of_patient(conn, patient)
        return [one for one in found if one.state == "superseded" and one.ehr_status == "draft"]

    def assessment_of(self, latest: Latest) -> ReadAssessment | None:
        """The stored assessment; None where none is stored, or another version of us judged it."""
        known = self._read.get(latest.patient)
        if known is not None and known.is_of(latest):
            self._read.move_to_end(latest.patient)
            return known
        with self._database.glance() as conn:
            stored = assessments.latest_of(conn, [latest.patient])[latest.patient]
        if stored.document is None:
            return None
        try:
            document = _DOCUMENT.decode(stored.document)
            assessment = from_document(document)
        except Refused:
            return None
        candidates = tuple(document.get("candidates") or ())
        read = ReadAssessment(stored.digest, stored.as_of, assessment, candidates)
        _keep(self._read, latest.patient, read)
        return read


def _keep(kept: OrderedDict[Key, Kept], key: Key, one: Kept) -> None:
    kept[key] = one
    kept.move_to_end(key)
    if len(kept) > _MOST_KEPT:
        kept.popitem(last=False)
