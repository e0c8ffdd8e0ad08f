"""The latest stored assessment of a patient, read once per version of it.

A document is decoded when it is first asked for and kept while it stays the latest; the database
is asked on every call, so that no call speaks from an outdated one.
"""

from collections import OrderedDict

import msgspec

from nelm import Assessment, from_document
from storage import assessments
from storage.assessments import Latest
from storage.database import Database

_MOST_KEPT = 64
_DOCUMENT = msgspec.json.Decoder()

Version = tuple[int, str | None, float | None]


class StoredAssessments:
    """Reads and decodes stored assessments. Used from the event loop only."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._decoded: OrderedDict[Version, Assessment] = OrderedDict()

    def look_up(self, connection: str, patient_id: str) -> Latest | None:
        """What is stored about the EHR's patient id; None: never heard of."""
        return assessments.latest(self._database.glance(), connection, patient_id)

    def assessment_of(self, latest: Latest) -> Assessment:
        """The assessment in a stored row; Raises KeyError if the row has none."""
        if latest.document is None:
            raise KeyError("not assessed yet")
        version = (latest.patient, latest.digest, latest.recorded_at)
        known = self._decoded.get(version)
        if known is None:
            known = from_document(_DOCUMENT.decode(latest.document))
            self._decoded[version] = known
            if len(self._decoded) > _MOST_KEPT:
                self._decoded.popitem(last=False)
        else:
            self._decoded.move_to_end(version)
        return known
