"""`POST /cds-services/{id}`: one call, from the raw body to cards."""

import logging
from time import perf_counter
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from service.bodies import UNREADABLE, check_text, decode, read_body
from service.callers import Verified
from service.cds_hooks.call import CardToShow, HookCall
from service.cds_hooks.client_auth import choose_connection
from service.cds_hooks.configuration import as_configured
from service.cds_hooks.discovery import SERVICES, OfferedService
from service.cds_hooks.drafted import drafted_in_question
from service.cds_hooks.gap_filling import complete_prefetch
from service.cds_hooks.models import FITTING_REQUEST, REQUEST, CdsResponse, HookRequest
from service.cds_hooks.order_review import review_orders
from service.cds_hooks.patient_view import open_chart
from service.cds_hooks.problem_list import added_problems, review_problems
from service.cds_hooks.quiet import without_quieted
from service.errors import Malformed, Unknown
from service.parts import Parts, parts_of

log = logging.getLogger("service.hooks")

_ENCODER = msgspec.json.Encoder()


async def answer_hook(request: Request) -> Response:
    """The cards for one hook call; `{"cards": []}` only where there is nothing to say.

    Raises:
        Unknown: no CDS service of that id, or none that this client's profile has.
        Malformed: the body, or a field the hook needs, cannot be read; the field is named.
        TooLarge, Unauthenticated: as everywhere.
    """
    begin = perf_counter()
    parts = parts_of(request)
    service = SERVICES.get(request.path_params["service"])
    if service is None:
        raise Unknown("There is no CDS service of that id; GET /cds-services lists them.")
    caller = await parts.callers.verify(request.headers, service.id)
    body = await read_body(request, parts.settings.max_body_bytes)
    answer = await answer_call(parts, service, caller, body)
    parts.metrics.observe("nelm_hook_seconds", perf_counter() - begin, service=service.id)
    return Response(answer, media_type="application/json")


async def answer_call(
    parts: Parts, service: OfferedService, caller: Verified, body: bytes
) -> bytes:
    """The response to the body of one call from a caller who is known already.

    Raises:
        Unknown, Malformed: as `answer_hook`.
    """
    asked = _read_request(parts, body)
    _check(service, asked)
    connection, foreign = choose_connection(parts.settings, caller, asked.fhir_server)
    profile = parts.settings.profile_of(connection)
    if service.hook not in profile.hooks:
        raise Unknown("The client profile of this connection does not have this hook.")
    call = HookCall(
        parts=parts,
        service=service,
        connection=connection,
        profile=profile,
        request=asked,
        patient_id=asked.context.patient_id.removeprefix("Patient/"),
        foreign=foreign,
    )
    found = await _cards(call, body)
    shown = without_quieted(call, found) if found else found
    parts.shown.note([one.shown for one in shown])
    return _ENCODER.encode(CdsResponse([one.card for one in shown]))


async def _cards(call: HookCall, body: bytes) -> list[CardToShow]:
    """`body` holds the access token, which only the reading of gaps may take from it."""
    if call.service.hook == "patient-view":
        return as_configured(call, open_chart(call, await complete_prefetch(call, body)))
    if call.service.hook == "problem-list-item-create":
        added = added_problems(call)
        if not added:
            return []
        return as_configured(
            call, review_problems(call, added, await complete_prefetch(call, body))
        )
    drafted = drafted_in_question(call)
    if not (drafted.orders or drafted.unreadable):
        return []
    return review_orders(call, drafted, await complete_prefetch(call, body))


def _read_request(parts: Parts, body: bytes) -> HookRequest[Any]:
    """With typed prefetch in one pass where everything in it fits; else with raw prefetch.

    Rules that decide by FHIRPath look at what was sent, not at what we make of it.
    """
    if not parts.rules.use_paths:
        try:
            return FITTING_REQUEST.decode(body)
        except UNREADABLE:
            pass
    return decode(REQUEST, body)


def _check(service: OfferedService, asked: HookRequest[Any]) -> None:
    if asked.hook != service.hook:
        raise Malformed(
            f'This service answers the hook "{service.hook}" and no other.', field="hook"
        )
    for field, text in (
        ("hookInstance", asked.hook_instance),
        ("context.patientId", asked.context.patient_id),
        ("context.userId", asked.context.user_id or ""),
    ):
        check_text(text, field)
    if not asked.hook_instance:
        raise Malformed("The field hookInstance is empty.", field="hookInstance")
    if not asked.context.patient_id.removeprefix("Patient/"):
        raise Malformed("The field context.patientId is empty.", field="context.patientId")
