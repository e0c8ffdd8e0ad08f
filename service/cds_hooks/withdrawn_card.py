"""A draft care plan of ours that the EHR still holds though it is proposed no more."""

from typing import Any

import msgspec

from nelm.staging_words import STRATEGY_WORDS
from nelm.wording import lowered
from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.making import card_uuid, evidence_digest, make_card
from service.cds_hooks.models import Suggestion
from service.cds_hooks.record import Record, Standing
from service.cds_hooks.suggestions import withdrawal_suggestion
from storage.proposals import Proposal

WITHDRAWN = "nelm-proposal-withdrawn"
_JSON = msgspec.json.Decoder()


def withdrawn_cards(call: HookCall, record: Record) -> list[CardToShow]:
    """One card for each such draft; none for what this call judges to be right again."""
    known = call.at_hand()
    if known is None or not known.holds_withdrawn:
        return []
    now = record.assessment.strategy if record.assessment else None
    found = call.parts.stored.withdrawn(known.patient)
    return [_card(call, record, one) for one in found if one.strategy != now]


def _card(call: HookCall, record: Record, held: Proposal) -> CardToShow:
    proposed = lowered(STRATEGY_WORDS.get(held.strategy, held.strategy))
    digest = evidence_digest(call, WITHDRAWN, held.identifier, held.ehr_version)
    return make_card(
        call,
        topic=WITHDRAWN,
        topic_title="Draft care plan no longer proposed",
        order=None,
        digest=digest,
        indicator="info",
        summary=f"Draft care plan on file is no longer proposed: {proposed}",
        detail=f"The record still holds our draft care plan ({held.ehr_reference}): {proposed}. "
        f"{_reason(record)} The draft orders nothing.",
        suggestions=[_withdrawal(call, record, held, digest)],
    )


def _reason(record: Record) -> str:
    if record.standing is Standing.NO_NELM or record.assessment is None:
        return "By the record as it is now there are no neuroendocrine liver metastases on file."
    strategy = lowered(STRATEGY_WORDS[record.assessment.strategy])
    return f"By the record as it is now the strategy is: {strategy}."


def _withdrawal(call: HookCall, record: Record, held: Proposal, digest: str) -> Suggestion | None:
    """Revokes it; not where people changed its words, or parts of the record could not be read."""
    if held.ehr_digest is None or record.unread or "CarePlan" not in call.profile.updates:
        return None
    kind, _, named = str(held.ehr_reference).partition("/")
    ours: dict[str, Any] = _JSON.decode(held.careplan)
    careplan = {**ours, "resourceType": kind, "id": named, "status": "revoked"}
    return withdrawal_suggestion(call, card_uuid(call, WITHDRAWN, None, digest), careplan)
