"""Pages for people: what a browser gets at the start page, on a wrong path, and about us."""

import asyncio
import re
from importlib.metadata import version

import pytest
import sqlalchemy as sa

from storage.database import Database
from tests.service.asgi_client import Answer
from tests.service.conftest import CountedWakeUp, Start
from tests.service.html import BROWSER, Seen


def seen(start: Start, path: str, status: int = 200) -> Seen:
    async def go() -> Answer:
        async with start() as client:
            answer = await client.get(path, BROWSER)
            assert answer.status == status
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            return answer

    return Seen(asyncio.run(go()))


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/about", 200), ("/nothing", 404)])
def test_a_page_is_whole_loads_nothing_and_names_itself_once(
    start: Start, path: str, status: int
) -> None:
    page = seen(start, path, status)
    assert page.open == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert page.words["title"] == page.words["h1"]
    assert page.tags.count("h1") == page.tags.count("main") == 1
    style = " ".join(page.words["style"])
    assert "@media print" in style
    assert "url(" not in style


def test_the_start_page_says_that_it_is_ready_and_leads_on(start: Start) -> None:
    page = seen(start, "/")
    assert page.words["h1"] == ["NELM decision support is ready"]
    assert {"/about", "/cds-services", "/health/ready", "/metrics"} <= set(page.links)


def test_the_start_page_says_what_is_wrong_and_what_to_do(
    start: Start, database: Database, wake_up: CountedWakeUp
) -> None:
    wake_up.heard = False
    page = seen(start, "/")
    assert page.words["h1"] == ["NELM decision support is not ready"]
    assert "No worker answers" in page.words["p"][0]
    with database.transaction() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = 'other'"))
    assert "Run nelm-cds migrate" in seen(start, "/").words["p"][0]


def test_a_wrong_path_is_a_page_that_does_not_repeat_it(start: Start) -> None:
    page = seen(start, "/patients/%3Cscript%3E/secret-id", 404)
    assert page.words["h1"] == ["Nothing is served at this path"]
    assert "secret" not in str(page.words)
    assert page.links == ["/", "/about"]


@pytest.mark.parametrize("accept", ["application/json", "application/fhir+json", "*/*"])
def test_software_gets_an_operation_outcome_instead_of_a_page(start: Start, accept: str) -> None:
    async def go() -> None:
        async with start() as client:
            for path in ("/", "/nothing"):
                answer = await client.get(path, {"accept": accept})
                assert answer.status == 404
                assert answer.json()["resourceType"] == "OperationOutcome"

    asyncio.run(go())


def test_about_names_versions_and_how_much_of_each_source_was_read(start: Start) -> None:
    page = seen(start, "/about")
    assert f"nelm-cds {version('nelm-cds')}" in page.words["dd"]
    assert page.words["dt"] == ["Software", "Criteria and papers", "Mapping of codes"]
    cells = page.words["td"]
    assert "full text without its first page" in cells
    assert "no copy here; cited as published" in cells
    years = [cell for cell in cells if re.fullmatch(r"\d{4}", cell)]
    assert len(years) == page.tags.count("tr") - 1


def test_what_is_refused_is_a_page_for_people_and_an_outcome_for_software(start: Start) -> None:
    path = "/patients/nowhere/p1/assessment"
    page = seen(start, path, 404)
    assert page.words["h1"] == ["No connection is called that"]
    assert "p1" not in page.said()

    async def go() -> None:
        async with start() as client:
            answer = await client.get(path, {"accept": "application/json"})
            assert answer.json()["resourceType"] == "OperationOutcome"

    asyncio.run(go())


def test_where_something_of_ours_broke_people_get_a_page_with_a_reference(
    start: Start, database: Database
) -> None:
    async def go() -> None:
        async with start() as client:
            with database.transaction() as tx:
                tx.execute(sa.text("ALTER TABLE cards_shown RENAME TO away"))
            answer = await client.get("/admin/feedback", BROWSER)
            assert answer.status == 500
            page = Seen(answer)
            assert page.words["h1"] == ["The request could not be answered; nothing was assessed"]
            assert "Reference " in page.said()
            with database.transaction() as tx:
                tx.execute(sa.text("ALTER TABLE away RENAME TO cards_shown"))

    asyncio.run(go())
