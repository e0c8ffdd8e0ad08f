"""Cards that a person has answered with a reason stay away while their evidence is the same."""

from collections.abc import Sequence
from datetime import UTC, datetime

from service.cds_hooks.call import CardToShow, HookCall
from storage.cards import overridden


def without_quieted(call: HookCall, cards: Sequence[CardToShow]) -> list[CardToShow]:
    """The cards without those this user overrode with a reason for this patient and evidence.

    Quiet lasts `override_quiet_days` (operational); new evidence has another digest and ends it.
    Never kept quiet: what is critical, and what says that something was not checked (it offers no
    override reasons). A caller that names no user is always shown everything.
    """
    user = call.request.context.user_id
    if not user or not any(map(_may_rest, cards)):
        return list(cards)
    if not call.may_be_quieted:
        return list(cards)
    parts, since = call.parts, call.quiet_since
    with parts.database.glance() as conn:
        found = overridden(conn, call.connection.name, call.patient_id, user, since)
    if not found:
        return list(cards)
    quiet = {
        (one.topic, one.order, one.digest)
        for one in found
        if min(_moment(one.outcome_timestamp), one.received_at) >= since
    }
    kept = [one for one in cards if not (_may_rest(one) and _about(one) in quiet)]
    if len(kept) < len(cards):
        parts.metrics.count(
            "nelm_cards_quiet_total", len(cards) - len(kept), service=call.service.id
        )
    return kept


def _may_rest(one: CardToShow) -> bool:
    return one.card.indicator != "critical" and bool(one.card.override_reasons)


def _about(one: CardToShow) -> tuple[str, str | None, str]:
    return one.shown.topic, one.shown.order, one.shown.digest


def _moment(text: str) -> float:
    """When it was answered by the sender's clock; an unreadable time keeps nothing quiet."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
