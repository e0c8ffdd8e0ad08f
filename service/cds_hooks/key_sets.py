"""The public keys of a CDS client: from its file or its one configured address, as they rotate.

Never from an address that a token names. Loaded only where a client is configured.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jwt
import msgspec
from starlette.concurrency import run_in_threadpool

from ehr.errors import EhrError
from ehr.hook_read import fetch_key_set
from runtime.settings import CdsClientSettings

log = logging.getLogger("service.callers")

FRESH_SECONDS = 600.0
KEPT_SECONDS = 86_400.0
PAUSE_SECONDS = 30.0
TIMEOUT_SECONDS = 5.0

_SHORTEST_RSA_BITS = 2048
_PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e")
_PRIVATE_MEMBERS = frozenset({"d", "k", "p", "q", "dp", "dq", "qi"})
_RSA = ("RS384", "RS256")
_BY_CURVE = {"P-256": ("ES256",), "P-384": ("ES384",), "Ed25519": ("EdDSA",)}


class Key(NamedTuple):
    """One public key, and the algorithms that it fits."""

    id: str
    algorithms: tuple[str, ...]
    public: Any


class KeysUnavailable(Exception):
    """No keys of this client can be had now; the message says why, for operators."""


def read_keys(content: bytes) -> dict[str, Key]:
    """The usable signature keys by their id; what is not usable is left out.

    A JWKS (RFC 7517), a single JWK, or the list of `{"pem": JWK, "id": ...}` that the CRD
    reference client serves. Symmetric and private keys, keys without an id, keys for encryption
    and RSA keys under 2048 bits are not usable.

    Raises:
        KeysUnavailable: no JSON of that kind, or no usable key in it.
    """
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise KeysUnavailable("what is there is not JSON") from None
    keys: dict[str, Key] = {}
    for entry in _entries(found):
        key = _key(entry) if isinstance(entry, dict) else None
        if key is not None:
            keys.setdefault(key.id, key)
    if not keys:
        raise KeysUnavailable("there is no usable public key in it")
    return keys


def _entries(found: Any) -> list[Any]:
    if isinstance(found, list):
        wrapped = [
            one for one in found if isinstance(one, dict) and isinstance(one.get("pem"), dict)
        ]
        return [{"kid": one.get("id"), **one["pem"]} for one in wrapped]
    if not isinstance(found, dict):
        return []
    listed = found.get("keys", [found])
    return listed if isinstance(listed, list) else []


def _key(entry: Mapping[str, Any]) -> Key | None:
    fitting = _RSA if entry.get("kty") == "RSA" else _BY_CURVE.get(str(entry.get("crv")), ())
    public = _public(entry, fitting[0]) if fitting and _is_for_signatures(entry) else None
    if public is None or (fitting is _RSA and public.key_size < _SHORTEST_RSA_BITS):
        return None
    named = entry.get("alg")
    return Key(entry["kid"], tuple(one for one in fitting if named in (None, one)), public)


def _is_for_signatures(entry: Mapping[str, Any]) -> bool:
    """Named, not for encryption, and without a private part, which would be everybody's."""
    kid = entry.get("kid")
    named = isinstance(kid, str) and bool(kid)
    return named and entry.get("use", "sig") == "sig" and _PRIVATE_MEMBERS.isdisjoint(entry)


def _public(entry: Mapping[str, Any], algorithm: str) -> Any | None:
    public_part = {name: entry[name] for name in _PUBLIC_MEMBERS if name in entry}
    try:
        return jwt.PyJWK(public_part, algorithm=algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None


class KeySet:
    """The keys of one client. Used from one event loop; reading them never blocks it.

    Once started they are read again every ten minutes, called or not, so that a withdrawn key
    ends; and at once for a key id that is not known, at most every 30 seconds. While their source
    is away those known count for a day.
    """

    def __init__(
        self,
        client: CdsClientSettings,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        fresh_seconds: float = FRESH_SECONDS,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self._client = client
        self._monotonic = monotonic
        self._fresh_seconds = fresh_seconds
        self._pause_seconds = pause_seconds
        self._keys: dict[str, Key] = {}
        self._read_at = -KEPT_SECONDS
        self._tried_at = -KEPT_SECONDS
        self._problem: str | None = None
        self._lock = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> Key | None:
        """The key of that id; None where the client has none.

        Raises:
            KeysUnavailable: the key is not known, and the last attempt to read keys failed.
        """
        if kid not in self._keys or self._monotonic() - self._read_at > KEPT_SECONDS:
            await self.renew(unless=kid)
            if self._problem is not None:
                raise KeysUnavailable(self._problem)
        return self._keys.get(kid)

    def start(self) -> None:
        """Begin to read, beside the calls, until `close`."""
        self._renewal = asyncio.create_task(self._keep_fresh())

    async def close(self) -> None:
        """Stop reading."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)

    async def renew(self, unless: str | None = None) -> None:
        """Read the keys; for a key `unless`, only if none just did so and no reading brought it.

        A reading by the clock alone holds back nobody who looks for a new key.
        """
        async with self._lock:
            now = self._monotonic()
            if unless is not None:
                brought = unless in self._keys and now - self._read_at < self._fresh_seconds
                if brought or now - self._tried_at < self._pause_seconds:
                    return
                self._tried_at = now
            try:
                self._keys = await run_in_threadpool(keys_of, self._client)
                self._read_at, self._problem = self._monotonic(), None
            except KeysUnavailable as problem:
                self._problem = str(problem)
                log.error(
                    "keys of a CDS client cannot be read", extra={"issuer": self._client.issuer}
                )

    async def _keep_fresh(self) -> None:
        while True:
            await self.renew()
            await asyncio.sleep(
                self._fresh_seconds if self._problem is None else self._pause_seconds + 1
            )


def keys_of(client: CdsClientSettings) -> dict[str, Key]:
    """The client's keys as its file or address gives them now; blocks.

    Raises:
        KeysUnavailable: they cannot be read.
    """
    if client.jwks_url:
        try:
            return read_keys(fetch_key_set(client.jwks_url, TIMEOUT_SECONDS))
        except EhrError as problem:
            raise KeysUnavailable(str(problem)) from None
    try:
        return read_keys(Path(client.jwks_file).read_bytes())
    except OSError as problem:
        raise KeysUnavailable(f"the file cannot be read ({problem.strerror})") from None
