"""The CDS services we offer, with the prefetch templates every one of them asks for.

Ids and prefetch keys are stable: some clients (Epic) have them typed in by hand. Each hook has
an id of its own, because clients that key services by URL would else call only one of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from runtime.client_profiles import Hook
from runtime.settings import ConnectionSettings, Settings
from service.callers import Callers
from service.cds_hooks.card_types import options_of
from service.cds_hooks.models import Discovery, OfferedHook
from service.errors import Unauthenticated, Unavailable
from service.parts import parts_of

VERSION_OF_THE_SPECIFICATION = "2.0.1"

# Plain searches only (patient, category, code, _sort, _count): no FHIRPath, no dates, no user
# tokens, because clients resolve those differently or not at all. Newest first, so that a first
# page holds what decides.
PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}&_count=200",
    "observations": "Observation?patient={{context.patientId}}&_sort=-date&_count=500",
    "procedures": "Procedure?patient={{context.patientId}}&_sort=-date&_count=200",
    "medications": "MedicationRequest?patient={{context.patientId}}&_count=200",
    "medicationStatements": "MedicationStatement?patient={{context.patientId}}&_count=200",
    "administrations": "MedicationAdministration?patient={{context.patientId}}&_count=200",
    "reports": "DiagnosticReport?patient={{context.patientId}}&_sort=-date&_count=100",
}
_USAGE = "FHIR R4. All prefetch keys are optional; what is missing is said on the card."


@dataclass(frozen=True, slots=True)
class OfferedService:
    """One CDS service: its id, the hook it answers, and what a person reads about it."""

    id: str
    hook: Hook
    title: str
    description: str


SERVICES = {
    service.id: service
    for service in (
        OfferedService(
            "nelm-patient-view",
            "patient-view",
            "Neuroendocrine liver metastases: board proposal",
            "Stages neuroendocrine liver metastases, shows which treatments are open and why, "
            "and what is missing. Supports a tumor board; decides nothing.",
        ),
        OfferedService(
            "nelm-order-select",
            "order-select",
            "Neuroendocrine liver metastases: check of selected orders",
            "Checks selected treatment orders against the patient's staging, with the criterion, "
            "the value and the paper.",
        ),
        OfferedService(
            "nelm-order-sign",
            "order-sign",
            "Neuroendocrine liver metastases: check before signing",
            "Checks treatment orders before they are signed against the patient's staging, with "
            "the criterion, the value and the paper.",
        ),
        OfferedService(
            "nelm-problem-list",
            "problem-list-item-create",
            "Neuroendocrine liver metastases: staging when they are added to the problem list",
            "Offers the staging and the board proposal when liver metastases are added to the "
            "problem list of a patient with a neuroendocrine tumor.",
        ),
    )
}


async def discovery(request: Request) -> Response:
    """`GET /cds-services`: always the same bytes for the same caller.

    Needs no token, for it holds no secret. Who shows one that holds is told what its own profile
    takes, under its own names of the prefetch keys; others, what any connected client may take.
    """
    parts = parts_of(request)
    connections = await _asking(parts.settings, parts.callers, request.headers)
    found = Discovery(list(_offered(parts.settings, connections)))
    return Response(msgspec.json.encode(found), media_type="application/json")


async def _asking(
    settings: Settings, callers: Callers, headers: Mapping[str, str]
) -> list[ConnectionSettings]:
    """The connections that the caller may speak for; all of them where it is not known."""
    everyone = list(settings.connections.values())
    if "authorization" not in headers:
        return everyone
    try:
        caller = await callers.verify(headers, "")
    except (Unauthenticated, Unavailable):
        return everyone
    return [settings.connections[name] for name in caller.connections]


def _offered(
    settings: Settings, connections: Sequence[ConnectionSettings]
) -> Iterator[OfferedHook]:
    profiles = [settings.profile_of(one) for one in connections]
    hooks = {hook for profile in profiles for hook in profile.hooks}
    prefetch = _named_alike([renamed_keys(settings, one) for one in connections])
    for service in SERVICES.values():
        if service.hook in hooks or not connections:
            yield OfferedHook(
                service.hook,
                service.id,
                service.title,
                service.description,
                prefetch,
                VERSION_OF_THE_SPECIFICATION,
                _USAGE,
                options_of(service.hook, profiles),
            )


def renamed_keys(settings: Settings, connection: ConnectionSettings) -> Mapping[str, str]:
    """Our prefetch keys that the connection's clients know by another name."""
    return {**settings.profile_of(connection).prefetch_keys, **connection.prefetch_keys}


def _named_alike(renamings: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The templates under the names that all these clients use; under ours where they differ."""
    names = renamings[0] if renamings else {}
    if any(other != names for other in renamings):
        names = {}
    return {names.get(key, key): template for key, template in PREFETCH.items()}
