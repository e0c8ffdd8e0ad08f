"""Notifications of the sample EHR, received by a real listener and read by our own reader."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ehr.client import FhirClient
from ehr.in_memory import InMemoryEhr
from fhir_mappings.notifications import Heard, read_notification
from fhir_mappings.subscriptions import rest_hook_subscription
from nelm_cds.sample_ehr.delivery import Delivery
from nelm_cds.sample_ehr.running import RunningSampleEhr
from tests.ehr.loopback import Asked, Loopback, Reply, loopback

SECRET = "invented-secret"


@pytest.fixture
def listener() -> Iterator[Loopback]:
    with loopback(lambda asked: Reply(200)) as server:
        yield server


@pytest.fixture
def ehr() -> InMemoryEhr:
    return InMemoryEhr()


@pytest.fixture
def delivery(ehr: InMemoryEhr) -> Iterator[Delivery]:
    sending = Delivery(ehr, pauses_seconds=(0.01, 0.01))
    yield sending
    sending.close()


def subscribe(
    ehr: InMemoryEhr, listener: Loopback, type_: str = "Observation", **more: Any
) -> None:
    endpoint = f"{listener.base_url}/notifications/main"
    asked = rest_hook_subscription("main", type_, endpoint, SECRET, "urn:nelm-cds", **more)
    ehr.create({**asked, "status": "active"})


def observation(id_: str = "o1", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "id": id_, **more}


def heard(asked: Asked) -> Heard:
    parts = asked.path.split("/")[3:]
    type_, id_ = (parts[0], parts[1]) if parts else (None, None)
    return read_notification(asked.method, type_, id_, asked.headers, asked.body)


def test_a_write_is_put_with_our_secret_and_read_as_one_change(
    ehr: InMemoryEhr, delivery: Delivery, listener: Loopback
) -> None:
    subscribe(ehr, listener)
    written = ehr.update(observation(status="final"))
    assert delivery.wait_idle()
    (asked,) = listener.asked
    assert asked.headers["X-Nelm-Secret"] == SECRET
    (change,) = heard(asked).changes
    assert (change.reference, change.version, change.body) == ("Observation/o1", "1", written.body)


def test_a_deletion_is_told_where_it_was_asked_for(
    ehr: InMemoryEhr, delivery: Delivery, listener: Loopback
) -> None:
    ehr.update(observation())
    subscribe(ehr, listener)
    ehr.delete("Observation/o1")
    assert delivery.wait_idle()
    (change,) = heard(listener.asked[0]).changes
    assert change.interaction == "delete"


def test_without_payload_only_a_poke_is_sent(
    ehr: InMemoryEhr, delivery: Delivery, listener: Loopback
) -> None:
    subscribe(ehr, listener, payload=False)
    ehr.update(observation())
    assert delivery.wait_idle()
    assert heard(listener.asked[0]).kind == "poke"


def test_other_types_and_inactive_subscriptions_send_nothing(
    ehr: InMemoryEhr, delivery: Delivery, listener: Loopback
) -> None:
    subscribe(ehr, listener, "Condition")
    off = rest_hook_subscription("main", "Observation", listener.base_url, SECRET, "urn:nelm-cds")
    ehr.create({**off, "status": "off"})
    ehr.create({**off, "status": "active", "criteria": "Observation?code=1975-2"})
    ehr.create({**off, "status": "active", "criteria": "Observation?combo-code=1975-2"})
    plain = {"type": "rest-hook", "endpoint": listener.base_url}
    ehr.create({**off, "status": "active", "criteria": "Condition?", "channel": plain})
    ehr.update(observation())
    ehr.delete("Condition/none")
    assert delivery.wait_idle()
    assert listener.asked == []


def test_a_listener_that_fails_once_is_told_again(
    ehr: InMemoryEhr, delivery: Delivery, listener: Loopback
) -> None:
    replies = iter([Reply(503), Reply(200)])
    listener.script = lambda asked: next(replies)
    subscribe(ehr, listener)
    ehr.update(observation())
    assert delivery.wait_idle()
    assert (len(listener.asked), delivery.sent, delivery.dropped) == (2, 1, 0)


def test_a_listener_that_never_answers_loses_the_notification(
    ehr: InMemoryEhr, delivery: Delivery
) -> None:
    asked = rest_hook_subscription("main", "Observation", "http://127.0.0.1:1", "", "urn:nelm-cds")
    ehr.create({**asked, "status": "active"})
    ehr.update(observation())
    assert delivery.wait_idle()
    assert (delivery.sent, delivery.dropped) == (0, 1)


def test_a_requested_subscription_is_active_at_once_over_http(listener: Loopback) -> None:
    received = threading.Event()

    def script(asked: Asked) -> Reply:
        received.set()
        return Reply(200)

    listener.script = script
    with RunningSampleEhr() as running:
        endpoint = f"{listener.base_url}/notifications/main"
        wanted = rest_hook_subscription("main", "Observation", endpoint, SECRET, "urn:nelm-cds")
        created = _over_http(running, wanted)
        assert b'"active"' in running.ehr.read(created).body
        running.load([observation()])
        assert received.wait(10)


def _over_http(running: RunningSampleEhr, resource: dict[str, Any]) -> str:
    client = FhirClient(running.base_url)
    try:
        return client.create(resource).reference
    finally:
        client.close()
