"""The Subscriptions we ask for: valid R4, recognizable as ours, repaired where they drifted."""

from typing import Any

import pytest

from fhir_mappings.fhir_models import validate
from fhir_mappings.subscriptions import (
    SUBSCRIBED_TYPES,
    difference,
    is_same_request,
    rest_hook_subscription,
    topic_canonical,
    topic_resource,
    topic_subscription,
)

BASE = "urn:nelm-cds"
ENDPOINT = "https://cds.example/notifications/main"
_EXTENSION = "http://hapifhir.io/fhir/StructureDefinition/subscription-send-delete-messages"


def rest_hook(type_: str = "Observation", **more: Any) -> dict[str, Any]:
    return rest_hook_subscription("main", type_, ENDPOINT, "s3cret", BASE, **more)


def topic(type_: str = "Observation", **more: Any) -> dict[str, Any]:
    return topic_subscription("main", type_, ENDPOINT, "s3cret", BASE, **more)


@pytest.mark.parametrize("type_", SUBSCRIBED_TYPES)
def test_everything_we_ask_for_is_valid_r4(type_: str) -> None:
    for resource in (
        rest_hook(type_),
        rest_hook(type_, payload=False),
        topic(type_),
        topic_resource(type_, BASE),
        topic_resource(type_, BASE, full_names=True),
    ):
        assert validate(resource) == []


def test_our_own_proposals_are_subscribed_to() -> None:
    assert "CarePlan" in SUBSCRIBED_TYPES


def test_the_secret_travels_in_a_header_and_nowhere_else() -> None:
    for asked in (rest_hook(), topic()):
        assert asked["channel"]["header"] == ["X-Nelm-Secret: s3cret"]
        assert str(asked).count("s3cret") == 1


def test_an_open_connection_sends_no_header() -> None:
    asked = rest_hook_subscription("main", "Condition", ENDPOINT, "", BASE)
    assert "header" not in asked["channel"]


@pytest.mark.parametrize("secret", ["a:b", "a\nb", "ä"])
def test_a_secret_that_no_header_carries_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="without colons") as refused:
        rest_hook_subscription("main", "Condition", ENDPOINT, secret, BASE)
    assert secret not in str(refused.value)


def test_deletes_are_asked_for_on_the_channel_where_hapi_reads_it() -> None:
    asked = rest_hook()
    assert asked["channel"]["extension"] == [{"url": _EXTENSION, "valueBoolean": True}]
    assert "extension" not in asked


def test_without_payload_only_pokes_come() -> None:
    assert "payload" not in rest_hook(payload=False)["channel"]


def test_a_topic_is_asked_for_by_its_canonical() -> None:
    asked = topic(payload="full-resource")
    assert asked["criteria"] == topic_canonical("Observation", BASE)
    (content,) = asked["channel"]["_payload"]["extension"]
    assert content["valueCode"] == "full-resource"
    assert topic(topic="https://ehr.example/t")["criteria"] == "https://ehr.example/t"


@pytest.mark.parametrize(("full", "name"), [(False, "Observation"), (True, "/Observation")])
def test_a_topic_names_its_type_as_the_server_wants_it(full: bool, name: str) -> None:
    trigger = topic_resource("Observation", BASE, full_names=full)["extension"][2]
    assert trigger["extension"][0]["valueUri"].endswith(name)


@pytest.mark.parametrize("asked", [rest_hook(), topic()])
def test_ours_is_found_by_its_tag_or_by_what_it_asks(asked: dict[str, Any]) -> None:
    assert is_same_request({**asked, "id": "1", "status": "active"}, asked)
    untagged = {name: value for name, value in asked.items() if name != "meta"}
    assert is_same_request(untagged, asked)
    moved = {**asked, "channel": {"endpoint": "https://old.example"}}
    assert is_same_request(moved, asked)


def test_those_of_others_are_not_ours() -> None:
    other = rest_hook_subscription("second", "Observation", "https://x.example", "s", BASE)
    assert not is_same_request(other, rest_hook())
    assert not is_same_request(rest_hook("Condition"), rest_hook())
    assert not is_same_request({"resourceType": "Subscription"}, rest_hook())


@pytest.mark.parametrize(
    ("drift", "named"),
    [
        ({"status": "active"}, ()),
        ({"status": "requested"}, ()),
        ({"status": "error"}, ("status",)),
        ({"status": "off"}, ("status",)),
        ({"end": "2026-12-01T00:00:00Z"}, ("end",)),
        ({"criteria": "Observation?code=1"}, ("criteria",)),
        ({"channel": {**rest_hook()["channel"], "endpoint": "x"}}, ("channel.endpoint",)),
        ({"channel": {**rest_hook()["channel"], "header": ["old"]}}, ("channel.header",)),
    ],
)
def test_a_drift_is_named_without_its_values(drift: dict[str, Any], named: tuple[str, ...]) -> None:
    assert difference({**rest_hook(), **drift}, rest_hook()) == named


def test_a_lost_channel_and_an_unwanted_payload_are_drifts() -> None:
    missing = difference({**rest_hook(), "channel": None}, rest_hook())
    assert "channel.endpoint" in missing
    unwanted = difference(rest_hook(), rest_hook(payload=False))
    assert unwanted == ("channel.payload",)
