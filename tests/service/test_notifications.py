"""What EHRs send: kept before it is answered, whatever shape it has."""

import asyncio
import gzip
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from runtime.metrics import Metrics
from runtime.settings import IntakeSettings
from storage.database import Database
from tests.service.conformance import problems_of_operation_outcome
from tests.service.conftest import FORMER_SECRET, SECRET, CountedWakeUp, Start, connection
from tests.service.people import observation

GIVEN = {"x-nelm-secret": SECRET}
PATH = "/notifications/main/Observation/p1-inr"
BODY = msgspec.json.encode(observation("p1", "inr", 1.1))


def rows(database: Database) -> list[tuple[str, str]]:
    with database.reading() as conn:
        return [
            (row[0], row[1])
            for row in conn.execute(
                sa.text("SELECT coalesce(id, ''), state FROM notifications ORDER BY 1")
            )
        ]


def test_a_notification_is_stored_before_it_is_answered(
    start: Start, database: Database, wake_up: CountedWakeUp
) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.call("PUT", PATH, BODY, GIVEN)
            assert answer.status == 200
            assert answer.headers["content-type"].startswith("application/fhir+json")
            assert answer.json() == {"resourceType": "Bundle", "type": "transaction-response"}
            assert len(rows(database)) == 1
            assert wake_up.calls == 1

    asyncio.run(go())


def test_the_same_notification_twice_is_one_row(start: Start, database: Database) -> None:
    async def go() -> None:
        async with start() as client:
            for _ in range(2):
                assert (await client.call("PUT", PATH, BODY, GIVEN)).status == 200

    asyncio.run(go())
    assert len(rows(database)) == 1


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_every_method_of_the_dialects_is_taken(start: Start, method: str) -> None:
    async def go() -> None:
        async with start() as client:
            body = b"" if method == "DELETE" else BODY
            assert (await client.call(method, PATH, body, GIVEN)).status == 200
            assert (await client.call(method, "/notifications/main", body, GIVEN)).status == 200

    asyncio.run(go())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x-nelm-secret": SECRET}, 200),
        ({"x-nelm-secret": FORMER_SECRET}, 200),
        ({"authorization": f"Bearer {SECRET}"}, 200),
        ({"x-nelm-secret": SECRET + "x"}, 401),
        ({"x-nelm-secret": ""}, 401),
        ({"x-nelm-secret": "é"}, 401),
        ({}, 401),
    ],
)
def test_only_the_connections_secrets_are_let_in(
    start: Start, database: Database, headers: dict[str, str], status: int
) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.call("PUT", PATH, BODY, headers)
            assert answer.status == status
            if status == 401:
                assert answer.body == b""
                assert rows(database) == []

    asyncio.run(go())


def test_an_unknown_connection_is_named_as_such(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.call("PUT", "/notifications/elsewhere", BODY, GIVEN)
            assert answer.status == 404
            assert problems_of_operation_outcome(answer.json()) == []

    asyncio.run(go())


def test_an_oversized_body_is_refused_while_it_streams_in(start: Start) -> None:
    async def go() -> None:
        async with start(max_body_bytes=1000) as client:
            parts = [b"x" * 400] * 100_000
            answer = await client.call("PUT", PATH, parts, GIVEN)
            assert answer.status == 413
            assert problems_of_operation_outcome(answer.json()) == []
            announced = {**GIVEN, "content-length": "1001"}
            assert (await client.call("PUT", PATH, b"", announced)).status == 413

    asyncio.run(go())


@pytest.mark.parametrize(
    ("path", "states"),
    [(PATH, [("Observation", "unknown", "waiting")]), ("/notifications/main", ["poison"])],
)
def test_an_oversized_notification_leaves_a_trace_of_what_it_was_about(
    start: Start, database: Database, metrics: Metrics, path: str, states: list[object]
) -> None:
    async def go() -> None:
        async with start(max_body_bytes=1000) as client:
            assert (await client.call("PUT", path, b"x" * 1001, GIVEN)).status == 413

    asyncio.run(go())
    assert metrics.value("nelm_notifications_too_large_total", connection="main") == 1
    with database.reading() as conn:
        kept = conn.execute(sa.text("SELECT type, interaction, state FROM notifications"))
        assert [row.state if row.state == "poison" else tuple(row) for row in kept] == states


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff\xfe", b'{"resourceType": 3}'])
def test_what_cannot_be_read_is_kept_as_it_came(
    start: Start, database: Database, body: bytes
) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.call("POST", "/notifications/main", body, GIVEN)
            assert answer.status == 200
            assert [state for _, state in rows(database)] == ["poison"]

    asyncio.run(go())


def test_a_closed_store_asks_to_try_again(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            client.app.state.parts.inbox.stop()
            answer = await client.call("PUT", PATH, BODY, GIVEN)
            assert answer.status == 503
            assert int(answer.headers["retry-after"]) > 0
            assert problems_of_operation_outcome(answer.json()) == []

    asyncio.run(go())


def test_without_a_secret_only_open_access_lets_in(start: Start) -> None:
    async def go() -> None:
        bare = {"main": connection(intake=IntakeSettings())}
        async with start(connections=bare) as client:
            assert (await client.call("PUT", PATH, BODY)).status == 200
        async with start(connections=bare, host="0.0.0.0") as client:  # noqa: S104
            assert (await client.call("PUT", PATH, BODY)).status == 401

    asyncio.run(go())


CAPTURED = sorted((Path(__file__).parents[1] / "fixtures" / "notifications").glob("*.json"))


@pytest.mark.parametrize("captured", CAPTURED, ids=lambda path: path.stem)
def test_what_real_servers_sent_is_taken_and_never_poison(
    start: Start, database: Database, captured: Path
) -> None:
    sent = msgspec.json.decode(captured.read_bytes())
    path = "/notifications/main/" + sent["path"].removeprefix("/notifications/").partition("/")[2]
    body = msgspec.json.encode(sent["body"]) if sent.get("body") else b""

    async def go() -> None:
        async with start() as client:
            headers = {**sent["headers"], **GIVEN}
            answer = await client.call(sent["method"], path.rstrip("/"), body, headers)
            assert answer.status == 200
            assert answer.json()["resourceType"] == "Bundle"

    asyncio.run(go())
    assert "poison" not in [state for _, state in rows(database)]


def test_a_packed_body_is_unpacked_and_what_only_says_so_is_kept_as_it_came(
    start: Start, database: Database
) -> None:
    packed = gzip.compress(BODY)
    bomb = gzip.compress(b" " * 20_000_000)
    headers = {**GIVEN, "content-encoding": "gzip"}

    async def go() -> None:
        async with start() as client:
            for body, status in ((packed, 200), (packed[:-9], 200), (b"{", 200), (bomb, 413)):
                answer = await client.call("POST", "/notifications/main", body, headers)
                assert answer.status == status

    asyncio.run(go())
    assert sorted(state for _, state in rows(database)) == ["poison"] * 3 + ["waiting"]
