"""The first load of one EHR by paged search: every resource noted as if it had been sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import msgspec

from ehr.errors import EhrRefused, ResourceGone
from ehr.interface import Ehr
from fhir_mappings.notification_changes import Change, Problem, Unreadable, upsert
from fhir_mappings.notifications import Heard
from fhir_mappings.versions import instant_of
from storage import gaps, jobs, notifications, watermarks
from storage.database import Database
from workers.records import RECORD_TYPES

PAGE = 200
# Conditions first: they carry most first signs, so that records are read early.
TYPES = ("Condition", "Patient", *(type_ for type_ in RECORD_TYPES if type_ != "Condition"),
         "CarePlan")  # fmt: skip


class Filled(msgspec.Struct, frozen=True):
    """What one type gave. refused: the EHR does not allow this search."""

    type: str
    noted: int
    unreadable: int = 0
    refused: bool = False


def backfill(
    database: Database, connection: str, ehr: Ehr, step: Callable[[int], None] = lambda _: None
) -> Iterator[Filled]:
    """Note every resource of each type, page by page; safe to run again.

    The type's watermark moves only after its last page is stored. Records that could not be read
    whole before are read again: the EHR may allow more by now.

    Raises:
        EhrUnavailable: the EHR fell silent; what was noted stays.
    """
    for type_ in TYPES:
        try:
            yield _backfill_type(database, connection, ehr, type_, step)
        except (EhrRefused, ResourceGone):
            yield Filled(type_, 0, refused=True)
    with database.transaction() as tx:
        jobs.put(tx, "read_record", gaps.patients_with_unread(tx, connection))


def _backfill_type(
    database: Database, connection: str, ehr: Ehr, type_: str, step: Callable[[int], None]
) -> Filled:
    bodies = ehr.search(type_, {"_count": str(PAGE)})
    noted, unreadable, newest = 0, 0, ""
    while batch := [_change(body) for body in islice(bodies, PAGE)]:
        changes = tuple(item for item in batch if isinstance(item, Change))
        problems = tuple(item for item in batch if isinstance(item, Problem))
        with database.transaction() as tx:
            noted += notifications.put_now(
                tx, connection, Heard("changes", changes, problems), "backfill"
            )
        unreadable += len(problems)
        told = (change.last_updated or "" for change in changes)
        newest = max([newest, *told], key=lambda text: instant_of(text) or 0.0)
        step(len(batch))
    if newest:
        with database.transaction() as tx:
            watermarks.advance(tx, connection, type_, newest)
    return Filled(type_, noted, unreadable)


def _change(body: bytes) -> Change | Problem:
    try:
        return upsert(body)
    except Unreadable as reason:
        return Problem(str(reason), body)
