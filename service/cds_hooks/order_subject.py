"""Whom a draft order is for: an order for somebody else is never judged by this record."""

from fhir_mappings.orders import DraftOrder
from service.cds_hooks.call import HookCall


def is_for_another(call: HookCall, order: DraftOrder) -> bool:
    """Whether the order names somebody else than the patient of the call.

    Drafts often name nobody, or by an id that only their Bundle knows: those are this patient's.
    The same id at another server is another patient.
    """
    # MedicationOrder of an older FHIR calls it patient.
    subject = order.resource.get("subject") or order.resource.get("patient")
    reference = subject.get("reference") if isinstance(subject, dict) else None
    if not isinstance(reference, str) or not reference or reference.startswith(("urn:", "#")):
        return False
    base, kind, found = _pieces(reference)
    if (kind, found) != ("Patient", call.patient_id):
        return True
    return bool(base) and not call.is_the_ehrs(base)


def _pieces(reference: str) -> tuple[str, str, str]:
    """Server (empty in a relative reference), type and id."""
    path = reference.partition("?")[0].partition("/_history")[0].rstrip("/")
    rest, _, found = path.rpartition("/")
    base, _, kind = rest.rpartition("/")
    return base, kind, found
