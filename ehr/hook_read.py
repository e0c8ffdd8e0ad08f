"""Reads during a hook call: with the caller's own token, within a budget, from known EHRs only.

The one door to the EHR for the web process. Never keeps a token, never follows a redirect or a
page to another server; a read that was not complete says so.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin

import msgspec
import requests

from ehr.errors import EhrError, EhrRefused, EhrUnavailable, ResourceGone
from ehr.exchange import is_below, is_protected, new_session, origin, refuse_failure, send
from ehr.searchset import read_page

_ALLOWED_START = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_MAX_BYTES = 16 * 1024 * 1024
_MAX_KEY_SET_BYTES = 1024 * 1024


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

    @property
    def seconds_left(self) -> float:
        """Of the budget; below zero once it is used up."""
        return self._deadline - time.monotonic()

    def fetch(self, query: str) -> HookAnswer:
        """All that a prefetch query gives, such as `Patient/1` or `Observation?patient=1`.

        A resource that is gone is an empty, complete answer; a search that is not there is none.
        Never raises for what the EHR does.
        """
        what = query.partition("?")[0].partition("/")[0]
        if query[:1] not in _ALLOWED_START:
            return HookAnswer((), False, "a query must be relative to the FHIR server")
        if "?" in query:
            return self._search(f"{self._base}/{query}", what)
        try:
            return HookAnswer((self._get(f"{self._base}/{query}", what),))
        except ResourceGone:
            return HookAnswer()
        except EhrError as error:
            return HookAnswer((), False, str(error))

    def may_follow(self, link: str) -> bool:
        """Whether the address of a further page belongs to this FHIR server."""
        try:
            return is_below(urljoin(f"{self._base}/", link), self._base)
        except EhrRefused:
            return False

    def follow(self, link: str) -> HookAnswer:
        """The page at this address and all after it; for a first page that came by prefetch."""
        return self._search(urljoin(f"{self._base}/", link), "further page")

    def _search(self, url: str, what: str) -> HookAnswer:
        """Every page from this one on; what came before a failure is kept."""
        resources: list[bytes] = []
        visited: set[str] = set()
        following: str | None = url
        try:
            while following is not None:
                if following in visited:
                    raise EhrUnavailable(f"{what}: the pages of the search run in a circle")
                visited.add(following)
                page = read_page(self._get(following, what), what)
                resources.extend(page.resources)
                following = urljoin(following, page.next) if page.next else None
        except EhrError as error:
            return HookAnswer(tuple(resources), False, str(error))
        return HookAnswer(tuple(resources))

    def _get(self, url: str, what: str) -> bytes:
        if not is_below(url, self._base):
            raise EhrRefused(f"{what}: an address outside the FHIR server")
        left = self.seconds_left
        if left <= 0:
            raise EhrUnavailable(f"{what}: the time for reads of this call is used up")
        answer = send(
            _session(),
            "GET",
            url,
            headers=self._headers,
            timeout_seconds=left,
            max_bytes=_MAX_BYTES,
        )
        refuse_failure(answer, what)
        return answer.body


@cache
def _session() -> requests.Session:
    """Shared, so that a call need not shake hands anew; it keeps neither tokens nor cookies."""
    session = new_session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


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
