"""An invented EHR in memory: versions, conditional writes, search. For tests, demo and sample EHR.

Keeps `ehr.interface.Ehr`, and passes the same tests as the client. Safe to use from threads.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from ehr.errors import EhrConflict, EhrRefused, ResourceGone
from ehr.interface import Found, SearchParameters
from ehr.search_match import effective_date, matcher, parse_instant

SEARCH_PARAMETERS = (
    "_id", "_lastUpdated", "_tag", "category", "code", "date", "identifier", "patient", "status",
    "subject",
)  # fmt: skip


class Written(msgspec.Struct, frozen=True):
    """One version as it was written; `body` None for a deletion. `resource` is never changed."""

    type: str
    id: str
    version: int
    last_updated: str
    body: bytes | None
    resource: Mapping[str, Any] | None
    created: bool

    @property
    def reference(self) -> str:
        return f"{self.type}/{self.id}"

    def found(self, created: bool = False) -> Found:
        return Found(
            self.reference, self.body or b"", str(self.version), self.last_updated, created
        )


class InMemoryEhr:
    """Implements `ehr.interface.Ehr`; see there for results and errors.

    `listen` is called with every write, in the order of the writes, while none other can happen.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._versions: dict[tuple[str, str], list[Written]] = {}
        self._written: list[Written] = []
        self._last = datetime.min.replace(tzinfo=UTC)
        self._listeners: list[Callable[[Written], None]] = []

    def listen(self, listener: Callable[[Written], None]) -> None:
        self._listeners.append(listener)

    # --- Reading -----------------------------------------------------------------------------

    def read(self, reference: str) -> Found:
        type_, _, rest = reference.partition("/")
        id_, _, version = rest.partition("/_history/")
        with self._lock:
            versions = self._versions.get((type_, id_), [])
        chosen = [one for one in versions if str(one.version) == version] if version else versions
        if not chosen or chosen[-1].body is None:
            raise ResourceGone(f"{type_}: the EHR has none", 410 if chosen else 404)
        return chosen[-1].found()

    def search(self, type_: str, parameters: SearchParameters | None = None) -> Iterator[bytes]:
        for one in self.matches(type_, as_lists(parameters or {})):
            yield one.body or b""

    def matches(self, type_: str, parameters: Mapping[str, Sequence[str]]) -> list[Written]:
        """The current version of every match, sorted as `_sort` asks (else in the order written).

        Raises:
            EhrRefused: a search or sort parameter that is not supported.
        """
        matches = matcher(parameters)
        with self._lock:
            current = [versions[-1] for versions in self._versions.values()]
        found = [
            one
            for one in current
            if one.type == type_ and one.resource is not None and matches(one.resource)
        ]
        for name in reversed(",".join(parameters.get("_sort", ())).split(",")):
            _sort(found, name)
        return found

    def history(self, reference: str) -> list[Written]:
        """All versions, newest first; empty if there never was one."""
        type_, _, id_ = reference.partition("/")
        with self._lock:
            return list(reversed(self._versions.get((type_, id_), [])))

    def written_since(self, since: str | None, type_: str | None = None) -> list[Written]:
        """Every version written at or after the instant, newest first, deletions among them."""
        with self._lock:
            written = list(reversed(self._written))
        return [
            one
            for one in written
            if type_ in (None, one.type)
            and (not since or parse_instant(one.last_updated) >= parse_instant(since))
        ]

    # --- Writing -----------------------------------------------------------------------------

    def create(self, resource: Mapping[str, Any], if_none_exist: str | None = None) -> Found:
        type_ = _type_of(resource)
        with self._lock:
            if if_none_exist:
                query = as_lists(parse_qsl(if_none_exist.partition("?")[2] or if_none_exist))
                found = self.matches(type_, query)
                if len(found) > 1:
                    raise EhrConflict(f"{type_}: several match", 412)
                if found:
                    return found[0].found()
            return self._write(type_, str(uuid.uuid4()), resource).found(created=True)

    def update(self, resource: Mapping[str, Any], if_match: str | None = None) -> Found:
        type_ = _type_of(resource)
        id_ = resource.get("id")
        if not isinstance(id_, str) or not id_:
            raise EhrRefused(f"{type_}: an update needs an id", 400)
        with self._lock:
            versions = self._versions.get((type_, id_), [])
            if if_match and (not versions or str(versions[-1].version) != if_match):
                raise EhrConflict(f"{type_}: has another version", 412)
            written = self._write(type_, id_, resource)
            return written.found(written.created)

    def delete(self, reference: str) -> None:
        type_, _, id_ = reference.partition("/")
        with self._lock:
            versions = self._versions.get((type_, id_), [])
            if versions and versions[-1].body is not None:
                self._write(type_, id_, None)

    def capabilities(self) -> dict[str, Any]:
        with self._lock:
            types = sorted({type_ for type_, _ in self._versions})
        resources = [_offered(type_) for type_ in types]
        rest: dict[str, Any] = {"mode": "server"}
        return {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": self._clock().date().isoformat(),
            "kind": "instance",
            "fhirVersion": "4.0.1",
            "format": ["application/fhir+json"],
            "software": {"name": "NELM sample EHR: invented patients only"},
            "implementation": {"description": "Invented patients for demonstration and tests"},
            # FHIR allows no empty arrays.
            "rest": [rest | {"resource": resources} if resources else rest],
        }

    def _write(self, type_: str, id_: str, resource: Mapping[str, Any] | None) -> Written:
        versions = self._versions.setdefault((type_, id_), [])
        last_updated = self._now()
        version = len(versions) + 1
        body, kept = None, None
        if resource is not None:
            meta = {**_meta(resource), "versionId": str(version), "lastUpdated": last_updated}
            body = msgspec.json.encode({**resource, "id": id_, "meta": meta})
            kept = msgspec.json.decode(body)
        created = not versions or versions[-1].body is None
        written = Written(type_, id_, version, last_updated, body, kept, created)
        versions.append(written)
        self._written.append(written)
        for listener in self._listeners:
            listener(written)
        return written

    def _now(self) -> str:
        # Strictly later than the write before: `_lastUpdated` orders the writes.
        now = self._clock().astimezone(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._last = max(now, self._last + timedelta(milliseconds=1))
        return self._last.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_PARAMETER_TYPES = {
    "_lastUpdated": "date", "date": "date", "patient": "reference", "subject": "reference",
}  # fmt: skip


_INTERACTIONS = (
    "read", "vread", "create", "update", "delete", "search-type", "history-instance",
)  # fmt: skip


def _offered(type_: str) -> dict[str, Any]:
    """What a CapabilityStatement says of one resource type."""
    return {
        "type": type_,
        "interaction": [{"code": code} for code in _INTERACTIONS],
        "versioning": "versioned-update",
        "conditionalCreate": True,
        "searchParam": [
            {"name": name, "type": _PARAMETER_TYPES.get(name, "token")}
            for name in SEARCH_PARAMETERS
        ],
    }


def as_lists(
    parameters: Mapping[str, str | Sequence[str]] | Sequence[tuple[str, str]],
) -> dict[str, list[str]]:
    """Each parameter with the list of its values, from a mapping or from pairs."""
    lists: dict[str, list[str]] = {}
    pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
    for name, value in pairs:
        lists.setdefault(name, []).extend([value] if isinstance(value, str) else value)
    return lists


def _type_of(resource: Mapping[str, Any]) -> str:
    type_ = resource.get("resourceType")
    if not isinstance(type_, str) or not type_.isalpha():
        raise EhrRefused("a resource needs a resourceType", 400)
    return type_


def _meta(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = resource.get("meta")
    return meta if isinstance(meta, Mapping) else {}


def _sort(found: list[Written], name: str) -> None:
    field = name.removeprefix("-")
    if not field:
        return
    keys: dict[str, Callable[[Written], str]] = {
        "_lastUpdated": lambda one: one.last_updated,
        "_id": lambda one: one.id,
        "date": lambda one: effective_date(one.resource or {}) or "",
    }
    if field not in keys:
        raise EhrRefused(f"sorting by {field} is not supported", 400)
    found.sort(key=keys[field], reverse=name.startswith("-"))
