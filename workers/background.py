"""What a resource needs besides itself to be understood: the Medication or Specimen it refers to.

Most EHRs name a drug only by reference. Read beside the resource, never kept on its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from fhir_mappings.mapping_set import MappingSet
from fhir_mappings.reading import read_bundle, read_resource
from fhir_mappings.statements import Reading
from storage import resources
from workers.parts import Parts
from workers.reads import read_all

# Where a specimen would tell nothing new, it is not asked for: nearly every lab result has one.
SPECIMEN_WANTED = "specimen_unknown"
_REFERENCE = re.compile(
    rb'"reference"\s*:\s*"((?:[^"]*/)?(Medication|Specimen|BodyStructure)/([A-Za-z0-9\-.]{1,64}))"'
)


class Background:
    """The resources that others of one connection refer to, read once for a whole batch."""

    def __init__(self, parts: Parts, connection: str) -> None:
        self._parts = parts
        self._connection = connection
        self._known: dict[str, bytes] = {}
        self._asked: set[str] = set()
        self.away: set[str] = set()

    @property
    def _rules(self) -> MappingSet:
        return self._parts.mapping_set

    def read(self, body: bytes) -> Reading:
        """What the resource says, with what it refers to where that was gathered."""
        reading = read_resource(body, self._rules)
        beside = [
            self._known[reference]
            for reference in references_needed(body, reading)
            if reference in self._known
        ]
        if not beside:
            return reading
        entries = b",".join(b'{"resource":' + one + b"}" for one in (body, *beside))
        bundle = b'{"resourceType":"Bundle","type":"collection","entry":[' + entries + b"]}"
        return read_bundle(bundle, self._rules)[0]

    def gather(self, bodies: Iterable[bytes], ask: bool = True) -> None:
        """Find what these bodies refer to: among what was loaded, else at the EHR (`ask`).

        What the EHR does not answer now is in `away`; what it refuses stays unknown.
        """
        needed: set[str] = set()
        for body in bodies:
            if _REFERENCE.search(body):
                needed.update(references_needed(body, read_resource(body, self._rules)))
        needed -= self._known.keys() | self._asked
        if not needed:
            return
        pairs = {(type_, id_) for type_, _, id_ in (one.partition("/") for one in needed)}
        with self._parts.database.reading() as tx:
            stored = resources.stored(tx, self._connection, pairs)
        self._known |= {
            one.reference: one.body for one in stored.values() if one.body and one.origin == "load"
        }
        needed -= self._known.keys()
        if ask and needed:
            answers = read_all(self._parts, self._connection, sorted(needed))
            self._known |= {reference: one.body for reference, one in answers.found.items()}
            self._asked |= needed - answers.away.keys()
            self.away |= answers.away.keys()

    def waits(self, body: bytes, reading: Reading) -> bool:
        """Whether the EHR still owes something that this resource refers to."""
        return bool(self.away) and not self.away.isdisjoint(references_needed(body, reading))


def references_needed(body: bytes, reading: Reading) -> list[str]:
    """References (`Medication/1`) without which this resource says less than it could."""
    unclear = any(SPECIMEN_WANTED in one.flags for one in reading.statements)
    return [
        f"{type_.decode()}/{id_.decode()}"
        for _, type_, id_ in _REFERENCE.findall(body)
        if type_ != b"Specimen" or unclear
    ]
