"""What the client does when an EHR fails, lies or points elsewhere."""

import json
from typing import Any

import pytest

from ehr.client import FhirClient
from ehr.errors import EhrConflict, EhrError, EhrRefused, EhrUnavailable, ResourceGone
from ehr.exchange import retry_after_seconds
from tests.ehr.loopback import Asked, Reply, Script, loopback

SECRET = "Grace Sample, born 1950"


def answering(reply: Reply) -> Script:
    return lambda asked: reply


def bundle(*entries: Any, following: str | None = None) -> bytes:
    links = [{"relation": "next", "url": following}] if following else []
    content = {"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries}
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, EhrRefused),
        (401, EhrRefused),
        (403, EhrRefused),
        (404, EhrUnavailable),
        (408, EhrUnavailable),
        (409, EhrConflict),
        (410, ResourceGone),
        (412, EhrConflict),
        (422, EhrRefused),
        (429, EhrUnavailable),
        (500, EhrUnavailable),
        (502, EhrUnavailable),
        (503, EhrUnavailable),
        (302, EhrUnavailable),
    ],
)
def test_a_status_gives_its_category_and_never_the_body(status: int, kind: type[EhrError]) -> None:
    reply = Reply(status, SECRET.encode(), {"Location": "http://127.0.0.1:1/"})
    with loopback(answering(reply)) as server, pytest.raises(EhrError) as raised:
        FhirClient(server.base_url).read("Observation/o1")
    assert type(raised.value) is kind
    assert raised.value.status == status
    assert SECRET not in str(raised.value)
    assert "o1" not in str(raised.value)


OUTCOME = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]}'


def test_a_resource_is_gone_only_where_a_fhir_server_says_so() -> None:
    with loopback(answering(Reply(404, OUTCOME))) as server, pytest.raises(ResourceGone):
        FhirClient(server.base_url).read("Observation/o1")
    for page in (b"<html>default backend - 404</html>", b"", b'{"error":"no route"}', b"[1"):
        with (
            loopback(answering(Reply(404, page))) as server,
            pytest.raises(EhrUnavailable) as raised,
        ):
            FhirClient(server.base_url).read("Observation/o1")
        assert raised.value.perhaps_alone


@pytest.mark.parametrize(
    ("status", "alone"), [(500, True), (502, True), (302, True), (429, False), (503, False)]
)
def test_a_failure_tells_whether_it_may_concern_this_request_alone(
    status: int, alone: bool
) -> None:
    with (
        loopback(answering(Reply(status))) as server,
        pytest.raises(EhrUnavailable) as raised,
    ):
        FhirClient(server.base_url).read("Observation/o1")
    assert raised.value.perhaps_alone is alone


def test_an_error_in_the_place_of_the_resource_is_unavailable() -> None:
    with (
        loopback(answering(Reply(200, OUTCOME))) as server,
        pytest.raises(EhrUnavailable, match="OperationOutcome"),
    ):
        FhirClient(server.base_url).read("Observation/o1")


def test_a_next_page_outside_the_base_of_this_ehr_is_not_asked_for() -> None:
    def script(asked: Asked) -> Reply:
        return Reply(body=bundle(following="/another/fhir/Observation?page=2"))

    with loopback(script) as server, pytest.raises(EhrRefused, match="another server"):
        list(FhirClient(f"{server.base_url}/fhir").search("Observation"))
    assert [asked.path for asked in server.asked] == ["/fhir/Observation"]


@pytest.mark.parametrize(
    "link",
    [
        "%2e%2e/b/Patient/2",
        ".%2e/b",
        "%2E%2E/b",
        "..%2fb",
        "%252e%252e/b",
        "..;/b",
        "..%5cb",
        "%2e%\n2e/b",
    ],
)
def test_a_next_page_that_climbs_out_of_the_base_is_not_asked_for(link: str) -> None:
    with loopback(answering(Reply(body=bundle(following=link)))) as server:
        with pytest.raises(EhrRefused, match="another server"):
            list(FhirClient(f"{server.base_url}/fhir/a").search("Observation"))
        assert [asked.path for asked in server.asked] == ["/fhir/a/Observation"]


@pytest.mark.parametrize("reference", ["Observation/..", "Observation/.", "Observation/../x"])
def test_a_reference_that_leads_elsewhere_is_not_asked_for(reference: str) -> None:
    with loopback(answering(Reply())) as server, pytest.raises(EhrRefused):
        FhirClient(server.base_url).read(reference)
    assert server.asked == []


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 0.0),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_the_pause_asked_for_is_read_in_both_forms(
    header: str | None, seconds: float | None
) -> None:
    assert retry_after_seconds(header) == seconds


def test_the_pause_reaches_who_must_wait() -> None:
    reply = Reply(429, headers={"Retry-After": "11"})
    with loopback(answering(reply)) as server, pytest.raises(EhrUnavailable) as raised:
        FhirClient(server.base_url).read("Observation/o1")
    assert raised.value.retry_after_seconds == 11.0


def test_nobody_there_is_unavailable_and_the_message_holds_no_id() -> None:
    with pytest.raises(EhrUnavailable) as raised:
        FhirClient("http://127.0.0.1:1/fhir").read("Patient/grace")
    assert "grace" not in str(raised.value)
    assert not raised.value.perhaps_alone


def test_a_torn_answer_is_unavailable() -> None:
    reply = Reply(200, b'{"resourceType":"Obs', torn=True)
    with loopback(answering(reply)) as server, pytest.raises(EhrUnavailable) as raised:
        FhirClient(server.base_url, timeout_seconds=0.5).read("Observation/o1")
    assert raised.value.perhaps_alone


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"resourceType":"Observation"'])
def test_an_answer_that_is_no_bundle_is_never_taken_for_an_empty_one(body: bytes) -> None:
    with loopback(answering(Reply(200, body))) as server, pytest.raises(EhrUnavailable):
        list(FhirClient(server.base_url).search("Observation"))


def test_an_error_within_a_search_makes_it_incomplete() -> None:
    issue = [{"severity": "error", "diagnostics": SECRET}]
    entry = {"resource": {"resourceType": "OperationOutcome", "issue": issue}}
    with (
        loopback(answering(Reply(200, bundle(entry)))) as server,
        pytest.raises(EhrUnavailable) as raised,
    ):
        list(FhirClient(server.base_url).search("Observation"))
    assert SECRET not in str(raised.value)


def test_a_warning_within_a_search_is_no_resource() -> None:
    issue = [{"severity": "warning"}]
    outcome = {"resource": {"resourceType": "OperationOutcome", "issue": issue}}
    found = {"resource": {"resourceType": "Observation", "id": "o1"}}
    reply = Reply(200, bundle(outcome, found, {"search": {"mode": "match"}}))
    with loopback(answering(reply)) as server:
        assert len(list(FhirClient(server.base_url).search("Observation"))) == 1


def test_a_page_on_another_server_is_never_fetched() -> None:
    with loopback(answering(Reply())) as stranger:
        reply = Reply(200, bundle(following=f"{stranger.base_url}/Observation?page=2"))
        with (
            loopback(answering(reply)) as server,
            pytest.raises(EhrRefused, match="another server"),
        ):
            list(FhirClient(server.base_url).search("Observation"))
        assert stranger.asked == []


def test_pages_that_run_in_a_circle_end() -> None:
    def script(asked: Asked) -> Reply:
        return Reply(200, bundle(following="/Observation?page=1"))

    with loopback(script) as server, pytest.raises(EhrUnavailable, match="circle"):
        list(FhirClient(server.base_url).search("Observation"))


def test_a_search_asks_for_fresh_results() -> None:
    with loopback(answering(Reply(200, bundle()))) as server:
        list(FhirClient(server.base_url).search("Observation", {"patient": "p1"}))
        (asked,) = server.asked
    assert asked.headers["Cache-Control"] == "no-cache"
    assert asked.path == "/Observation?patient=p1"


@pytest.mark.parametrize(
    "reference", ["http://evil.example/Observation/1", "Observation/1/../2", "Observation", "a/b"]
)
def test_only_relative_references_are_read(reference: str) -> None:
    with loopback(answering(Reply())) as server:
        with pytest.raises(EhrRefused):
            FhirClient(server.base_url).read(reference)
        assert server.asked == []


@pytest.mark.parametrize("base_url", ["ehr.example", "ftp://ehr.example", "https://me:pw@x/fhir"])
def test_a_base_that_is_no_plain_address_is_refused(base_url: str) -> None:
    with pytest.raises(EhrRefused, match="plain http") as raised:
        FhirClient(base_url)
    assert "pw" not in str(raised.value)


def test_a_server_that_answers_a_write_without_body_is_read() -> None:
    def script(asked: Asked) -> Reply:
        if asked.method == "POST":
            location = "http://behind.proxy/fhir/CarePlan/c7/_history/1"
            return Reply(201, b"", {"Location": location})
        return Reply(200, b'{"resourceType":"CarePlan","id":"c7"}', {"ETag": 'W/"1"'})

    with loopback(script) as server:
        written = FhirClient(server.base_url).create({"resourceType": "CarePlan"})
    assert (written.reference, written.version, written.created) == ("CarePlan/c7", "1", True)


def test_an_update_says_which_version_it_means() -> None:
    body = b'{"resourceType":"CarePlan","id":"c7","meta":{"versionId":"3"}}'
    with loopback(answering(Reply(200, body))) as server:
        FhirClient(server.base_url).update({"resourceType": "CarePlan", "id": "c7"}, "2")
        assert server.asked[0].headers["If-Match"] == 'W/"2"'


def test_a_delete_that_met_another_write_is_asked_again() -> None:
    replies = [Reply(409), Reply(204, b"")]
    with loopback(lambda _: replies.pop(0)) as server:
        FhirClient(server.base_url).delete("Subscription/7")
        assert [one.method for one in server.asked] == ["DELETE", "DELETE"]


def test_a_delete_that_others_prevent_is_a_conflict() -> None:
    with loopback(answering(Reply(409))) as server, pytest.raises(EhrConflict):
        FhirClient(server.base_url).delete("Patient/7")


def test_an_operation_answers_whatever_its_status() -> None:
    with loopback(answering(Reply(422, b"{}"))) as server:
        answer = FhirClient(server.base_url).operation(
            "CarePlan/$validate", {"resourceType": "CarePlan"}
        )
        assert (answer.status, server.asked[0].path) == (422, "/CarePlan/$validate")


def test_a_redirect_is_not_followed() -> None:
    with loopback(answering(Reply())) as stranger:
        reply = Reply(307, b"", {"Location": f"{stranger.base_url}/Observation/o1"})
        with loopback(answering(reply)) as server, pytest.raises(EhrUnavailable):
            FhirClient(server.base_url).read("Observation/o1")
        assert stranger.asked == []
