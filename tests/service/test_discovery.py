"""Discovery, health, figures, the public page, and what no path serves."""

import asyncio
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fhir_mappings.notifications import Change, Heard, Problem
from runtime.client_profiles import ClientProfile
from service.cds_hooks.discovery import PREFETCH, SERVICES
from storage import jobs, notifications, patients
from storage.database import SCHEMA_VERSION, Database
from storage.subscriptions import note_all_heard
from tests.service.conformance import problems_of_discovery, problems_of_operation_outcome
from tests.service.conftest import SECRET, CountedWakeUp, Start, connection
from tests.service.people import call
from tests.service.signing import PUBLIC_URL, Signer, client, key_set

KEYS = [
    "patient",
    "conditions",
    "observations",
    "procedures",
    "medications",
    "medicationStatements",
    "administrations",
    "reports",
]


def test_discovery_lists_one_id_per_hook_with_the_contracts_prefetch_keys(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.get("/cds-services")
            assert answer.status == 200
            assert problems_of_discovery(answer.json()) == []
            found = {one["id"]: one["hook"] for one in answer.json()["services"]}
            assert found == {
                "nelm-patient-view": "patient-view",
                "nelm-order-select": "order-select",
                "nelm-order-sign": "order-sign",
                "nelm-problem-list": "problem-list-item-create",
            }
            for one in answer.json()["services"]:
                assert list(one["prefetch"]) == KEYS

    asyncio.run(go())


def test_prefetch_templates_are_plain_searches() -> None:
    for template in PREFETCH.values():
        names = {part.partition("=")[0] for part in template.partition("?")[2].split("&") if part}
        assert names <= {"patient", "category", "code", "_count", "_sort"}
    assert len(SERVICES) == 4


def offered(start: Start, headers: dict[str, str] | None = None, **settings: Any) -> list[Any]:
    async def go() -> list[Any]:
        async with start(**settings) as client:
            answer = await client.get("/cds-services", headers)
            assert answer.status == 200
            assert problems_of_discovery(answer.json()) == []
            found: list[Any] = answer.json()["services"]
            return found

    return asyncio.run(go())


def test_discovery_offers_what_some_connected_client_may_take(start: Start) -> None:
    orders = ClientProfile(hooks=("order-sign",), prefetch_keys={"observations": "-labs"})
    epic, own = connection(client_profile="epic"), connection("north", client_profile="orders")
    alone = offered(start, connections={"north": own}, client_profiles={"orders": orders})
    assert [one["id"] for one in alone] == ["nelm-order-sign"]
    assert list(alone[0]["prefetch"]) == ["-labs" if key == "observations" else key for key in KEYS]
    both = offered(
        start, connections={"main": epic, "north": own}, client_profiles={"orders": orders}
    )
    assert [one["id"] for one in both] == list(SERVICES)[:3]
    assert list(both[0]["prefetch"]) == KEYS
    assert [one["id"] for one in offered(start, connections={})] == list(SERVICES)


def test_a_client_that_shows_its_token_is_offered_what_its_own_profile_takes(
    start: Start, tmp_path: Path
) -> None:
    signer = Signer()
    keys = tmp_path / "keys.json"
    keys.write_bytes(key_set(signer))
    trusted = connection(client_profile="epic", cds_clients=(client(jwks_file=str(keys)),))
    settings: dict[str, Any] = {
        "connections": {"main": trusted, "north": connection("north")},
        "public_url": PUBLIC_URL,
    }
    address = f"{PUBLIC_URL}/cds-services"
    for headers, count in (
        (signer.signed(aud=address), 3),
        (signer.signed(aud="https://elsewhere.example"), 4),
        ({"authorization": "Bearer garbage"}, 4),
        ({}, 4),
    ):
        assert len(offered(start, headers, **settings)) == count


def test_alive_and_ready_say_so(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            assert (await client.get("/health/live")).status == 200
            ready = (await client.get("/health/ready")).json()
            assert ready == {
                "status": "ready",
                "database": f"ok, schema {SCHEMA_VERSION}",
                "workers": "ok, in this process",
                "events": "ok, none known to be missing",
                "ehrs": "ok",
            }

    asyncio.run(go())


def test_what_an_ehr_failed_to_send_is_told_to_operators(start: Start, database: Database) -> None:
    async def go() -> None:
        async with start() as client:
            figures = (await client.get("/metrics")).body
            assert b'nelm_events_missing_seconds{connection="main"} 0\n' in figures
            assert b'nelm_subscriptions_not_active{connection="main"} 0\n' in figures
            noted = await client.call("POST", "/notifications/main", b"", {"x-nelm-secret": SECRET})
            assert noted.status == 200
            off = Heard("heartbeat", (), (), "Subscription/1", 4, "off")
            with database.transaction() as tx:
                note_all_heard(tx, [("main", off)], time.time())
                tx.execute(sa.text("UPDATE subscriptions SET gap_since = gap_since - 600"))
            ready = await client.get("/health/ready")
            assert ready.status == 200
            said = "missing or switched off for 2 subscriptions; see nelm-cds doctor"
            assert ready.json()["events"] == said
            figures = (await client.get("/metrics")).body
            assert b'nelm_events_missing_seconds{connection="main"} 6' in figures
            assert b'nelm_subscriptions_not_active{connection="main"} 1\n' in figures

    asyncio.run(go())


def test_changes_that_an_ehr_did_not_let_us_read_are_told_and_the_service_stays_ready(
    start: Start, database: Database
) -> None:
    changes = (Change("Observation", "o1"), Change("Observation", "o2"))
    with database.transaction() as tx:
        heard = Heard("changes", changes)
        notifications.put_now(tx, "main", heard, "subscription", now=1_780_000_000)
        notifications.retry(tx, notifications.take(tx), "EhrUnavailable", 600)

    async def go() -> None:
        async with start() as client:
            answer = await client.get("/health/ready")
            assert answer.status == 200
            assert answer.json()["ehrs"] == (
                "main: 2 changes not read since 2026-05-28T20:26:40+00:00"
            )
            figures = (await client.get("/metrics")).body
            assert b'nelm_not_read_rows{connection="main"} 2\n' in figures
            with database.transaction() as tx:
                notifications.revive(tx)
            figures = (await client.get("/metrics")).body
            assert b'nelm_not_read_rows{connection="main"} 0\n' in figures
            assert b'nelm_not_read_seconds{connection="main"} 0\n' in figures

    asyncio.run(go())


def test_a_database_of_another_version_is_not_ready(start: Start, database: Database) -> None:
    async def go() -> None:
        async with start() as client:
            with database.transaction() as tx:
                tx.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))
            answer = await client.get("/health/ready")
            assert answer.status == 503
            assert "nelm-cds migrate" in answer.json()["database"]

    asyncio.run(go())


def test_workers_that_ended_are_noticed(start: Start, wake_up: CountedWakeUp) -> None:
    async def go() -> None:
        async with start() as client:
            assert b"nelm_workers_alive 1" in (await client.get("/metrics")).body
            wake_up.heard = False
            answer = await client.get("/health/ready")
            assert (answer.status, answer.json()["status"]) == (503, "not ready")
            assert answer.json()["workers"] == "stopped; start anew"
            assert b"nelm_workers_alive 0" in (await client.get("/metrics")).body

    asyncio.run(go())


def test_due_work_that_nobody_does_shows_its_age(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            assert b"nelm_oldest_due_seconds 0\n" in (await client.get("/metrics")).body
            body = b'{"resourceType":"Observation","id":"o1"}'
            noted = await client.call("PUT", "/notifications/main", body, {"x-nelm-secret": SECRET})
            assert noted.status == 200
            figures = (await client.get("/metrics")).body
            assert b"nelm_oldest_due_seconds 0\n" not in figures
            assert b'nelm_waiting_rows{kind="notifications"} 1\n' in figures
            assert b'nelm_waiting_rows{kind="jobs"} 0\n' in figures

    asyncio.run(go())


def test_what_was_given_up_on_is_counted_as_it_is_stored(start: Start, database: Database) -> None:
    async def go() -> None:
        async with start() as client:
            figures = (await client.get("/metrics")).body
            assert b"nelm_buried_jobs 0\n" in figures
            with database.transaction() as tx:
                heard = Heard("changes", (Change("Observation", "o1"),), (Problem("no", b"{"),))
                notifications.put_now(tx, "main", heard, "subscription")
                notifications.bury(tx, notifications.take(tx), "EhrRefused")
                key = patients.find_or_add(tx, "main", ["p1"])["p1"]
                jobs.put(tx, "assess", [key])
                jobs.bury(tx, jobs.take(tx, ["assess"]), "KeyError")
            figures = (await client.get("/metrics")).body
            for name in ("nelm_buried_jobs", "nelm_buried_notifications", "nelm_poison_rows"):
                assert f"# HELP {name} ".encode() in figures
                assert f"{name} 1\n".encode() in figures

    asyncio.run(go())


def test_figures_are_prometheus_text(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            await client.call("PUT", "/notifications/main", b"{}", {"x-nelm-secret": "wrong"})
            answer = await client.get("/metrics")
            assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
            assert b'nelm_notifications_refused_total{connection="main"} 1' in answer.body

    asyncio.run(go())


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_j5_the_public_page_names_sources_limits_and_versions(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.get("/about", {"accept": "text/html"})
            assert answer.headers["content-type"].startswith("text/html")
            page = _Tags()
            page.feed(answer.body.decode())
            assert page.open == []
            text = " ".join(page.text)
            for word in ("never decides", "Cloyd 2020", "Intended use", "Limits", "switched on"):
                assert word in text

    asyncio.run(go())


def test_the_public_page_is_data_for_software(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.get("/about", {"accept": "application/json"})
            content = answer.json()
            assert {one["id"] for one in content["sources"]} >= {"cloyd2020", "lewis2012"}
            assert content["knowledgeVersion"]
            assert content["packs"][0]["on"] is True

    asyncio.run(go())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("POST", "/cds-services", 405),
        ("GET", "/cds-services/nelm-order-sign", 405),
        ("GET", "/notifications/main", 405),
    ],
)
def test_what_no_path_serves_is_an_operation_outcome(
    start: Start, method: str, path: str, status: int
) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.call(method, path)
            assert answer.status == status
            assert problems_of_operation_outcome(answer.json()) == []

    asyncio.run(go())


def test_x1_browsers_are_let_in_from_listed_origins_only(start: Start) -> None:
    async def go() -> None:
        asked = {
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        }
        async with start(cors_origins=("https://ehr.example",)) as client:
            path = "/cds-services/nelm-order-sign"
            answer = await client.call(
                "OPTIONS", path, b"", {"origin": "https://ehr.example", **asked}
            )
            assert answer.status == 200
            assert answer.headers["access-control-allow-origin"] == "https://ehr.example"
            allowed = answer.headers["access-control-allow-headers"]
            assert {"Authorization", "Content-Type"} <= set(allowed.split(", "))
            assert "access-control-allow-credentials" not in answer.headers
            other = await client.call(
                "OPTIONS", path, b"", {"origin": "https://other.example", **asked}
            )
            assert "access-control-allow-origin" not in other.headers
            failed = await client.call("POST", path, b"{", {"origin": "https://ehr.example"})
            assert failed.status == 400
            assert failed.headers["access-control-allow-origin"] == "https://ehr.example"
            headers = {"origin": "https://ehr.example"}
            called = await client.post(path, call("order-sign", "p1", []), headers)
            assert called.status == 200
            assert called.headers["access-control-allow-origin"] == "https://ehr.example"

    asyncio.run(go())
