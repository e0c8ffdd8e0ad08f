"""What each kind of CDS client can take, as data: hooks, actions, card features, names of keys.

Source: shared CDS Hooks reference, section "Vendor clients" (Epic documentation; CRD request
generator, seen running); Da Vinci CRD 1.1, 2.0 and 2.2 for the extensions on cards and calls.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Literal

import msgspec

from runtime.errors import SettingRefused

Hook = Literal["patient-view", "order-select", "order-sign", "problem-list-item-create"]
Creatable = Literal["CarePlan", "Condition", "MedicationRequest", "ServiceRequest"]
Updatable = Literal["CarePlan"]
# The prefetch keys of the contract, which a client may know by other names.
PREFETCH_KEYS = (
    "patient",
    "conditions",
    "observations",
    "procedures",
    "medications",
    "medicationStatements",
    "administrations",
    "reports",
)
_Some = Annotated[int, msgspec.Meta(ge=1, le=50)]


class ClientProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one kind of client can take. An own one names its `base` and what differs from it.

    `proposal_as`: as what the board proposal is offered. `order_codes`: under `order_code_system`,
    by our id of an order, how this client knows it. `associated_resource`: extension keys under
    which a card names the order it is about, each with the form of the name. `configuration`: the
    extension key under which a call says what it wants; `card_types`: by the client's code of a
    type of cards, our topics of it, which a call may switch off. `max_cards` and
    `max_suggestions` only lessen what we would send; a topic's code is plain where only letters
    and digits may stand in it.
    """

    hooks: tuple[Hook, ...] = (
        "patient-view",
        "order-select",
        "order-sign",
        "problem-list-item-create",
    )
    selection_behavior: Literal["any", "at-most-one"] = "any"
    creates: tuple[Creatable, ...] = ("ServiceRequest", "MedicationRequest", "CarePlan")
    updates: tuple[Updatable, ...] = ("CarePlan",)
    deletes: bool = True
    actions_per_suggestion: _Some = 10
    proposal_as: Literal["CarePlan", "ServiceRequest", "Condition", "nothing"] = "CarePlan"
    links: tuple[Literal["absolute", "smart"], ...] = ("absolute", "smart")
    smart_launch_url: str = ""
    plain_topic_codes: bool = False
    order_code_system: str = ""
    order_codes: dict[str, str] = {}
    associated_resource: dict[str, Literal["text", "reference"]] = {}
    configuration: str = ""
    card_types: dict[str, tuple[str, ...]] = {}
    prefetch_keys: dict[str, str] = {}
    max_cards: _Some = 10
    max_suggestions: _Some = 10


PROFILES: Mapping[str, ClientProfile] = {
    # All that CDS Hooks 2.0.1 allows.
    "generic": ClientProfile(),
    # One action per suggestion, "any" only, no CarePlan; topic codes of letters and digits.
    "epic": ClientProfile(
        hooks=("patient-view", "order-select", "order-sign"),
        creates=("ServiceRequest", "MedicationRequest", "Condition"),
        updates=(),
        actions_per_suggestion=1,
        proposal_as="ServiceRequest",
        plain_topic_codes=True,
        order_code_system="urn:com.epic.cdshooks.action.code.system.preference-list-item",
    ),
    # Throws on a delete that names only `resourceId`; CRD wants a card to name its order.
    "crd": ClientProfile(
        hooks=("patient-view", "order-select", "order-sign"),
        deletes=False,
        associated_resource={
            "davinci-associated-resource": "text",
            "davinci-crd.associated-resource": "reference",
        },
        configuration="davinci-crd.configuration",
        # Codes of the CRD value set of card types. What contraindicates an order, lacks or could
        # not be checked has none here: nobody may switch it off.
        card_types={
            "guideline": ("nelm-proposal", "nelm-order-better-option", "nelm-order-replaced"),
            "off-guideline": ("nelm-order-not-indicated", "nelm-order-strong-caution"),
            "clinical-reminder": ("nelm-order-check",),
            "duplicate-therapy": ("nelm-order-fresh-result",),
        },
    ),
}


def profile_named(name: str, own: Mapping[str, ClientProfile] | None = None) -> ClientProfile:
    """The profile of that name, ours or an own one.

    Raises:
        SettingRefused: no such profile; the message lists those there are.
    """
    known = {**PROFILES, **(own or {})}
    if name not in known:
        raise SettingRefused(f'names a client profile "{name}" that does not exist. '
                             f"{_nearest(name, sorted(known))}")  # fmt: skip
    return known[name]


def on_its_base(table: Mapping[str, Any]) -> dict[str, Any]:
    """An own profile's table laid over the profile that it names as its base (default generic).

    Raises:
        SettingRefused: there is no such base.
    """
    base = profile_named(str(table.get("base", "generic")))
    whole: dict[str, Any] = msgspec.to_builtins(base)
    return whole | {key: table[key] for key in table if key != "base"}


def contradiction_in(profile: ClientProfile) -> str | None:
    """Which two of its fields cannot both hold, and the way out; None where all fit."""
    wanted = profile.proposal_as
    if wanted != "nothing" and wanted not in profile.creates:
        return (
            f'proposal_as is "{wanted}", which creates does not list. '
            'Add it there, or write proposal_as = "nothing"'
        )
    if profile.order_codes and not profile.order_code_system:
        return "order_codes has no order_code_system. Write the system of these codes"
    if profile.smart_launch_url and not profile.smart_launch_url.startswith("https://"):
        return "smart_launch_url is not https. Write the launch URL as https://host/path"
    if not profile.hooks:
        return "hooks is empty. Leave it out, or name one"
    return unknown_key_in(profile.prefetch_keys)


def unknown_key_in(renamed: Mapping[str, str]) -> str | None:
    """A renamed prefetch key that is none of ours, and the way out; None where all are."""
    unknown = next((key for key in renamed if key not in PREFETCH_KEYS), None)
    if unknown is None:
        return None
    hint = _nearest(unknown, PREFETCH_KEYS)
    return f'prefetch_keys renames "{unknown}", which is no prefetch key of ours. {hint}'


def _nearest(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"Known ones: {', '.join(known)}"
