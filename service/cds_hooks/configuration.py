"""What a client wants of one call, where its profile reads that from the call (Da Vinci CRD).

Fewer cards, never less safety: what is critical, and what says that something is not known or was
not checked, cannot be switched off.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from service.bodies import UNREADABLE
from service.cds_hooks.call import CardToShow, HookCall

_JSON = msgspec.json.Decoder()
_MOST_CARDS = "max-cards"


def as_configured(call: HookCall, cards: Sequence[CardToShow]) -> list[CardToShow]:
    """The cards, the most severe first, without those that this call does not want.

    A type switched off (false or 0) has none, one with a number at most so many. What is not
    understood is passed over, as CRD asks: then all cards are shown.
    """
    left = _left(call)
    type_of = {topic: code for code in left for topic in call.profile.card_types[code]}
    kept: list[CardToShow] = []
    for one in cards:
        code = type_of.get(one.shown.topic)
        if code is None or not _may_be_dropped(one):
            kept.append(one)
        elif left[code] > 0:
            left[code] -= 1
            kept.append(one)
        else:
            call.parts.metrics.count("nelm_cards_switched_off_total", type=code)
    return kept


def _left(call: HookCall) -> dict[str, int]:
    """How many cards of each type this call still has room for; types without a limit are out."""
    asked = _asked(call)
    found = {code: _most(asked.get(code)) for code in call.profile.card_types}
    return {code: most for code, most in found.items() if most is not None}


def most_cards(call: HookCall) -> int:
    """How many cards this call is answered with at most; never fewer than one."""
    asked = _most(_asked(call).get(_MOST_CARDS))
    most = min(int(call.parts.parameters["max_cards"]), call.profile.max_cards)
    return max(1, most if asked is None else min(most, asked))


def _asked(call: HookCall) -> Mapping[str, Any]:
    """The configuration that came with the call; empty where none did, or none that is one."""
    key = call.profile.configuration
    if not key or not call.request.extension:
        return {}
    try:
        extension = _JSON.decode(call.request.extension)
    except UNREADABLE:
        return {}
    found = extension.get(key) if isinstance(extension, dict) else None
    return found if isinstance(found, dict) else {}


def _most(value: object) -> int | None:
    """How many cards a value allows: 0 for false; None for true and what is no count."""
    if value is False:
        return 0
    return value if type(value) is int and value >= 0 else None


def _may_be_dropped(one: CardToShow) -> bool:
    return one.card.indicator != "critical" and bool(one.card.override_reasons)
