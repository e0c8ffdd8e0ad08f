"""What this service takes and answers, as OpenAPI 3.1 and as JSON Schemas, for other software.

Loaded with the first request for it. The pages under /admin are for people and not described.
"""

from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fhir_mappings.subscriptions import SECRET_HEADER
from service.about import INTENDED_USE, TITLE, About
from service.cds_hooks import schemas
from service.cds_hooks.discovery import SERVICES
from service.errors import FHIR_JSON, Unknown
from service.parts import parts_of

Json = dict[str, Any]
OPENAPI = "3.1.0"
_TEMPLATE = "#/components/schemas/{name}"
_CLIENT: list[Json] = [{"cdsClient": []}, {"certificate": []}, {}]
_NOTIFIER: list[Json] = [{"notificationSecret": []}, {}]
_READER: list[Json] = [{"reader": []}, {}]
_BUNDLE = {"type": "object", "required": ["resourceType"]}
_STATE = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"enum": ["live", "ready", "not ready"]}},
}
# The keys of an assessment that is always there; the glossary explains them.
_ASSESSMENT = {
    "type": "object",
    "required": ["as_of", "strategy", "staging", "options", "missing", "facts"],
    "properties": {
        "as_of": {"type": "string", "format": "date"},
        "valid_until": {"type": ["string", "null"], "format": "date"},
        "knowledge_version": {"type": "string"},
        "strategy": {"type": "string"},
        "staging": {"type": "object"},
        "options": {"type": "array", "items": {"type": "object"}},
        "work_up": {"type": "array", "items": {"type": "object"}},
        "missing": {"type": "array", "items": {"type": "string"}},
        "facts": {"type": "object"},
        "series": {"type": "object"},
    },
}


async def serve_openapi(request: Request) -> Response:
    """`GET /openapi.json`."""
    return _json(openapi(parts_of(request).settings.public_url))


async def serve_schema(request: Request) -> Response:
    """`GET /schemas/{name}.json`: discovery, request, response or feedback of CDS Hooks.

    Raises:
        Unknown: no schema of that name.
    """
    name = request.path_params["name"]
    if name not in schemas.NAMES:
        raise Unknown(f"There is no schema of that name. There are: {', '.join(schemas.NAMES)}.")
    return _json(schemas.json_schema(name))


def _json(content: Json) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")


@lru_cache(maxsize=4)
def openapi(public_url: str) -> Json:
    """The whole description."""
    _, about = msgspec.json.schema_components([About], ref_template=_TEMPLATE)
    return {
        "openapi": OPENAPI,
        "info": {"title": TITLE, "version": version("nelm-cds"), "description": INTENDED_USE},
        "servers": [{"url": public_url}],
        "paths": dict(_paths()),
        "components": {
            "schemas": {
                **schemas.components(),
                **about,
                "OperationOutcome": _OPERATION_OUTCOME,
                "Assessment": _ASSESSMENT,
            },
            "responses": _RESPONSES,
            "securitySchemes": _SECURITY,
        },
    }


def _paths() -> Iterator[tuple[str, Json]]:
    yield "/cds-services", {"get": _operation("CDS Hooks discovery", _gives("Discovery"))}
    for service in SERVICES.values():
        called = _operation(
            service.title,
            _gives("CdsResponse"),
            "400 401 404 413 503",
            security=_CLIENT,
            body=_content(schemas.request_of(service)),
            description=service.description,
        )
        yield f"/cds-services/{service.id}", {"post": called}
    answered = _operation(
        "What people did with cards",
        {"description": "Stored", "content": _content({"type": "object", "maxProperties": 0})},
        "400 401 404 413 503",
        security=_CLIENT,
        body=_content({"$ref": _TEMPLATE.format(name="FeedbackRequest")}),
        parameters=[_path_parameter("service", enum=list(SERVICES))],
    )
    yield "/cds-services/{service}/feedback", {"post": answered}
    yield from _notifications()
    yield from _assessments()
    yield from _for_operators()
    yield from _described()


def _notifications() -> Iterator[tuple[str, Json]]:
    connection = _path_parameter("connection")
    changed = [connection, _path_parameter("type"), _path_parameter("id")]
    for path, parameters in (
        ("/notifications/{connection}", [connection]),
        ("/notifications/{connection}/{type}/{id}", changed),
    ):
        yield (
            path,
            {
                method: _operation(
                    "A FHIR subscription notification, in any dialect",
                    {"description": "Stored durably", "content": _content(_BUNDLE, FHIR_JSON)},
                    "401 404 413 503",
                    security=_NOTIFIER,
                    body={"*/*": {}},
                    parameters=parameters,
                )
                for method in ("put", "post", "delete")
            },
        )


def _assessments() -> Iterator[tuple[str, Json]]:
    parameters = [_path_parameter("connection"), _path_parameter("id")]
    history = {
        "type": "object",
        "required": ["assessments"],
        "properties": {"assessments": {"type": "array", "items": {"type": "object"}}},
    }
    for path, title, schema in (
        (
            "assessment",
            "The latest stored assessment",
            {"$ref": _TEMPLATE.format(name="Assessment")},
        ),
        ("assessments", "The assessments of a patient, newest first", history),
    ):
        yield (
            f"/patients/{{connection}}/{{id}}/{path}",
            {
                "get": _operation(
                    title,
                    {"description": title, "content": _content(schema)},
                    "401 404 503",
                    security=_READER,
                    parameters=parameters,
                )
            },
        )


def _for_operators() -> Iterator[tuple[str, Json]]:
    state = {"description": "The state", "content": _content(_STATE)}
    yield "/health/live", {"get": _operation("This process answers", state)}
    ready = _operation("Database and workers answer", state)
    ready["responses"]["503"] = state
    yield "/health/ready", {"get": ready}
    figures = {"description": "Prometheus text", "content": {"text/plain": {}}}
    yield "/metrics", {"get": _operation("Figures", figures)}


def _described() -> Iterator[tuple[str, Json]]:
    about = _gives("About")
    about["content"]["text/html"] = {}
    yield "/about", {"get": _operation("Intended use, sources, limits", about)}
    page = {"description": "A page for people", "content": {"text/html": {}}}
    front = _operation("The start page, for browsers", page, "404")
    yield "/", {"get": front}
    staging = _operation(
        "One patient's staging, by a signed link from a card", page, "503",
        parameters=[_path_parameter("link")],
    )  # fmt: skip
    staging["responses"] |= {"403": page, "410": page}
    yield "/staging/{link}", {"get": staging}
    whole = {"description": "OpenAPI 3.1", "content": _content({"type": "object"})}
    yield "/openapi.json", {"get": _operation("This description", whole)}
    schema = {"description": "JSON Schema 2020-12", "content": _content({"type": "object"})}
    named = _path_parameter("name", enum=list(schemas.NAMES))
    served = _operation("A JSON Schema of CDS Hooks", schema, "404", parameters=[named])
    yield "/schemas/{name}.json", {"get": served}


def _operation(
    title: str, success: Json, failures: str = "", *, body: Json | None = None, **more: Any
) -> Json:
    """`failures`: the other status codes, as everywhere."""
    refused = {code: {"$ref": f"#/components/responses/{code}"} for code in failures.split()}
    found: Json = {"summary": title, **more, "responses": {"200": success, **refused}}
    if body is not None:
        found["requestBody"] = {"required": "*/*" not in body, "content": body}
    return found


def _gives(name: str) -> Json:
    return {"description": name, "content": _content({"$ref": _TEMPLATE.format(name=name)})}


def _content(schema: Json, media_type: str = "application/json") -> Json:
    return {media_type: {"schema": schema}}


def _path_parameter(name: str, **schema: Any) -> Json:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1, **schema},
    }


_OPERATION_OUTCOME = {
    "type": "object",
    "required": ["resourceType", "issue"],
    "properties": {
        "resourceType": {"const": "OperationOutcome"},
        "issue": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["severity", "code", "diagnostics"],
                "properties": {
                    "severity": {"enum": ["fatal", "error", "warning", "information"]},
                    "code": {"type": "string"},
                    "diagnostics": {"type": "string"},
                    "expression": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}
_OUTCOME = _content({"$ref": _TEMPLATE.format(name="OperationOutcome")}, FHIR_JSON)
_RESPONSES: dict[str, Json] = {
    "400": {"description": "A field cannot be read; it is named", "content": _OUTCOME},
    "401": {"description": "Not known; no reason is given"},
    "404": {"description": "There is no such thing here", "content": _OUTCOME},
    "413": {"description": "The body is too large", "content": _OUTCOME},
    "503": {
        "description": "Not now; try again",
        "content": _OUTCOME,
        "headers": {"Retry-After": {"schema": {"type": "string"}}},
    },
}
_SECURITY = {
    "cdsClient": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A JSON Web Token of CDS Hooks, one for each call",
    },
    "certificate": {"type": "mutualTLS", "description": "Passed on by a trusted proxy"},
    "notificationSecret": {"type": "apiKey", "in": "header", "name": SECRET_HEADER},
    "reader": {"type": "http", "scheme": "bearer"},
}
