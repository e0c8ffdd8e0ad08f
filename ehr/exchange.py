"""One HTTP request to an EHR and its whole answer, within time and size; follows no redirect.

Everything that leaves for an EHR goes through here; errors name the method and the host only.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

import msgspec
import requests
import requests.adapters
import requests.auth
import urllib3.exceptions

from ehr.errors import EhrConflict, EhrRefused, EhrUnavailable, ResourceGone

FHIR_JSON = "application/fhir+json"
_MOST_CONNECTIONS = 64
MAX_ANSWER_BYTES = 64 * 1024 * 1024
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
# What ends a request that the server took: a time-out of the answer, a torn one.
_BEGUN = (
    requests.ReadTimeout,
    urllib3.exceptions.ReadTimeoutError,
    urllib3.exceptions.ProtocolError,
)
# What a server or a gateway says of itself, not of what was asked.
_AWAY = frozenset({429, 503})


class Answer(msgspec.Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    body: bytes


class _KeepHeaders(requests.auth.AuthBase):
    """Stops requests from putting a .netrc password in the place of our token."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def new_session() -> requests.Session:
    session = requests.Session()
    # As many connections as a worker has reading threads, or each spare one is thrown away.
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=_MOST_CONNECTIONS)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.auth = _KeepHeaders()
    session.headers.update({"Accept": FHIR_JSON, "User-Agent": "nelm-cds"})
    return session


def send(
    session: requests.Session,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | Mapping[str, str] | None = None,
    timeout_seconds: float,
    max_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    """The complete answer, whatever its status.

    Raises:
        EhrUnavailable: no connection, no complete answer within `timeout_seconds`.
        EhrRefused: the answer is larger than `max_bytes`.
    """
    deadline = time.monotonic() + timeout_seconds
    place = f"{method} to {urlsplit(url).hostname}"
    try:
        with session.request(
            method,
            url,
            headers=dict(headers),
            data=body,
            timeout=timeout_seconds,
            allow_redirects=False,
            stream=True,
        ) as response:
            received = _whole_body(response, deadline, max_bytes, place)
            return Answer(response.status_code, response.headers, received)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        # `from None`: the original message would carry the URL, and with it a patient id.
        message = f"{place}: no complete answer ({type(error).__name__})"
        raise EhrUnavailable(message, perhaps_alone=isinstance(error, _BEGUN)) from None


def _whole_body(response: requests.Response, deadline: float, max_bytes: int, place: str) -> bytes:
    chunks: list[bytes] = []
    size = 0
    # One reading of the socket at a time: a server that drips would else outlast any deadline.
    while chunk := response.raw.read1(65536, decode_content=True):
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            raise EhrRefused(f"{place}: the answer is larger than {max_bytes} bytes")
        if time.monotonic() > deadline:
            raise EhrUnavailable(f"{place}: the answer took too long", perhaps_alone=True)
    return b"".join(chunks)


def refuse_failure(answer: Answer, what: str) -> None:
    """Nothing for 2xx, else the error of the tree. `what` is a resource type or a purpose."""
    status = answer.status
    if 200 <= status < 300:
        return
    if status == 410 or (status == 404 and _is_outcome(answer.body)):
        raise ResourceGone(f"{what}: the EHR has none (HTTP {status})", status)
    if status in (409, 412):
        raise EhrConflict(f"{what}: changed meanwhile or not unique (HTTP {status})", status)
    # A 404 that is not FHIR is the word of a gateway, a redirect that of its sign-in page: neither
    # says anything about the resource.
    if status in (404, 408, 425, 429) or status >= 500 or 300 <= status < 400:
        raise EhrUnavailable(
            f"{what}: the EHR is unavailable (HTTP {status})",
            status,
            retry_after_seconds(answer.headers.get("Retry-After")),
            perhaps_alone=status not in _AWAY,
        )
    raise EhrRefused(f"{what}: the EHR refused (HTTP {status})", status)


class _Kind(msgspec.Struct):
    resourceType: str


def _is_outcome(body: bytes) -> bool:
    try:
        return msgspec.json.decode(body, type=_Kind).resourceType == "OperationOutcome"
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False


def retry_after_seconds(header: str | None) -> float | None:
    """Seconds to wait, from seconds or an HTTP date; None if not said or not readable."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


# --- Whose address it is -------------------------------------------------------------------------


def origin(url: str) -> tuple[str, str, int | None]:
    """(scheme, host, port) with the default port filled in, to compare two addresses by.

    Raises:
        EhrRefused: the address has no http(s) scheme, no host, or carries a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise EhrRefused("an address of the EHR is not a URL") from None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not parts.hostname or parts.username or parts.password:
        raise EhrRefused("an address of the EHR is not a plain http(s) URL")
    return scheme, parts.hostname.lower(), port or _DEFAULT_PORTS[scheme]


def is_protected(url: str) -> bool:
    """https, or a loopback address (tests, demo): fit to carry a token."""
    scheme, host, _ = origin(url)
    return scheme == "https" or host in _LOOPBACK


def is_below(url: str, base: str) -> bool:
    """The address belongs to the server at `base`: same origin and below its path.

    Nothing in it climbs up again, however it is written: servers read %2e as a dot.
    """
    path, base_path = urlsplit(url).path, urlsplit(base).path.rstrip("/")
    below = path == base_path or path.startswith(base_path + "/")
    return origin(url) == origin(base) and below and not _climbs(path)


def _climbs(path: str) -> bool:
    plain = unquote(unquote(path))
    steps = [step.partition(";")[0].strip() for step in plain.replace("\\", "/").split("/")]
    return "\\" in plain or not plain.isprintable() or not {".", ".."}.isdisjoint(steps)
