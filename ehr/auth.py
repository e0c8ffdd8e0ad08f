"""How we prove to an EHR who we are: not at all, or by SMART Backend Services.

Tokens stay in memory and out of every message.
"""

from __future__ import annotations

import threading
import time
import uuid
from typing import Protocol

import jwt
import msgspec

from ehr.errors import EhrError, EhrRefused, EhrUnavailable
from ehr.exchange import Answer, is_protected, new_session, send

ALGORITHMS = ("RS384", "ES384")
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 240
# The error codes of RFC 6749; anything else a server writes may be free text and stays out.
_OAUTH_ERRORS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    }
)


class Authorization(Protocol):
    """What goes into the headers of every request."""

    def headers(self) -> dict[str, str]: ...

    def forget(self) -> bool:
        """After a 401: whether another try with fresh credentials makes sense."""
        ...


class NoAuthorization:
    """An EHR that asks for nothing (tests, demo, a network that guards itself)."""

    def headers(self) -> dict[str, str]:
        return {}

    def forget(self) -> bool:
        return False


class BackendServices(msgspec.Struct, frozen=True):
    """What the EHR's administrator registered for us.

    token_url: empty: read from `{base_url}/.well-known/smart-configuration`.
    private_key: PEM. algorithm: RS384 or ES384.
    """

    base_url: str
    client_id: str
    private_key: str
    key_id: str
    algorithm: str = "RS384"
    scope: str = "system/*.rs"
    token_url: str = ""


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float = 300.0
    scope: str | None = None


class _OAuthError(msgspec.Struct):
    error: str | None = None


class _SmartConfiguration(msgspec.Struct):
    token_endpoint: str


class BackendServicesAuthorization:
    """A bearer token by client assertion, renewed before it ends; one request at a time.

    Source: HL7 SMART App Launch 2.x, Backend Services; private_key_jwt.
    """

    def __init__(self, registered: BackendServices, timeout_seconds: float = 10.0) -> None:
        if registered.algorithm not in ALGORITHMS:
            raise EhrRefused(f"the algorithm must be one of {', '.join(ALGORITHMS)}")
        self._registered = registered
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._token: _Token | None = None
        self._renew_at = 0.0
        self._token_url = registered.token_url
        self._session = new_session()

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._current().access_token}"}

    def forget(self) -> bool:
        with self._lock:
            self._token = None
        return True

    def close(self) -> None:
        self._session.close()

    def missing_scopes(self) -> frozenset[str]:
        """Scopes we asked for and did not get; empty where the server does not say."""
        token = self._current()
        if token.scope is None:
            return frozenset()
        return frozenset(self._registered.scope.split()) - frozenset(token.scope.split())

    def _current(self) -> _Token:
        with self._lock:
            if self._token is None or time.monotonic() >= self._renew_at:
                token = self._request()
                # A fixed margin as long as the token would mean a new one for every call.
                margin = min(60.0, 0.2 * token.expires_in)
                self._renew_at = time.monotonic() + token.expires_in - margin
                self._token = token
            return self._token

    def _request(self) -> _Token:
        token_url = self._token_url or self._discover()
        if not is_protected(token_url):
            raise EhrRefused("the token endpoint must be reached by https")
        form = {
            "grant_type": "client_credentials",
            "scope": self._registered.scope,
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": self._assertion(token_url),
        }
        answer = self._post(token_url, form)
        if answer.status != 200:
            raise _refusal(answer)
        try:
            token = msgspec.json.decode(answer.body, type=_Token, strict=False)
        except (msgspec.MsgspecError, ValueError):
            raise EhrUnavailable("the token endpoint's answer is not a token") from None
        self._token_url = token_url
        return token

    def _post(self, url: str, form: dict[str, str]) -> Answer:
        return send(
            self._session,
            "POST",
            url,
            headers={"Accept": "application/json"},
            body=form,
            timeout_seconds=self._timeout_seconds,
            max_bytes=1_000_000,
        )

    def _discover(self) -> str:
        url = f"{self._registered.base_url.rstrip('/')}/.well-known/smart-configuration"
        answer = send(
            self._session,
            "GET",
            url,
            headers={"Accept": "application/json"},
            timeout_seconds=self._timeout_seconds,
            max_bytes=1_000_000,
        )
        if answer.status >= 500:
            raise EhrUnavailable("the SMART configuration is unavailable", answer.status)
        try:
            return msgspec.json.decode(answer.body, type=_SmartConfiguration).token_endpoint
        except (msgspec.MsgspecError, ValueError):
            message = "the EHR offers no SMART configuration; set the token URL of the connection"
            raise EhrRefused(message, answer.status) from None

    def _assertion(self, token_url: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self._registered.client_id,
            "sub": self._registered.client_id,
            "aud": token_url,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        try:
            return jwt.encode(
                claims,
                self._registered.private_key,
                algorithm=self._registered.algorithm,
                headers={"kid": self._registered.key_id, "typ": "JWT"},
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            message = f"the private key does not fit the algorithm {self._registered.algorithm}"
            raise EhrRefused(message) from None


def _refusal(answer: Answer) -> EhrError:
    if answer.status == 429 or answer.status >= 500:
        return EhrUnavailable("the token endpoint is unavailable", answer.status)
    try:
        code = msgspec.json.decode(answer.body, type=_OAuthError).error
    except (msgspec.MsgspecError, ValueError):
        code = None
    named = code if code in _OAUTH_ERRORS else f"HTTP {answer.status}"
    return EhrRefused(f"the token endpoint refused our client assertion ({named})", answer.status)
