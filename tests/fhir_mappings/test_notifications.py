"""Every dialect of notification, captured or as documented, gives the changes it reports."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_mappings.notification_changes import Unreadable, is_id, read_reference, upsert
from fhir_mappings.notification_status import EventStatus, read_status
from fhir_mappings.notifications import Change, Heard, read_notification

CAPTURED = Path(__file__).parents[1] / "fixtures" / "notifications"


def hear(
    body: Any = b"", path: str = "", method: str = "POST", headers: dict[str, str] | None = None
) -> Heard:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    type_, _, id_ = path.partition("/")
    return read_notification(method, type_ or None, id_ or None, headers or {}, raw)


def captured(name: str) -> Heard:
    sent = json.loads((CAPTURED / name).read_text())
    path = "/".join(sent["path"].split("/")[3:])
    body = json.dumps(sent["body"]).encode() if sent["body"] else b""
    return hear(body, path, sent["method"], sent["headers"])


def observation(id_: str = "o1", version: str = "1", **more: Any) -> dict[str, Any]:
    meta = {"versionId": version, "lastUpdated": "2026-11-22T04:56:35.596+00:00"}
    return {"resourceType": "Observation", "id": id_, "meta": meta, **more}


def status(type_: str, *events: dict[str, Any], **more: Any) -> dict[str, Any]:
    named = [{"name": "type", "valueCode": type_}]
    named += [{"name": name.replace("_", "-"), **value} for name, value in more.items()]
    named += [{"name": "notification-event", "part": _parts(event)} for event in events]
    return {"resourceType": "Parameters", "parameter": named}


def _parts(event: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name.replace("_", "-"), **value} for name, value in event.items()]


def history(*entries: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "history", "entry": list(entries)}


# --- As real servers sent them -----------------------------------------------------------------


def test_hapi_puts_the_resource_under_its_reference() -> None:
    (change,) = captured("hapi-rest-hook.json").changes
    assert (change.reference, change.version, change.interaction) == (
        "Observation/o1",
        "1",
        "upsert",
    )
    assert change.last_updated == "2026-11-22T04:56:35.596+00:00"
    assert json.loads(change.body or b"")["valueQuantity"]["value"] == 1


def test_hapi_deletes_with_an_empty_body() -> None:
    heard = captured("hapi-rest-hook-delete.json")
    assert heard.changes == (Change("Condition", "c1", interaction="delete"),)


def test_hapi_sends_a_topic_event_with_its_resource() -> None:
    heard = captured("hapi-topic.json")
    (change,) = heard.changes
    assert (change.reference, change.version, change.event_number) == ("Observation/o13", "1", 1)
    assert change.interaction == "upsert"
    assert heard.subscription == change.subscription == "Subscription/1013"


def test_hfs_shakes_hands_without_any_change() -> None:
    heard = captured("hfs-handshake.json")
    assert (heard.kind, heard.changes, heard.problems) == ("handshake", (), ())
    assert (heard.subscription_status, heard.events_since_start) == ("requested", 0)


@pytest.mark.parametrize(
    ("name", "number"), [("hfs-event.json", 1), ("hfs-event-of-a-delete.json", 2)]
)
def test_hfs_names_a_focus_and_only_a_read_tells_what_happened(name: str, number: int) -> None:
    (change,) = captured(name).changes
    assert (change.reference, change.interaction, change.body) == (
        "Observation/o1",
        "unknown",
        None,
    )
    assert change.event_number == number


# --- As documented -------------------------------------------------------------------------------


def test_an_empty_post_is_a_poke() -> None:
    assert hear(b" \n").kind == "poke"


def test_an_empty_put_names_what_to_read() -> None:
    assert hear(b"", "Observation/o1", "PUT").changes == (Change("Observation", "o1"),)


def test_medplum_posts_the_bare_resource() -> None:
    headers = {"X-Medplum-Subscription": "s9", "X-Medplum-Interaction": "create"}
    heard = hear(observation(version="2c9f-uuid"), headers=headers)
    (change,) = heard.changes
    assert (change.reference, change.version) == ("Observation/o1", "2c9f-uuid")
    assert heard.subscription == change.subscription == "Subscription/s9"


def test_medplum_names_what_was_deleted_in_a_header() -> None:
    headers = {"X-Medplum-Deleted-Resource": "Condition/c1"}
    assert hear({}, headers=headers).changes == (Change("Condition", "c1", interaction="delete"),)


def test_medplum_may_send_the_deleted_resource_itself() -> None:
    (change,) = hear(observation(), headers={"x-medplum-interaction": "delete"}).changes
    assert (change.interaction, change.body) == ("delete", None)


def test_a_heartbeat_is_no_change() -> None:
    heard = hear(history({"resource": status("heartbeat")}))
    assert (heard.kind, heard.changes) == ("heartbeat", ())


def test_an_event_without_focus_is_a_poke() -> None:
    event = {"event_number": {"valueString": "4"}}
    assert hear(history({"resource": status("event-notification", event)})).kind == "poke"


@pytest.mark.parametrize(
    "number", [{"valueString": "12"}, {"valueInteger": 12}, {"valueUnsignedInt": 12}]
)
@pytest.mark.parametrize(
    "focus",
    [
        {"valueReference": {"reference": "Observation/o1"}},
        {"valueUri": "https://ehr.example/fhir/Observation/o1"},
        {"valueReference": {"reference": "https://ehr.example/fhir/Observation/o1/_history/3"}},
    ],
)
def test_numbers_and_foci_count_in_any_type(number: dict[str, Any], focus: dict[str, Any]) -> None:
    event = {"event_number": number, "timestamp": {"valueDate": "2026-11-22"}, "focus": focus}
    (change,) = hear(history({"resource": status("event-notification", event)})).changes
    assert (change.reference, change.event_number) == ("Observation/o1", 12)


@pytest.mark.parametrize("number", [-5, 2**63, 10**30])
def test_a_number_that_counts_no_events_is_none_and_the_focus_still_counts(number: int) -> None:
    event = {
        "event_number": {"valueInteger": number},
        "focus": {"valueReference": {"reference": "Observation/o1"}},
    }
    head = status("event-notification", event)
    head["parameter"].append({"name": "events-since-subscription-start", "valueInteger": number})
    heard = hear(history({"resource": head}))
    (change,) = heard.changes
    assert (change.reference, change.event_number) == ("Observation/o1", None)
    assert heard.events_since_start is None


def test_a_bare_status_counts_like_one_in_a_bundle() -> None:
    event = {"focus": {"valueReference": {"reference": "Observation/o1"}}}
    assert hear(status("event-notification", event)).changes == (Change("Observation", "o1"),)


def test_an_r5_status_is_understood() -> None:
    event = {"eventNumber": "7", "focus": {"reference": "Observation/o1"}}
    resource = {
        "resourceType": "SubscriptionStatus",
        "type": "event-notification",
        "status": "active",
        "eventsSinceSubscriptionStart": "7",
        "subscription": {"reference": "Subscription/5"},
        "notificationEvent": [event],
    }
    bundle = {"resourceType": "Bundle", "type": "subscription-notification"}
    heard = hear({**bundle, "entry": [{"resource": resource}]})
    (change,) = heard.changes
    assert (change.event_number, change.subscription) == (7, "Subscription/5")
    assert heard.events_since_start == 7


def test_several_events_of_one_resource_take_their_numbers_in_order() -> None:
    focus = {"valueReference": {"reference": "Observation/o1"}}
    events = [{"event_number": {"valueString": str(n)}, "focus": focus} for n in (3, 4)]
    entries = [{"resource": observation(version=version)} for version in ("1", "2")]
    heard = hear(history({"resource": status("event-notification", *events)}, *entries))
    assert [(one.version, one.event_number) for one in heard.changes] == [("1", 3), ("2", 4)]


def test_a_deletion_in_a_history_is_a_delete() -> None:
    entry = {"fullUrl": "x", "request": {"method": "DELETE", "url": "Observation/o1"}}
    assert hear(history(entry)).changes == (Change("Observation", "o1", interaction="delete"),)


def test_a_transaction_gives_each_of_its_resources() -> None:
    entries = [
        {"resource": observation(f"o{n}"), "request": {"method": "PUT", "url": f"Observation/o{n}"}}
        for n in range(3)
    ]
    heard = hear({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert [one.reference for one in heard.changes] == [f"Observation/o{n}" for n in range(3)]


def test_an_id_only_in_the_address_of_the_entry_is_read_again() -> None:
    entry = {
        "fullUrl": "https://e/fhir/Observation/o1",
        "resource": {"resourceType": "Observation"},
    }
    (change,) = hear(history(entry)).changes
    assert (change.reference, change.interaction, change.body) == (
        "Observation/o1",
        "unknown",
        None,
    )


# --- Broken ---------------------------------------------------------------------------------------


def test_one_broken_entry_does_not_hide_the_others() -> None:
    heard = hear(history({"resource": observation()}, 17, {"resource": {"id": "x"}}, {}))
    assert [one.reference for one in heard.changes] == ["Observation/o1"]
    assert len(heard.problems) == 3


def test_an_address_of_another_type_does_not_lend_its_id() -> None:
    entry = {"fullUrl": "https://e/fhir/Condition/c1", "resource": {"resourceType": "Observation"}}
    heard = hear(history(entry))
    assert [one.reason for one in heard.problems] == ["entry: no id"]


def test_a_status_of_odd_shape_says_nothing() -> None:
    assert read_status(["Parameters"]) == EventStatus()
    counted = {"name": "events-since-subscription-start", "valueBoolean": True}
    told = read_status({"resourceType": "Parameters", "parameter": [counted, "x"]})
    assert told == EventStatus()


def test_an_entry_with_broken_characters_is_a_problem_of_its_own() -> None:
    good = json.dumps({"resource": observation()}).encode()
    bad = b'{"fullUrl":"\xff","resource":{"resourceType":"Observation"}}'
    heard = hear(b'{"resourceType":"Bundle","entry":[' + bad + b"," + good + b"]}")
    assert [one.reference for one in heard.changes] == ["Observation/o1"]
    assert [one.raw for one in heard.problems] == [bad]


def test_a_version_that_is_no_text_is_no_version() -> None:
    (change,) = hear(
        {"resourceType": "Observation", "id": "o1", "meta": {"versionId": True}}
    ).changes
    assert change.version is None


def test_an_odd_request_does_not_lose_the_resource() -> None:
    (change,) = hear(history({"resource": observation(), "request": "PUT"})).changes
    assert (change.reference, change.interaction) == ("Observation/o1", "upsert")


def test_odd_meta_does_not_lose_the_resource() -> None:
    (change,) = hear({"resourceType": "Observation", "id": 5, "meta": {"versionId": 3}}).changes
    assert (change.reference, change.version) == ("Observation/5", "3")


def test_a_body_that_is_another_resource_is_not_believed() -> None:
    heard = hear(observation("other"), "Observation/o1", "PUT")
    assert heard.changes == (Change("Observation", "o1"),)
    assert [one.reason for one in heard.problems] == [
        "the body is another resource than the path names"
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"\xff\xfe",
        b'"Bundle"',
        b'{"resourceType":"Bundle","entry":{}}',
        b'{"resourceType":"Observation"}',
        b'{"resourceType":"../secret","id":"1"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_notification_is_a_problem_that_keeps_the_bytes(body: bytes) -> None:
    heard = hear(body)
    assert heard.changes == ()
    assert [one.raw for one in heard.problems] == [body]


@pytest.mark.parametrize("path", ["../x", "Observation/", "observation/1", "Observation/a b"])
def test_a_path_that_names_no_resource_is_a_problem(path: str) -> None:
    heard = hear(observation(), path, "PUT")
    assert (heard.kind, heard.changes, len(heard.problems)) == ("poke", (), 1)


@pytest.mark.parametrize("reference", ["Condition", "c1", "Condition/a/b/c", ""])
def test_a_deleted_resource_that_is_none_is_a_problem(reference: str) -> None:
    heard = hear({}, headers={"X-Medplum-Deleted-Resource": reference})
    assert (heard.changes, len(heard.problems)) == ((), 1)


def test_a_delete_of_nothing_is_a_problem() -> None:
    assert len(hear(b"", method="DELETE").problems) == 1


def test_foci_that_name_nothing_are_problems_beside_the_changes() -> None:
    foci = [{"focus": {"valueReference": {"reference": "Observation?code=1"}}}, {}]
    parameters = status("event-notification", *foci)
    heard = hear(history({"resource": parameters}, {"resource": observation()}))
    assert len(heard.changes) == 1
    assert [one.reason for one in heard.problems] == [
        "an event's focus names no resource",
        "an event names no resource",
    ]


_NAMES = (
    "resourceType id meta entry resource request parameter name part valueReference reference type"
    " versionId fullUrl focus"
).split()
_TYPES = ["Bundle", "Parameters", "SubscriptionStatus", "Observation"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(_NAMES), inner | st.sampled_from(_TYPES), max_size=5)
    ),
    max_leaves=25,
)


@given(_JSON)
def test_nothing_ever_raises(body: Any) -> None:
    heard = hear(body)
    assert heard.kind in ("changes", "handshake", "heartbeat", "poke")
    assert all(change.type and change.id for change in heard.changes)


@given(st.binary(max_size=60), st.sampled_from(["", "Observation/o1"]))
def test_no_bytes_ever_raise(body: bytes, path: str) -> None:
    assert hear(body, path, "PUT").kind


@pytest.mark.parametrize("name", [".", ".."])
def test_an_id_that_would_lead_elsewhere_in_a_url_is_none(name: str) -> None:
    assert not is_id(name)
    assert read_reference(f"Observation/{name}") is None
    with pytest.raises(Unreadable):
        upsert(b'{"resourceType":"Observation","id":"%b"}' % name.encode())


def test_of_many_broken_entries_a_few_are_kept_one_by_one_and_the_bundle_once() -> None:
    entries = [{"resource": observation(f"o{n}")} for n in range(3)] + [{}] * 5_000
    heard = hear({"resourceType": "Bundle", "type": "history", "entry": entries})
    assert len(heard.changes) == 3
    assert len(heard.problems) == 101
    assert "4900 more entries" in heard.problems[-1].reason
    assert json.loads(heard.problems[-1].raw)["entry"] == entries


def test_a_byte_order_mark_hides_nothing() -> None:
    body = b'\xef\xbb\xbf{"resourceType":"Observation","id":"o1"}'
    for path in ((None, None), ("Observation", "o1")):
        heard = read_notification("POST", *path, {}, body)
        assert [(one.reference, one.body) for one in heard.changes] == [
            ("Observation/o1", body[3:])
        ]
        assert heard.problems == ()


@pytest.mark.parametrize("focus", ["urn:uuid:1", "Observation?identifier=x"])
@pytest.mark.parametrize("bundled", [True, False])
def test_a_focus_that_names_no_resource_is_kept_with_what_was_said(
    focus: str, bundled: bool
) -> None:
    part = [{"name": "focus", "valueReference": {"reference": focus}}]
    said = {
        "resourceType": "Parameters",
        "parameter": [{"name": "notification-event", "part": part}],
    }
    bundle = {"resourceType": "Bundle", "type": "history", "entry": [{"resource": said}]}
    body = json.dumps(bundle if bundled else said).encode()
    (problem,) = read_notification("POST", None, None, {}, body).problems
    assert focus.encode() in problem.raw
