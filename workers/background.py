"""What a resource needs besides itself to be understood: the Medication or Specimen it refers to.

Most EHRs name a drug only by reference. Read beside the resource, never kept on its own.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

import msgspec

from fhir_mappings.drafts import server_in
from fhir_mappings.mapping_rules import MappingSet
from fhir_mappings.reading import read_bundle, read_resource
from fhir_mappings.statements import NotUnderstood, Reading
from runtime.fhir_servers import servers_of, spelled_alike
from storage import resources
from workers.isolation import attempted
from workers.parts import Parts
from workers.reads import read_all

ELSEWHERE = "the subject is a patient of another server"
# Where a specimen would tell nothing new, it is not asked for: nearly every lab result has one.
SPECIMEN_WANTED = "specimen_unknown"
_REFERENCE = re.compile(
    rb'"reference"\s*:\s*"((?:[^"]*/)?(Medication|Specimen|BodyStructure)/([A-Za-z0-9\-.]{1,64}))"'
)

_log = logging.getLogger(__name__)


class Background:
    """The resources that others of one connection refer to, read once for a whole batch."""

    def __init__(self, parts: Parts, connection: str) -> None:
        self._parts = parts
        self._connection = connection
        known = parts.settings.connections.get(connection)
        self._servers = servers_of(known) if known else set()
        self._known: dict[str, bytes] = {}
        self._asked: set[str] = set()
        self.away: set[str] = set()
        # Whether nothing can be had of this EHR now, not only one resource.
        self.silent = False

    @property
    def _rules(self) -> MappingSet:
        return self._parts.rules.of(self._connection)

    def read(self, body: bytes) -> Reading:
        """What the resource says, with what it refers to where that was gathered.

        Of a patient of another server it says nothing that counts here.
        """
        reading = self._read(body)
        if reading.server is None or self._is_ours(reading.server):
            return reading
        self._parts.metrics.count("nelm_subjects_elsewhere_total", connection=self._connection)
        source = f"{reading.type}/{reading.id}"
        _log.warning(ELSEWHERE, extra={"connection": self._connection, "resource": source})
        line = NotUnderstood(source, None, None, ELSEWHERE)
        return msgspec.structs.replace(
            reading, patient=None, statements=(), sign=False, not_understood=(line,)
        )

    def _is_ours(self, server: str) -> bool:
        try:
            return spelled_alike(server) in self._servers
        except ValueError:
            return False

    def _read(self, body: bytes) -> Reading:
        reading = read_resource(body, self._rules)
        beside = [
            self._known[reference]
            for reference in self._needed(body, reading)
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
        needed = self._needed_by(bodies)
        needed -= self._known.keys() | self._asked
        if not needed:
            return
        self._known |= self._loaded(needed)
        needed -= self._known.keys()
        if ask and needed:
            answers = read_all(self._parts, self._connection, sorted(needed))
            self._known |= {reference: one.body for reference, one in answers.found.items()}
            self._asked |= needed - answers.away.keys()
            self.away |= answers.away.keys()
            self.silent = self.silent or bool(answers.away.keys() - answers.alone)

    def _needed_by(self, bodies: Iterable[bytes]) -> set[str]:
        needed: set[str] = set()
        for body in bodies:
            if _REFERENCE.search(body):
                # what we fail to read fails when it is read, by itself
                attempted(lambda one=body: needed.update(self._needed_now(one)))  # type: ignore[misc]
        return needed

    def _needed_now(self, body: bytes) -> list[str]:
        return self._needed(body, read_resource(body, self._rules))

    def _loaded(self, references: Iterable[str]) -> dict[str, bytes]:
        """The stored bodies of those whose origin is a load."""
        pairs = {(type_, id_) for type_, _, id_ in (one.partition("/") for one in references)}
        with self._parts.database.reading() as tx:
            stored = resources.stored(tx, self._connection, pairs)
        return {
            one.reference: one.body for one in stored.values() if one.body and one.origin == "load"
        }

    def waits(self, body: bytes, reading: Reading) -> bool:
        """Whether the EHR still owes something that this resource refers to."""
        return bool(self.away) and not self.away.isdisjoint(self._needed(body, reading))

    def _needed(self, body: bytes, reading: Reading) -> list[str]:
        """References (`Medication/1`) without which this resource says less than it could.

        What lies on another server is not looked for here under the same id.
        """
        unclear = any(SPECIMEN_WANTED in one.flags for one in reading.statements)
        return [
            f"{type_.decode()}/{id_.decode()}"
            for whole, type_, id_ in _REFERENCE.findall(body)
            if (type_ != b"Specimen" or unclear) and self._is_here(whole)
        ]

    def _is_here(self, reference: bytes) -> bool:
        server = server_in(reference.decode(errors="replace"))
        return server is None or self._is_ours(server)
