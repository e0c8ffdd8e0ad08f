"""Stored assessments for other software: the latest one and those before it, by bearer token."""

import hmac

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from runtime.settings import Settings
from service.errors import Unauthenticated, Unknown
from service.open_access import is_open_to
from service.parts import parts_of
from storage import assessments, rulebooks
from storage.resources import conditions_known

_MOST_OF_THE_HISTORY = 200


def latest_assessment(request: Request) -> Response:
    """`GET /patients/{connection}/{id}/assessment`: the stored assessment as its document.

    Raises:
        Unauthenticated: no valid token.
        Unknown: no such patient, or not assessed yet; the two read differently.
    """
    parts = parts_of(request)
    _check_reader(parts.settings, request)
    connection, patient = _known_connection(parts.settings, request), request.path_params["id"]
    with parts.database.reading() as conn:
        found = assessments.latest(conn, connection, patient)
        if found is None:
            raise Unknown("This patient is not known on this connection.")
        none = not found.sign and conditions_known(conn, connection, found.patient)
        document = None if found.document is None else rulebooks.whole(conn, found.document)
    if document is None:
        raise Unknown(
            "This patient's conditions show no neuroendocrine tumor and no liver metastasis."
            if none
            else "This patient has not been assessed yet."
        )
    return Response(msgspec.json.encode(document), media_type="application/json")


def assessment_history(request: Request) -> Response:
    """`GET /patients/{connection}/{id}/assessments`: newest first, at most 200."""
    parts = parts_of(request)
    _check_reader(parts.settings, request)
    connection, patient = _known_connection(parts.settings, request), request.path_params["id"]
    with parts.database.reading() as conn:
        past = assessments.history(conn, connection, patient, _MOST_OF_THE_HISTORY)
        if not past and assessments.latest(conn, connection, patient) is None:
            raise Unknown("This patient is not known on this connection.")
        lines = [
            {
                "id": one.id,
                "as_of": one.as_of,
                "strategy": one.strategy,
                "latest": one.latest,
                "assessment": rulebooks.whole(conn, one.document),
            }
            for one in past
        ]
    return Response(msgspec.json.encode({"assessments": lines}), media_type="application/json")


def _known_connection(settings: Settings, request: Request) -> str:
    connection: str = request.path_params["connection"]
    if connection not in settings.connections:
        raise Unknown("No connection is called that.")
    return connection


def _check_reader(settings: Settings, request: Request) -> None:
    """A reader shows one of the configured tokens; without any, only open access lets it in."""
    secrets = settings.readers.secrets
    if not secrets and is_open_to(settings, request.headers):
        return
    shown = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
    matches = [hmac.compare_digest(shown, secret.value.encode()) for secret in secrets]
    if not any(matches):
        raise Unauthenticated("reader token missing or wrong")
