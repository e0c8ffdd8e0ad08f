"""What became of cards: how often shown, accepted, overridden with which reason, or not answered.

The last answer to a card counts: some clients let people accept a card and override it later.
"""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from storage.proposals import settled_identifier
from storage.tables import card_feedback, cards_shown, proposals

_card, _answer, _plan = cards_shown.c, card_feedback.c, proposals.c


class Counted(msgspec.Struct, frozen=True):
    """How many cards of a service and topic met one outcome; None: not answered.

    `reason` is the code of the override reason, None where none was given.
    """

    connection: str
    service: str
    topic: str
    outcome: str | None
    reason: str | None
    cards: int


class AcceptedCard(msgspec.Struct, frozen=True):
    """A card whose last answer accepted something; `patient` is the id of the EHR's.

    `proposal` is the identifier of the CarePlan that the card is about; None: about none.
    """

    card: str
    connection: str
    patient: str
    topic: str
    proposal: str | None
    suggestions: tuple[str, ...]
    received_at: float


class AnsweredCard(msgspec.Struct, frozen=True):
    """One card and its last answer; times in Unix seconds."""

    card: str
    connection: str
    service: str
    topic: str
    order: str | None
    indicator: str
    shown_at: float
    outcome: str
    reason: str | None
    comment: str | None
    received_at: float


class PlanState(msgspec.Struct, frozen=True):
    """The proposals of one state; `ehr_status` is that of the CarePlan in the EHR."""

    connection: str
    state: str
    ehr_status: str | None
    held: bool
    plans: int


_texts = msgspec.json.Decoder(tuple[str, ...]).decode


# An answer may be given by a clock that is behind ours.
_ROOM_FOR_CLOCKS = 86_400


def _last_answers(since: float) -> sa.Subquery:
    """Of each card the last answer; older ones than the cards asked for are not looked at."""
    place = sa.func.row_number().over(
        partition_by=(_answer.card, _answer.connection), order_by=_answer.id.desc()
    )
    recent = _answer.received_at >= since - _ROOM_FOR_CLOCKS
    ranked = sa.select(*card_feedback.columns, place.label("place")).where(recent).subquery()
    return sa.select(ranked).where(ranked.c.place == 1).subquery()


def _shown_with_answers(answers: sa.Subquery, *, every: bool) -> sa.Join:
    same = sa.and_(answers.c.card == _card.uuid, answers.c.connection == _card.connection)
    return cards_shown.join(answers, same, isouter=every)


def _since(since: float, not_by: str) -> sa.ColumnElement[bool]:
    by_hand = sa.func.coalesce(_card.user, "").like(f"{not_by}%")
    return sa.and_(_card.shown_at >= since, sa.not_(by_hand))


def counted(conn: Connection, since: float, not_by: str) -> list[Counted]:
    """Cards shown since then, by what became of them; those of users so called are left out."""
    answers = _last_answers(since)
    what = (
        _card.connection,
        _card.service,
        _card.topic,
        answers.c.outcome,
        answers.c.override_reason_code,
    )
    found = conn.execute(
        sa.select(*what, sa.func.count())
        .select_from(_shown_with_answers(answers, every=True))
        .where(_since(since, not_by))
        .group_by(*what)
        .order_by(*what)
    )
    return [Counted(*row) for row in found]


def unknown_cards(conn: Connection, since: float) -> int:
    """How many cards were answered since then that we do not know."""
    known = sa.exists().where(_card.uuid == _answer.card)
    unknown = sa.select(sa.func.count(sa.distinct(_answer.card))).where(
        _answer.received_at >= since, sa.not_(known)
    )
    return int(conn.execute(unknown).scalar_one())


def accepted(
    conn: Connection, topic: str, since: float, not_by: str, limit: int = 500
) -> Sequence[AcceptedCard]:
    """The cards of a topic of which something was accepted, the last answered first."""
    answers = _last_answers(since)
    found = conn.execute(
        sa.select(
            _card.uuid,
            _card.connection,
            _card.patient,
            _card.topic,
            _card.proposal,
            answers.c.accepted_suggestions,
            answers.c.received_at,
        )
        .select_from(_shown_with_answers(answers, every=False))
        .where(_since(since, not_by), _card.topic == topic, answers.c.outcome == "accepted")
        .order_by(answers.c.received_at.desc())
        .limit(limit)
    )
    return [AcceptedCard(*row[:5], _texts(row[5]), row[6]) for row in found]


def last_answered(conn: Connection, since: float, not_by: str, limit: int) -> list[AnsweredCard]:
    """The cards shown since then that were answered, the last answered first."""
    answers = _last_answers(since)
    found = conn.execute(
        sa.select(
            _card.uuid,
            _card.connection,
            _card.service,
            _card.topic,
            _card.order,
            _card.indicator,
            _card.shown_at,
            answers.c.outcome,
            answers.c.override_reason_code,
            answers.c.user_comment,
            answers.c.received_at,
        )
        .select_from(_shown_with_answers(answers, every=False))
        .where(_since(since, not_by))
        .order_by(answers.c.received_at.desc(), _card.uuid)
        .limit(limit)
    )
    return [AnsweredCard(*row) for row in found]


def held_plans(
    conn: Connection, connection: str, identifiers: Sequence[str]
) -> dict[str, str | None]:
    """Of these proposals those that the EHR holds, with their status there."""
    named = {settled_identifier(conn, connection, one): one for one in identifiers}
    found = conn.execute(
        sa.select(_plan.identifier, _plan.ehr_status).where(
            _plan.connection == connection,
            _plan.identifier.in_(named),
            _plan.ehr_reference.is_not(None),
        )
    )
    return {named[identifier]: status for identifier, status in found}


def plan_states(conn: Connection) -> list[PlanState]:
    """All proposals by their state and that of the CarePlan that the EHR holds."""
    held = _plan.ehr_reference.is_not(None)
    what = (_plan.connection, _plan.state, _plan.ehr_status, held)
    found = conn.execute(sa.select(*what, sa.func.count()).group_by(*what).order_by(*what))
    return [PlanState(one[0], one[1], one[2], bool(one[3]), one[4]) for one in found]
