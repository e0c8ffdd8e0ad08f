"""The latest stored assessment of a patient, read once per version of it.

A document is decoded when it is first asked for and kept while it stays the latest; the database
is asked on every call, so that no call speaks from an outdated one.
"""

from collections import OrderedDict

import msgspec

from fhir_mappings.statements import Statement
from nelm import Assessment, from_document
from nelm.errors import Refused
from storage import assessments
from storage.assessments import Latest
from storage.database import Database
from storage.resources import current_statements

_MOST_KEPT = 32
_DOCUMENT = msgspec.json.Decoder()


class StoredAssessments:
    """Reads and decodes stored assessments. Used from the event loop only."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: OrderedDict[int, tuple[bytes, Assessment]] = OrderedDict()

    def look_up(self, connection: str, patient_id: str) -> Latest | None:
        """What is stored about the EHR's patient id; None: never heard of."""
        with self._database.glance() as conn:
            return assessments.latest(conn, connection, patient_id)

    def statements_of(self, patient: int) -> list[Statement]:
        """The stored statements that can still decide a fact."""
        with self._database.glance() as conn:
            return current_statements(conn, [patient])[patient]

    def assessment_of(self, latest: Latest) -> Assessment | None:
        """The stored assessment; None where none is stored, or another version of us judged it."""
        if latest.document is None:
            return None
        known = self._read.get(latest.patient)
        if known is not None and known[0] == latest.document:
            self._read.move_to_end(latest.patient)
            return known[1]
        try:
            assessment = from_document(_DOCUMENT.decode(latest.document))
        except Refused:
            return None
        self._read[latest.patient] = (latest.document, assessment)
        if len(self._read) > _MOST_KEPT:
            self._read.popitem(last=False)
        return assessment
