"""What every EHR can be asked, real (`client`) or invented (`in_memory`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec

SearchParameters = Mapping[str, str | Sequence[str]]


class Found(msgspec.Struct, frozen=True):
    """A resource as the EHR holds it. `body` is its JSON exactly as sent."""

    reference: str
    body: bytes
    version: str | None = None
    last_updated: str | None = None
    created: bool = False


class Ehr(Protocol):
    """Reading and writing resources of one FHIR R4 server.

    Raises (all methods):
        EhrUnavailable: timeout, 429 or 5xx, a redirect, what is no FHIR. Safe to try again.
        EhrRefused: any other 4xx, a foreign address. Never try again.
    """

    def read(self, reference: str) -> Found:
        """The resource at `Observation/123` or `Observation/123/_history/2`.

        Raises:
            ResourceGone: 410, or 404 with an OperationOutcome.
        """
        ...

    def search(self, type_: str, parameters: SearchParameters | None = None) -> Iterator[bytes]:
        """Every resource that matches, page after page, each as its JSON bytes."""
        ...

    def create(self, resource: Mapping[str, Any], if_none_exist: str | None = None) -> Found:
        """The new resource; with `if_none_exist` the one that matched already (`created` false).

        Raises:
            EhrConflict: several match.
        """
        ...

    def update(self, resource: Mapping[str, Any], if_match: str | None = None) -> Found:
        """The resource in its new version; `if_match` is the version it must have now.

        Raises:
            EhrConflict: it has another version.
        """
        ...

    def delete(self, reference: str) -> None:
        """The resource is gone afterwards, also if it was before.

        Raises:
            EhrConflict: something refers to it, or others go on writing it.
        """
        ...

    def capabilities(self) -> dict[str, Any]:
        """The CapabilityStatement."""
        ...
