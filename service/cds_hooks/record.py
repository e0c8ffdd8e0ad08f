"""The patient's record as one hook call sees it: stored, brought along, or both merged.

Nothing is persisted here. Where the record could not be read, that is what is said; only a
record that was read can be silent.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import chain
from operator import attrgetter
from typing import NamedTuple, TypeVar

from fhir_mappings.combination import combine_with_reasons
from fhir_mappings.staging_document import candidate_document
from fhir_mappings.statements import Reading, Statement
from fhir_mappings.versions import age
from nelm import Assessment, assess
from nelm.may_be_known import Candidate
from nelm.said_otherwise import Otherwise, said_otherwise
from runtime.settings import ConnectionSettings
from service.cds_hooks.prefetch import KEY_OF_TYPE, Prefetched
from service.parts import Parts
from service.stored_assessments import Wordings
from storage.assessments import Latest
from storage.at_hand import AtHand

T = TypeVar("T")

NOT_APPLICABLE = "not_applicable"
_STATEMENTS = attrgetter("statements")


class Standing(Enum):
    """What can be said about the patient at all."""

    JUDGED = "judged"
    NO_NELM = "no neuroendocrine liver metastases on file"
    WAITING = "first assessment waiting"
    UNREAD = "record could not be read"


@dataclass(frozen=True, slots=True)
class Record:
    """`unread`: what could not be read, so that its silence proves nothing.

    Prefetch keys, and references of resources whose newest version we were told of in vain.

    `patient` is our own key, None where the patient is not stored. `in_place`: judged for this
    call, so that no stored document says the same. `candidates`: what is only stated in words.
    """

    standing: Standing
    assessment: Assessment | None = None
    unread: tuple[str, ...] = ()
    patient: int | None = None
    in_place: bool = True
    wordings: Wordings = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()

    def worded(self, key: Hashable, words: Callable[[], T]) -> T:
        """What `words` gives, made once for as long as the stored assessment stays the same.

        Only for what follows from the assessment and the key alone.
        """
        if key not in self.wordings:
            self.wordings[key] = words()
        found: T = self.wordings[key]
        return found

    def judged(self) -> Assessment:
        """The assessment of a judged record; Raises ValueError for any other standing."""
        if self.assessment is None:
            raise ValueError(f"the record is not judged but {self.standing.value}")
        return self.assessment

    def otherwise(self) -> tuple[Otherwise, ...]:
        """Where words contradict an older fact that counts."""
        if not self.candidates:
            return ()
        return self.worded("said otherwise", lambda: said_otherwise(self.judged(), self.candidates))


def see_record(
    parts: Parts,
    connection: ConnectionSettings,
    latest: AtHand | None,
    prefetched: Prefetched,
) -> Record:
    """What is known about this patient now, judged as of today; `latest`: what is stored.

    Stored statements merged with newer ones from prefetch are judged in place; with nothing newer
    the stored assessment speaks, judged again if a fact in it has turned stale since.
    """
    if latest is None:
        return _brought_along(parts, connection, prefetched)
    gaps = _gaps(parts, connection, latest, prefetched)
    if latest.digest is None:
        return _see_unassessed(parts, connection, latest, prefetched, gaps)
    if prefetched.readings:
        stored = parts.stored.statements_of(latest.patient)
        merged = merge_newer(stored, prefetched.readings)
        if merged is not None:
            parts.metrics.count("nelm_hooks_judged_in_place_total", basis="merged")
            return _settled(_judge(parts, connection, merged), latest.patient, gaps)
    return _from_storage(parts, connection, latest, gaps)


def _see_unassessed(
    parts: Parts,
    connection: ConnectionSettings,
    latest: Latest,
    prefetched: Prefetched,
    gaps: tuple[str, ...],
) -> Record:
    """A patient without a stored assessment: what came along speaks, if it says anything."""
    if not prefetched.readings:
        return _not_assessed(parts, connection, latest, prefetched.unread, gaps)
    stored = parts.stored.statements_of(latest.patient)
    merged = merge_newer(stored, prefetched.readings)
    record = _brought_along(parts, connection, prefetched, merged or stored, latest.patient)
    if record.standing is not Standing.UNREAD:
        return record
    return _not_assessed(parts, connection, latest, record.unread, gaps)


def _gaps(
    parts: Parts, connection: ConnectionSettings, known: AtHand, prefetched: Prefetched
) -> tuple[str, ...]:
    """What is known to lack in the stored record and did not come along either."""
    types, changes = parts.stored.gaps_of(connection.name, known)
    if not types and not changes:
        return ()
    read = {type_ for type_, key in KEY_OF_TYPE.items() if prefetched.was_read(key)}
    came = {f"{reading.type}/{reading.id}" for reading in prefetched.readings}
    lacking = [KEY_OF_TYPE.get(type_, type_) for type_ in types if type_ not in read]
    lost = [one for one in changes if one not in came and one.partition("/")[0] not in read]
    return (*lacking, *lost)


def _hides_conditions(gaps: Sequence[str]) -> bool:
    """Whether there may be a Condition that makes somebody one of our patients."""
    return any(one == "conditions" or one.startswith("Condition/") for one in gaps)


def merge_newer(stored: Sequence[Statement], readings: Iterable[Reading]) -> list[Statement] | None:
    """The stored statements with those of newer resource versions in place of their older ones.

    None if nothing is newer. A version without date or number counts as newer: it was just read.
    """
    known = {one.source: (one.last_updated, one.version) for one in stored}
    replaced: dict[str, tuple[Statement, ...]] = {}
    for reading in readings:
        source = f"{reading.type}/{reading.id}"
        if _adds(reading, known.get(source)):
            replaced[source] = reading.statements
    if not replaced:
        return None
    kept = [one for one in stored if one.source not in replaced]
    return kept + [one for statements in replaced.values() for one in statements]


def _adds(reading: Reading, have: tuple[str | None, str | None] | None) -> bool:
    """Whether it is newer than what we have of its source, or states something that we lack."""
    if have is None:
        return bool(reading.statements)
    stored_updated, stored_version = have
    found = age(reading.version, reading.last_updated, stored_version, stored_updated)
    return found in (1, None)


def _brought_along(
    parts: Parts,
    connection: ConnectionSettings,
    prefetched: Prefetched,
    statements: Sequence[Statement] | None = None,
    patient: int | None = None,
) -> Record:
    """Judged from what came along, beside what little is stored before a first assessment."""
    if not prefetched.anything:
        return Record(Standing.UNREAD, unread=prefetched.unread, patient=patient)
    if statements is None:
        statements = list(chain.from_iterable(map(_STATEMENTS, prefetched.readings)))
    judged = _judge(parts, connection, statements)
    parts.metrics.count("nelm_hooks_judged_in_place_total", basis="prefetch")
    if judged.assessment.strategy != NOT_APPLICABLE:
        return judged.record(prefetched.unread, patient)
    if prefetched.was_read("conditions"):
        return Record(Standing.NO_NELM, patient=patient)
    return Record(Standing.UNREAD, unread=prefetched.unread, patient=patient)


def _not_assessed(
    parts: Parts,
    connection: ConnectionSettings,
    latest: Latest,
    unread: tuple[str, ...],
    gaps: tuple[str, ...],
) -> Record:
    """Without a sign a patient is none of ours only if the conditions are known to us."""
    if latest.sign:
        return Record(Standing.WAITING, patient=latest.patient)
    if _hides_conditions(gaps):
        return Record(Standing.UNREAD, unread=gaps, patient=latest.patient)
    if "conditions" not in unread or parts.stored.knows_conditions(connection.name, latest.patient):
        return Record(Standing.NO_NELM, patient=latest.patient)
    return Record(Standing.UNREAD, unread=unread, patient=latest.patient)


def _from_storage(
    parts: Parts, connection: ConnectionSettings, latest: Latest, gaps: tuple[str, ...]
) -> Record:
    if latest.strategy == NOT_APPLICABLE:
        return _not_applicable(latest.patient, gaps)
    today = parts.today().isoformat()
    if latest.valid_until is None or today < latest.valid_until:
        read = parts.stored.assessment_of(latest)
        if read is not None:
            return Record(
                Standing.JUDGED,
                read.assessment,
                gaps,
                latest.patient,
                in_place=False,
                # What is worded once is worded from the assessment alone.
                wordings={} if gaps else read.wordings,
                candidates=read.candidates,
            )
    parts.metrics.count("nelm_hooks_judged_in_place_total", basis="past validity")
    statements = parts.stored.statements_of(latest.patient)
    return _settled(_judge(parts, connection, statements), latest.patient, gaps)


class _Judged(NamedTuple):
    """Judged for this call, with what is stated in words only."""

    assessment: Assessment
    candidates: tuple[Candidate, ...]

    def record(self, unread: tuple[str, ...], patient: int | None) -> Record:
        return Record(Standing.JUDGED, self.assessment, unread, patient, candidates=self.candidates)


def _settled(judged: _Judged, patient: int, gaps: tuple[str, ...]) -> Record:
    if judged.assessment.strategy == NOT_APPLICABLE:
        return _not_applicable(patient, gaps)
    return judged.record(gaps, patient)


def _not_applicable(patient: int, gaps: tuple[str, ...]) -> Record:
    if _hides_conditions(gaps):
        return Record(Standing.UNREAD, unread=gaps, patient=patient)
    return Record(Standing.NO_NELM, patient=patient)


def _judge(
    parts: Parts, connection: ConnectionSettings, statements: Sequence[Statement]
) -> _Judged:
    today = parts.today()
    rules = parts.rules.of(connection.name)
    combined = combine_with_reasons(statements, today, rules, with_series=False)
    assessment = assess(combined.facts, parts.parameters, today)
    return _Judged(assessment, tuple(map(candidate_document, combined.candidates)))
