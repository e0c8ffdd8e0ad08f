"""Gaps of prefetch are read from the EHR with the call's own token: in time, and only from it."""

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fhir_mappings.mapping_set import MappingSet
from runtime.metrics import Metrics
from storage.database import Database
from tests.ehr.loopback import Loopback, loopback
from tests.service.asgi_client import Client
from tests.service.conformance import problems_of_response
from tests.service.conftest import Start, connection
from tests.service.ehr_with_gaps import TOKEN, Ehr, asked_types, authorization, ehr_of
from tests.service.memory import judge, keep
from tests.service.people import (
    EMPTY,
    MULTIFOCAL,
    RESECTABLE,
    call,
    condition,
    conditions,
    draft_order,
    observations,
    person,
    prefetch,
    record,
    searchset,
)
from tests.service.test_prefetch import ERROR, WARNING

VIEW, SIGN = "/cds-services/nelm-patient-view", "/cds-services/nelm-order-sign"
SEVEN = {"Observation", "Procedure", "MedicationRequest", "MedicationStatement",
         "MedicationAdministration", "DiagnosticReport"}  # fmt: skip
ALL_GIVEN = prefetch("p1", RESECTABLE)


def ask(
    start: Start,
    server: Loopback,
    sent: dict[str, Any] | None,
    *,
    orders: list[dict[str, Any]] | None = None,
    settings: dict[str, Any] | None = None,
    **more: Any,
) -> list[dict[str, Any]]:
    """The cards for one call that may read from this server."""
    base = f"{server.base_url}/fhir"
    main = connection(base_url=base, **({"hook_read_seconds": 5.0} | (settings or {})))
    fields = {"fhirServer": base, "fhirAuthorization": authorization()} | more
    if sent is not None:
        fields["prefetch"] = sent
    hook = "patient-view" if orders is None else "order-sign"
    body = call(hook, "p1", orders, **{k: v for k, v in fields.items() if v is not None})

    async def go() -> list[dict[str, Any]]:
        async with start(connections={"main": main}) as client:
            return await cards_of(client, VIEW if orders is None else SIGN, body)

    return asyncio.run(go())


async def cards_of(client: Client, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.post(path, body)
    assert answer.status == 200
    assert TOKEN.encode() not in answer.body
    assert problems_of_response(answer.json()) == []
    cards: list[dict[str, Any]] = answer.json()["cards"]
    return cards


def test_p6_f2_without_any_prefetch_the_whole_record_is_read_with_the_calls_token(
    start: Start,
) -> None:
    with loopback(ehr_of("p1", RESECTABLE)) as server:
        (card,) = ask(start, server, None)
        assert "Resection first" in card["summary"]
        assert "Not read" not in card["detail"]
        types = asked_types(server.asked)
        assert types[0] == "Condition"
        assert set(types[1:]) == SEVEN | {"Patient"}
        assert {one.headers["Authorization"] for one in server.asked} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    "shape",
    [
        None,
        ERROR,
        EMPTY | {"entry": [{"resource": ERROR}]},
        WARNING,
        "{{context.patientId}}",
        searchset([], link=[{"relation": "next", "url": "https://evil.example/?page=2"}]),
        "left out",
    ],
    ids=["null", "outcome", "error-entry", "warning", "token", "foreign-next", "absent"],
)
def test_p8_each_shape_of_missing_data_is_read_again(start: Start, shape: Any) -> None:
    sent = ALL_GIVEN | {"observations": shape}
    if shape == "left out":
        del sent["observations"]
    with loopback(ehr_of("p1", RESECTABLE)) as server:
        (card,) = ask(start, server, sent)
        assert asked_types(server.asked) == ["Observation"]
        assert "Resection first" in card["summary"]
        assert "Not read" not in card["detail"]


@pytest.mark.parametrize(
    "shape", [EMPTY, EMPTY | {"entry": [{"resource": WARNING | {"issue": [
        {"severity": "warning", "code": "not-found"}]}, "search": {"mode": "outcome"}}]}]
)  # fmt: skip
def test_p8_a_search_that_ran_and_found_nothing_is_not_run_again(start: Start, shape: Any) -> None:
    with loopback(ehr_of("p1", RESECTABLE)) as server:
        ask(start, server, ALL_GIVEN | {"procedures": shape})
        assert server.asked == []


def test_a_first_page_is_followed_and_not_read_again(start: Start) -> None:
    found = observations("p1", RESECTABLE)
    with loopback(ehr_of("p1", RESECTABLE, page_size=10)) as server:
        link = {"relation": "next", "url": f"{server.base_url}/fhir/Observation?patient=p1&page=1"}
        (card,) = ask(
            start, server, ALL_GIVEN | {"observations": searchset(found[:10], link=[link])}
        )
        pages = [one.path.partition("page=")[2] for one in server.asked]
        assert pages == [str(page) for page in range(1, (len(found) - 1) // 10 + 1)]
        assert "Resection first" in card["summary"]
        assert "Not read" not in card["detail"]


def test_a_page_that_fails_leaves_the_search_truncated(start: Start) -> None:
    found = observations("p1", RESECTABLE)
    ehr = ehr_of("p1", RESECTABLE, status={"Observation": 503})
    with loopback(ehr) as server:
        link = {"relation": "next", "url": "Observation?patient=p1&page=1"}
        (card,) = ask(
            start, server, ALL_GIVEN | {"observations": searchset(found[:10], link=[link])}
        )
        assert "**Not read completely:** results" in card["detail"]


@pytest.mark.parametrize("status", [302, 401, 403, 404, 429, 500])
def test_what_the_ehr_refuses_stays_unread_and_the_card_says_so(start: Start, status: int) -> None:
    sent = {key: value for key, value in ALL_GIVEN.items() if key != "observations"}
    with loopback(ehr_of("p1", RESECTABLE, status={"Observation": status})) as server:
        (card,) = ask(start, server, sent)
        assert "results" in card["detail"]
        assert len(server.asked) == 1


def test_s3_p9_conditions_that_cannot_be_read_give_the_honest_card_for_an_order_of_ours(
    start: Start, metrics: Metrics
) -> None:
    ehr = Ehr([person("p1")], status=dict.fromkeys([*SEVEN, "Condition", "Patient"], 503))
    with loopback(ehr) as server:
        (card,) = ask(start, server, None, orders=[draft_order("p1", "tace")])
        assert "could not be checked" in card["summary"]
        assert metrics.value("nelm_hook_reads_total", outcome="still unread") == 8


def test_p11_without_a_sign_in_the_conditions_nothing_else_is_read(start: Start) -> None:
    hypertension = condition("p1", "I10", "Essential (primary) hypertension")
    with loopback(Ehr([person("p1"), hypertension])) as server:
        assert ask(start, server, None, orders=[draft_order("p1", "tace")]) == []
        assert asked_types(server.asked) == ["Condition"]


def test_p11_an_order_that_is_none_of_ours_reads_nothing(start: Start) -> None:
    other = draft_order("p1", "tace") | {"code": {"text": "Chest radiograph"}}
    with loopback(ehr_of("p1", RESECTABLE)) as server:
        assert ask(start, server, None, orders=[other]) == []
        assert server.asked == []


def test_p11_an_assessed_patient_is_answered_from_storage(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, record("p1", RESECTABLE))
    judge(database, "p1")
    with loopback(ehr_of("p1", MULTIFOCAL)) as server:
        (card,) = ask(start, server, None)
        assert "Resection first" in card["summary"]
        assert server.asked == []


def test_a_patient_whose_first_assessment_waits_is_judged_from_what_is_read(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, conditions("p1"))
    with loopback(ehr_of("p1", RESECTABLE)) as server:
        (card,) = ask(start, server, None)
        assert "Resection first" in card["summary"]


def test_resources_of_another_patient_never_count(start: Start) -> None:
    """A server that loses the filter gives everybody's results."""
    everybody = [*observations("p1", RESECTABLE), *observations("p2", MULTIFOCAL)]

    class Forgetful(Ehr):
        def _page(self, kind: str, patient: str, page: int) -> dict[str, Any]:
            return (
                searchset(everybody) if kind == "Observation" else super()._page(kind, patient, 0)
            )

    with loopback(Forgetful([person("p1"), *conditions("p1")])) as server:
        (card,) = ask(start, server, None)
        assert "not readable: results" in card["summary"]


@pytest.mark.parametrize(
    "more",
    [
        {"fhirAuthorization": None},
        {"fhirAuthorization": {}},
        {"fhirAuthorization": authorization(access_token="")},
        {"fhirAuthorization": authorization(token_type="DPoP")},
        {"fhirAuthorization": authorization(patient="p2")},
        {"fhirAuthorization": authorization(access_token=f"{TOKEN}\r\nX-Evil: 1")},
        {"fhirAuthorization": "Bearer x"},
        {"fhirAuthorization": authorization(access_token=7)},
        {"fhirServer": None},
        {"settings": {"hook_read_seconds": 0.0}},
    ],
)
def test_f1_r3_without_a_token_for_this_patient_and_server_nothing_is_read(
    start: Start, more: dict[str, Any]
) -> None:
    with loopback(ehr_of("p1", RESECTABLE)) as server:
        assert ask(start, server, None, **more) == []
        assert server.asked == []


def test_f6_the_token_goes_to_the_connections_own_server_only(start: Start) -> None:
    with loopback(ehr_of("p1", RESECTABLE)) as stranger, loopback(Ehr([])) as server:
        for url in (
            f"{stranger.base_url}/fhir",
            f"{server.base_url}/other",
            f"{server.base_url}@{stranger.base_url.removeprefix('http://')}/fhir",
        ):
            assert ask(start, server, None, fhirServer=url) == []
        assert stranger.asked == []
        assert server.asked == []


def test_f6_a_token_never_goes_over_plain_http_to_another_host(start: Start) -> None:
    base = "http://ehr.example/fhir"
    main = connection(base_url=base, hook_read_seconds=1.0)
    body = call("patient-view", "p1", fhirServer=base, fhirAuthorization=authorization())

    async def go() -> None:
        async with start(connections={"main": main}) as client:
            assert await cards_of(client, VIEW, body) == []

    asyncio.run(go())


def test_r7_a_silent_ehr_costs_the_budget_and_what_came_in_time_counts(start: Start) -> None:
    ehr = ehr_of("p1", RESECTABLE, silent={"Procedure", "DiagnosticReport"})
    with loopback(ehr) as server:
        begin = time.monotonic()
        (card,) = ask(start, server, None, settings={"hook_read_seconds": 0.6})
        took = time.monotonic() - begin
        ehr.release.set()
    assert took < 2
    assert "Resection first" in card["summary"]
    assert "**Not read completely:** procedures and reports" in card["detail"]


def test_reads_of_one_call_never_hold_up_another(start: Start) -> None:
    ehr = ehr_of("p1", RESECTABLE, silent={"Condition"})

    async def go(server: Loopback) -> None:
        base = f"{server.base_url}/fhir"
        main = connection(base_url=base, hook_read_seconds=0.8)
        async with start(connections={"main": main}) as client:
            slow_call = call("patient-view", "p1", fhirServer=base,
                             fhirAuthorization=authorization())  # fmt: skip
            slow = asyncio.create_task(client.post(VIEW, slow_call))
            await asyncio.sleep(0.2)
            begin = time.monotonic()
            quick = await client.post(VIEW, call("patient-view", "p1", prefetch=ALL_GIVEN))
            assert len(quick.json()["cards"]) == 1
            assert time.monotonic() - begin < 0.4
            assert not slow.done()
            assert (await slow).json() == {"cards": []}

    with loopback(ehr) as server:
        asyncio.run(go(server))
        ehr.release.set()


@pytest.mark.parametrize("patient", ["../metadata", "p1?x=1", "p1&_count=1", "p1/../../x", "ü"])
def test_an_id_cannot_bend_the_query(start: Start, patient: str) -> None:
    with loopback(ehr_of("p1", RESECTABLE)) as server:
        base = f"{server.base_url}/fhir"
        main = connection(base_url=base, hook_read_seconds=5.0)
        body = call("patient-view", patient, fhirServer=base, fhirAuthorization=authorization())

        async def go() -> None:
            async with start(connections={"main": main}) as client:
                assert await cards_of(client, VIEW, body) == []

        asyncio.run(go())
        assert asked_types(server.asked) == ["Condition"]
        assert server.asked[0].path.count("&") == 1


def test_f4_the_access_token_is_in_no_log_and_no_row(
    start: Start, tmp_path: Path, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with loopback(ehr_of("p1", RESECTABLE, status={"Procedure": 500})) as server:
        ask(start, server, None)
        ask(start, server, None, orders=[draft_order("p1", "tace")])
        assert len(server.asked) > 8
    written = "".join(repr(record.__dict__) for record in caplog.records) + metrics.text()
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("service.sqlite*"))
    assert msgspec.json.encode(TOKEN).strip(b'"') not in stored
    assert TOKEN not in written
