"""The CDS services we offer, with the prefetch templates every one of them asks for.

Ids and prefetch keys are stable: some clients (Epic) have them typed in by hand. Each hook has
an id of its own, because clients that key services by URL would else call only one of them.
"""

from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response

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


@dataclass(frozen=True, slots=True)
class OfferedService:
    """One CDS service: its id, the hook it answers, and what a person reads about it."""

    id: str
    hook: str
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
    )
}

_DISCOVERY = msgspec.json.encode(
    {
        "services": [
            {
                "hook": service.hook,
                "id": service.id,
                "title": service.title,
                "description": service.description,
                "prefetch": PREFETCH,
                "version": VERSION_OF_THE_SPECIFICATION,
                "usageRequirements": "FHIR R4. All prefetch keys are optional; what is missing "
                "is said on the card.",
            }
            for service in SERVICES.values()
        ]
    }
)


async def discovery(request: Request) -> Response:
    """`GET /cds-services`: always the same bytes."""
    return Response(_DISCOVERY, media_type="application/json")
