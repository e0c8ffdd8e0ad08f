"""Stored assessments for other software: the latest one and those before it, by bearer token."""

import hmac
import logging
from collections.abc import Collection
from hashlib import sha256
from typing import NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from service.errors import Unauthenticated, Unknown
from service.open_access import is_open_to
from service.parts import parts_of
from service.reads import note_record_read
from storage import assessments, rulebooks
from storage.resources import conditions_known

log = logging.getLogger("service.assessments")

_MOST_OF_THE_HISTORY = 200


class _Reader(NamedTuple):
    """Who reads, and whose records those may be."""

    name: str
    connections: Collection[str]


def latest_assessment(request: Request) -> Response:
    """`GET /patients/{connection}/{id}/assessment`: the stored assessment as its document.

    Raises:
        Unauthenticated: no valid token.
        Unknown: no such patient, or not assessed yet; the two read differently.
    """
    parts = parts_of(request)
    reader, connection, patient = _asked(request)
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
    note_record_read("assessment", connection, found.patient, reader.name)
    return _json(document)


def assessment_history(request: Request) -> Response:
    """`GET /patients/{connection}/{id}/assessments`: newest first, at most 200."""
    parts = parts_of(request)
    reader, connection, patient = _asked(request)
    with parts.database.reading() as conn:
        past = assessments.history(conn, connection, patient, _MOST_OF_THE_HISTORY)
        latest = assessments.latest(conn, connection, patient)
        if latest is None:
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
    note_record_read("assessment-history", connection, latest.patient, reader.name)
    return _json({"assessments": lines})


def _json(content: object) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(msgspec.json.encode(content), headers=headers, media_type="application/json")


def _asked(request: Request) -> tuple[_Reader, str, str]:
    """Who asks for which patient of which connection; other connections do not exist for them.

    Raises:
        Unauthenticated: no valid token.
        Unknown: no such connection, or a patient id that no database holds.
    """
    parts, reader = parts_of(request), _reader(request)
    connection: str = request.path_params["connection"]
    if connection not in reader.connections or connection not in parts.settings.connections:
        raise Unknown("No connection is called that.")
    patient: str = request.path_params["id"]
    if "\0" in patient:
        raise Unknown("This patient is not known on this connection.")
    return reader, connection, patient


def _reader(request: Request) -> _Reader:
    """Who the caller is.

    Without any configured reader only open access lets anybody in. All digests are compared, so
    that the time taken tells nothing of how near a token came.
    """
    parts = parts_of(request)
    settings = parts.settings
    if not settings.readers and is_open_to(settings, request.headers):
        return _Reader("open-access", settings.connections)
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
        log.warning("reader refused")
        raise Unauthenticated("reader token missing or wrong")
    name, reader = found[0]
    parts.metrics.count("nelm_readers_total", outcome=name)
    return _Reader(name, reader.connections)
