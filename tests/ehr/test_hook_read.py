"""Reads during a hook: only known EHRs, only within the budget, honest about what is missing."""

import json
import socket
import threading
import time
from typing import Any

import pytest

from ehr.errors import EhrRefused
from ehr.hook_read import HookRead
from tests.ehr.loopback import Asked, Reply, loopback


def page(*ids: str, following: str | None = None) -> Reply:
    entries = [{"resource": {"resourceType": "Observation", "id": one}} for one in ids]
    links = [{"relation": "next", "url": following}] if following else []
    content = {"resourceType": "Bundle", "link": links, "entry": entries}
    return Reply(200, json.dumps(content).encode())


def reader(base: str, **more: Any) -> HookRead:
    settings: dict[str, Any] = {"allowed": [base], "token": "t", "budget_seconds": 5.0}
    return HookRead(base, **{**settings, **more})


def test_a_query_gives_all_its_pages_with_the_callers_token() -> None:
    def script(asked: Asked) -> Reply:
        if "page=2" in asked.path:
            return page("o2")
        return page("o1", following="Observation?patient=p&page=2")

    with loopback(script) as server:
        answer = reader(f"{server.base_url}/fhir").fetch("Observation?patient=p")
    assert (len(answer.resources), answer.complete) == (2, True)
    assert {asked.headers["Authorization"] for asked in server.asked} == {"Bearer t"}
    assert [asked.path.partition("?")[0] for asked in server.asked] == ["/fhir/Observation"] * 2


def test_a_read_gives_the_resource_as_it_is() -> None:
    with loopback(lambda asked: Reply(200, b'{"resourceType":"Patient","id":"p"}')) as server:
        answer = reader(server.base_url).fetch("Patient/p")
    assert answer.resources == (b'{"resourceType":"Patient","id":"p"}',)


@pytest.mark.parametrize(
    "gone", [Reply(410), Reply(404, b'{"resourceType":"OperationOutcome","issue":[]}')]
)
def test_what_is_gone_is_completely_nothing(gone: Reply) -> None:
    with loopback(lambda asked: gone) as server:
        answer = reader(server.base_url).fetch("Patient/p")
    assert (answer.resources, answer.complete) == ((), True)


def test_the_404_of_a_gateway_is_not_nothing() -> None:
    with loopback(lambda asked: Reply(404, b"<html>default backend - 404</html>")) as server:
        answer = reader(server.base_url).fetch("Patient/p")
    assert (answer.resources, answer.complete) == ((), False)


@pytest.mark.parametrize("status", [302, 401, 403, 500, 503])
def test_a_failure_is_never_an_empty_record(status: int) -> None:
    with loopback(lambda asked: Reply(status)) as server:
        answer = reader(server.base_url).fetch("Condition?patient=p")
    assert not answer.complete
    assert answer.failure is not None
    assert "patient=p" not in answer.failure


def test_a_lost_page_keeps_what_came_and_says_so() -> None:
    def script(asked: Asked) -> Reply:
        return Reply(503) if "page=2" in asked.path else page("o1", following="?page=2")

    with loopback(script) as server:
        answer = reader(f"{server.base_url}/fhir").fetch("Observation?patient=p")
    assert (len(answer.resources), answer.complete) == (1, False)


def test_the_budget_ends_a_silent_ehr() -> None:
    released = threading.Event()

    def script(asked: Asked) -> Reply:
        released.wait(5)
        return page()

    with loopback(script) as server:
        answer = reader(server.base_url, budget_seconds=0.1).fetch("Condition?patient=p")
        released.set()
    assert not answer.complete


def test_nothing_is_asked_once_the_budget_is_used_up() -> None:
    with loopback(lambda asked: page()) as server:
        answer = reader(server.base_url, budget_seconds=0.0).fetch("Condition?patient=p")
        assert server.asked == []
    assert answer.failure == "Condition: the time for reads of this call is used up"


@pytest.mark.parametrize(
    "fhir_server",
    [
        "https://evil.example/fhir",
        "https://ehr.example",
        "https://ehr.example:444/fhir",
        "nonsense",
    ],
)
def test_an_unknown_server_gets_no_request(fhir_server: str) -> None:
    with pytest.raises(EhrRefused, match="not a configured connection"):
        HookRead(fhir_server, ["https://ehr.example/fhir"], "t", 1.0)


@pytest.mark.parametrize(
    "fhir_server", ["https://EHR.example/fhir/", "https://ehr.example:443/fhir"]
)
def test_a_known_server_counts_in_other_spellings(fhir_server: str) -> None:
    assert HookRead(fhir_server, ["https://ehr.example/fhir"], "t", 1.0)


def test_a_token_never_goes_over_plain_http() -> None:
    with pytest.raises(EhrRefused, match="https"):
        HookRead("http://ehr.example/fhir", ["http://ehr.example/fhir"], "t", 1.0)


def test_the_next_page_of_a_stranger_is_not_fetched() -> None:
    with loopback(lambda asked: page("x")) as stranger:
        reply = page("o1", following=f"{stranger.base_url}/Observation?page=2")
        with loopback(lambda asked: reply) as server:
            answer = reader(server.base_url).fetch("Observation?patient=p")
        assert stranger.asked == []
    assert (len(answer.resources), answer.complete) == (1, False)


def test_pages_that_run_in_a_circle_end() -> None:
    with loopback(lambda asked: page("o1", following="?page=1")) as server:
        answer = reader(server.base_url).fetch("Observation?patient=p")
    assert not answer.complete


@pytest.mark.parametrize("query", ["http://evil.example/x", "/etc", "../Patient/1", ""])
def test_a_query_must_be_relative(query: str) -> None:
    with loopback(lambda asked: page()) as server:
        assert not reader(f"{server.base_url}/fhir").fetch(query).complete
        assert server.asked == []


def test_a_query_cannot_climb_out_of_the_base() -> None:
    with loopback(lambda asked: page()) as server:
        answer = reader(f"{server.base_url}/fhir").fetch("Patient/../../admin")
        assert server.asked == []
    assert answer.failure == "Patient: an address outside the FHIR server"


def test_a_search_that_is_not_offered_is_no_empty_record() -> None:
    with loopback(lambda asked: Reply(404)) as server:
        answer = reader(server.base_url).fetch("Condition?patient=p")
    assert ((), False) == (answer.resources, answer.complete)


def test_a_further_page_is_followed_to_the_end_of_the_search() -> None:
    def script(asked: Asked) -> Reply:
        return page("o3") if "page=3" in asked.path else page("o2", following="?page=3")

    with loopback(script) as server:
        hook = reader(f"{server.base_url}/fhir")
        link = f"{server.base_url}/fhir/Observation?page=2"
        assert hook.may_follow(link)
        answer = hook.follow(link)
    assert (len(answer.resources), answer.complete) == (2, True)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/fhir/Observation",
        "/other/Observation",
        "../x",
        "ftp://x/y",
        "//x/fhir",
    ],
)
def test_a_page_elsewhere_is_not_followed(link: str) -> None:
    with loopback(lambda asked: page("x")) as server:
        hook = reader(f"{server.base_url}/fhir")
        assert not hook.may_follow(link)
        assert not hook.follow(link).complete
        assert server.asked == []


def test_cookies_of_one_call_never_go_along_with_another() -> None:
    def script(asked: Asked) -> Reply:
        return Reply(200, b"{}", {"Set-Cookie": "session=of-doctor-1; Path=/"})

    with loopback(script) as server:
        reader(server.base_url, token="one").fetch("Patient/p")
        reader(server.base_url, token="two").fetch("Patient/p")
        assert [asked.headers["Authorization"] for asked in server.asked] == [
            "Bearer one",
            "Bearer two",
        ]
        assert all("Cookie" not in asked.headers for asked in server.asked)


def test_a_server_that_drips_is_left_at_the_end_of_the_budget() -> None:
    """Each byte comes in time, the whole never would."""
    ended = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not ended.wait(0.02):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=drip, args=(listening,))
        dripping.start()
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        begin = time.monotonic()
        answer = reader(base, budget_seconds=0.2).fetch("Condition?patient=p")
        took = time.monotonic() - begin
        ended.set()
        dripping.join()
    assert not answer.complete
    assert took < 1.5
