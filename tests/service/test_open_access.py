"""Who is let in without signing in: callers on this machine, never whom a proxy passes on."""

import asyncio
from typing import Any

import msgspec
import pytest

from runtime.settings import IntakeSettings
from storage.database import Database
from tests.service.conftest import Start, connection
from tests.service.memory import judge, keep
from tests.service.people import RESECTABLE, call, observation, record

BARE = {"main": connection(intake=IntakeSettings())}
HERE = {"host": "127.0.0.1:8000"}
VIEW = "/cds-services/nelm-patient-view"
BODY = msgspec.json.encode(observation("p1", "inr", 1.1))


async def statuses(start: Start, headers: dict[str, str], **more: Any) -> set[int]:
    """What a hook, its feedback, a notification and an assessment answer to such a request."""
    async with start(connections=BARE, **more) as client:
        answers = [
            await client.post(VIEW, call("patient-view", "p1"), headers),
            await client.post(f"{VIEW}/feedback", {"feedback": []}, headers),
            await client.call("PUT", "/notifications/main/Observation/p1-inr", BODY, headers),
            await client.get("/patients/main/p1/assessment", headers),
        ]
        return {answer.status for answer in answers}


@pytest.fixture
def patient(database: Database, mapping_set: Any) -> None:
    keep(database, mapping_set, record("p1", RESECTABLE))
    judge(database, "p1")


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:80", "[::1]:8000", ""])
def test_calls_made_on_this_machine_are_answered(start: Start, host: str) -> None:
    assert asyncio.run(statuses(start, {"host": host} if host else {})) == {200}


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    "header",
    [
        "Forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Real-IP",
        "Via",
        "X-Original-Host",
        "True-Client-IP",
        "CF-Connecting-IP",
        "X-Envoy-External-Address",
    ],
)
def test_what_a_proxy_passed_on_is_refused(start: Start, header: str) -> None:
    assert asyncio.run(statuses(start, {**HERE, header: "203.0.113.7"})) == {401}


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("host", ["nelm.example.org", "127.0.0.1.example.org:8000", "[::2]"])
def test_what_was_addressed_to_another_name_is_refused(start: Start, host: str) -> None:
    assert asyncio.run(statuses(start, {"host": host})) == {401}


@pytest.mark.usefixtures("patient")
def test_behind_a_proxy_listening_on_loopback_opens_nothing(start: Start) -> None:
    proxied = {"host": "127.0.0.1", "public_url": "https://nelm.example.org"}
    assert asyncio.run(statuses(start, HERE, **proxied)) == {401}


@pytest.mark.usefixtures("patient")
def test_open_access_is_open_however_the_call_came(start: Start) -> None:
    came = {"host": "nelm.example.org", "x-forwarded-for": "203.0.113.7"}
    opened = {"public_url": "https://nelm.example.org", "open_access": True}
    assert asyncio.run(statuses(start, came, **opened)) == {200}


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "http://127.0.0.1:9", "sec-fetch-site": "same-site"},
        {"origin": "null"},
        {"origin": "null", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"sec-fetch-site": "cross-site"},
    ],
)
@pytest.mark.parametrize("open_access", [False, True])
def test_what_a_browser_sends_for_another_page_is_refused(
    start: Start, headers: dict[str, str], open_access: bool
) -> None:
    assert asyncio.run(statuses(start, HERE | headers, open_access=open_access)) == {401}


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"},
        {"origin": "null", "sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate"},
        {"origin": "https://sandbox.example", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
    ],
)
def test_our_own_pages_and_allowed_ones_are_answered(start: Start, headers: dict[str, str]) -> None:
    allowed = ("https://sandbox.example",)
    assert asyncio.run(statuses(start, HERE | headers, cors_origins=allowed)) == {200}
