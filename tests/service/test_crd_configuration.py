"""What a CRD client says it wants of a call: types of cards switched off, and how many at most."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from nelm import Parameters
from runtime.client_profiles import PROFILES
from service.cds_hooks.finding_card import TOPIC_TITLES
from service.cds_hooks.proposal_card import TOPIC
from tests.service.conftest import Start, connection
from tests.service.people import MULTIFOCAL, call, draft_order, prefetch

KEY = "davinci-crd.configuration"
# Not indicated, contraindicated, a test with a better one, a missing result, contraindicated.
ORDERS = ("hepatectomy", "deb_tace", "octreoscan", "tare", "tace")
THROMBOSED = MULTIFOCAL | {"portal_vein": "complete_thrombosis"}
Topics = list[str]


def topics(
    start: Start,
    configuration: Any,
    hook: str = "order-sign",
    profile: str = "crd",
    orders: Sequence[str] = ORDERS,
    **extension: Any,
) -> Topics:
    """The topics of the cards that answer a call with this configuration."""
    drafts = [draft_order("p1", one) for one in orders] if hook == "order-sign" else []
    body = call(hook, "p1", drafts, prefetch=prefetch("p1", THROMBOSED))
    body["extension"] = {KEY: configuration, **extension}

    async def go() -> Topics:
        main = connection(client_profile=profile)
        most = Parameters({"max_cards": 10})
        async with start(parameters=most, connections={"main": main}) as client:
            answer = await client.post(f"/cds-services/nelm-{hook}", body)
            assert answer.status == 200, answer.body
            found = answer.json()["cards"]
            return [one["source"]["topic"]["code"].removeprefix("nelm-") for one in found]

    return asyncio.run(go())


def test_a_type_that_is_switched_off_has_no_card(start: Start) -> None:
    every = topics(start, {})
    assert "order-not-indicated" in every
    without = topics(start, {"off-guideline": False})
    gone = {"order-not-indicated", "order-strong-caution"}
    assert without == [one for one in every if one not in gone]
    assert topics(start, {"guideline": True, "off-guideline": True}) == every
    assert topics(start, {"guideline": False}, "patient-view") == []


def test_a_type_may_be_lessened_to_a_number(start: Start) -> None:
    two = ("hepatectomy", "sunitinib")
    assert topics(start, {"off-guideline": 2}, orders=two) == ["order-not-indicated"] * 2
    assert topics(start, {"off-guideline": 1}, orders=two) == ["order-not-indicated"]
    assert topics(start, {"off-guideline": 0}, orders=two) == []


def test_what_contraindicates_or_is_missing_cannot_be_switched_off(start: Start) -> None:
    everything = {code: False for code in (*PROFILES["crd"].card_types, "contraindication")}
    against = ["order-contraindicated"] * 2
    assert topics(start, everything) == [*against, "order-insufficient-data"]


def test_max_cards_gathers_the_rest_in_the_last_card(start: Start) -> None:
    assert topics(start, {"max-cards": 2}) == ["order-contraindicated", "more-findings"]
    assert topics(start, {"max-cards": 1}) == topics(start, {"max-cards": 0}) == ["more-findings"]


@pytest.mark.parametrize(
    "configuration",
    [
        None,
        [],
        "off-guideline",
        {"alt-drug": True, "coverage-info": False, "off-guideline": "no"},
        {"max-cards": -1, "off-guideline": -1},
        {"max-cards": 2.5, "off-guideline": None},
        {"max-cards": True, "off-guideline": {"code": False}},
        {"max-cards": 10**30},
    ],
)
def test_what_is_not_understood_there_is_passed_over(start: Start, configuration: Any) -> None:
    assert topics(start, configuration, other=[None]) == topics(start, {})


def test_other_clients_configure_nothing(start: Start) -> None:
    every = topics(start, {}, profile="generic")
    assert topics(start, {"max-cards": 1, "off-guideline": False}, profile="generic") == every


def test_discovery_lists_for_each_hook_what_may_be_switched_off(start: Start) -> None:
    async def go() -> list[dict[str, Any]]:
        crd = connection(client_profile="crd")
        async with start(connections={"main": crd}) as client:
            found: list[dict[str, Any]] = (await client.get("/cds-services")).json()["services"]
            return found

    listed = {one["hook"]: one["extension"][f"{KEY}-options"] for one in asyncio.run(go())}
    codes = {hook: [one["code"] for one in options] for hook, options in listed.items()}
    assert codes["patient-view"] == ["guideline"]
    assert codes["order-select"] == codes["order-sign"] == list(PROFILES["crd"].card_types)
    for option in listed["order-sign"]:
        assert set(option) == {"code", "type", "name", "description", "default"}
        assert (option["type"], option["default"]) == ("boolean", True)


def test_a_profile_switches_only_topics_that_there_are() -> None:
    known = {TOPIC, *(f"nelm-order-{one.replace('_', '-')}" for one in TOPIC_TITLES)}
    for profile in PROFILES.values():
        assert {one for topics in profile.card_types.values() for one in topics} <= known
