"""The first load of one EHR by paged search: every resource noted as if it had been sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import msgspec

from ehr.errors import EhrRefused, ResourceGone
from ehr.interface import Ehr
from fhir_mappings.notification_changes import Change, Problem, Unreadable, upsert
from fhir_mappings.notifications import Heard
from fhir_mappings.versions import instant_of
from storage import gaps, held, jobs, notifications, subscriptions, watermarks
from storage.database import Database
from workers.ownerless import RECORD_TYPES

PAGE = 200
# Conditions first: they carry most first signs, so that records are read early.
TYPES = ("Condition", "Patient", *(type_ for type_ in RECORD_TYPES if type_ != "Condition"),
         "CarePlan")  # fmt: skip


class Filled(msgspec.Struct, frozen=True):
    """What one type gave. refused: the EHR does not allow this search.

    missed: how many that are held here the search did not bring; each is asked for by its id, for
    a deletion that nobody told us of shows in no search.
    """

    type: str
    noted: int
    unreadable: int = 0
    refused: bool = False
    missed: int = 0


def backfill(
    database: Database, connection: str, ehr: Ehr, step: Callable[[int], None] = lambda _: None
) -> Iterator[Filled]:
    """Note every resource of each type, page by page; safe to run again.

    Events that were known to be missing have been looked for then. The type's watermark moves
    only after its last page is stored. Records that could not be read whole before are read
    again: the EHR may allow more by now.

    Raises:
        EhrUnavailable: the EHR fell silent; what was noted stays.
    """
    started = time.time()
    searched = False
    for type_ in TYPES:
        try:
            filled = _backfill_type(database, connection, ehr, type_, step)
        except (EhrRefused, ResourceGone):
            filled = Filled(type_, 0, refused=True)
        searched = searched or not filled.refused
        yield filled
    with database.transaction() as tx:
        if searched:
            subscriptions.looked_for(tx, connection, started)
        jobs.put(tx, "read_record", gaps.patients_with_unread(tx, connection))


def _backfill_type(
    database: Database, connection: str, ehr: Ehr, type_: str, step: Callable[[int], None]
) -> Filled:
    with database.reading() as conn:
        missed = held.held_ids(conn, connection, type_)
    bodies = ehr.search(type_, {"_count": str(PAGE)})
    noted, unreadable, newest = 0, 0, ""
    while batch := [_change(body) for body in islice(bodies, PAGE)]:
        changes = tuple(item for item in batch if isinstance(item, Change))
        problems = tuple(item for item in batch if isinstance(item, Problem))
        with database.transaction() as tx:
            noted += notifications.put_now(
                tx, connection, Heard("changes", changes, problems), "backfill"
            )
        missed.difference_update(change.id for change in changes)
        unreadable += len(problems)
        told = (change.last_updated or "" for change in changes)
        newest = max([newest, *told], key=lambda text: instant_of(text) or 0.0)
        step(len(batch))
    if newest:
        with database.transaction() as tx:
            watermarks.advance(tx, connection, type_, newest)
    _ask_for(database, connection, type_, sorted(missed))
    return Filled(type_, noted, unreadable, missed=len(missed))


def _ask_for(database: Database, connection: str, type_: str, ids: Sequence[str]) -> None:
    """Have these read by their ids: a worker finds them, or finds them gone."""
    for begin in range(0, len(ids), PAGE):
        changes = tuple(Change(type_, id_) for id_ in ids[begin : begin + PAGE])
        with database.transaction() as tx:
            notifications.put_now(tx, connection, Heard("changes", changes), "sweep")


def _change(body: bytes) -> Change | Problem:
    try:
        return upsert(body)
    except Unreadable as reason:
        return Problem(str(reason), body)
