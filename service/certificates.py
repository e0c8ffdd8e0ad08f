"""The TLS certificate that a client showed to a proxy of ours, as the proxy passes it on.

The header counts from trusted proxies only: from anybody else it is taken away before any route
sees the request, so that whoever reads it later need not ask where it came from.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from ipaddress import ip_address, ip_network
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

_HEX = re.compile(r"(?:sha256=)?([0-9a-f]{64})")
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_BINARY = re.compile(r":([A-Za-z0-9+/=]+):")
_LONGEST = 16_384


class CertificateFromProxy:
    """Drops the header unless a trusted proxy sent it, once."""

    def __init__(self, app: ASGIApp, header: str, proxies: Sequence[str]) -> None:
        self._app = app
        self._header = header.lower().encode("ascii")
        self._networks = [ip_network(one) for one in proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, its header kept or dropped."""
        if scope["type"] == "http":
            given = [one for one in scope["headers"] if one[0].lower() == self._header]
            # Twice means that the caller sent one too, which the proxy did not take away.
            if given and not (len(given) == 1 and self._is_trusted(scope)):
                kept = [one for one in scope["headers"] if one[0].lower() != self._header]
                scope = {**scope, "headers": kept}
        await self._app(scope, receive, send)

    def _is_trusted(self, scope: Scope) -> bool:
        """By the address of the connection itself, never by what a header says of it."""
        client = scope.get("client")
        try:
            address = ip_address(client[0]) if client else None
        except ValueError:
            return False
        if address is None:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._networks)


def fingerprint_of(headers: Mapping[str, str], header: str) -> str | None:
    """SHA-256 of the client's certificate in lower-case hex; None without a readable one.

    Forms: RFC 9440 (`:base64 of DER:`), PEM in URL encoding (nginx), and the fingerprint itself in
    hex, with or without colons (HAProxy).
    """
    text = headers.get(header, "").strip() if header else ""
    if not text or len(text) > _LONGEST:
        return None
    whole = _HEX.fullmatch(text.lower().replace(":", ""))
    if whole is not None:
        return whole[1]
    found = _BINARY.fullmatch(text) or _PEM.fullmatch(unquote(text).strip())
    return None if found is None else _digest(found[1])


def _digest(encoded: str) -> str | None:
    try:
        return sha256(base64.b64decode("".join(encoded.split()), validate=True)).hexdigest()
    except (binascii.Error, ValueError):
        return None
