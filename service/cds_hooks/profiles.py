"""What each kind of CDS client can take, as data: card features, actions, names of prefetch keys.

Source: shared CDS Hooks reference, section "Vendor clients" (Epic documentation; CRD request
generator, seen running).
"""

from dataclasses import dataclass

from service.errors import Refused


@dataclass(frozen=True, slots=True)
class ClientProfile:
    """One kind of client. `creates` names the resource types it lets a suggestion create."""

    name: str
    selection_behavior: str
    creates: frozenset[str]
    deletes: bool = True
    actions_per_suggestion: int = 10
    plain_topic_codes: bool = False


ORDERS = frozenset({"ServiceRequest", "MedicationRequest"})

PROFILES = {
    profile.name: profile
    for profile in (
        ClientProfile("generic", "any", ORDERS | {"CarePlan"}),
        # Epic: one action per suggestion, "any" only, no CarePlan; topic codes alphanumeric.
        ClientProfile("epic", "any", ORDERS, actions_per_suggestion=1, plain_topic_codes=True),
        # The CRD client throws on a delete that names only `resourceId`.
        ClientProfile("crd", "any", ORDERS | {"CarePlan"}, deletes=False),
    )
}


def profile_named(name: str) -> ClientProfile:
    """The profile of that name.

    Raises:
        Refused: no such profile; the message lists those there are.
    """
    try:
        return PROFILES[name]
    except KeyError:
        known = ", ".join(sorted(PROFILES))
        raise Refused(f'There is no client profile "{name}". Known ones: {known}.') from None
