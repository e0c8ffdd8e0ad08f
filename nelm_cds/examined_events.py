"""What `doctor` says of events that an EHR should have sent: missing, nameless, off."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from nelm_cds.examined_database import looked_up
from nelm_cds.examined_line import Line
from runtime.settings import Settings
from storage.database import Database
from storage.subscriptions import Ailing, ailing


def examine_events(settings: Settings) -> list[Line]:
    """One line for each subscription that ails; nothing where the database itself is not well."""
    return looked_up(settings, lambda database: _of(settings, database))


def _of(settings: Settings, database: Database) -> list[Line]:
    with database.reading() as conn:
        found = ailing(conn, time.time())
    return [_line(one) for one in found if one.connection in settings.connections]


def _line(one: Ailing) -> Line:
    part = f"events of {one.connection}"
    name = one.subscription or "the subscription"
    backfill = f"nelm-cds backfill {one.connection}"
    if one.status is not None:
        says = f"the EHR says that {name} is {one.status}: it may have sent nothing since"
        return Line(part, False, says, f"Run: nelm-cds subscribe {one.connection}, then {backfill}")
    since = datetime.fromtimestamp(one.gap_since or 0.0, UTC).strftime("%Y-%m-%d %H:%M UTC")
    if not one.subscription:
        says = f"since {since} notifications came that name no resource"
        payload = f"connections.{one.connection}.intake.payload"
        return Line(
            part, False, says, f"Run: {backfill}. Let the EHR send a payload (see {payload})"
        )
    return Line(part, False, f"events of {name} are missing since {since}", f"Run: {backfill}")
