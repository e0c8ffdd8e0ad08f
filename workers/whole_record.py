"""All that an EHR holds of one patient, and what of it could not be had."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from ehr.errors import EhrRefused, EhrUnavailable, ResourceGone
from ehr.interface import Ehr
from storage import resources
from storage.notifications import Origin
from storage.patients import Patient
from storage.resources import Kept
from workers.background import Background
from workers.ownerless import RECORD_TYPES, WHOLE_RECORD, is_ownerless, told_of
from workers.parts import Parts
from workers.reads import MOST_ALONE

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Record:
    """What was read of a patient, as bodies with their origin.

    unread: the types that could not be. failed: what the EHR failed to give and may give later.
    """

    background: Background
    fhir_id: str
    held: list[tuple[bytes, Origin]] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def kept(self, body: bytes, origin: Origin) -> Kept:
        """One resource of it, read with what it refers to."""
        reading = self.background.read(body)
        if is_ownerless(reading):
            reading = told_of(reading, self.fhir_id)
        return Kept(reading, body, origin, confirmed=True)


def whole_record(parts: Parts, patient: Patient) -> Record:
    """What was loaded of a patient, and what the EHR holds unless all was loaded.

    Raises:
        EhrUnavailable: the EHR is away, or fails to give so much that it is as good as away.
    """
    with parts.database.reading() as tx:
        loaded = resources.loaded_bodies(tx, patient.key)
        only_loaded = bool(loaded) and len(loaded) == len(resources.sources(tx, patient.key))
    record = Record(Background(parts, patient.connection), patient.fhir_ids[0])
    bodies = [stored.body for stored in loaded if stored.body]
    record.background.gather(bodies, ask=False)
    record.held += [(body, "load") for body in bodies]
    if not only_loaded:
        _search(parts, patient, record)
    return record


def _search(parts: Parts, patient: Patient, record: Record) -> None:
    """Everything the EHR holds about the patient, all types at once."""
    ehr = parts.ehrs.get(patient.connection)
    if ehr is None:
        # a connection that is no longer configured cannot be read at all
        record.unread |= WHOLE_RECORD
        return
    if parts.pauses.remaining(patient.connection) > 0:
        raise EhrUnavailable("this EHR did not answer a moment ago")
    for fhir_id in patient.fhir_ids:
        _search_under(parts, ehr, fhir_id, record)
    if not record.failed:
        parts.pauses.answered(patient.connection)
    for type_ in sorted(record.unread):
        parts.metrics.count(
            "nelm_records_incomplete_total", connection=patient.connection, resource=type_
        )


def _search_under(parts: Parts, ehr: Ehr, fhir_id: str, record: Record) -> None:
    """What the EHR holds under one of its ids for the patient."""
    searches = parts.readers.map(lambda type_: _Asked(type_).search(ehr, fhir_id), RECORD_TYPES)
    asked = [*searches, _Asked("Patient").read(ehr, fhir_id)]
    failed = {one.type for one in asked if one.failed}
    if len(failed) > MOST_ALONE:
        raise EhrUnavailable("this EHR fails to give most of the record")
    bodies = [body for one in asked for body in one.bodies or ()]
    record.background.gather(bodies)
    if record.background.silent:
        raise EhrUnavailable("this EHR fell silent while the record was read")
    record.failed |= failed | record.background.away
    unread = {one.type for one in asked if one.bodies is None}
    # one that was merged away may be gone; what it said does not count any more
    record.unread |= unread if fhir_id == record.fhir_id else unread - {"Patient"}
    record.held += [(body, "subscription") for body in bodies]


@dataclass(slots=True)
class _Asked:
    """One type, and what the EHR gave; None where it does not. `failed`: it may give it later."""

    type: str
    bodies: list[bytes] | None = None
    failed: bool = False

    def search(self, ehr: Ehr, fhir_id: str) -> _Asked:
        try:
            self.bodies = list(ehr.search(self.type, {"patient": fhir_id, "_count": "200"}))
        except (EhrRefused, ResourceGone, EhrUnavailable) as problem:
            self._not_given(problem)
        return self

    def read(self, ehr: Ehr, fhir_id: str) -> _Asked:
        try:
            self.bodies = [ehr.read(f"{self.type}/{fhir_id}").body]
        except (EhrRefused, ResourceGone, EhrUnavailable) as problem:
            self._not_given(problem)
        return self

    def _not_given(self, problem: EhrRefused | ResourceGone | EhrUnavailable) -> None:
        if isinstance(problem, EhrUnavailable):
            if not problem.perhaps_alone:
                raise problem
            self.failed = True
        _log.warning(
            "not given; the record is read without it",
            extra={"resource": self.type, "error_class": type(problem).__name__},
        )
