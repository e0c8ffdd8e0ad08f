"""What we know of our subscriptions at the EHR: when last heard, and which events are missing."""

import msgspec
from sqlalchemy import Connection

from fhir_mappings.notifications import Heard


class Followed(msgspec.Struct, frozen=True):
    """One subscription. `subscription` is its reference, `""` where the dialect names none.

    seen_up_to: every event number up to here was heard. gap_since: Unix seconds since when a
    number is missing, or the sender's counter started anew; None: nothing is missing.
    """

    connection: str
    subscription: str
    status: str | None
    last_heard_at: float
    seen_up_to: int | None
    highest_seen: int | None
    gap_since: float | None


def note_heard(tx: Connection, connection: str, heard: Heard, now: float | None = None) -> None:
    """Notes the time, the status and the event numbers (`put_now` and `Inbox` call this)."""
    raise NotImplementedError


def followed(tx: Connection, connection: str) -> list[Followed]:
    """All subscriptions of a connection that were ever heard."""
    raise NotImplementedError


def gap_closed(tx: Connection, connection: str, subscription: str) -> None:
    """After a sweep: whatever was missing has been looked for."""
    raise NotImplementedError
