"""Draft orders against the patient's verdicts: on selecting and on signing, one function.

Only orders that are options or work-up items of ours are looked at; all others pass unseen.
"""

import logging
from collections.abc import Sequence
from functools import partial

import msgspec

from fhir_mappings.orders import DraftOrder, read_orders
from nelm.findings import Finding
from nelm.order_check import check_order
from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.configuration import as_configured, most_cards
from service.cds_hooks.finding_card import finding_card
from service.cds_hooks.honest_cards import (
    another_patient_card,
    not_fully_checked_card,
    rest_card,
    unread_card,
    waiting_card,
)
from service.cds_hooks.order_subject import is_for_another
from service.cds_hooks.ordered import Ordered, gathered
from service.cds_hooks.prefetch import Prefetched
from service.cds_hooks.record import Record, Standing, see_record
from service.cds_hooks.staging_text import is_unread_where_it_counts
from service.cds_hooks.unread import note_unread
from service.errors import Malformed

log = logging.getLogger("service.hooks")

_JSON = msgspec.json.Decoder()
_ABOUT_WHAT_IS_MISSING = frozenset({"insufficient_data", "check", "better_option"})
_SEVERITY = {"critical": 0, "warning": 1, "info": 2}


def review_orders(
    call: HookCall, orders: Sequence[DraftOrder], prefetched: Prefetched
) -> list[CardToShow]:
    """One card for each thing ordered, most severe first, at most `max_cards`."""
    others = [one for one in orders if is_for_another(call, one)]
    ours = gathered(one for one in orders if one not in others)
    cards = _reviewed(call, ours, prefetched) if ours else []
    if others:
        call.parts.metrics.count("nelm_orders_for_another_total", len(others))
        log.warning("order names another patient", extra={"service": call.service.id})
        cards += [another_patient_card(call, one) for one in gathered(others)]
    worst_first = sorted(cards, key=lambda one: _SEVERITY[one.card.indicator])
    return _limited(call, as_configured(call, worst_first))


def _reviewed(
    call: HookCall, orders: Sequence[Ordered], prefetched: Prefetched
) -> list[CardToShow]:
    """Cards for orders of this patient, by what the record says."""
    record = see_record(call.parts, call.connection, call.at_hand(), prefetched)
    if record.standing is Standing.NO_NELM:
        return []
    if record.standing is Standing.WAITING:
        return [waiting_card(call)]
    if record.standing is Standing.UNREAD:
        note_unread(call, record)
        return [unread_card(call, order, record) for order in orders]
    return _findings(call, record, orders)


def orders_in_question(call: HookCall) -> list[DraftOrder]:
    """Draft orders for what we judge; on order-select the selected ones only.

    Raises:
        Malformed: no draftOrders, or order-select without selections.
    """
    context = call.request.context
    bundle = _JSON.decode(context.draft_orders or b"null")
    if not isinstance(bundle, dict):
        raise Malformed(
            "The field context.draftOrders is missing or no Bundle.", field="context.draftOrders"
        )
    drafts = read_orders(bundle, call.parts.order_mapping)
    if call.service.hook == "order-select":
        if context.selections is None:
            raise Malformed("The field context.selections is missing.", field="context.selections")
        drafts = _selected(drafts, context.selections)
    return [one for one in drafts if one.order]


def _selected(drafts: Sequence[DraftOrder], selections: Sequence[str]) -> list[DraftOrder]:
    """The drafts that the selections name; a draft without a name may be one that none fits."""
    wanted = {_relative(reference) for reference in selections}
    named = {_relative(one.reference) for one in drafts}
    with_nameless = bool(wanted - named)
    return [
        one
        for one in drafts
        if (_relative(one.reference) in wanted if one.reference else with_nameless)
    ]


def _relative(reference: str) -> str:
    """The last two steps of a reference: clients send absolute and relative ones."""
    if reference.startswith("urn:"):
        return reference
    return "/".join(reference.rstrip("/").split("/")[-2:])


def _findings(call: HookCall, record: Record, orders: Sequence[Ordered]) -> list[CardToShow]:
    assessment = record.judged()
    cards: list[CardToShow] = []
    for one in orders:
        finding = record.worded(("finding", one.order), partial(check_order, assessment, one.order))
        if finding is not None and not _rests_on_what_is_unread(finding, record):
            cards.append(finding_card(call, record, one, finding))
        elif record.unread:
            # Silence would say "checked": parts of the record could not be read.
            cards.append(not_fully_checked_card(call, one, record))
    return cards


def _rests_on_what_is_unread(finding: Finding, record: Record) -> bool:
    """Whether it says "missing" of what could not be read; what is against the order stands."""
    return finding.topic in _ABOUT_WHAT_IS_MISSING and is_unread_where_it_counts(record)


def _limited(call: HookCall, cards: list[CardToShow]) -> list[CardToShow]:
    most = most_cards(call)
    if len(cards) <= most:
        return cards
    return [*cards[: most - 1], rest_card(call, cards[most - 1 :], alone=most == 1)]
