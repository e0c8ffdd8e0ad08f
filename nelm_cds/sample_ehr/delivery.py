"""Rest-hook notifications of the sample EHR: in the background after each write, as HAPI does.

`PUT {endpoint}/{Type}/{id}` with the resource; `DELETE` where HAPI's extension asks for it; an
empty `POST {endpoint}` without payload. A few tries, then dropped: a subscriber must sweep.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import requests

from ehr.errors import EhrError
from ehr.in_memory import InMemoryEhr, Written, as_lists
from ehr.search_match import matcher

_SEND_DELETES = "http://hapifhir.io/fhir/StructureDefinition/subscription-send-delete-messages"
_TIMEOUT_SECONDS = 5.0


class _Request(msgspec.Struct, order=True):
    method: str
    url: str
    headers: dict[str, str]
    body: bytes


class _Job(msgspec.Struct, order=True):
    """One notification to one endpoint; ordered by when it is due, then as they were made."""

    due: float
    number: int
    attempt: int
    request: _Request


class Delivery:
    """Sends what `ehr` writes to the active Subscriptions it holds, until closed.

    `pauses_seconds`: before each further try; their number is the number of tries less one.
    """

    def __init__(
        self, ehr: InMemoryEhr, pauses_seconds: tuple[float, ...] = (0.3, 1.0, 3.0)
    ) -> None:
        self._ehr = ehr
        self._pauses = pauses_seconds
        self._jobs: list[_Job] = []
        self._count = 0
        self._busy = False
        self._closed = False
        self._changed = threading.Condition()
        self.sent = 0
        self.dropped = 0
        ehr.listen(self._note)
        self._thread = threading.Thread(target=self._run, name="sample-ehr-delivery", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(timeout=2 * _TIMEOUT_SECONDS)

    def wait_idle(self, timeout_seconds: float = 10.0) -> bool:
        """Whether all that was written has been delivered or dropped, within the time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._jobs and not self._busy, timeout_seconds
            )

    # --- What to send --------------------------------------------------------------------------

    def _note(self, written: Written) -> None:
        for one in self._ehr.matches("Subscription", {"status": ["active"]}):
            request = _request_for(one.resource or {}, written)
            if request is not None:
                self._put(0.0, 0, request)

    def _put(self, pause: float, attempt: int, request: _Request) -> None:
        with self._changed:
            self._count += 1
            due = time.monotonic() + pause
            heapq.heappush(self._jobs, _Job(due, self._count, attempt, request))
            self._changed.notify_all()

    # --- Sending -------------------------------------------------------------------------------

    def _run(self) -> None:
        with requests.Session() as session:
            while (job := self._take()) is not None:
                self._send(session, job)
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()

    def _take(self) -> _Job | None:
        with self._changed:
            while not self._closed:
                if self._jobs and self._jobs[0].due <= time.monotonic():
                    self._busy = True
                    return heapq.heappop(self._jobs)
                left = self._jobs[0].due - time.monotonic() if self._jobs else None
                self._changed.wait(left)
        return None

    def _send(self, session: requests.Session, job: _Job) -> None:
        try:
            answer = session.request(
                job.request.method,
                job.request.url,
                headers=job.request.headers,
                data=job.request.body,
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
            )
            delivered = answer.ok
        except requests.RequestException:
            delivered = False
        if delivered:
            self.sent += 1
        elif job.attempt < len(self._pauses):
            pause = self._pauses[job.attempt]
            self._put(pause, job.attempt + 1, job.request)
        else:
            self.dropped += 1


def _request_for(subscription: Mapping[str, Any], written: Written) -> _Request | None:
    """The notification of this write; None where the Subscription does not ask for it."""
    channel = subscription.get("channel") or {}
    if channel.get("type") != "rest-hook" or not _matches(subscription, written):
        return None
    headers = _headers_of(channel)
    endpoint = str(channel.get("endpoint", "")).rstrip("/")
    if written.body is None:
        if not _wants_deletes(channel):
            return None
        return _Request("DELETE", f"{endpoint}/{written.reference}", headers, b"")
    if not channel.get("payload"):
        return _Request("POST", endpoint, headers, b"")
    headers |= {"Content-Type": "application/fhir+json", "If-Match": f'W/"{written.version}"'}
    return _Request("PUT", f"{endpoint}/{written.reference}", headers, written.body)


def _matches(subscription: Mapping[str, Any], written: Written) -> bool:
    type_, _, query = str(subscription.get("criteria", "")).partition("?")
    if type_ != written.type:
        return False
    if written.resource is None:
        return True
    try:
        return matcher(as_lists(parse_qsl(query)))(written.resource)
    except EhrError:
        return False


def _headers_of(channel: Mapping[str, Any]) -> dict[str, str]:
    return dict(_header(line) for line in channel.get("header") or ())


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()


def _wants_deletes(channel: Mapping[str, Any]) -> bool:
    return any(
        one.get("url") == _SEND_DELETES and one.get("valueBoolean") is True
        for one in channel.get("extension") or ()
    )
