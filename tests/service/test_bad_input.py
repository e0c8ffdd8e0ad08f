"""What a client can break: each call is answered or refused by name, never misread, never a 500."""

import asyncio
import copy
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from fhir_mappings.mapping_set import MappingSet
from nelm import Parameters
from runtime.metrics import Metrics
from service import create_app
from service.cds_hooks.discovery import PREFETCH
from storage.database import Database
from tests.service.asgi_client import Answer, Client, running
from tests.service.conftest import NOW, CountedWakeUp, Start
from tests.service.conftest import settings as settings_of
from tests.service.people import (
    MULTIFOCAL,
    RESECTABLE,
    call,
    conditions,
    draft_order,
    observations,
    person,
    prefetch,
    searchset,
)

SIGN = "/cds-services/nelm-order-sign"
VIEW = "/cds-services/nelm-patient-view"
PATHS = {
    "order-sign": SIGN,
    "order-select": "/cds-services/nelm-order-select",
    "patient-view": VIEW,
    "problem-list-item-create": "/cds-services/nelm-problem-list",
}
HOSTILE = (
    '<img src=x onerror="alert(1)"> [click](javascript:evil()) ![x](http://evil.example/x.png)'
)


def small() -> dict[str, Any]:
    """Facts enough for a card, few enough to break one by one."""
    names = ("ki67_primary_percent", "portal_vein", "reported_resectability", "bilobar", "ecog")
    return {name: (MULTIFOCAL | {"portal_vein": "complete_thrombosis"})[name] for name in names}


def calls() -> list[dict[str, Any]]:
    """One call of each hook, with everything that may be in it."""
    more: dict[str, Any] = {
        "fhirServer": "https://main.example/fhir",
        "extension": {"com.example.any": {"a": [1]}},
        "prefetch": prefetch("p1", small()),
    }
    drafts = [draft_order("p1", one) for one in ("tace", "octreoscan")]
    added = call("problem-list-item-create", "p1", **more)
    added["context"]["conditions"] = searchset([conditions("p1")[1]])
    return [
        call("patient-view", "p1", **more),
        call("order-sign", "p1", drafts, **more),
        call("order-select", "p1", drafts, **more),
        added,
    ]


def answered(start: Start, body: Any, path: str = SIGN) -> Answer:
    async def go() -> Answer:
        async with start() as client:
            return await client.post(path, body)

    return asyncio.run(go())


# --- Anything anywhere ---------------------------------------------------------------------------


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _places(inner, (*path, place))


def _deep(levels: int) -> Any:
    value: Any = "x"
    for level in range(levels):
        value = [value] if level % 2 else {"extension": value}
    return value


ODD = (None, "", 0, -1.5, 1e308, True, [], {}, "x" * 5000, HOSTILE, [None], {"": None}, _deep(50),
       "2026-13-45", "\u0000", "Patient/p2", {"resourceType": "Bundle"})  # fmt: skip
BREAKS = [(body, path) for body in calls() for path in _places(body) if path]


def _broken(body: dict[str, Any], path: tuple[Any, ...], odd: Any) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = odd
    return changed


@pytest.fixture
def one_app(database: Database, mapping_set: MappingSet) -> Any:
    return create_app(
        settings_of(), database, CountedWakeUp(), mapping_set, Parameters(), clock=lambda: NOW
    )


def test_whatever_stands_anywhere_the_call_is_answered_or_refused(one_app: Any) -> None:
    """The test client holds each answer against the invariants."""
    loop = asyncio.new_event_loop()
    life = running(one_app)
    client: Client = loop.run_until_complete(life.__aenter__())

    @settings(
        max_examples=300,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies.sampled_from(BREAKS), strategies.sampled_from(ODD))
    def holds(place: tuple[dict[str, Any], tuple[Any, ...]], odd: Any) -> None:
        body, path = place
        answer = loop.run_until_complete(client.post(PATHS[body["hook"]], _broken(body, path, odd)))
        assert answer.status in (200, 400), (path, odd)

    try:
        holds()
    finally:
        loop.run_until_complete(life.__aexit__(None, None, None))
        loop.close()


# --- Large and deep ------------------------------------------------------------------------------


def test_five_megabytes_of_results_are_read_and_judged(start: Start) -> None:
    found = observations("p1", RESECTABLE)
    filler = [
        one | {"id": f"{one['id']}-{count}"[:64], "note": [{"text": "x" * 600}]}
        for count in range(140)
        for one in observations("p1", RESECTABLE, day=f"20{count % 20:02}-01-01")
    ]
    sent = prefetch("p1", {}, observations=searchset([*filler, *found]))
    body = call("patient-view", "p1", prefetch=sent)
    assert len(json.dumps(body)) > 5_000_000
    begin = time.monotonic()
    (card,) = answered(start, body, VIEW).json()["cards"]
    assert "Resection first" in card["summary"]
    assert time.monotonic() - begin < 60


@pytest.mark.parametrize("body", [b"x" * 5_000_000, b'{"a":"' + b"x" * 5_000_000, b"1" * 5_000_000])
def test_five_megabytes_of_something_else_are_refused(start: Start, body: bytes) -> None:
    async def go() -> None:
        async with start() as client:
            assert (await client.call("POST", SIGN, body)).status == 400

    asyncio.run(go())


@pytest.mark.parametrize("levels", [50, 500, 5_000, 100_000])
@pytest.mark.parametrize("place", ["prefetch", "draftOrders", "extension", "conditions", "code"])
def test_a_deep_body_is_answered_or_refused(start: Start, levels: int, place: str) -> None:
    nested = b'{"extension":[' * (levels // 2) + b"{}" + b"]}" * (levels // 2)
    body = call("order-sign", "p1", [draft_order("p1", "tace", code="@")])
    body["prefetch"] = prefetch("p1", small(), medications="@" if place == "prefetch" else None)
    body["extension"] = {"com.example": "@" if place == "extension" else 1}
    if place == "draftOrders":
        body["context"]["draftOrders"]["entry"].append({"resource": "@"})
    if place == "conditions":
        body["context"]["conditions"] = "@"
    if place != "code":
        body["context"]["draftOrders"]["entry"][0]["resource"]["code"] = draft_order("p1", "tace")[
            "code"
        ]
    text = json.dumps(body).encode().replace(b'"@"', nested)

    async def go() -> None:
        async with start() as client:
            answer = await client.call("POST", SIGN, text)
            assert answer.status in (200, 400)
            if levels <= 50:
                assert answer.status == 200
                found = answer.json()["cards"]
                # What is no resource is said not to have been checked.
                assert len(found) == {"code": 0, "draftOrders": 2}.get(place, 1)

    asyncio.run(go())


# --- Other patients ------------------------------------------------------------------------------


@pytest.mark.parametrize("key", list(PREFETCH))
def test_p10_a_resource_of_another_patient_never_counts_and_is_told(
    start: Start, metrics: Metrics, key: str
) -> None:
    mine, theirs = prefetch("p1", RESECTABLE), prefetch("p2", MULTIFOCAL)
    procedure = {
        "resourceType": "Procedure",
        "id": "other",
        "status": "completed",
        "subject": {"reference": "Patient/p2"},
    }
    theirs |= {"procedures": searchset([procedure | {"code": {"text": "liver transplantation"}}])}
    for name, kind in (
        ("medications", "MedicationRequest"),
        ("medicationStatements", "MedicationStatement"),
        ("administrations", "MedicationAdministration"),
    ):
        drug = {"medicationCodeableConcept": {"text": "everolimus"}}
        theirs[name] = searchset([procedure | drug | {"resourceType": kind}])
    report = {"resourceType": "DiagnosticReport", "conclusion": "Krenning 0"}
    theirs["reports"] = searchset([procedure | report])
    both = mine | {key: theirs[key]}
    (plain,) = answered(start, call("patient-view", "p1", prefetch=mine), VIEW).json()["cards"]
    assert metrics.value("nelm_prefetch_for_another_total") == 0
    told = answered(start, call("patient-view", "p1", prefetch=both), VIEW).json()["cards"]
    assert metrics.value("nelm_prefetch_for_another_total") >= 1
    if key == "conditions":
        assert told == []
        assert metrics.value("nelm_hooks_unread_total", service="nelm-patient-view") == 1
        return
    (card,) = told
    assert "**Not read completely:**" in card["detail"]
    assert "**Not read completely:**" not in plain["detail"]
    assert "G2" not in card["summary"]
    assert "carcinoid syndrome" not in card["detail"]


def test_another_patients_results_among_this_ones_do_not_count(start: Start) -> None:
    mixed = searchset([*observations("p1", RESECTABLE), *observations("p2", MULTIFOCAL)])
    sent = prefetch("p1", {}, observations=mixed)
    (card,) = answered(start, call("patient-view", "p1", prefetch=sent), VIEW).json()["cards"]
    assert "results" in card["detail"].partition("**Not read completely:**")[2]
    assert "carcinoid syndrome" not in card["detail"]


def test_the_patient_of_the_context_decides_not_the_patient_sent(start: Start) -> None:
    sent = prefetch("p1", RESECTABLE) | {"patient": person("p2")}
    (card,) = answered(start, call("patient-view", "p1", prefetch=sent), VIEW).json()["cards"]
    assert "demographics" in card["detail"].partition("**Not read completely:**")[2]


# --- Hostile texts -------------------------------------------------------------------------------


def _poisoned(value: Any, key: str = "") -> Any:
    """Every text for people in it replaced, and ids that are none put in."""
    if isinstance(value, dict):
        found = {name: _poisoned(inner, name) for name, inner in value.items()}
        if "resourceType" in found and found["resourceType"] != "Bundle":
            found |= {"text": {"status": "generated", "div": HOSTILE}, "note": [{"text": HOSTILE}]}
        return found
    if isinstance(value, list):
        return [_poisoned(inner, key) for inner in value]
    return HOSTILE if key in ("display", "text", "unit", "versionId") else value


@pytest.mark.parametrize("hook", list(PATHS))
def test_c4_texts_for_people_reach_no_card(start: Start, hook: str) -> None:
    body = next(one for one in calls() if one["hook"] == hook)
    sent = _poisoned(body)
    for entry in sent["prefetch"]["observations"]["entry"]:
        entry["resource"]["code"]["coding"].append(
            {"system": HOSTILE, "code": "x", "display": HOSTILE}
        )
    sent["hookInstance"] = sent["context"]["userId"] = sent["context"]["encounterId"] = HOSTILE
    answer = answered(start, sent, PATHS[hook])
    assert answer.status == 200
    assert answer.json()["cards"]
    assert b"evil" not in answer.body
    assert b"onerror" not in answer.body


@pytest.mark.parametrize("place", ["id", "subject", "fullUrl", "source"])
def test_hostile_ids_and_references_are_neither_links_nor_markdown(
    start: Start, place: str
) -> None:
    body = calls()[0]
    for entry in body["prefetch"]["observations"]["entry"]:
        if place == "fullUrl":
            entry["fullUrl"] = f"https://main.example/fhir/Observation/{HOSTILE}"
        elif place == "subject":
            entry["resource"]["subject"]["display"] = HOSTILE
            entry["resource"]["subject"]["reference"] = "Patient/p1"
        else:
            entry["resource"]["id"] = HOSTILE
    answer = answered(start, body, VIEW)
    assert answer.status == 200
    for card in answer.json()["cards"]:
        assert "evil" not in card["summary"] + card["detail"]
        assert all("evil" not in one["url"] for one in card.get("links", []))


# --- Other versions of FHIR ----------------------------------------------------------------------

STU3 = {"verificationStatus": "confirmed", "clinicalStatus": "active"}


@pytest.mark.parametrize("names", [("verificationStatus",), ("clinicalStatus",), tuple(STU3)])
def test_r5_conditions_as_stu3_writes_them_are_understood(
    start: Start, names: tuple[str, ...]
) -> None:
    older = [one | {name: STU3[name] for name in names} for one in conditions("p1")]
    sent = prefetch("p1", RESECTABLE, conditions=searchset(older))
    (card,) = answered(start, call("patient-view", "p1", prefetch=sent), VIEW).json()["cards"]
    assert "Resection first" in card["summary"]


def _order(**more: Any) -> dict[str, Any]:
    found = draft_order("p1", "tare") | more
    return {key: value for key, value in found.items() if value is not None}


CODE = draft_order("p1", "tare")["code"]
DRUG = {"text": "sunitinib 37.5 mg oral capsule"}
REQUEST = {"resourceType": "MedicationRequest", "code": None}
OTHER_VERSIONS = {
    "STU3 ServiceRequest as ProcedureRequest": _order(resourceType="ProcedureRequest"),
    "STU3 category as an object": _order(category={"coding": [{"code": "procedure"}]}),
    "R5 ServiceRequest.code as CodeableReference": _order(code={"concept": CODE}),
    "R5 MedicationRequest.medication": _order(**REQUEST, medication={"concept": DRUG}),
    "R4 MedicationRequest": _order(**REQUEST, medicationCodeableConcept=DRUG),
    "R5 MedicationRequest.medication by reference": _order(
        **REQUEST,
        medication={"reference": {"reference": "#drug"}},
        contained=[{"resourceType": "Medication", "id": "drug", "code": DRUG}],
    ),
    "DSTU2 DiagnosticOrder": _order(
        resourceType="DiagnosticOrder",
        code=None,
        item=[{"code": {"text": "other"}}, {"code": CODE}],
    ),
    "DSTU2 MedicationOrder": _order(
        resourceType="MedicationOrder", code=None, medicationCodeableConcept=DRUG
    ),
}


@pytest.mark.parametrize("order", OTHER_VERSIONS.values(), ids=list(OTHER_VERSIONS))
def test_r5_orders_of_other_versions_of_fhir_are_judged(
    start: Start, order: dict[str, Any]
) -> None:
    body = call("order-sign", "p1", [order], prefetch=prefetch("p1", MULTIFOCAL))
    (card,) = answered(start, body).json()["cards"]
    assert card["summary"].startswith(("TARE", "Sunitinib"))


def test_an_older_order_of_another_patient_is_not_judged_by_this_record(start: Start) -> None:
    order = _order(
        resourceType="MedicationOrder",
        code=None,
        subject=None,
        patient={"reference": "Patient/p2"},
        medicationCodeableConcept=DRUG,
    )
    body = call("order-sign", "p1", [order], prefetch=prefetch("p1", MULTIFOCAL))
    (card,) = answered(start, body).json()["cards"]
    assert "names another patient" in card["summary"]


def test_r5_versions_mixed_in_one_call_are_read_one_by_one(start: Start) -> None:
    body = call(
        "order-sign", "p1", list(OTHER_VERSIONS.values()), prefetch=prefetch("p1", MULTIFOCAL)
    )
    summaries = [card["summary"] for card in answered(start, body).json()["cards"]]
    assert len(summaries) == 2
