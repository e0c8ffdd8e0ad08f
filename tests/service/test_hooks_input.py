"""What clients send and break: named errors for what cannot be answered, patience for the rest."""

import asyncio
import copy
from typing import Any

import msgspec
import pytest

from runtime.metrics import Metrics
from tests.service.conformance import problems_of_operation_outcome, problems_of_response
from tests.service.conftest import Start, connection
from tests.service.people import MULTIFOCAL, call, draft_order, prefetch

SIGN = "/cds-services/nelm-order-sign"
VIEW = "/cds-services/nelm-patient-view"
SELECT = "/cds-services/nelm-order-select"
HOOKS = {"order-sign": SIGN, "patient-view": VIEW, "order-select": SELECT}
TACE = [draft_order("p1", "tace")]
BLOCKED = MULTIFOCAL | {"portal_vein": "complete_thrombosis"}


def without(body: dict[str, Any], *path: str) -> dict[str, Any]:
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return body


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (SIGN, call("order-select", "p1", TACE), "hook"),
        (SIGN, without(call("order-sign", "p1", TACE), "hookInstance"), "hookInstance"),
        (SIGN, call("order-sign", "p1", TACE, hookInstance=""), "hookInstance"),
        (SIGN, call("order-sign", "p1", TACE, context=None), "context"),
        (
            SIGN,
            without(call("order-sign", "p1", TACE), "context", "patientId"),
            "context.patientId",
        ),
        (SIGN, call("order-sign", "", TACE), "context.patientId"),
        (SIGN, call("order-sign", "p1"), "context.draftOrders"),
        (SIGN, call("order-sign", "p1", context={"patientId": 7}), "context.patientId"),
        (
            SIGN,
            call("order-sign", "p1", context={"patientId": "p1", "draftOrders": []}),
            "context.draftOrders",
        ),
        (
            SELECT,
            without(call("order-select", "p1", TACE), "context", "selections"),
            "context.selections",
        ),
        (VIEW, call("patient-view", "p1", prefetch="all"), "prefetch"),
        (VIEW, call("patient-view", "p1", fhirServer="http://[::1"), "fhirServer"),
    ],
)
def test_r2_r8_s4_s5_what_cannot_be_answered_names_the_field(
    start: Start, path: str, body: dict[str, Any], field: str
) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.post(path, body)
            assert answer.status == 400
            assert problems_of_operation_outcome(answer.json()) == []
            assert answer.json()["issue"][0]["expression"] == [field]

    asyncio.run(go())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_an_operation_outcome(start: Start, body: bytes) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.call("POST", SIGN, body)
            assert answer.status == 400
            assert problems_of_operation_outcome(answer.json()) == []

    asyncio.run(go())


def test_thirty_megabytes_are_refused(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.call("POST", SIGN, [b" " * (1 << 20)] * 30)
            assert answer.status == 413
            assert problems_of_operation_outcome(answer.json()) == []

    asyncio.run(go())


def test_r8_an_unknown_service_is_not_found(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.post("/cds-services/other", call("patient-view", "p1"))
            assert answer.status == 404
            assert problems_of_operation_outcome(answer.json()) == []

    asyncio.run(go())


def test_outside_open_access_a_caller_without_a_verified_token_gets_a_bare_401(
    start: Start,
) -> None:
    async def go() -> None:
        async with start(host="0.0.0.0") as client:  # noqa: S104
            for path in (VIEW, f"{VIEW}/feedback"):
                answer = await client.post(path, call("patient-view", "p1"))
                assert (answer.status, answer.body) == (401, b"")

    asyncio.run(go())


def test_with_several_connections_a_call_must_name_its_ehr(start: Start) -> None:
    async def go() -> None:
        two = {"main": connection(), "north": connection("north")}
        async with start(connections=two) as client:
            answer = await client.post(VIEW, call("patient-view", "p1"))
            assert answer.status == 400
            named = call("patient-view", "p1", fhirServer="https://north.example:443/fhir/")
            assert (await client.post(VIEW, named)).status == 200
            foreign = call("patient-view", "p1", fhirServer="https://foreign.example")
            assert (await client.post(VIEW, foreign)).status == 400

    asyncio.run(go())


def odd_orders() -> list[dict[str, Any]]:
    tace = draft_order("p1", "tace")
    return [
        tace | {"category": {"coding": [{"code": "procedure"}]}, "reasonCode": []},
        tace | {"code": {"coding": [{}, *tace["code"]["coding"]]}},
        tace | {"subject": None, "authoredOn": None, "extension": {}},
        tace | {"status": "active", "priority": 3},
    ]


@pytest.mark.parametrize("order", odd_orders())
def test_r5_orders_as_real_clients_send_them_are_understood(
    start: Start, order: dict[str, Any]
) -> None:
    async def go() -> None:
        async with start() as client:
            body = call("order-sign", "p1", [order], prefetch=prefetch("p1", MULTIFOCAL))
            answer = await client.post(SIGN, body)
            assert answer.status == 200
            assert problems_of_response(answer.json()) == []

    asyncio.run(go())


@pytest.mark.parametrize(
    "drafts",
    [
        {"resourceType": "Bundle"},
        {"resourceType": "Bundle", "entry": None},
        {"resourceType": "Bundle", "entry": [None, {}, {"resource": None}]},
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "ServiceRequest"}}]},
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "NoSuchType"}}]},
    ],
)
def test_without_an_order_of_ours_there_is_nothing_to_say(
    start: Start, drafts: dict[str, Any]
) -> None:
    async def go() -> None:
        async with start() as client:
            context = {"patientId": "p1", "userId": "Practitioner/1", "draftOrders": drafts}
            answer = await client.post(SIGN, call("order-sign", "p1", context=context))
            assert (answer.status, answer.json()) == (200, {"cards": []})

    asyncio.run(go())


def test_r6_unknown_fields_and_extensions_are_ignored(start: Start) -> None:
    known = call("order-sign", "p1", TACE, prefetch=prefetch("p1", BLOCKED))
    more = copy.deepcopy(known) | {
        "extension": {"davinci-crd.configuration": {"max-cards": 1}, "org.example.x": [None]},
        "fhirAuthorization": {"access_token": "", "scope": "Observation.Read (Labs) (R4)"},
        "newField": [1],
    }
    more["prefetch"]["serviceRequestBundle"] = {"a": 1}
    more["context"]["unknown"] = {"deep": [None]}

    async def go() -> None:
        async with start() as client:
            plain = await client.post(SIGN, known)
            answer = await client.post(SIGN, more, {"accept": "application/fhir+json"})
            assert answer.status == 200
            assert answer.json() == plain.json()
            (card,) = answer.json()["cards"]
            assert card["indicator"] == "critical"

    asyncio.run(go())


@pytest.mark.parametrize("hook", list(HOOKS))
def test_the_access_token_appears_nowhere_in_an_answer(start: Start, hook: str) -> None:
    async def go() -> None:
        async with start() as client:
            body = call(
                hook,
                "p1",
                TACE,
                fhirServer="https://main.example/fhir",
                fhirAuthorization={"access_token": "t0ken", "token_type": "Bearer"},
                prefetch=prefetch("p1", MULTIFOCAL),
            )
            answer = await client.post(HOOKS[hook], body)
            assert b"t0ken" not in answer.body
            body["context"] = {"patientId": 5}
            failed = await client.call("POST", HOOKS[hook], msgspec.json.encode(body))
            assert failed.status == 400
            assert b"t0ken" not in failed.body

    asyncio.run(go())


@pytest.mark.parametrize(
    "user", ["Practitioner/1", "PractitionerRole/2", "Patient/p1", "RelatedPerson/3", None, ""]
)
def test_k1_a_person_of_any_kind_may_open_the_chart(start: Start, user: str | None) -> None:
    async def go() -> None:
        async with start() as client:
            body = call("patient-view", "p1", prefetch=prefetch("p1", MULTIFOCAL))
            body["context"]["userId"] = user
            answer = await client.post(VIEW, body)
            assert answer.status == 200
            assert len(answer.json()["cards"]) == 1

    asyncio.run(go())


@pytest.mark.parametrize("status", ["draft", "active", "on-hold", None])
def test_k3_every_order_is_judged_when_it_is_signed_revised_ones_too(
    start: Start, status: str | None
) -> None:
    async def go() -> None:
        async with start() as client:
            orders = [draft_order("p1", one, status=status) for one in ("tare", "octreoscan")]
            body = call("order-sign", "p1", orders, prefetch=prefetch("p1", MULTIFOCAL))
            assert len((await client.post(SIGN, body)).json()["cards"]) == 2

    asyncio.run(go())


@pytest.mark.parametrize(
    ("subject", "judged"),
    [
        ("Patient/p1", True),
        ("https://main.example/fhir/Patient/p1/_history/3", True),
        ("https://MAIN.example:443/fhir/Patient/p1", True),
        ("https://elsewhere.example/fhir/Patient/p1", True),
        ("urn:uuid:6a5cfe9a-9a3e-4c31-9b9d-000000000001", True),
        ("Patient/p2", False),
        ("Group/p1", False),
        ("https://other-hospital.example/fhir/Patient/p1", False),
        ("https://main.example/other/Patient/p1", False),
        ("http://[::1/Patient/p1", False),
    ],
)
def test_an_order_for_another_patient_is_not_judged_by_this_record_but_named(
    start: Start, metrics: Metrics, subject: str, judged: bool
) -> None:
    servers = ("https://elsewhere.example/fhir",)

    async def go() -> None:
        async with start(connections={"main": connection(fhir_servers=servers)}) as client:
            order = draft_order("p1", "tare") | {"subject": {"reference": subject}}
            body = call("order-sign", "p1", [order], prefetch=prefetch("p1", MULTIFOCAL))
            (card,) = (await client.post(SIGN, body)).json()["cards"]
            assert ("names another patient" not in card["summary"]) is judged
            assert ("G2" in card["detail"]) is judged

    asyncio.run(go())
    assert metrics.value("nelm_orders_for_another_total") == (0 if judged else 1)


def test_a_foreign_servers_order_is_for_the_patient_of_that_server(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            here = {"reference": "https://foreign.example/fhir/Patient/p1"}
            there = {"reference": "https://main.example/fhir/Patient/p1"}
            orders = [draft_order("p1", "tare", subject=one) for one in (here, there)]
            body = call("order-sign", "p1", orders, prefetch=prefetch("p1", MULTIFOCAL))
            body["fhirServer"] = "https://foreign.example/fhir"
            cards = (await client.post(SIGN, body)).json()["cards"]
            assert ["names another patient" in one["summary"] for one in cards] == [False, True]

    asyncio.run(go())


@pytest.mark.parametrize("field", ["hookInstance", "context.patientId", "context.userId"])
@pytest.mark.parametrize("text", ["a\u0000b", "x" * 600])
def test_names_that_no_database_holds_are_refused_by_field(
    start: Start, field: str, text: str
) -> None:
    async def go() -> None:
        async with start() as client:
            body = call("patient-view", "p1", prefetch=prefetch("p1", MULTIFOCAL))
            place = body["context"] if "." in field else body
            place[field.rpartition(".")[2]] = text
            answer = await client.post(VIEW, body)
            assert answer.status == 400
            assert answer.json()["issue"][0]["expression"] == [field]

    asyncio.run(go())
