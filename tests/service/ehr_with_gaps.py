"""An EHR on loopback for hook reads: pages, failures and delays that a test scripts."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.ehr.loopback import Asked, Reply
from tests.service.people import Facts, Resource, conditions, observations, person, searchset

TOKEN = "t0ken-of-dr-1"

NOT_FOUND = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]}'


@dataclass
class Ehr:
    """The script of a loopback server at `/fhir`; lets only the call's own token in.

    `status` by resource type; `page_size` cuts searches; `silent` types answer only when `release`
    is set.
    """

    resources: list[Resource]
    status: dict[str, int] = field(default_factory=dict)
    page_size: int = 1000
    silent: set[str] = field(default_factory=set)
    release: threading.Event = field(default_factory=threading.Event)

    def __call__(self, asked: Asked) -> Reply:
        parts = urlsplit(asked.path)
        kind, _, id_ = parts.path.removeprefix("/fhir/").partition("/")
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Reply(401)
        if kind in self.silent:
            self.release.wait(5)
        if self.status.get(kind, 200) != 200:
            return Reply(self.status[kind], b"", {"Location": "https://evil.example/"})
        if id_:
            found = [one for one in self.resources if one["id"] == id_]
            return _json(found[0]) if found else Reply(404, NOT_FOUND)
        query = parse_qs(parts.query)
        return _json(self._page(kind, query["patient"][0], int(query.get("page", ["0"])[0])))

    def _page(self, kind: str, patient: str, page: int) -> dict[str, Any]:
        reference = {"reference": f"Patient/{patient}"}
        found = [
            one
            for one in self.resources
            if one["resourceType"] == kind and one.get("subject") == reference
        ]
        first = page * self.page_size
        bundle = searchset(found[first : first + self.page_size], total=len(found))
        if len(found) > first + self.page_size:
            url = f"{kind}?patient={patient}&page={page + 1}"
            bundle["link"] = [{"relation": "next", "url": url}]
        return bundle


def ehr_of(patient: str, facts: Facts, **more: Any) -> Ehr:
    """The EHR that holds this patient's whole record."""
    record = [person(patient), *conditions(patient), *observations(patient, facts)]
    return Ehr(record, **more)


def asked_types(asked: list[Asked]) -> list[str]:
    return [urlsplit(one.path).path.split("/")[2] for one in asked]


def authorization(**more: Any) -> dict[str, Any]:
    return {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300,
            "scope": "Observation.Read (Labs) (R4)", "subject": "nelm"} | more  # fmt: skip


def _json(content: Resource) -> Reply:
    return Reply(200, json.dumps(content).encode())


Script = Callable[[Asked], Reply]
