"""On adding a problem: liver metastases of a neuroendocrine tumor are staged at once.

The problem is a draft: it counts for this call, and nothing refers to it as if it were on file.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from fhir_mappings.reading import read_resource
from fhir_mappings.statements import Reading
from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.honest_cards import waiting_card
from service.cds_hooks.prefetch import Prefetched
from service.cds_hooks.proposal_card import proposal_card
from service.cds_hooks.record import Standing, see_record
from service.cds_hooks.unread import note_unread
from service.errors import Malformed

log = logging.getLogger("service.hooks")

_JSON = msgspec.json.Decoder()
_DISEASE = frozenset({"has_liver_metastases", "has_neuroendocrine_tumor"})


def added_problems(call: HookCall) -> list[Reading]:
    """The added problems, if one of them states the disease; else none.

    Raises:
        Malformed: `conditions` is missing or no Bundle.
    """
    bundle = _JSON.decode(call.request.context.conditions or b"null")
    if not isinstance(bundle, dict):
        raise Malformed(
            "The field context.conditions is missing or no Bundle.", field="context.conditions"
        )
    found = [_as_draft(one, place) for place, one in enumerate(_of_this_patient(call, bundle))]
    return found if any(map(_states_the_disease, found)) else []


def _of_this_patient(call: HookCall, bundle: dict[str, Any]) -> Iterator[Reading]:
    """The Conditions that name this patient or, as drafts may, nobody."""
    entries = bundle.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or resource.get("resourceType") != "Condition":
            continue
        reading = read_resource(msgspec.json.encode(resource), call.mapping_set)
        if _is_for_another(call, reading):
            call.parts.metrics.count("nelm_problems_for_another_total")
            log.warning("problem names another patient", extra={"service": call.service.id})
        else:
            yield reading


def _is_for_another(call: HookCall, reading: Reading) -> bool:
    if reading.patient is None or reading.patient.startswith(("urn:", "#")):
        return False
    elsewhere = reading.server is not None and not call.is_the_ehrs(reading.server)
    return elsewhere or reading.patient != call.patient_id


def _as_draft(reading: Reading, place: int) -> Reading:
    """Without a source: no resource on file says so yet."""
    stated = tuple(msgspec.structs.replace(one, source="") for one in reading.statements)
    return msgspec.structs.replace(reading, id=f"added.{place}", statements=stated)


def _states_the_disease(reading: Reading) -> bool:
    return any(one.fact in _DISEASE and one.value is True for one in reading.statements)


def review_problems(
    call: HookCall, added: list[Reading], prefetched: Prefetched
) -> list[CardToShow]:
    """The board proposal, where liver metastases and a neuroendocrine tumor now meet.

    Where the record could not be read this is no occasion for a card: most liver metastases are
    of other tumors. It is counted and logged instead.
    """
    merged = replace(prefetched, readings=(*prefetched.readings, *added))
    record = see_record(call.parts, call.connection, call.at_hand(), merged)
    match record.standing:
        case Standing.JUDGED:
            return [proposal_card(call, record)]
        case Standing.WAITING:
            return [waiting_card(call)]
        case Standing.UNREAD:
            note_unread(call, record)
            return []
        case _:
            return []
