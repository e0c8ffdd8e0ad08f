"""What a call drafts: the orders in question, and how much of it nobody can read."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from fhir_mappings.orders import DraftOrder, draft_names, read_orders, unreadable_drafts
from service.cds_hooks.call import HookCall
from service.errors import Malformed

log = logging.getLogger("service.hooks")

_JSON = msgspec.json.Decoder()


class Drafted(NamedTuple):
    """Draft orders for what we judge, single drugs of its regimens too, and how many drafts are no
    resources, whatever they are."""

    orders: Sequence[DraftOrder]
    unreadable: int = 0


def drafted_in_question(call: HookCall) -> Drafted:
    """What the call asks about; on order-select the selected drafts only.

    Raises:
        Malformed: no draftOrders, something else than a Bundle, or order-select without selections.
    """
    context = call.request.context
    bundle = _JSON.decode(context.draft_orders or b"null")
    if not _is_bundle(bundle):
        raise Malformed(
            "The field context.draftOrders is missing or no Bundle.", field="context.draftOrders"
        )
    drafts = read_orders(bundle, call.parts.order_mapping)
    unreadable = unreadable_drafts(bundle)
    if call.service.hook == "order-select":
        if context.selections is None:
            raise Malformed("The field context.selections is missing.", field="context.selections")
        drafts, some_fit_none = _selected(drafts, context.selections, draft_names(bundle))
        unreadable = unreadable if some_fit_none else 0
    if unreadable:
        call.parts.metrics.count("nelm_drafts_unreadable_total", unreadable)
        log.warning("drafts are no resources", extra={"service": call.service.id})
    return Drafted([one for one in drafts if one.order or one.part_of], unreadable)


def _is_bundle(value: Any) -> bool:
    """Whether it is a Bundle; one that does not say so is known by its entries."""
    if not isinstance(value, dict):
        return False
    return value.get("resourceType") == "Bundle" or (
        "resourceType" not in value and ("entry" in value or not value)
    )


def _selected(
    drafts: Sequence[DraftOrder], selections: Sequence[str], names: Iterable[str]
) -> tuple[list[DraftOrder], bool]:
    """The drafts that the selections name, and whether one of the selections fits nothing.

    By type and id, else by the id alone. A selection that fits nothing may mean any of the
    drafts, so that all of them are looked at: an order unseen would look checked.
    """
    known = {_relative(name) for name in names}
    bare = {_id(name) for name in known}
    wanted = {_relative(reference) for reference in selections}
    by_id = {_id(reference) for reference in wanted - known}
    if by_id - bare:
        return list(drafts), True
    return [one for one in drafts if _fits(one, wanted, by_id)], False


def _fits(draft: DraftOrder, wanted: set[str], by_id: set[str]) -> bool:
    names = {_relative(name) for name in (draft.reference, draft.full_url) if name}
    return bool(names & wanted or {_id(name) for name in names} & by_id)


def _relative(reference: str) -> str:
    """The last two steps of a reference, without its version: clients send many forms."""
    if reference.startswith("urn:"):
        return reference
    path = reference.partition("/_history")[0].removeprefix("#").rstrip("/")
    return "/".join(path.split("/")[-2:])


def _id(relative: str) -> str:
    return relative.rpartition("/")[2]
