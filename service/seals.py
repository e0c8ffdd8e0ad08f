"""Short texts that only we can have written, for one purpose and until one moment.

Links of cards, sessions and forms of the admin pages are made of them: signed, not hidden.
"""

import hmac
import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec

from runtime.settings import Secret
from storage.database import Database
from storage.errors import StorageError
from storage.kept_secrets import find_or_make

log = logging.getLogger("service.seals")

_NAME = "pages"
_DIGEST_BYTES = 32


class Forged(Exception):
    """Not written by us, or for another purpose."""


class Expired(Exception):
    """Written by us, and its moment has passed."""


class Seals:
    """Seals and opens. The secrets are the configured ones, else the one kept in the database."""

    def __init__(self, configured: Sequence[Secret], database: Database) -> None:
        self._keys = tuple(one.value.encode() for one in configured)
        self._database = database

    def start(self) -> None:
        """Find or make the kept secret where none is configured; waits for the database.

        Where that is away nothing can be sealed until somebody calls this again.
        """
        if self._keys:
            return
        try:
            with self._database.transaction() as tx:
                self._keys = (find_or_make(tx, _NAME),)
        except StorageError as problem:
            log.warning("no secret for pages", extra={"error_class": type(problem).__name__})

    @property
    def ready(self) -> bool:
        """Whether there is a secret to seal with."""
        return bool(self._keys)

    def seal(self, purpose: str, said: Sequence[str | int], until: float) -> str:
        """A text of URL-safe characters that says this until then (Unix seconds).

        Raises:
            Forged: there is no secret yet (see `ready`).
        """
        if not self._keys:
            raise Forged
        content = msgspec.json.encode([*said, int(until)])
        signature = _signature(self._keys[0], purpose, content)
        return urlsafe_b64encode(signature + content).rstrip(b"=").decode()

    def mark(self, text: str) -> str:
        """A name for a text from which nobody without the secret can find the text by guessing.

        Raises:
            Forged: there is no secret yet (see `ready`).
        """
        if not self._keys:
            raise Forged
        return _signature(self._keys[0], "mark", text.encode()).hex()

    def open(self, purpose: str, text: str, now: float) -> list[Any]:
        """What a sealed text says.

        Raises:
            Forged: not ours, or for another purpose; every secret is always compared.
            Expired: ours, and its moment has passed.
        """
        try:
            raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except (ValueError, NotBase64):
            raise Forged from None
        shown, content = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
        matches = [
            hmac.compare_digest(shown, _signature(key, purpose, content)) for key in self._keys
        ]
        if not any(matches):
            raise Forged
        found: list[Any] = msgspec.json.decode(content)
        *said, until = found
        if now >= until:
            raise Expired
        return said


def _signature(key: bytes, purpose: str, content: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\x00" + content, sha256)
