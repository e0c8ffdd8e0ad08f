"""The latest stored assessment of a patient, read once per version of it.

A document is decoded when it is first asked for and kept while it stays the latest; the database
is asked on every call, so that no call speaks from an outdated one.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fhir_mappings.statements import Statement
from nelm import Assessment, from_document
from nelm.errors import Refused
from storage import assessments
from storage.assessments import Latest
from storage.database import Database
from storage.gaps import pending_changes, unread_types
from storage.resources import conditions_known, current_statements

_MOST_KEPT = 32
_DOCUMENT = msgspec.json.Decoder()

Wordings = dict[Hashable, Any]


@dataclass(frozen=True, slots=True)
class ReadAssessment:
    """A stored document as it was decoded, and what has been worded from it since.

    The digest covers all that is clinically said; the day on which it was said stands beside it.
    """

    digest: str | None
    as_of: str | None
    assessment: Assessment
    wordings: Wordings = field(default_factory=dict)

    def is_of(self, latest: Latest) -> bool:
        """Whether it is still what is stored."""
        return self.digest == latest.digest and self.as_of == latest.as_of


class StoredAssessments:
    """Reads and decodes stored assessments. Used from the event loop only."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: OrderedDict[int, ReadAssessment] = OrderedDict()

    def look_up(self, connection: str, patient_id: str) -> Latest | None:
        """What is stored about the EHR's patient id, without the document; None: never heard of."""
        with self._database.glance() as conn:
            return assessments.latest_head(conn, connection, patient_id)

    def statements_of(self, patient: int) -> list[Statement]:
        """The stored statements that can still decide a fact."""
        with self._database.glance() as conn:
            return current_statements(conn, [patient])[patient]

    def knows_conditions(self, connection: str, patient: int) -> bool:
        """Whether a missing sign means anything: this patient's Conditions have come to us."""
        with self._database.glance() as conn:
            return conditions_known(conn, connection, patient)

    def gaps_of(self, connection: str, patient: int) -> tuple[tuple[str, ...], list[str]]:
        """FHIR types that could not be read of this patient, and references of lost changes."""
        with self._database.glance() as conn:
            changes = [one.reference for one in pending_changes(conn, connection, patient)]
            return unread_types(conn, patient), changes

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
            assessment = from_document(_DOCUMENT.decode(stored.document))
        except Refused:
            return None
        read = ReadAssessment(stored.digest, stored.as_of, assessment)
        self._read[latest.patient] = read
        if len(self._read) > _MOST_KEPT:
            self._read.popitem(last=False)
        return read
