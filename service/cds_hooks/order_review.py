"""Draft orders against the patient's verdicts: on selecting and on signing, one function.

Only orders that are options or work-up items of ours are looked at; all others pass unseen.
"""

import logging
from collections.abc import Sequence
from functools import partial

from nelm.findings import Finding
from nelm.order_check import check_drug, check_order
from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.configuration import as_configured, most_cards
from service.cds_hooks.drafted import Drafted
from service.cds_hooks.finding_card import finding_card
from service.cds_hooks.honest_cards import (
    another_patient_card,
    not_fully_checked_card,
    rest_card,
    unread_card,
    unreadable_drafts_card,
    waiting_card,
)
from service.cds_hooks.order_subject import is_for_another
from service.cds_hooks.ordered import Ordered, gathered, single_drugs
from service.cds_hooks.otherwise_card import otherwise_card
from service.cds_hooks.prefetch import Prefetched
from service.cds_hooks.record import Record, Standing, see_record
from service.cds_hooks.staging_text import is_unread_where_it_counts
from service.cds_hooks.unread import note_unread

log = logging.getLogger("service.hooks")

_ABOUT_WHAT_IS_MISSING = frozenset({"insufficient_data", "check", "better_option"})
_SEVERITY = {"critical": 0, "warning": 1, "info": 2}


def review_orders(call: HookCall, drafted: Drafted, prefetched: Prefetched) -> list[CardToShow]:
    """One card for each thing ordered, most severe first, at most `max_cards`."""
    foreign = [one for one in drafted.orders if is_for_another(call, one)]
    own = [one for one in drafted.orders if one not in foreign]
    cards = _reviewed(call, gathered(own), single_drugs(own), drafted.unreadable, prefetched)
    others = [one for one in foreign if one.order]
    if others:
        call.parts.metrics.count("nelm_orders_for_another_total", len(others))
        log.warning("order names another patient", extra={"service": call.service.id})
        cards += [another_patient_card(call, one) for one in gathered(others)]
    worst_first = sorted(cards, key=lambda one: _SEVERITY[one.card.indicator])
    return _limited(call, as_configured(call, worst_first))


def _reviewed(
    call: HookCall,
    orders: Sequence[Ordered],
    drugs: Sequence[Ordered],
    unreadable: int,
    prefetched: Prefetched,
) -> list[CardToShow]:
    """Cards for orders of this patient, by what the record says.

    A single drug of a regimen is no treatment of ours: it has a card only where none is open.
    """
    if not (orders or drugs or unreadable):
        return []
    record = see_record(call.parts, call.connection, call.at_hand(), prefetched)
    if record.standing is Standing.NO_NELM:
        return []
    closed = _closed_drugs(call, record, drugs) if record.standing is Standing.JUDGED else []
    if not (orders or unreadable):
        return closed
    if record.standing is Standing.WAITING:
        return [waiting_card(call)]
    if record.standing is Standing.UNREAD:
        note_unread(call, record)
        return [unread_card(call, order, record) for order in orders]
    cards = [*_findings(call, record, orders), *closed]
    return [*cards, unreadable_drafts_card(call, unreadable)] if unreadable else cards


def _findings(call: HookCall, record: Record, orders: Sequence[Ordered]) -> list[CardToShow]:
    assessment = record.judged()
    cards: list[CardToShow] = []
    for one in orders:
        finding = record.worded(("finding", one.order), partial(check_order, assessment, one.order))
        if finding is not None and not _rests_on_what_is_unread(finding, record):
            cards.append(finding_card(call, record, one, finding))
        elif (said := otherwise_card(call, record, one)) is not None:
            cards.append(said)
        elif record.unread:
            # Silence would say "checked": parts of the record could not be read.
            cards.append(not_fully_checked_card(call, one, record))
    return cards


def _closed_drugs(call: HookCall, record: Record, drugs: Sequence[Ordered]) -> list[CardToShow]:
    found = [(one, check_drug(record.judged(), one.order, one.part_of)) for one in drugs]
    return [finding_card(call, record, one, finding) for one, finding in found if finding]


def _rests_on_what_is_unread(finding: Finding, record: Record) -> bool:
    """Whether it says "missing" of what could not be read; what is against the order stands."""
    return finding.topic in _ABOUT_WHAT_IS_MISSING and is_unread_where_it_counts(record)


def _limited(call: HookCall, cards: list[CardToShow]) -> list[CardToShow]:
    most = most_cards(call)
    if len(cards) <= most:
        return cards
    return [*cards[: most - 1], rest_card(call, cards[most - 1 :], alone=most == 1)]
