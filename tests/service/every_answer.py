"""Answers of every kind to every kind of client, to hold each rule for cards against them all."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fhir_mappings.mapping_set import MappingSet
from nelm import Parameters
from runtime.client_profiles import PROFILES
from service import create_app
from service.cds_hooks.discovery import SERVICES
from storage.database import Database
from tests.service.asgi_client import running
from tests.service.conftest import NOW, CountedWakeUp, connection, settings
from tests.service.people import (
    EMPTY,
    MULTIFOCAL,
    RESECTABLE,
    call,
    conditions,
    draft_order,
    prefetch,
    searchset,
)

_IDS = {service.hook: service.id for service in SERVICES.values()}
BLOCKED = MULTIFOCAL | {"portal_vein": "complete_thrombosis"}
NO_KI67 = {k: v for k, v in MULTIFOCAL.items() if k not in ("ki67_primary_percent", "grade")}


@dataclass(frozen=True)
class Sent:
    """One answer: to which kind of client, what was asked, what came."""

    profile: str
    asked: dict[str, Any]
    answer: Any

    @property
    def cards(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.answer["cards"]
        return found


async def every_answer(database: Database, mapping_set: MappingSet) -> list[Sent]:
    """All calls below, to each profile; every one of them is answered."""
    found = []
    for profile in PROFILES:
        chosen = settings(connections={"main": connection(client_profile=profile)})
        app = create_app(
            chosen, database, CountedWakeUp(), mapping_set, Parameters(), clock=lambda: NOW
        )
        async with running(app) as client:
            for body in _calls():
                if body["hook"] not in PROFILES[profile].hooks:
                    continue
                path = f"/cds-services/{_IDS[body['hook']]}"
                answer = await client.post(path, body)
                assert answer.status == 200, body["hook"]
                found.append(Sent(profile, body, answer.json()))
    return found


def _calls() -> Iterator[dict[str, Any]]:
    for facts in (RESECTABLE, MULTIFOCAL, BLOCKED, NO_KI67):
        sent = prefetch("p1", facts)
        yield call("patient-view", "p1", prefetch=sent)
        for orders in (["tace"], ["tare"], ["octreoscan"], ["tace", "tare", "hepatectomy", "prrt"]):
            drafts = [draft_order("p1", one) for one in orders]
            yield call("order-sign", "p1", drafts, prefetch=sent)
            yield call("order-select", "p1", drafts, prefetch=sent)
    tace = [draft_order("p1", "tace")]
    yield call("order-sign", "p1", tace)
    yield call("order-sign", "p1", tace, prefetch={"conditions": searchset(conditions("p1"))})
    yield call("order-sign", "p1", tace, prefetch=prefetch("p1", {}, conditions=EMPTY))
    yield call("patient-view", "p1", prefetch={})
    net, metastases = conditions("p1")
    added = call("problem-list-item-create", "p1")
    added["context"]["conditions"] = {"entry": [{"resource": metastases}]}
    yield added | {"prefetch": prefetch("p1", MULTIFOCAL, conditions=searchset([net]))}


def cards(sent: list[Sent]) -> list[dict[str, Any]]:
    return [card for one in sent for card in one.cards]


def suggestions(sent: list[Sent]) -> list[dict[str, Any]]:
    return [one for card in cards(sent) for one in card.get("suggestions", [])]


def actions(sent: list[Sent]) -> list[dict[str, Any]]:
    return [one for suggestion in suggestions(sent) for one in suggestion["actions"]]
