"""What EHRs send to subscribers: checked, kept durably, answered; read and judged later.

Every dialect ends here; `fhir_mappings.notifications` tells them apart.
"""

import hmac
import logging

from starlette.requests import Request
from starlette.responses import Response

from fhir_mappings.notifications import Heard, Problem, read_notification
from fhir_mappings.subscriptions import SECRET_HEADER
from runtime.settings import ConnectionSettings, Settings
from service.bodies import read_body, unpacked
from service.errors import FHIR_JSON, TooLarge, Unauthenticated, Unavailable, Unknown
from service.open_access import is_open_to
from service.parts import Parts, parts_of
from storage.errors import StorageUnavailable

log = logging.getLogger("service.notifications")

# Servers of the HAPI family parse the answer and repeat the notification if it is not FHIR.
_HEARD = b'{"resourceType":"Bundle","type":"transaction-response"}'


async def receive_notification(request: Request) -> Response:
    """`PUT|POST|DELETE /notifications/{connection}[/{Type}/{id}]`: 200 once it is durable.

    Raises:
        Unknown: no such connection.
        Unauthenticated: the connection's secret is missing or wrong.
        TooLarge: the body passes the cap; what it was about is noted all the same.
        Unavailable: the store cannot take it now; the sender should try again.
    """
    parts = parts_of(request)
    path = request.path_params
    connection = parts.settings.connections.get(path["connection"])
    if connection is None:
        raise Unknown("There is no connection of that name.")
    if not _may_speak(parts.settings, connection, request):
        parts.metrics.count("nelm_notifications_refused_total", connection=connection.name)
        log.warning("notification refused", extra={"connection": connection.name})
        raise Unauthenticated("notification secret missing or wrong")
    try:
        most = parts.settings.max_body_bytes
        body = await read_body(request, most)
        body = unpacked(body, request.headers.get("content-encoding"), most)
    except TooLarge:
        parts.metrics.count("nelm_notifications_too_large_total", connection=connection.name)
        log.warning("notification too large", extra={"connection": connection.name})
        await _keep(parts, connection.name, _without_body(request))
        raise
    heard = read_notification(
        request.method, path.get("type"), path.get("id"), dict(request.headers), body
    )
    await _keep(parts, connection.name, heard)
    return Response(_HEARD, media_type=FHIR_JSON)


def _without_body(request: Request) -> Heard:
    """What path and headers alone tell: a resource to be read again, else that something was."""
    path = request.path_params
    heard = read_notification(
        request.method, path.get("type"), path.get("id"), dict(request.headers), b""
    )
    if heard.changes:
        return heard
    return Heard("poke", problems=(Problem("the body is larger than max_body_bytes", b""),))


async def _keep(parts: Parts, connection: str, heard: Heard) -> None:
    """Store it durably and say that there is work; Raises Unavailable where it could not be."""
    try:
        await parts.inbox.put(connection, heard, "subscription")
    except StorageUnavailable:
        parts.metrics.count("nelm_notifications_unavailable_total", connection=connection)
        raise Unavailable("The notification could not be stored now.") from None
    parts.wake_up.call()
    parts.metrics.count("nelm_notifications_total", connection=connection, kind=heard.kind)
    if heard.problems:
        # Kept as they came: sending an error would make many servers switch the subscription off.
        parts.metrics.count("nelm_notifications_poison_total", len(heard.problems))
        log.warning(
            "notification kept but not understood",
            extra={"connection": connection, "count": len(heard.problems)},
        )


def _may_speak(settings: Settings, connection: ConnectionSettings, request: Request) -> bool:
    """Whether the request carries one of the connection's secrets; all are always compared."""
    secrets = connection.intake.secrets
    if not secrets:
        return is_open_to(settings, request.headers)
    given = request.headers.get(SECRET_HEADER)
    if given is None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
    shown = given.encode()
    matches = [hmac.compare_digest(shown, secret.value.encode()) for secret in secrets]
    return any(matches)
