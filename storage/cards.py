"""Cards that were shown and what was answered to them; both are only ever added to."""

import time
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from storage.rows import Writing
from storage.tables import card_feedback, cards_shown
from storage.written import Written

_card = cards_shown.c
_answer = card_feedback.c
_texts = msgspec.json.Decoder(tuple[str, ...]).decode


class Shown(msgspec.Struct, frozen=True):
    """One card shown. `order` is the option or work-up id it is about, None on opening a chart.

    `proposal` is the identifier of the CarePlan that it may offer, None where it is about none.
    """

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
    proposal: str | None = None


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


class Overridden(msgspec.Struct, frozen=True):
    """What a card that its reader overrode with a reason was about, and when.

    `outcome_timestamp` is ISO text as sent, `received_at` our own clock's seconds.
    """

    topic: str
    order: str | None
    digest: str
    outcome_timestamp: str
    received_at: float


WAS_OVERRIDDEN = (
    "cards_shown AS s"
    " JOIN card_feedback AS f ON f.card = s.uuid AND f.connection = s.connection"
    " WHERE f.outcome = 'overridden'"
    " AND (f.override_reason_code IS NOT NULL OR f.user_comment IS NOT NULL)"
)
OVERRIDDEN = Written(
    'SELECT s.topic, s."order", s.digest, f.outcome_timestamp, f.received_at'
    " FROM {was_overridden}"
    ' AND s.connection = {0} AND s.patient = {0} AND s.shown_at >= {0} AND s."user" = {0}',
    was_overridden=WAS_OVERRIDDEN,
)


_CARD_COLUMNS = tuple(_card[name] for name in Shown.__struct_fields__)
_ANSWER_COLUMNS = tuple(_answer[name] for name in Feedback.__struct_fields__)


_SHOW = Writing(cards_shown, Shown.__struct_fields__, {"index_elements": ["uuid"]})
_ANSWER_KEY = ["card", "connection", "outcome", "outcome_timestamp", "accepted_suggestions"]
_ANSWER = Writing(
    card_feedback, [*Feedback.__struct_fields__, "received_at"], {"index_elements": _ANSWER_KEY}
)


def note_shown(tx: Connection, shown: Sequence[Shown]) -> int:
    """Adds cards; one that is already known is left as it is. Returns how many were new."""
    rows = [_with_text(card, "suggestions") for card in {one.uuid: one for one in shown}.values()]
    return _SHOW.run(tx, rows)


def connections_of(tx: Connection, uuids: Collection[str]) -> dict[str, str]:
    """The connection on which each of these cards was shown; cards not known (yet) are left out."""
    found = tx.execute(sa.select(_card.uuid, _card.connection).where(_card.uuid.in_(uuids)))
    return {uuid: connection for uuid, connection in found}


def note_feedback(tx: Connection, feedback: Sequence[Feedback], now: float | None = None) -> int:
    """Adds answers, also to cards not known yet; the same answer again changes nothing."""
    instant = time.time() if now is None else now
    rows = [
        _with_text(answer, "accepted_suggestions") | {"received_at": instant} for answer in feedback
    ]
    return _ANSWER.run(tx, rows)


def _with_text(one: Shown | Feedback, name: str) -> dict[str, Any]:
    row = msgspec.structs.asdict(one)
    return row | {name: msgspec.json.encode(row[name]).decode()}


def answered(tx: Connection, connection: str, patient: str, limit: int = 200) -> list[Answered]:
    """The answers to cards shown for the EHR's patient id, newest first."""
    theirs = sa.and_(_card.connection == connection, _card.patient == patient)
    found = tx.execute(
        sa.select(*_ANSWER_COLUMNS, *_CARD_COLUMNS)
        .select_from(cards_shown)
        .join(card_feedback, _same_card())
        .where(theirs)
        .order_by(_answer.received_at.desc(), _answer.id.desc())
        .limit(limit)
    )
    return [_answered(row) for row in found]


def overridden(
    conn: Connection, connection: str, patient: str, user: str, shown_since: float
) -> list[Overridden]:
    """The cards shown to this user for the EHR's patient id that were overridden with a reason.

    Meant for `database.glance()`; works on any connection.
    """
    found = OVERRIDDEN.rows(conn, connection, patient, shown_since, user)
    return [Overridden(*row) for row in found]


def feedback_of(tx: Connection, card: str) -> list[Answered]:
    """All answers to one card, oldest first."""
    found = tx.execute(
        sa.select(*_ANSWER_COLUMNS, *_CARD_COLUMNS)
        .select_from(card_feedback)
        .outerjoin(cards_shown, _same_card())
        .where(_answer.card == card)
        .order_by(_answer.id)
    )
    return [_answered(row) for row in found]


def _same_card() -> sa.ColumnElement[bool]:
    # The connection too: nobody answers a card that was shown in another EHR.
    return sa.and_(_answer.card == _card.uuid, _answer.connection == _card.connection)


def _answered(row: Sequence[Any]) -> Answered:
    count = len(_ANSWER_COLUMNS)
    answer = dict(zip(Feedback.__struct_fields__, row[:count], strict=True))
    answer["accepted_suggestions"] = _texts(answer["accepted_suggestions"])
    card = dict(zip(Shown.__struct_fields__, row[count:], strict=True))
    if card["uuid"] is None:
        return Answered(Feedback(**answer), None)
    card["suggestions"] = _texts(card["suggestions"])
    return Answered(Feedback(**answer), Shown(**card))
