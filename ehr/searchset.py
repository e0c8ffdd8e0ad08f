"""One page of a search: its resources as sent, and where the next page is."""

from __future__ import annotations

import msgspec

from ehr.errors import EhrUnavailable


class Page(msgspec.Struct, frozen=True):
    resources: tuple[bytes, ...]
    next: str | None


class _Search(msgspec.Struct):
    mode: str | None = None


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw(b"null")
    search: _Search | None = None


class _Link(msgspec.Struct):
    relation: str | None = None
    url: str | None = None


class _Bundle(msgspec.Struct):
    resourceType: str
    entry: list[_Entry] | None = None
    link: list[_Link] | None = None


class _Issue(msgspec.Struct):
    severity: str | None = None


class _Peek(msgspec.Struct):
    resourceType: str | None = None
    issue: list[_Issue] | None = None


_BUNDLE = msgspec.json.Decoder(_Bundle)
_PEEK = msgspec.json.Decoder(_Peek)
_FAILED = frozenset({"error", "fatal"})


def read_page(body: bytes, what: str) -> Page:
    """The page in a searchset Bundle. A warning (Epic: nothing found) is no resource.

    Raises:
        EhrUnavailable: no Bundle, or the server says that a part failed: the page is incomplete.
    """
    bundle = _bundle(body)
    if bundle is None:
        raise EhrUnavailable(f"{what}: the search's answer is not a Bundle", perhaps_alone=True)
    resources = tuple(bytes(entry.resource) for entry in bundle.entry or [] if _counts(entry, what))
    following = [link.url for link in bundle.link or [] if link.relation == "next" and link.url]
    return Page(resources, following[0] if following else None)


def _bundle(body: bytes) -> _Bundle | None:
    try:
        found = _BUNDLE.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return found if found.resourceType == "Bundle" else None


def _counts(entry: _Entry, what: str) -> bool:
    try:
        peek = _PEEK.decode(entry.resource)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        # A broken resource is for the reader of resources to list, not ours to drop.
        return bytes(entry.resource) != b"null"
    if peek.resourceType != "OperationOutcome":
        return True
    if any(issue.severity in _FAILED for issue in peek.issue or []):
        raise EhrUnavailable(
            f"{what}: the EHR could not answer a part of the search", perhaps_alone=True
        )
    return False
