"""On opening the chart: what the staging proposes, as one card with its CarePlan."""

from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.honest_cards import waiting_card
from service.cds_hooks.prefetch import Prefetched
from service.cds_hooks.proposal_card import proposal_card
from service.cds_hooks.record import Standing, see_record
from service.cds_hooks.unread import note_unread
from service.cds_hooks.withdrawn_card import withdrawn_cards


def open_chart(call: HookCall, prefetched: Prefetched) -> list[CardToShow]:
    """The proposal card; one honest card while the first assessment waits; else nothing.

    A draft of ours on file that is proposed no more is named beside it, and alone too.

    Where neither the store nor prefetch could tell whether there is a NELM, opening a chart is
    no occasion for a card: it is counted and logged instead.
    """
    record = see_record(call.parts, call.connection, call.at_hand(), prefetched)
    match record.standing:
        case Standing.JUDGED:
            return [proposal_card(call, record), *withdrawn_cards(call, record)]
        case Standing.WAITING:
            return [waiting_card(call)]
        case Standing.UNREAD:
            note_unread(call, record)
            return []
        case _:
            return withdrawn_cards(call, record)
