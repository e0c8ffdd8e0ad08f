"""Where cards lead: the staging page of a stored patient, and a SMART app where there is one."""

import asyncio
from typing import Any

import pytest

from fhir_mappings.mapping_set import MappingSet
from runtime.client_profiles import ClientProfile
from runtime.settings import PageSettings
from storage.database import Database
from tests.service.conftest import Start, connection
from tests.service.html import BROWSER, Seen
from tests.service.memory import judge, keep
from tests.service.people import MULTIFOCAL, prefetch, record
from tests.service.test_record import opened, signed

LABEL = "Staging, all options and their criteria"
SMART = ClientProfile(smart_launch_url="https://app.example/launch")


@pytest.fixture
def stored(database: Database, mapping_set: MappingSet) -> None:
    keep(database, mapping_set, record("p1", MULTIFOCAL))
    judge(database, "p1")


def with_profile(profile: ClientProfile) -> dict[str, Any]:
    """Settings under which connection `main` has a client profile of its own."""
    main = connection(client_profile="own")
    return {"connections": {"main": main}, "client_profiles": {"own": profile}}


def links(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {link["label"]: link for link in card.get("links", ())}


def ask(start: Start, order: str | None = None, **more: Any) -> dict[str, Any]:
    """The one card on opening the chart, or on signing that order."""
    sent = {"prefetch": more.pop("prefetch")} if "prefetch" in more else {}

    async def go() -> dict[str, Any]:
        async with start(**more) as client:
            (card,) = await signed(client, order, **sent) if order else await opened(client, **sent)
            return card

    return asyncio.run(go())


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("order", [None, "sunitinib"])
def test_a_card_leads_to_the_page_of_its_patient(start: Start, order: str | None) -> None:
    async def go() -> None:
        async with start() as client:
            (card,) = await signed(client, order) if order else await opened(client)
            link = links(card)[LABEL]
            assert link["type"] == "absolute"
            assert "p1" not in link["url"].rpartition("/")[2]
            answer = await client.get(link["url"].removeprefix("http://127.0.0.1:8000"), BROWSER)
            assert answer.status == 200
            assert card["summary"].partition(":")[0] in Seen(answer).said()

    asyncio.run(go())


@pytest.mark.usefixtures("stored")
def test_the_same_call_gets_the_same_link(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            assert await opened(client) == await opened(client)

    asyncio.run(go())


def test_a_patient_who_is_not_stored_has_no_page(start: Start) -> None:
    card = ask(start, prefetch=prefetch("p1", MULTIFOCAL))
    assert LABEL not in links(card)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    "more",
    [
        {"pages": PageSettings(link_minutes=0)},
        with_profile(ClientProfile(links=("smart",))),
    ],
)
def test_no_link_to_the_page_where_it_is_off_or_the_client_takes_none(
    start: Start, more: dict[str, Any]
) -> None:
    assert LABEL not in links(ask(start, **more))


@pytest.mark.usefixtures("stored")
def test_a_client_without_absolute_links_gets_no_paper_as_a_link_either(start: Start) -> None:
    card = ask(start, "sunitinib", **with_profile(ClientProfile(links=())))
    assert "links" not in card
    assert card["source"]["label"] == "Lewis 2012"


@pytest.mark.usefixtures("stored")
def test_a_launch_url_is_offered_as_a_smart_link_that_says_what_not_whom(start: Start) -> None:
    link = links(ask(start, "sunitinib", **with_profile(SMART)))["Open in the staging app"]
    assert link == {
        "label": "Open in the staging app",
        "type": "smart",
        "url": "https://app.example/launch",
        "appContext": '{"topic":"nelm-order-not-indicated","order":"sunitinib"}',
    }
    opened_chart = links(ask(start, **with_profile(SMART)))["Open in the staging app"]
    assert opened_chart["appContext"] == '{"topic":"nelm-proposal"}'
