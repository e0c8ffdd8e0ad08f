"""FHIR files as changes: a resource, a Bundle of them, or NDJSON with one resource a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from fhir_mappings.notification_changes import Change, Problem, Unreadable, upsert
from fhir_mappings.resource_types import RESOURCE_TYPES


class _Head(msgspec.Struct):
    resourceType: str = ""
    id: str = ""


class _Entry(msgspec.Struct):
    fullUrl: str = ""
    resource: msgspec.Raw = msgspec.Raw()


class _Link(msgspec.Struct):
    relation: str = ""


class _Bundle(msgspec.Struct):
    resourceType: str
    entry: list[_Entry] = []
    link: list[_Link] = []


_BEGINS = re.compile(rb"\s*\{")
NO_RESOURCE = "no FHIR resource in it"
NO_FHIR = "JSON, but no FHIR resource"
MORE_PAGES = "one page of a search that has more (link next): save and load the others too"


def read_changes(data: bytes) -> Iterator[Change | Problem]:
    """Every resource of a file as a change with its body; what cannot be read as a problem.

    A problem names the line, where the file has several. A file without any resource is one.
    """
    found = 0
    for line, document in _documents(data.removeprefix(b"\xef\xbb\xbf")):
        where = f"line {line}: " if line else ""
        for item in _items(document):
            found += 1
            yield Problem(where + item.reason, item.raw) if isinstance(item, Problem) else item
    if not found:
        yield Problem(NO_RESOURCE, data)


def _items(document: bytes) -> Iterator[Change | Problem]:
    try:
        bundle = msgspec.json.decode(document, type=_Bundle)
    except msgspec.ValidationError:
        yield Problem(NO_FHIR, document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield Problem("not JSON", document)
    else:
        if bundle.resourceType == "Bundle":
            yield from _entries(bundle)
            if any(link.relation == "next" for link in bundle.link):
                yield Problem(MORE_PAGES, document)
        else:
            yield _change(document)


def _documents(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The whole file as line 0, or its numbered lines where each begins an object of its own."""
    lines = [(place, line) for place, line in enumerate(data.splitlines(), 1) if line.strip()]
    begun = len(lines) > 1 and all(map(_BEGINS.match, (line for _, line in lines[:2])))
    # a Bundle may be written with one entry a line
    if begun and not _is_one(data):
        yield from lines
    elif lines:
        yield 0, data


def _is_one(data: bytes) -> bool:
    """Whether all of it is one JSON document."""
    try:
        msgspec.json.decode(data, type=_Head)
    except msgspec.ValidationError:
        return True
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _entries(bundle: _Bundle) -> Iterator[Change | Problem]:
    """The Bundle's resources; references by `urn:uuid` become those of the resources they name."""
    names = _names(bundle)
    for entry in bundle.entry:
        body = bytes(entry.resource)
        if not body:
            continue
        if b'"urn:' in body:
            for full_url, reference in names.items():
                body = body.replace(full_url, reference)
        yield _change(body)


def _names(bundle: _Bundle) -> dict[bytes, bytes]:
    names = {}
    for entry in bundle.entry:
        if not entry.fullUrl.startswith("urn:") or not bytes(entry.resource):
            continue
        head = _head(bytes(entry.resource))
        # everything refers to its patient; other references decide nothing here
        if head.resourceType == "Patient" and head.id:
            names[f'"{entry.fullUrl}"'.encode()] = f'"Patient/{head.id}"'.encode()
    return names


def _head(body: bytes) -> _Head:
    try:
        return msgspec.json.decode(body, type=_Head)
    except msgspec.DecodeError:
        return _Head()


def _change(body: bytes) -> Change | Problem:
    try:
        change = upsert(body)
    except Unreadable as reason:
        return Problem(str(reason), body)
    if change.type not in RESOURCE_TYPES:
        return Problem("a resourceType that FHIR does not have", body)
    return change
