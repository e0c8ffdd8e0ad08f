"""Stored assessments for other software, and failures that never look like "nothing to see"."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from hashlib import sha256

import pytest
import sqlalchemy as sa

from fhir_mappings.mapping_set import MappingSet
from runtime.logs import start_logging
from runtime.metrics import Metrics
from runtime.settings import ReaderSettings
from storage import patients
from storage.database import Database
from tests.service.conformance import problems_of_operation_outcome
from tests.service.conftest import Start, connection
from tests.service.memory import judge, keep
from tests.service.people import (
    MULTIFOCAL,
    RESECTABLE,
    call,
    condition,
    conditions,
    observation,
    person,
    prefetch,
    record,
)


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


PATH = "/patients/main/p1/assessment"
READERS = {
    "board": ReaderSettings(token_digests=(digest("r1"), digest("r0")), connections=("main",))
}
GIVEN = {"authorization": "Bearer r1"}


def test_the_stored_document_is_served_as_it_is(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, record("p1", RESECTABLE))
    document = judge(database, "p1")

    async def go() -> None:
        async with start(readers=READERS) as client:
            answer = await client.get(PATH, GIVEN)
            assert answer.status == 200
            assert answer.json() == document | {"candidates": []}

    asyncio.run(go())


def test_the_history_stands_newest_first(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, record("p1", RESECTABLE))
    judge(database, "p1")
    newer = observation("p1", "reported_resectability", "unresectable", day="2026-05-30")
    newer["meta"]["versionId"] = "2"
    keep(database, mapping_set, [newer, observation("p1", "stable_months", 4, id="more")])
    judge(database, "p1")

    async def go() -> None:
        async with start(readers=READERS) as client:
            answer = await client.get(PATH + "s", GIVEN)
            listed = answer.json()["assessments"]
            assert [one["latest"] for one in listed] == [True, False]
            assert listed[0]["assessment"]["strategy"] == listed[0]["strategy"]
            assert listed[1]["strategy"] == "resection_first"

    asyncio.run(go())


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "r"}])
def test_without_a_reader_token_there_is_a_bare_401(start: Start, headers: dict[str, str]) -> None:
    async def go() -> None:
        async with start(readers=READERS) as client:
            for path in (PATH, PATH + "s"):
                answer = await client.get(path, headers)
                assert (answer.status, answer.body) == (401, b"")
        async with start(host="0.0.0.0") as client:  # noqa: S104
            assert (await client.get(PATH, headers)).status == 401

    asyncio.run(go())


def test_unknown_waiting_and_unsuspicious_patients_read_differently(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, conditions("waiting"))
    keep(database, mapping_set, [person("other"), condition("other", "I10", "Hypertension")])
    keep(database, mapping_set, [person("unread"), observation("unread", "inr", 1.1)])

    async def go() -> None:
        async with start(readers=READERS) as client:
            told = []
            for patient in ("nobody", "waiting", "other", "unread"):
                answer = await client.get(f"/patients/main/{patient}/assessment", GIVEN)
                assert answer.status == 404
                assert problems_of_operation_outcome(answer.json()) == []
                told.append(answer.json()["issue"][0]["diagnostics"])
            assert len(set(told[:3])) == 3
            # without its conditions a record shows nothing, neither that there is no tumor
            assert told[3] == told[1]
            history = await client.get("/patients/main/nobody/assessments", GIVEN)
            assert history.status == 404

    asyncio.run(go())


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the process logs, as it would on standard error."""
    before = logging.getLogger().handlers[:]
    stream = io.StringIO()
    start_logging("debug", stream)
    yield stream
    logging.getLogger().handlers[:] = before


def test_a_broken_store_is_an_error_and_never_an_empty_list(
    start: Start, database: Database, lines: io.StringIO
) -> None:
    async def go() -> None:
        async with start() as client:
            with database.transaction() as tx:
                tx.execute(sa.text("DROP TABLE patient_aliases"))
            body = call("patient-view", "p1", prefetch=prefetch("p1", MULTIFOCAL))
            answer = await client.post("/cds-services/nelm-patient-view", body)
            assert answer.status >= 500
            assert problems_of_operation_outcome(answer.json()) == []
            assert b"cards" not in answer.body

    asyncio.run(go())
    assert lines.getvalue()


def test_log_lines_hold_ids_only(start: Start, lines: io.StringIO) -> None:
    async def go() -> None:
        async with start() as client:
            found = prefetch("p1", MULTIFOCAL, conditions=None)
            body = call("patient-view", "p1", prefetch=found, fhirAuthorization={"t": "t0ken"})
            await client.post("/cds-services/nelm-patient-view", body)
            await client.call("POST", "/notifications/main", b"{secret value", {})
            await client.call(
                "POST", "/notifications/main", b"{secret value", {"x-nelm-secret": "s3cret-of-main"}
            )

    asyncio.run(go())
    written = lines.getvalue()
    for never in ("t0ken", "secret value", "s3cret", "jejunum", "1963"):
        assert never not in written
    told = [json.loads(line) for line in written.splitlines()]
    (unread,) = [one for one in told if one["event"] == "record could not be read"]
    assert unread["service"] == "nelm-patient-view"
    assert unread["connection"] == "main"
    assert unread["reason"].startswith("not-stored:conditions")
    assert "notification refused" in [one["event"] for one in told]


@pytest.mark.parametrize("what", ["assessment", "assessments"])
def test_a_connection_that_is_not_configured_is_no_unknown_patient(start: Start, what: str) -> None:
    async def go() -> None:
        async with start(readers=READERS) as client:
            answer = await client.get(f"/patients/nope/p1/{what}", GIVEN)
            assert answer.status == 404
            assert "No connection is called that." in answer.body.decode()

    asyncio.run(go())


def test_a_reader_sees_the_connections_it_names_and_no_others(
    start: Start, database: Database, mapping_set: MappingSet, metrics: Metrics
) -> None:
    keep(database, mapping_set, record("p1", RESECTABLE))
    judge(database, "p1")
    readers = READERS | {
        "north": ReaderSettings(token_digests=(digest("n"),), connections=("north",))
    }

    async def go() -> None:
        both = {"main": connection(), "north": connection("north")}
        async with start(readers=readers, connections=both) as client:
            for token, status in (("r1", 200), ("r0", 200), ("n", 404), ("r2", 401)):
                answer = await client.get(PATH, {"authorization": f"bearer {token}"})
                assert answer.status == status
            elsewhere = await client.get(PATH, {"authorization": "Bearer n"})
            nowhere = await client.get(
                "/patients/nope/p1/assessment", {"authorization": "Bearer n"}
            )
            assert elsewhere.body == nowhere.body

    asyncio.run(go())
    assert metrics.value("nelm_readers_total", outcome="board") == 2
    assert metrics.value("nelm_readers_total", outcome="refused") == 1


def test_who_read_whose_record_stands_in_the_log(
    start: Start, database: Database, mapping_set: MappingSet, lines: io.StringIO
) -> None:
    keep(database, mapping_set, record("p1", RESECTABLE))
    judge(database, "p1")
    with database.reading() as conn:
        key = patients.find(conn, "main", "p1")

    async def go() -> None:
        async with start(readers=READERS) as client:
            answer = await client.get(PATH, {"authorization": "Bearer r1"})
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
            await client.get(f"{PATH}s", {"authorization": "Bearer r1"})
            await client.get(PATH, {"authorization": "Bearer wrong"})

    asyncio.run(go())
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    read = [one for one in told if one["event"] == "record read"]
    assert [(one["kind"], one["reader"], one["connection"]) for one in read] == [
        ("assessment", "board", "main"),
        ("assessment-history", "board", "main"),
    ]
    assert {one["patient_key"] for one in read} == {key}
    assert [one["event"] for one in told if one not in read] == ["reader refused"]


def test_the_digest_of_a_token_is_no_token(start: Start) -> None:
    async def go() -> None:
        async with start(readers=READERS) as client:
            answer = await client.get(PATH, {"authorization": f"Bearer {digest('r1')}"})
            assert answer.status == 401

    asyncio.run(go())
