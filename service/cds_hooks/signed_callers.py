"""Callers who sign in with a JSON Web Token, a TLS certificate or both, as our settings say.

Order of the checks: issuer, audience, times, tenant, certificate, signature, used before or not. A
refused caller learns nothing but 401; the class of the reason is counted and logged, the token
never. Loaded only where a client is configured.
"""

import asyncio
import base64
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import jwt
import msgspec

from runtime.errors import BrokerAway
from runtime.metrics import Metrics
from runtime.settings import CdsClientSettings, Settings
from service.callers import Verified
from service.cds_hooks.client_auth import OPEN_CLIENT
from service.cds_hooks.key_sets import Key, KeySet, KeysUnavailable
from service.cds_hooks.replays import Replays
from service.certificates import fingerprint_of
from service.errors import Unauthenticated, Unavailable
from service.open_access import is_open_to
from service.parts import Clock
from storage.errors import StorageUnavailable

log = logging.getLogger("service.callers")

LEEWAY_SECONDS = 60.0
LONGEST_TOKEN = 8192
# Symmetric ones and "none" are not among them and cannot be configured.
ALGORITHMS = ("ES256", "ES384", "RS256", "RS384", "EdDSA")


class _Head(msgspec.Struct):
    alg: str
    kid: str
    typ: str
    jku: str | None = None


class _Claims(msgspec.Struct):
    iss: str
    aud: str | list[str]
    exp: float
    iat: float
    jti: str
    nbf: float | None = None
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    head: _Head
    claims: _Claims
    text: str

    def digest(self) -> str:
        """Of what makes it the one token: issuer, tenant and its id, which may be any text."""
        claims = self.claims
        content = repr((claims.iss, claims.tenant, claims.jti)).encode()
        return blake2b(content, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class _Client:
    """One client as it is trusted for one connection; its keys may serve several.

    Without keys it is known by its certificate alone.
    """

    connection: str
    settings: CdsClientSettings
    keys: KeySet | None


_HEAD = msgspec.json.Decoder(_Head)
_CLAIMS = msgspec.json.Decoder(_Claims)


class SignedCallers:
    """Verifies callers. `start` and `close` belong to the application's lifespan.

    A connection with clients is spoken for by them alone, whatever else is open; a caller without
    a token may speak, where access is open, for the connections that have no client.
    """

    def __init__(
        self, settings: Settings, replays: Replays, metrics: Metrics, clock: Clock
    ) -> None:
        self._public_url = settings.public_url.rstrip("/")
        self._replays = replays
        self._metrics = metrics
        self._clock = clock
        self._jws = jwt.PyJWS(algorithms=ALGORITHMS)
        names = settings.connections.items()
        self._unsigned = tuple(name for name, one in names if not one.cds_clients)
        self._settings = settings
        self._clients = _clients(settings)

    async def start(self) -> None:
        """Begin to read the keys, so that no call has to wait for them."""
        for keys in self._key_sets():
            keys.start()

    async def close(self) -> None:
        """Stop reading keys and let go of the store of used tokens."""
        await asyncio.gather(*(keys.close() for keys in self._key_sets()))
        await self._replays.close()

    async def verify(self, headers: Mapping[str, str], service: str) -> Verified:
        """The client who signed this request for one of our services, and what it speaks for.

        Raises:
            Unauthenticated: no token, or one that does not hold.
            Unavailable: the client's keys, or the store of used tokens, cannot be read now.
        """
        authorization = headers.get("authorization", "")
        shown = fingerprint_of(headers, self._settings.certificate_header)
        if not authorization:
            known = self._known_by(shown)
            if known is not None:
                self._metrics.count("nelm_hook_callers_total", outcome="verified by certificate")
                return known
            if self._unsigned and is_open_to(self._settings, headers):
                return Verified(OPEN_CLIENT, self._unsigned)
        issuer = None
        try:
            token = _read(authorization)
            issuer = token.claims.iss
            return await self._speaker(token, service, shown)
        except Unauthenticated as refusal:
            reason = refusal.diagnostics
            self._metrics.count("nelm_hook_callers_total", outcome=reason)
            log.warning("hook caller refused",
                        extra={"reason": reason.replace(" ", "-"), "issuer": issuer})  # fmt: skip
            raise

    def _known_by(self, shown: str | None) -> Verified | None:
        """Who is known by that certificate alone, if anybody is."""
        alone = [one for one in self._clients if one.keys is None]
        fitting = [one for one in alone if shown is not None and _has_certificate(one, shown)]
        if not fitting:
            return None
        named = dict.fromkeys(one.settings.issuer for one in fitting)
        return Verified(next(iter(named)), tuple(dict.fromkeys(one.connection for one in fitting)))

    async def _speaker(self, token: _Token, service: str, shown: str | None) -> Verified:
        now = self._clock().timestamp()
        candidates = [
            one for one in self._clients if one.keys and one.settings.issuer == token.claims.iss
        ]
        _insist(bool(candidates), "issuer")
        self._check_audience(token.claims, service)
        _check_times(token.claims, now)
        candidates = _of_tenant(candidates, token.claims)
        candidates = [one for one in candidates if _has_certificate(one, shown)]
        _insist(bool(candidates), "certificate")
        trusted = await self._signed(candidates, token)
        await self._use_once(token, now)
        self._metrics.count("nelm_hook_callers_total", outcome="verified")
        return Verified(token.claims.iss, tuple(dict.fromkeys(one.connection for one in trusted)))

    def _check_audience(self, claims: _Claims, service: str) -> None:
        """Against our configured address, never the Host header; three forms are in use."""
        discovery = f"{self._public_url}/cds-services"
        ours = {discovery, f"{discovery}/{service}", f"{discovery}/{service}/feedback"}
        named = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        _insist(not ours.isdisjoint(named), "audience")

    async def _signed(self, candidates: Sequence[_Client], token: _Token) -> list[_Client]:
        """Those whose key made the signature; several connections may trust one client."""
        head = token.head
        allowed = [one for one in candidates if head.alg in one.settings.algorithms]
        _insist(bool(allowed), "algorithm")
        # The address in a token is only ever compared: fetching it would be the caller's choice.
        allowed = [one for one in allowed if _is_its_address(one.settings, head.jku)]
        _insist(bool(allowed), "key address")
        found = await self._named_keys(allowed, head.kid)
        fitting = [(one, key) for one, key in found if key and head.alg in key.algorithms]
        _insist(bool(fitting), "key")
        keys = {id(key): key for _, key in fitting}
        proven = {place: self._is_signature(key, token) for place, key in keys.items()}
        trusted = [one for one, key in fitting if proven[id(key)]]
        _insist(bool(trusted), "signature")
        return trusted

    async def _named_keys(
        self, clients: Sequence[_Client], kid: str
    ) -> list[tuple[_Client, Key | None]]:
        """Each client with its key of that id, None where it has none."""
        try:
            return [(one, await one.keys.key(kid)) for one in clients if one.keys is not None]
        except KeysUnavailable:
            self._metrics.count("nelm_hook_callers_total", outcome="keys unavailable")
            raise Unavailable("The caller cannot be verified now.") from None

    def _is_signature(self, key: Key, token: _Token) -> bool:
        """About 0.1 ms (RSA) or 0.5 ms (P-384): too short to be worth a thread."""
        try:
            self._jws.decode_complete(token.text, key.public, algorithms=[token.head.alg])
        except jwt.PyJWTError:
            return False
        return True

    async def _use_once(self, token: _Token, now: float) -> None:
        until = token.claims.exp + LEEWAY_SECONDS
        try:
            first = await self._replays.first_use(token.digest(), until, now)
        except (BrokerAway, StorageUnavailable) as problem:
            log.error("used tokens cannot be looked up; callers are turned away",
                      extra={"error_class": type(problem).__name__})  # fmt: skip
            self._metrics.count("nelm_hook_callers_total", outcome="replays unavailable")
            raise Unavailable("The caller cannot be verified now.") from None
        _insist(first, "used before")

    def _key_sets(self) -> list[KeySet]:
        return list({id(one.keys): one.keys for one in self._clients if one.keys}.values())


def _insist(holds: bool, reason: str) -> None:
    if not holds:
        raise Unauthenticated(reason)


def _read(authorization: str) -> _Token:
    """The parts of the token, of which nothing is proven yet."""
    scheme, _, text = authorization.partition(" ")
    text = text.strip()
    _insist(scheme.lower() == "bearer" and bool(text), "no token")
    pieces = text.split(".")
    _insist(len(text) <= LONGEST_TOKEN and len(pieces) == 3, "malformed")
    try:
        head = _HEAD.decode(_decoded(pieces[0]))
        claims = _CLAIMS.decode(_decoded(pieces[1]))
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Unauthenticated("malformed") from None
    _insist(head.typ.upper() == "JWT" and bool(head.kid) and bool(claims.jti), "malformed")
    return _Token(head, claims, text)


def _check_times(claims: _Claims, now: float) -> None:
    _insist(now <= claims.exp + LEEWAY_SECONDS, "expired")
    begins = max(claims.iat, claims.iat if claims.nbf is None else claims.nbf)
    _insist(begins <= now + LEEWAY_SECONDS, "not yet valid")
    _insist(claims.iat < claims.exp, "malformed")


def _of_tenant(candidates: Sequence[_Client], claims: _Claims) -> list[_Client]:
    """Those of this tenant whose tokens may live so long; no tenant is a tenant of its own."""
    tenant = claims.tenant or ""
    fitting = [one for one in candidates if one.settings.tenant == tenant]
    _insist(bool(fitting), "tenant")
    life = claims.exp - claims.iat
    fitting = [one for one in fitting if life <= one.settings.max_token_seconds]
    _insist(bool(fitting), "lives too long")
    return fitting


def _has_certificate(client: _Client, shown: str | None) -> bool:
    """Whether the certificate shown is one of the client's, or the client needs none."""
    return not client.settings.certificates or shown in client.settings.certificates


def _clients(settings: Settings) -> list[_Client]:
    """Every client of every connection; those with the same source of keys share them."""
    sets: dict[tuple[str, str], KeySet] = {}
    found = []
    for name, connection in settings.connections.items():
        for client in connection.cds_clients:
            source = (client.jwks_file, client.jwks_url)
            keys = sets.setdefault(source, KeySet(client)) if any(source) else None
            found.append(_Client(name, client, keys))
    return found


def _is_its_address(client: CdsClientSettings, jku: str | None) -> bool:
    """Whether the address of keys that a token names is the configured one, if it names any."""
    return jku is None or not client.jwks_url or jku == client.jwks_url


def _decoded(piece: str) -> bytes:
    """The base64url of a token's piece.

    Raises ValueError: it is none.
    """
    padded = piece.encode("ascii") + b"=" * (-len(piece) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)
