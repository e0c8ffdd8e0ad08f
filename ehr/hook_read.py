"""Reads during a hook call: with the caller's own token, within a budget, from known EHRs only.

The one door to the EHR for the web process. Never keeps a token, never follows a redirect or a
page to another server; a read that was not complete says so.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin

import msgspec

from ehr.errors import EhrError, EhrRefused, EhrUnavailable, ResourceGone
from ehr.exchange import is_below, is_protected, new_session, origin, refuse_failure, send
from ehr.searchset import read_page

_ALLOWED_START = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_MAX_BYTES = 16 * 1024 * 1024
_MAX_KEY_SET_BYTES = 1024 * 1024
_READERS = 4


class HookAnswer(msgspec.Struct, frozen=True):
    """The resources one query gave.

    complete: every page was read. `failure` says why not, without a value; resources that came
    before it are kept, but never prove an absence.
    """

    resources: tuple[bytes, ...] = ()
    complete: bool = True
    failure: str | None = None


class HookRead:
    """The EHR named in a hook call, for as long as the call may take.

    Args:
        fhir_server: the base URL the caller gave; counts only if it is one of `allowed`.
        allowed: base URLs of the configured connections that this caller is trusted for.
        budget_seconds: for all reads together.

    Raises:
        EhrRefused: an unknown server, or a token that would travel unprotected.
    """

    def __init__(
        self,
        fhir_server: str,
        allowed: Sequence[str],
        token: str | None,
        budget_seconds: float,
    ) -> None:
        known = [base for base in allowed if _same_base(fhir_server, base)]
        if not known:
            raise EhrRefused("fhirServer is not a configured connection of this CDS client")
        # The address from our own settings is used, not the one that came in.
        self._base = known[0].rstrip("/")
        if token and not is_protected(self._base):
            raise EhrRefused("a token is only sent by https")
        self._headers = {"Cache-Control": "no-cache"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._deadline = time.monotonic() + budget_seconds

    def fetch(self, query: str) -> HookAnswer:
        """All that a prefetch query gives, such as `Patient/1` or `Observation?patient=1`.

        A resource that is gone is an empty, complete answer. Never raises for what the EHR does.
        """
        resources: list[bytes] = []
        try:
            self._pages(query, resources)
        except ResourceGone:
            return HookAnswer()
        except EhrError as error:
            return HookAnswer(tuple(resources), False, str(error))
        return HookAnswer(tuple(resources))

    def fetch_all(self, queries: Mapping[str, str]) -> dict[str, HookAnswer]:
        """Each key's answer; the queries run side by side under the one budget."""
        if not queries:
            return {}
        with ThreadPoolExecutor(min(_READERS, len(queries))) as readers:
            return dict(zip(queries, readers.map(self.fetch, queries.values()), strict=True))

    def _pages(self, query: str, resources: list[bytes]) -> None:
        if query[:1] not in _ALLOWED_START:
            raise EhrRefused("a query must be relative to the FHIR server")
        what = query.partition("?")[0].partition("/")[0]
        url: str | None = f"{self._base}/{query}"
        visited: set[str] = set()
        with new_session() as session:
            while url is not None:
                if url in visited:
                    raise EhrUnavailable(f"{what}: the pages of the search run in a circle")
                visited.add(url)
                if not is_below(url, self._base):
                    raise EhrRefused(f"{what}: an address outside the FHIR server")
                answer = send(
                    session,
                    "GET",
                    url,
                    headers=self._headers,
                    timeout_seconds=self._left(what),
                    max_bytes=_MAX_BYTES,
                )
                refuse_failure(answer, what)
                if "?" not in query:
                    resources.append(answer.body)
                    return
                page = read_page(answer.body, what)
                resources.extend(page.resources)
                url = urljoin(url, page.next) if page.next else None

    def _left(self, what: str) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise EhrUnavailable(f"{what}: the time for reads of this call is used up")
        return left


def fetch_key_set(url: str, timeout_seconds: float) -> bytes:
    """What the configured address of a CDS client's keys gives; no redirect is followed.

    Raises:
        EhrRefused, ResourceGone, EhrUnavailable: as reads of the EHR do.
    """
    if not is_protected(url):
        raise EhrRefused("keys are only read by https")
    with new_session() as session:
        answer = send(
            session,
            "GET",
            url,
            headers={"Accept": "application/jwk-set+json, application/json"},
            timeout_seconds=timeout_seconds,
            max_bytes=_MAX_KEY_SET_BYTES,
        )
    refuse_failure(answer, "the key set")
    return answer.body


def _same_base(one: str, other: str) -> bool:
    try:
        same_origin = origin(one) == origin(other)
    except EhrRefused:
        return False
    return same_origin and is_below(one.rstrip("/"), other) and is_below(other.rstrip("/"), one)
