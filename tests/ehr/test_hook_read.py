"""Reads during a hook: only known EHRs, only within the budget, honest about what is missing."""

import json
import threading
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


def test_what_is_gone_is_completely_nothing() -> None:
    with loopback(lambda asked: Reply(404)) as server:
        answer = reader(server.base_url).fetch("Patient/p")
    assert (answer.resources, answer.complete) == ((), True)


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


def test_several_queries_share_the_budget_and_keep_their_keys() -> None:
    def script(asked: Asked) -> Reply:
        return Reply(500) if asked.path.startswith("/Procedure") else page("o1")

    with loopback(script) as server:
        answers = reader(server.base_url).fetch_all(
            {"observations": "Observation?patient=p", "procedures": "Procedure?patient=p"}
        )
    assert {key: answer.complete for key, answer in answers.items()} == {
        "observations": True,
        "procedures": False,
    }


def test_no_query_is_no_answer() -> None:
    assert reader("https://ehr.example/fhir").fetch_all({}) == {}
