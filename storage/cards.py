"""Cards that were shown and what was answered to them; both are only ever added to."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection


class Shown(msgspec.Struct, frozen=True):
    """One card shown. `order` is the option or work-up id it is about, None on opening a chart."""

    uuid: str
    connection: str
    service: str
    hook_instance: str
    patient: str
    topic: str
    order: str | None
    digest: str
    indicator: str
    shown_at: float
    user: str | None = None
    suggestions: tuple[str, ...] = ()


class Feedback(msgspec.Struct, frozen=True):
    """One answer to a card, in CDS Hooks words; times as sent (ISO)."""

    card: str
    connection: str
    service: str
    outcome: str
    outcome_timestamp: str
    accepted_suggestions: tuple[str, ...] = ()
    override_reason_code: str | None = None
    override_reason_system: str | None = None
    user_comment: str | None = None


class Answered(msgspec.Struct, frozen=True):
    """Feedback beside its card; `shown` None while the card is not (yet) known."""

    feedback: Feedback
    shown: Shown | None


def note_shown(tx: Connection, shown: Sequence[Shown]) -> int:
    """Adds cards; one that is already known is left as it is. Returns how many were new."""
    raise NotImplementedError


def note_feedback(tx: Connection, feedback: Sequence[Feedback], now: float | None = None) -> int:
    """Adds answers, also to cards not known yet; the same answer again changes nothing."""
    raise NotImplementedError


def answered(tx: Connection, connection: str, patient: str, limit: int = 200) -> list[Answered]:
    """The answers to cards shown for the EHR's patient id, newest first."""
    raise NotImplementedError


def feedback_of(tx: Connection, card: str) -> list[Answered]:
    """All answers to one card, oldest first."""
    raise NotImplementedError
