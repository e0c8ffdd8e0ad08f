"""Reading request bodies: capped while they stream in, decoded with the failing field named."""

import re
import zlib
from typing import TypeVar

import msgspec
from starlette.requests import Request

from service.errors import Malformed, TooLarge

Decoded = TypeVar("Decoded")

# FHIR has some 120 bytes to each object. A body of nothing but braces takes a hundred times its
# own size to decode; one of a megabyte still fits, whatever is in it.
MOST_OBJECTS = 300_000
_SMALL = 1_000_000

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_GZIP = 16 + zlib.MAX_WBITS
_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<name>[^`]+)`")


async def read_body(request: Request, cap: int) -> bytes:
    """The whole body.

    Raises:
        TooLarge: more than `cap` bytes were announced or came in, and the rest is not read; or it
            holds more than `MOST_OBJECTS` objects and lists.
    """
    announced = request.headers.get("content-length")
    if announced is not None and announced.isdecimal() and int(announced) > cap:
        raise TooLarge(f"The body is larger than {cap} bytes.")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > cap:
            raise TooLarge(f"The body is larger than {cap} bytes.")
        parts.append(part)
    body = parts[0] if len(parts) == 1 else b"".join(parts)
    if size > _SMALL and body.count(b"{") + body.count(b"[") > MOST_OBJECTS:
        raise TooLarge(f"The body holds more than {MOST_OBJECTS} objects and lists.")
    return body


def unpacked(body: bytes, encoding: str | None, cap: int) -> bytes:
    """The body as its sender meant it; one in an encoding that is not gzip stays as it came.

    Raises:
        TooLarge: it would be more than `cap` bytes.
    """
    if (encoding or "").strip().lower() not in ("gzip", "x-gzip"):
        return body
    unpacking = zlib.decompressobj(_GZIP)
    try:
        found = unpacking.decompress(body, cap + 1)
    except zlib.error:
        return body
    if len(found) > cap:
        raise TooLarge(f"The body is larger than {cap} bytes.")
    return found if unpacking.eof else body


def decode(decoder: msgspec.json.Decoder[Decoded], body: bytes) -> Decoded:
    """The body as the decoder's type.

    Raises:
        Malformed: not JSON, or a field is missing or of another type; the field is named, its
            value is not.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as problem:
        field = _field(str(problem))
        raise Malformed(f"The field {field} is missing or not readable.", field=field) from None
    except UNREADABLE:
        raise Malformed("The body is not JSON.") from None


def check_text(text: str, field: str) -> None:
    """Refuse what no database holds as text.

    Raises:
        Malformed: the character NUL is in it; the field is named.
    """
    if "\0" in text:
        raise Malformed(f"The field {field} holds the character NUL.", field=field)


def _field(message: str) -> str:
    path = _PATH.search(message)
    missing = _MISSING.search(message)
    words = [path["path"] if path else "", missing["name"] if missing else ""]
    return ".".join(word for word in words if word) or "(the whole body)"
