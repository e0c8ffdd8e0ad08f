"""The checklist of CDS Hooks for discovery, calls, prefetch templates and feedback."""

import asyncio
import json
import re
from typing import Any

import pytest

from service.cds_hooks.discovery import PREFETCH, SERVICES
from storage.cards import feedback_of
from storage.database import Database
from tests.ehr.loopback import loopback
from tests.service.asgi_client import Answer
from tests.service.conformance import (
    problems_of_discovery,
    problems_of_operation_outcome,
    problems_of_response,
)
from tests.service.conftest import Start, connection
from tests.service.ehr_with_gaps import TOKEN, ehr_of
from tests.service.people import MULTIFOCAL, RESECTABLE, call, draft_order, prefetch
from tests.service.test_feedback import CARD, PATH, WHEN, item
from tests.service.test_gap_filling import ask

VIEW, SIGN = "/cds-services/nelm-patient-view", "/cds-services/nelm-order-sign"
OPENING = call("patient-view", "p1", prefetch=prefetch("p1", RESECTABLE))


def answered(start: Start, method: str, path: str, content: Any = None, **settings: Any) -> Answer:
    async def go() -> Answer:
        async with start(**settings) as client:
            body = b"" if content is None else json.dumps(content).encode()
            return await client.call(method, path, body, {"content-type": "application/json"})

    return asyncio.run(go())


@pytest.fixture
def discovery(start: Start) -> Any:
    return answered(start, "GET", "/cds-services").json()


def test_j1_j4_every_body_is_strict_json(start: Start) -> None:
    for method, path, content, status in (
        ("GET", "/cds-services", None, 200),
        ("POST", VIEW, OPENING, 200),
        ("POST", PATH, {"feedback": []}, 200),
        ("POST", VIEW, {}, 400),
        ("GET", "/cds-services/none", None, 405),
    ):
        answer = answered(start, method, path, content)
        assert answer.status == status
        assert answer.headers["content-type"] in ("application/json", "application/fhir+json")
        json.loads(answer.body.decode(), parse_constant=pytest.fail)


def test_d1_discovery_gives_the_same_bytes_each_time(start: Start) -> None:
    one, other = (answered(start, "GET", "/cds-services").body for _ in range(2))
    assert one == other


def test_d2_discovery_is_an_object_with_an_array(discovery: Any) -> None:
    assert list(discovery) == ["services"]
    assert problems_of_discovery(discovery) == []


def test_d3_each_service_has_hook_description_and_id(discovery: Any) -> None:
    for service in discovery["services"]:
        assert service["description"]
        assert SERVICES[service["id"]].hook == service["hook"]


def test_d4_each_service_has_a_title(discovery: Any) -> None:
    assert all(service["title"] for service in discovery["services"])


def test_d5_prefetch_maps_texts_to_texts(discovery: Any) -> None:
    for service in discovery["services"]:
        assert all(isinstance(one, str) for pair in service["prefetch"].items() for one in pair)
        assert isinstance(service["usageRequirements"], str)


def test_d6_the_version_of_the_specification_is_told(discovery: Any) -> None:
    assert {service["version"] for service in discovery["services"]} == {"2.0.1"}


def test_d7_no_hook_version_is_made_up(discovery: Any) -> None:
    assert all("hookVersion" not in service for service in discovery["services"])


def test_d8_each_hook_has_an_id_of_its_own(discovery: Any) -> None:
    pairs = {(service["id"], service["hook"]) for service in discovery["services"]}
    assert len({id_ for id_, _ in pairs}) == len({hook for _, hook in pairs}) == len(pairs)


def test_d9_discovery_by_another_method_is_refused(start: Start) -> None:
    answer = answered(start, "POST", "/cds-services", {})
    assert answer.status == 405
    assert problems_of_operation_outcome(answer.json()) == []


def test_d11_an_extension_is_an_object_and_only_for_clients_that_know_it(
    start: Start, discovery: Any
) -> None:
    assert all("extension" not in one for one in discovery["services"])
    crd = {"main": connection(client_profile="crd")}
    found = answered(start, "GET", "/cds-services", connections=crd).json()["services"]
    assert [list(one["extension"]) for one in found] == [["davinci-crd.configuration-options"]] * 3


@pytest.mark.parametrize("hook", [service.hook for service in SERVICES.values()])
def test_r1_each_service_is_called_by_post(start: Start, hook: str) -> None:
    body = call(hook, "p1", [draft_order("p1", "tace")], prefetch=prefetch("p1", MULTIFOCAL))
    body["context"]["conditions"] = {"resourceType": "Bundle", "entry": []}
    path = next(f"/cds-services/{one.id}" for one in SERVICES.values() if one.hook == hook)
    answer = answered(start, "POST", path, body)
    assert answer.status == 200
    assert problems_of_response(answer.json()) == []


def test_r4_a_constant_hook_instance_mixes_up_no_patients(start: Start) -> None:
    """One real client sends the same hookInstance with every call."""

    async def go() -> None:
        async with start() as client:
            found = []
            for patient, facts in (("p1", RESECTABLE), ("p2", RESECTABLE), ("p1", MULTIFOCAL)):
                body = call("patient-view", patient, prefetch=prefetch(patient, facts))
                (card,) = (await client.post(VIEW, body)).json()["cards"]
                found.append(card["uuid"])
            assert len(set(found)) == 3

    asyncio.run(go())


def test_p1_every_key_is_told_with_its_template(discovery: Any) -> None:
    assert all(service["prefetch"] == PREFETCH for service in discovery["services"])
    assert all(re.match(r"[A-Z][A-Za-z]+[/?]", template) for template in PREFETCH.values())


def test_p2_p3_templates_use_the_patient_of_the_context_and_no_other_token() -> None:
    tokens = {one for template in PREFETCH.values() for one in re.findall(r"{{.*?}}", template)}
    assert tokens == {"{{context.patientId}}"}


def test_p4_no_template_depends_on_another() -> None:
    assert not any("%" in template for template in PREFETCH.values())


def test_p5_searches_keep_to_restricted_parameters() -> None:
    queries = [template.partition("?")[2] for template in PREFETCH.values()]
    names = {one.partition("=")[0] for query in queries for one in query.split("&") if one}
    assert names <= {"patient", "category", "code", "_count", "_sort"}


@pytest.mark.parametrize("missing", [*PREFETCH, None])
def test_p10_any_of_the_keys_may_be_missing(start: Start, missing: str | None) -> None:
    sent = {k: v for k, v in prefetch("p1", RESECTABLE).items() if missing and k != missing}
    orders = [draft_order("p1", "tace")]
    answer = answered(start, "POST", SIGN, call("order-sign", "p1", orders, prefetch=sent))
    assert answer.status == 200
    assert problems_of_response(answer.json()) == []
    assert answer.json()["cards"]


@pytest.mark.parametrize(
    "given",
    [
        {"access_token": TOKEN},
        {"access_token": TOKEN, "token_type": "bearer", "expires_in": "soon", "scope": 7},
        {"access_token": TOKEN, "token_type": "Bearer", "patient": "Patient/p1", "more": {}},
    ],
)
def test_f3_an_authorization_that_lacks_fields_is_used(start: Start, given: Any) -> None:
    with loopback(ehr_of("p1", RESECTABLE)) as server:
        (card,) = ask(start, server, None, fhirAuthorization=given)
        assert "Resection first" in card["summary"]


def test_b2_one_body_about_several_cards_may_come_again(start: Start, database: Database) -> None:
    other = "0d9c3d0e-9a40-5a55-9d5c-0b9a3c7f2a12"
    later = {"outcome": "accepted", "outcomeTimestamp": "2026-06-01T09:06:00Z"}
    body = {"feedback": [item(), item(card=other), item(**later)]}
    for _ in range(2):
        assert answered(start, "POST", PATH, body).status == 200
    with database.reading() as conn:
        assert len(feedback_of(conn, CARD)) == 2
        assert len(feedback_of(conn, other)) == 1


def test_b4_an_accepted_card_is_kept_with_its_suggestions(start: Start, database: Database) -> None:
    accepted = item(outcome="accepted", acceptedSuggestions=[{"id": "one"}, {"id": "two"}])
    assert answered(start, "POST", PATH, {"feedback": [accepted]}).status == 200
    with database.reading() as conn:
        (kept,) = feedback_of(conn, CARD)
    assert kept.feedback.accepted_suggestions == ("one", "two")
    assert kept.feedback.outcome_timestamp == WHEN


def test_b6_an_override_without_a_reason_is_kept_as_such(start: Start, database: Database) -> None:
    assert answered(start, "POST", PATH, {"feedback": [item()]}).status == 200
    with database.reading() as conn:
        (kept,) = feedback_of(conn, CARD)
    assert kept.feedback.override_reason_code is None
    assert kept.feedback.user_comment is None


def test_b8_feedback_is_answered_with_an_empty_object(start: Start) -> None:
    answer = answered(start, "POST", PATH, {"feedback": []})
    assert (answer.status, answer.json()) == (200, {})
