"""FHIR R4 over HTTP for an EHR in memory: read, versions, search with pages, conditional writes.

Answers as HAPI does where the standard leaves a choice. No authentication: invented data only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ehr.errors import EhrConflict, EhrError, EhrRefused, ResourceGone
from ehr.in_memory import InMemoryEhr, Written, as_lists
from ehr.interface import Found

_FHIR_JSON = "application/fhir+json"
_PAGE = 50
_LARGEST_PAGE = 500
_PAGING = frozenset({"_count", "_offset"})

Handler = Callable[[Request], Awaitable[Response]]


def create_sample_ehr(ehr: InMemoryEhr) -> Starlette:
    """The web application, its FHIR base at `/fhir`."""
    server = _Server(ehr)
    routes = [
        Route("/fhir/metadata", server.metadata),
        Route("/fhir", server.batch, methods=["POST"]),
        Route("/fhir/_history", server.system_history),
        Route("/fhir/{type:str}", server.search),
        Route("/fhir/{type:str}", server.create, methods=["POST"]),
        Route("/fhir/{type:str}/_search", server.search_by_form, methods=["POST"]),
        Route("/fhir/{type:str}/_history", server.type_history),
        Route("/fhir/{type:str}/{id:str}", server.read),
        Route("/fhir/{type:str}/{id:str}", server.update, methods=["PUT"]),
        Route("/fhir/{type:str}/{id:str}", server.delete, methods=["DELETE"]),
        Route("/fhir/{type:str}/{id:str}/_history", server.history),
        Route("/fhir/{type:str}/{id:str}/_history/{version:str}", server.version),
    ]
    return Starlette(routes=routes, exception_handlers={EhrError: _failure})


class _Server:
    """The handlers. The store answers at once, so they may call it in the event loop."""

    def __init__(self, ehr: InMemoryEhr) -> None:
        self._ehr = ehr

    async def metadata(self, request: Request) -> Response:
        return _json(self._ehr.capabilities())

    async def read(self, request: Request) -> Response:
        return _resource(self._ehr.read(_reference(request)))

    async def version(self, request: Request) -> Response:
        version = request.path_params["version"]
        return _resource(self._ehr.read(f"{_reference(request)}/_history/{version}"))

    async def create(self, request: Request) -> Response:
        resource = _typed(await request.body(), request.path_params["type"])
        found = self._ehr.create(resource, request.headers.get("If-None-Exist"))
        self._activate(found)
        return _resource(found, 201 if found.created else 200, str(request.base_url))

    async def update(self, request: Request) -> Response:
        resource = _typed(await request.body(), request.path_params["type"])
        if resource.get("id") != request.path_params["id"]:
            raise EhrRefused("the id in the body is not the one in the address", 400)
        version = request.headers.get("If-Match", "").removeprefix("W/").strip('"')
        found = self._ehr.update(resource, version or None)
        self._activate(found)
        return _resource(found, 201 if found.created else 200, str(request.base_url))

    async def delete(self, request: Request) -> Response:
        self._ehr.delete(_reference(request))
        return Response(status_code=204)

    async def search(self, request: Request) -> Response:
        return self._page(request, request.query_params.multi_items())

    async def search_by_form(self, request: Request) -> Response:
        pairs = parse_qsl((await request.body()).decode("utf-8", "replace"))
        return self._page(request, [*request.query_params.multi_items(), *pairs])

    async def history(self, request: Request) -> Response:
        versions = self._ehr.history(_reference(request))
        if not versions:
            raise ResourceGone("there never was such a resource", 404)
        return _json(_history(versions, str(request.base_url)))

    async def type_history(self, request: Request) -> Response:
        since = request.query_params.get("_since")
        versions = self._ehr.written_since(since, request.path_params["type"])
        return _json(_history(versions, str(request.base_url)))

    async def system_history(self, request: Request) -> Response:
        versions = self._ehr.written_since(request.query_params.get("_since"))
        return _json(_history(versions, str(request.base_url)))

    async def batch(self, request: Request) -> Response:
        """Creates and updates of a Bundle, one after the other; not atomic."""
        bundle = _typed(await request.body(), "Bundle")
        answers = [self._one_of_batch(entry) for entry in bundle.get("entry") or []]
        return _json({"resourceType": "Bundle", "type": "batch-response", "entry": answers})

    def _one_of_batch(self, entry: dict[str, Any]) -> dict[str, Any]:
        request = entry.get("request") or {}
        try:
            if request.get("method") == "DELETE":
                self._ehr.delete(str(request.get("url")))
                return {"response": {"status": "204"}}
            write = self._ehr.update if request.get("method") == "PUT" else self._ehr.create
            found = write(entry.get("resource") or {})
        except EhrError as error:
            return {"response": {"status": str(error.status or 400)}}
        self._activate(found)
        status = "201" if found.created else "200"
        location = f"{found.reference}/_history/{found.version}"
        return {"response": {"status": status, "location": location}}

    def _activate(self, found: Found) -> None:
        """A requested rest-hook Subscription becomes active at once."""
        if not found.reference.startswith("Subscription/"):
            return
        subscription = msgspec.json.decode(found.body, type=dict[str, Any])
        if subscription.get("status") == "requested":
            self._ehr.update({**subscription, "status": "active"})

    def _page(self, request: Request, pairs: list[tuple[str, str]]) -> Response:
        parameters = as_lists([(name, value) for name, value in pairs if value])
        count = min(_number(parameters.pop("_count", [str(_PAGE)])), _LARGEST_PAGE)
        start = _number(parameters.pop("_offset", ["0"]))
        type_ = request.path_params["type"]
        found = self._ehr.matches(type_, parameters)
        base = f"{request.base_url}fhir"
        links = [{"relation": "self", "url": str(request.url)}]
        if 0 < count and start + count < len(found):
            query = [(name, value) for name, value in pairs if name not in _PAGING]
            query += [("_count", str(count)), ("_offset", str(start + count))]
            links.append({"relation": "next", "url": f"{base}/{type_}?{urlencode(query)}"})
        entries = [
            {
                "fullUrl": f"{base}/{one.reference}",
                "resource": msgspec.Raw(one.body or b"null"),
                "search": {"mode": "match"},
            }
            for one in found[start : start + count]
        ]
        return _json(_bundle("searchset", entries, len(found), links))


def _number(values: list[str]) -> int:
    if not values[-1].isdecimal():
        raise EhrRefused("_count and _offset must be whole numbers", 400)
    return int(values[-1])


def _reference(request: Request) -> str:
    return f"{request.path_params['type']}/{request.path_params['id']}"


def _typed(body: bytes, type_: str) -> dict[str, Any]:
    try:
        resource = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise EhrRefused("the body is not a JSON object", 400) from None
    if resource.get("resourceType") != type_:
        raise EhrRefused(f"the body must be of resourceType {type_}", 400)
    return resource


def _bundle(
    type_: str, entries: list[Any], total: int, links: Iterable[dict[str, str]] = ()
) -> dict[str, Any]:
    bundle = {"resourceType": "Bundle", "type": type_, "total": total, "link": list(links)}
    # FHIR allows no empty arrays.
    return {name: value for name, value in {**bundle, "entry": entries}.items() if value != []}


def _history(versions: list[Written], base_url: str) -> dict[str, Any]:
    return _bundle("history", [_version(one, base_url) for one in versions], len(versions))


def _version(one: Written, base_url: str) -> dict[str, Any]:
    method = "DELETE" if one.body is None else "POST" if one.created else "PUT"
    entry: dict[str, Any] = {
        "fullUrl": f"{base_url}fhir/{one.reference}",
        "request": {"method": method, "url": one.reference},
        "response": {"status": "200", "lastModified": one.last_updated},
    }
    if one.body is not None:
        entry["resource"] = msgspec.Raw(one.body)
    return entry


def _json(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type=_FHIR_JSON)


def _resource(found: Found, status: int = 200, base_url: str | None = None) -> Response:
    headers = {"ETag": f'W/"{found.version}"'}
    if base_url:
        headers["Location"] = f"{base_url}fhir/{found.reference}/_history/{found.version}"
    return Response(found.body, status, headers, media_type=_FHIR_JSON)


async def _failure(request: Request, error: Exception) -> Response:
    status = (error.status if isinstance(error, EhrError) else None) or 400
    code = "not-found" if isinstance(error, ResourceGone) else "processing"
    if isinstance(error, EhrConflict):
        code = "conflict"
    issue = {"severity": "error", "code": code, "diagnostics": str(error)}
    return _json({"resourceType": "OperationOutcome", "issue": [issue]}, status)
