"""Cards that a person has answered with a reason stay away while their evidence is the same."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from service.cds_hooks.call import CardToShow, HookCall
from storage.cards import Answered, answered

log = logging.getLogger("service.cards")

_SECONDS_OF_A_DAY = 86_400


def without_quieted(call: HookCall, cards: Sequence[CardToShow]) -> list[CardToShow]:
    """The cards without those this user overrode with a reason for this patient and evidence.

    Quiet lasts `override_quiet_days` (operational); new evidence has another digest and ends it.
    A caller that names no user is always shown everything.
    """
    user = call.request.context.user_id
    if not user:
        return list(cards)
    parts = call.parts
    with parts.database.glance() as conn:
        answers = answered(conn, call.connection.name, call.patient_id)
    if not answers:
        return list(cards)
    days: float = parts.parameters["override_quiet_days"]
    since = parts.clock().timestamp() - days * _SECONDS_OF_A_DAY
    quiet = {
        (one.shown.topic, one.shown.order, one.shown.digest)
        for one in answers
        if one.shown is not None and _quiets(one, user, since)
    }
    kept = [
        one for one in cards if (one.shown.topic, one.shown.order, one.shown.digest) not in quiet
    ]
    if len(kept) < len(cards):
        parts.metrics.count(
            "nelm_cards_quiet_total", len(cards) - len(kept), service=call.service.id
        )
    return kept


def _quiets(one: Answered, user: str, since: float) -> bool:
    given = one.feedback
    return (
        one.shown is not None
        and one.shown.user == user
        and given.outcome == "overridden"
        and bool(given.override_reason_code or given.user_comment)
        and _moment(given.outcome_timestamp) >= since
    )


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
