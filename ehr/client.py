"""A FHIR R4 server over HTTP. Blocking; for workers and commands, never for the web process."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import msgspec

from ehr.auth import Authorization, NoAuthorization
from ehr.errors import EhrConflict, EhrRefused, EhrUnavailable, ResourceGone
from ehr.exchange import (
    FHIR_JSON,
    Answer,
    is_below,
    is_protected,
    new_session,
    origin,
    refuse_failure,
    send,
)
from ehr.interface import Found, SearchParameters
from ehr.searchset import read_page

_REFERENCE = re.compile(
    r"([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})(/_history/[A-Za-z0-9\-.]{1,64})?"
)
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_LOCATION = re.compile(r".*?([A-Z][A-Za-z]{1,63}/[A-Za-z0-9\-.]{1,64})(?:/_history/([^/]+))?/?$")
# Where two writes meet inside the server (HAPI: its own work on a Subscription), one of them loses.
_CONFLICT_PAUSES = (0.2, 0.5, 1.0)


class _Meta(msgspec.Struct):
    versionId: str | None = None
    lastUpdated: str | None = None


class _Head(msgspec.Struct):
    resourceType: str
    id: str | None = None
    meta: _Meta | None = None


class FhirClient:
    """Implements `ehr.interface.Ehr` against `base_url`; see there for results and errors."""

    def __init__(
        self,
        base_url: str,
        authorization: Authorization | None = None,
        timeout_seconds: float = 20.0,
    ) -> None:
        if authorization is not None and not is_protected(base_url):
            raise EhrRefused("an EHR that gets a token must be reached by https")
        origin(base_url)
        self.base_url = base_url.rstrip("/")
        self._authorization = authorization or NoAuthorization()
        self._timeout_seconds = timeout_seconds
        self._session = new_session()

    def close(self) -> None:
        self._session.close()

    def read(self, reference: str) -> Found:
        path = _checked(reference)
        answer = self._ask("GET", f"{self.base_url}/{path}", path.partition("/")[0])
        return _found(answer, path.partition("/_history/")[0])

    def search(self, type_: str, parameters: SearchParameters | None = None) -> Iterator[bytes]:
        if not _TYPE.fullmatch(type_):
            raise EhrRefused("a search needs a resource type")
        query = urlencode(parameters or {}, doseq=True)
        url: str | None = f"{self.base_url}/{type_}" + (f"?{query}" if query else "")
        visited: set[str] = set()
        while url is not None:
            if url in visited:
                raise EhrUnavailable(
                    f"{type_}: the pages of the search run in a circle", perhaps_alone=True
                )
            visited.add(url)
            page = read_page(self._ask("GET", url, type_).body, type_)
            yield from page.resources
            url = self._next(url, page.next, type_)

    def _next(self, current: str, link: str | None, type_: str) -> str | None:
        if link is None:
            return None
        url = urljoin(current, link)
        # The token must never follow a link to another server, nor to another one at this address.
        if not is_below(url, self.base_url):
            raise EhrRefused(f"{type_}: the next page lies on another server than the EHR")
        return url

    def create(self, resource: Mapping[str, Any], if_none_exist: str | None = None) -> Found:
        type_ = str(resource["resourceType"])
        extra = {"Prefer": "return=representation"}
        if if_none_exist:
            extra["If-None-Exist"] = if_none_exist
        answer = self._ask("POST", f"{self.base_url}/{type_}", type_, extra, resource)
        return self._written(answer, None)

    def update(self, resource: Mapping[str, Any], if_match: str | None = None) -> Found:
        reference = _checked(f"{resource['resourceType']}/{resource['id']}")
        extra = {"Prefer": "return=representation"}
        if if_match:
            extra["If-Match"] = f'W/"{if_match}"'
        type_ = reference.partition("/")[0]
        answer = self._ask("PUT", f"{self.base_url}/{reference}", type_, extra, resource)
        return self._written(answer, reference)

    def _written(self, answer: Answer, reference: str | None) -> Found:
        created = answer.status == 201
        if _is_resource(answer.body):
            return _found(answer, reference, created)
        location = _LOCATION.match(answer.headers.get("Location") or "")
        place = reference or (location[1] if location else None)
        if place is None:
            raise EhrUnavailable("the EHR wrote, but did not say what")
        found = self.read(place)
        return msgspec.structs.replace(found, created=created)

    def delete(self, reference: str) -> None:
        path = _checked(reference)
        for pause in (*_CONFLICT_PAUSES, None):
            try:
                self._ask("DELETE", f"{self.base_url}/{path}", path.partition("/")[0])
            except ResourceGone:
                return
            except EhrConflict:
                if pause is None:
                    raise
                time.sleep(pause)
            else:
                return

    def capabilities(self) -> dict[str, Any]:
        answer = self._ask("GET", f"{self.base_url}/metadata", "CapabilityStatement")
        try:
            return msgspec.json.decode(answer.body, type=dict[str, Any])
        except msgspec.MsgspecError:
            raise EhrUnavailable("the CapabilityStatement is not JSON") from None

    def operation(self, path: str, resource: Mapping[str, Any] | None = None) -> Answer:
        """The answer to an operation, such as `CarePlan/$validate`, whatever its status.

        GET without a resource, POST with one. `path` is relative to the base.
        """
        url = f"{self.base_url}/{quote(path, safe='/$?=&-._')}"
        if not is_below(url, self.base_url):
            raise EhrRefused("an operation must lie below the EHR's base")
        return self._exchange("POST" if resource is not None else "GET", url, {}, resource)

    def _ask(
        self,
        method: str,
        url: str,
        what: str,
        extra: Mapping[str, str] | None = None,
        resource: Mapping[str, Any] | None = None,
    ) -> Answer:
        answer = self._exchange(method, url, extra or {}, resource)
        refuse_failure(answer, what)
        return answer

    def _exchange(
        self,
        method: str,
        url: str,
        extra: Mapping[str, str],
        resource: Mapping[str, Any] | None,
    ) -> Answer:
        # HAPI reuses search results for a minute unless told not to.
        headers = {"Cache-Control": "no-cache", **extra}
        body = None
        if resource is not None:
            headers["Content-Type"] = FHIR_JSON
            body = msgspec.json.encode(resource)
        answer = self._send(method, url, headers, body)
        if answer.status == 401 and self._authorization.forget():
            answer = self._send(method, url, headers, body)
        return answer

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        return send(
            self._session,
            method,
            url,
            headers={**headers, **self._authorization.headers()},
            body=body,
            timeout_seconds=self._timeout_seconds,
        )


def _checked(reference: str) -> str:
    match = _REFERENCE.fullmatch(reference)
    # In a path `.` and `..` would lead to something else than a resource of this type.
    if match is None or match[2] in (".", ".."):
        raise EhrRefused("not a relative reference of the form Type/id")
    return reference


def _is_resource(body: bytes) -> bool:
    try:
        head = msgspec.json.decode(body, type=_Head)
    except (msgspec.MsgspecError, ValueError):
        return False
    return head.resourceType != "OperationOutcome" and head.id is not None


def _found(answer: Answer, reference: str | None, created: bool = False) -> Found:
    try:
        head = msgspec.json.decode(answer.body, type=_Head)
    except (msgspec.MsgspecError, ValueError):
        raise EhrUnavailable("the EHR's answer is not a resource", perhaps_alone=True) from None
    if head.resourceType == "OperationOutcome":
        raise EhrUnavailable("the EHR answered with an OperationOutcome", perhaps_alone=True)
    meta = head.meta or _Meta()
    etag = answer.headers.get("ETag") or ""
    version = meta.versionId or etag.removeprefix("W/").strip('"') or None
    return Found(
        reference or f"{head.resourceType}/{head.id}",
        answer.body,
        version,
        meta.lastUpdated,
        created,
    )
