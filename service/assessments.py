"""Stored assessments for other software: the latest one and those before it, by bearer token."""

import hmac
from collections.abc import Collection
from hashlib import sha256

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from service.errors import Unauthenticated, Unknown
from service.open_access import is_open_to
from service.parts import Parts, parts_of
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
    connection, patient = _known_connection(request), _patient(request)
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
    connection, patient = _known_connection(request), _patient(request)
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


def _known_connection(request: Request) -> str:
    """The connection of the path, if this caller may read it; other ones do not exist for it."""
    parts = parts_of(request)
    connection: str = request.path_params["connection"]
    if connection not in _readable(parts, request) or connection not in parts.settings.connections:
        raise Unknown("No connection is called that.")
    return connection


def _patient(request: Request) -> str:
    """The EHR's patient id in the path.

    Raises:
        Unknown: none that any database holds.
    """
    patient: str = request.path_params["id"]
    if "\0" in patient:
        raise Unknown("This patient is not known on this connection.")
    return patient


def _readable(parts: Parts, request: Request) -> Collection[str]:
    """The connections whose assessments the caller may read.

    Without any configured reader only open access lets anybody in. All digests are compared, so
    that the time taken tells nothing of how near a token came.
    """
    settings = parts.settings
    if not settings.readers and is_open_to(settings, request.headers):
        return settings.connections
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    shown = sha256(token.strip().encode()).hexdigest() if scheme.lower() == "bearer" else ""
    found = [
        (name, reader)
        for name, reader in settings.readers.items()
        for digest in reader.token_digests
        if hmac.compare_digest(shown, digest)
    ]
    if not found:
        parts.metrics.count("nelm_readers_total", outcome="refused")
        raise Unauthenticated("reader token missing or wrong")
    name, reader = found[0]
    parts.metrics.count("nelm_readers_total", outcome=name)
    return reader.connections
