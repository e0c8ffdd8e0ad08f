"""What discovery tells of the types of cards that a call may switch off (Da Vinci CRD)."""

from collections.abc import Iterable
from typing import Any

from runtime.client_profiles import ClientProfile

_ORDERS = "nelm-order-"
# Name and effect of the types that CRD names, as its clients show them to those who configure.
_SAID = {
    "guideline": (
        "Staging and better options",
        "The board proposal when a chart is opened, and options or tests that rank before the "
        "one ordered.",
    ),
    "off-guideline": (
        "Treatments that are not indicated",
        "Orders for treatments that are not indicated, or open with a strong caution only. "
        "Contraindications are always shown.",
    ),
    "clinical-reminder": (
        "To check before a treatment",
        "Results that are old, and cautions to look at before the ordered treatment. Missing "
        "results are always shown.",
    ),
    "duplicate-therapy": (
        "Fresh result on file",
        "Orders for a test of which a fresh result is on file.",
    ),
}


def options_of(hook: str, profiles: Iterable[ClientProfile]) -> dict[str, Any] | None:
    """The extension by which discovery tells what a call may configure; None without any."""
    orders = hook.startswith("order-")
    found: dict[str, list[dict[str, Any]]] = {}
    for profile in profiles:
        if not profile.configuration or hook not in profile.hooks:
            continue
        options = [
            _option(code)
            for code, topics in profile.card_types.items()
            if any(one.startswith(_ORDERS) is orders for one in topics)
        ]
        if options:
            found.setdefault(f"{profile.configuration}-options", options)
    return dict(found) or None


def _option(code: str) -> dict[str, Any]:
    name, effect = _SAID.get(code, (code, f"Cards of the type {code}."))
    return {
        "code": code,
        "type": "boolean",
        "name": name,
        "description": effect,
        "default": True,
    }
