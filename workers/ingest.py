"""Notifications to resource versions: take the body or read the EHR, keep, ask for assessment."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from sqlalchemy import Connection

from ehr.errors import EhrUnavailable
from fhir_mappings.statements import Reading
from fhir_mappings.versions import instant_of
from runtime.settings import IntakeSettings
from storage import gaps, jobs, notifications, patients, resources, turns
from storage.notifications import REVIVED, SUBJECT_UNKNOWN, Taken
from storage.resources import Kept
from workers.background import Background
from workers.careplans import note_careplans
from workers.isolation import each_apart
from workers.merges import join_merged
from workers.ownerless import WHOLE_RECORD, is_ownerless
from workers.parts import Parts
from workers.reads import Answers, read_all
from workers.unmapped import note_unmapped

AWAY = EhrUnavailable.__name__

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Sorted:
    """One connection's notifications by what has to be done with them."""

    kept: list[Kept] = field(default_factory=list)
    deleted: set[tuple[str, str]] = field(default_factory=set)
    to_read: list[Taken] = field(default_factory=list)
    settled: list[Taken] = field(default_factory=list)
    unreadable: list[Taken] = field(default_factory=list)
    # Rows of ours that brought what is nobody's.
    ownerless: set[int] = field(default_factory=set)


def ingest(parts: Parts) -> int:
    """Take one batch of notifications and ingest it; how many there were, 0 when none is due."""
    workers = parts.settings.workers
    with parts.database.at_once() as tx:
        taken = notifications.take(tx, workers.batch_size, workers.lease_seconds)
    ingest_taken(parts, taken)
    return len(taken)


def ingest_taken(parts: Parts, taken: Sequence[Taken]) -> None:
    """Ingest leased notifications, each connection by itself."""
    by_connection: dict[str, list[Taken]] = defaultdict(list)
    for notification in taken:
        by_connection[notification.connection].append(notification)
    for connection, group in by_connection.items():
        each_apart(
            lambda items, name=connection: _ingest(parts, name, items),  # type: ignore[misc]
            group,
            lambda item, error: _retry_or_bury(parts, item, error),
        )
    parts.metrics.count("nelm_notifications_ingested_total", len(taken))


def _ingest(parts: Parts, connection: str, taken: Sequence[Taken]) -> None:
    if any(item.error == REVIVED for item in taken):
        parts.pauses.forget(connection)
    background = Background(parts, connection)
    background.gather(item.body for item in taken if item.body and item.origin != "load")
    background.gather((item.body for item in taken if item.body), ask=False)
    sorted_ = _sort(parts, connection, taken, background)
    answers = _read(parts, connection, sorted_)
    _file_answers(parts, sorted_, answers, background)
    with parts.database.transaction(durable=False) as tx:
        read_again = _keep(parts, tx, connection, sorted_)
        _settle(parts, tx, sorted_, answers, read_again)
        _try_again(tx, connection, sorted_)
    again = [item for item in taken if item.reference in read_again]
    if again:
        _read_again(parts, connection, again, background)


def _read(parts: Parts, connection: str, sorted_: _Sorted) -> Answers:
    """Ask for what is to be read; what the EHR failed to give before is asked for last."""
    sorted_.to_read.sort(key=lambda item: item.attempt)
    return read_all(parts, connection, (item.reference for item in sorted_.to_read))


def _sort(parts: Parts, connection: str, taken: Sequence[Taken], background: Background) -> _Sorted:
    """Bodies that may be used as they are, deletions, and what has to be read."""
    intake = _intake(parts, connection)
    told: dict[str, set[str]] = defaultdict(set)
    for item in taken:
        told[item.reference].add(item.interaction)
    sorted_ = _Sorted()
    for item in taken:
        reading = _usable(background, intake, item)
        mixed = len(told[item.reference]) > 1 and item.origin != "load"
        if reading is None and item.origin == "load" and item.interaction != "delete":
            sorted_.unreadable.append(item)
        elif mixed or (reading is None and not _is_final(item)):
            sorted_.to_read.append(item)
        elif item.interaction == "delete":
            sorted_.deleted.add((item.type, item.id))
            sorted_.settled.append(item)
        elif reading is not None:
            # what was loaded or searched for exists, whatever a notification said before
            exists = item.origin != "subscription"
            sorted_.kept.append(Kept(reading, item.body, item.origin, confirmed=exists))
            sorted_.settled.append(item)
            if is_ownerless(reading):
                sorted_.ownerless.add(item.row)
    return sorted_


def _is_final(item: Taken) -> bool:
    """A deletion that needs no read: a notification of one may come late, or be forged."""
    return item.interaction == "delete" and item.origin != "subscription"


def _usable(background: Background, intake: IntakeSettings, item: Taken) -> Reading | None:
    """The reading of the body that came with it, where the contract allows to use it."""
    if not item.body or not _may_be_used(intake, item):
        return None
    reading = background.read(item.body)
    if (reading.type, reading.id) != (item.type, item.id):
        return None
    if item.origin == "load":
        return reading
    complete = reading.version is not None and instant_of(reading.last_updated) is not None
    return reading if complete and not background.waits(item.body, reading) else None


def _may_be_used(intake: IntakeSettings, item: Taken) -> bool:
    if item.interaction == "delete":
        return False
    return item.origin != "subscription" or intake.trust_bodies


def _intake(parts: Parts, connection: str) -> IntakeSettings:
    known = parts.settings.connections.get(connection)
    return known.intake if known else IntakeSettings()


def _file_answers(parts: Parts, sorted_: _Sorted, answers: Answers, background: Background) -> None:
    """Sort what the EHR answered; a body that is not the resource asked for is refused."""
    background.gather(found.body for found in answers.found.values())
    for item in {item.reference: item for item in sorted_.to_read}.values():
        found = answers.found.get(item.reference)
        if found is not None:
            _file_body(parts, sorted_, answers, background, item, found.body)
        elif item.reference in answers.gone:
            sorted_.deleted.add((item.type, item.id))
    pending = answers.away.keys() | answers.refused.keys()
    sorted_.settled += [item for item in sorted_.to_read if item.reference not in pending]


def _file_body(
    parts: Parts,
    sorted_: _Sorted,
    answers: Answers,
    background: Background,
    item: Taken,
    body: bytes,
) -> None:
    reading = background.read(body)
    if (reading.type, reading.id) != (item.type, item.id):
        answers.refused[item.reference] = "OtherResourceAnswered"
    elif background.waits(body, reading) and _is_waited_for(parts, background, item):
        answers.away[item.reference] = AWAY
        if not background.silent:
            answers.alone.add(item.reference)
    else:
        sorted_.kept.append(Kept(reading, body, item.origin, confirmed=True))
        if is_ownerless(reading):
            of_it = (one.row for one in sorted_.to_read if one.reference == item.reference)
            sorted_.ownerless.update(of_it)


def _is_waited_for(parts: Parts, background: Background, item: Taken) -> bool:
    """Whether what a resource refers to may still come; else it says what it says without."""
    return background.silent or _may_be_tried_again(parts, item)


def _keep(parts: Parts, tx: Connection, connection: str, sorted_: _Sorted) -> set[str]:
    """Keep and delete, and ask for what follows in the same transaction."""
    changed: set[int] = set()
    first_signs: set[int] = set()
    read_again: set[str] = set()
    unconfirmed = {
        f"{one.reading.type}/{one.reading.id}" for one in sorted_.kept if not one.confirmed
    }
    changes = []
    note_unmapped(tx, connection, sorted_.kept)
    if sorted_.kept:
        changes.append(resources.keep(tx, connection, sorted_.kept))
    if sorted_.deleted:
        changes.append(resources.delete(tx, connection, sorted_.deleted))
    kept = [one for change in changes for one in change.kept]
    note_careplans(parts, tx, connection, kept, sorted_.deleted)
    for change in changes:
        changed |= change.patients
        first_signs |= change.first_signs
        # a body older than what we have is as good as none: the EHR says what holds now
        read_again |= {*change.read_again, *change.older} & unconfirmed
    changed |= join_merged(parts, tx, connection, kept)
    if first_signs:
        jobs.put(tx, "read_record", sorted(first_signs))
        # until then nobody may say that something is not on file
        gaps.note_unread(tx, dict.fromkeys(first_signs, WHOLE_RECORD))
    # whose record is about to be read is assessed after that, not twice
    if changed - first_signs:
        jobs.put(tx, "assess", sorted(changed - first_signs))
    return read_again


def _settle(
    parts: Parts, tx: Connection, sorted_: _Sorted, answers: Answers, read_again: set[str]
) -> None:
    """Finish what is done; what the EHR did not answer waits, what it refused is buried."""
    settled = [item for item in sorted_.settled if item.reference not in read_again]
    finished = [item for item in settled if item.row not in sorted_.ownerless]
    waiting, retried, buried = _failed(parts, sorted_, answers)
    if len(finished) < len(settled):
        buried[SUBJECT_UNKNOWN] += [item for item in settled if item.row in sorted_.ownerless]
    put_off = [*waiting, *chain(*retried.values())]
    turns.hold(tx, [item.row for item in [*finished, *put_off, *chain(*buried.values())]])
    notifications.finish(tx, finished)
    # who had a gap and has none any more, and who has one now, is told so by the document
    whose = {item.patient for item in finished if item.patient is not None}
    known = {item.patient for item in put_off}
    # An EHR that is away is waited for without end: those that it was not asked for lose no try.
    pause = answers.pause_seconds or parts.settings.workers.first_pause_seconds
    whose |= notifications.retry(tx, waiting, AWAY, pause, counted=False) - known
    longest = parts.settings.workers.longest_pause_seconds
    for error, items in retried.items():
        most = longest if error == AWAY else None
        whose |= notifications.retry(tx, items, error, longest_seconds=most) - known
    for error, items in buried.items():
        whose |= notifications.bury(tx, items, error)
        parts.metrics.count("nelm_notifications_buried_total", len(items), reason=error)
        _log.warning("notifications buried", extra={"reason": error, "count": len(items)})
    _assess(tx, whose)


def _try_again(tx: Connection, connection: str, sorted_: _Sorted) -> None:
    """The EHR speaks again of what was given up on before."""
    told = [one.reading for one in sorted_.kept if not one.confirmed]
    gaps.try_again(tx, connection, [(one.type, one.id) for one in told])


def _failed(
    parts: Parts, sorted_: _Sorted, answers: Answers
) -> tuple[list[Taken], dict[str, list[Taken]], dict[str, list[Taken]]]:
    """What waits for the EHR, what is tried again and what is given up, by error's class name."""
    waiting: list[Taken] = []
    retried: dict[str, list[Taken]] = defaultdict(list)
    buried: dict[str, list[Taken]] = defaultdict(list)
    for item in sorted_.to_read:
        if item.reference in answers.alone:
            given_up = not _may_be_tried_again(parts, item) and _gives_others(parts, item)
            (buried if given_up else retried)[AWAY].append(item)
        elif item.reference in answers.away:
            waiting.append(item)
        elif item.reference in answers.refused:
            allowed = item.reference in answers.may_pass and _may_be_tried_again(parts, item)
            (retried if allowed else buried)[answers.refused[item.reference]].append(item)
    if sorted_.unreadable:
        # what `load` brought is never asked of an EHR
        buried["UnreadableBody"] += sorted_.unreadable
    return waiting, retried, buried


def _gives_others(parts: Parts, item: Taken) -> bool:
    """Whether the EHR gave something else since this resource was last asked for."""
    return parts.pauses.has_answered(item.connection, parts.settings.workers.longest_pause_seconds)


def _assess(tx: Connection, whose: set[int]) -> None:
    """Ask for an assessment of those among them who have one at all."""
    signed = patients.with_sign(tx, whose)
    if signed:
        jobs.put(tx, "assess", signed)


def _may_be_tried_again(parts: Parts, item: Taken) -> bool:
    return item.attempt < parts.settings.workers.max_attempts


def _read_again(
    parts: Parts, connection: str, taken: Sequence[Taken], background: Background
) -> None:
    """Deleted here, and a body of uncertain age came: only the EHR knows whether it exists."""
    sorted_ = _Sorted(to_read=list(taken))
    answers = _read(parts, connection, sorted_)
    _file_answers(parts, sorted_, answers, background)
    with parts.database.transaction(durable=False) as tx:
        _keep(parts, tx, connection, sorted_)
        _settle(parts, tx, sorted_, answers, set())


def _retry_or_bury(parts: Parts, item: Taken, error: str) -> None:
    """A fault of ours: it may pass, and once it has not for long enough a person must look."""
    if _may_be_tried_again(parts, item):
        with parts.database.transaction(durable=False) as tx:
            _assess(tx, notifications.retry(tx, [item], error) - {item.patient})
    else:
        give_up(parts, item, error)


def give_up(parts: Parts, item: Taken, error: str) -> None:
    """Bury one notification, where a person will see it, and tell so in the patient's document."""
    with parts.database.transaction(durable=False) as tx:
        _assess(tx, notifications.bury(tx, [item], error))
    parts.metrics.count("nelm_notifications_buried_total", reason=error)
    _log.error("notification buried", extra={"reason": error, "count": 1})
