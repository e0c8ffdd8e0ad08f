"""What each kind of client is sent: never more than its profile says it can take."""

import asyncio
from typing import Any

import pytest

from fhir_mappings.fhir_models import validate
from runtime.client_profiles import PROFILES, ClientProfile
from service.cds_hooks.discovery import PREFETCH
from tests.service.conformance import problems_of_response
from tests.service.conftest import Start, connection
from tests.service.people import (
    MULTIFOCAL,
    RESECTABLE,
    call,
    draft_order,
    observation,
    person,
    prefetch,
    searchset,
)

Card = dict[str, Any]
ORDERS = ("octreoscan", "tare", "hepatectomy", "sunitinib")


def cards(
    start: Start, profile: str | ClientProfile, *bodies: dict[str, Any], **more: Any
) -> list[Card]:
    """The cards that a client of that profile is sent for these calls, in one list."""
    own = {} if isinstance(profile, str) else {"own": profile}
    main = connection(client_profile=profile if isinstance(profile, str) else "own", **more)

    async def go() -> list[Card]:
        found: list[Card] = []
        async with start(connections={"main": main}, client_profiles=own) as client:
            for body in bodies:
                answer = await client.post(f"/cds-services/nelm-{body['hook']}", body)
                assert answer.status == 200, answer.body
                assert problems_of_response(answer.json()) == []
                found += answer.json()["cards"]
        return found

    return asyncio.run(go())


def opening(facts: dict[str, Any] = RESECTABLE) -> dict[str, Any]:
    return call("patient-view", "p1", prefetch=prefetch("p1", facts))


def signing(*orders: str, facts: dict[str, Any] = MULTIFOCAL) -> dict[str, Any]:
    drafts = [draft_order("p1", one) for one in orders]
    return call("order-sign", "p1", drafts, prefetch=prefetch("p1", facts))


def suggestions(found: list[Card]) -> list[dict[str, Any]]:
    return [one for card in found for one in card.get("suggestions", [])]


def actions(found: list[Card]) -> list[dict[str, Any]]:
    return [action for one in suggestions(found) for action in one["actions"]]


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_gets_only_what_it_can_take(start: Start, name: str) -> None:
    profile = PROFILES[name]
    found = cards(start, name, opening(), signing(*ORDERS))
    assert len(found) == 4
    for one in suggestions(found):
        assert len(one["actions"]) <= profile.actions_per_suggestion
    created = {one["resource"]["resourceType"] for one in actions(found) if "resource" in one}
    assert created <= set(profile.creates)
    assert profile.deletes or all(one["type"] != "delete" for one in actions(found))
    assert {card["selectionBehavior"] for card in found if "suggestions" in card} == {"any"}
    if profile.plain_topic_codes:
        assert all(card["source"]["topic"]["code"].isalnum() for card in found)
    for one in actions(found):
        assert "resource" not in one or validate(one["resource"]) == []


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("generic", [["delete", "create"]]),
        ("epic", [["create"], ["delete"]]),
        ("crd", [["create"]]),
    ],
)
def test_an_order_is_replaced_as_far_as_the_client_can(
    start: Start, name: str, kinds: list[list[str]]
) -> None:
    (card,) = cards(start, name, signing("octreoscan"))
    offered = card["suggestions"]
    assert [[one["type"] for one in each["actions"]] for each in offered] == kinds
    assert "PET" in offered[0]["label"]


def test_without_care_plans_the_proposal_is_a_referral_to_the_board(start: Start) -> None:
    (card,) = cards(start, "epic", opening())
    first = card["suggestions"][0]
    assert first["label"] == "Refer to the tumor board"
    (action,) = first["actions"]
    assert action["resource"]["resourceType"] == "ServiceRequest"
    assert action["resource"]["status"] == "draft"
    assert "G1 (Ki-67 1.5 %)" in action["description"]


def test_a_referral_to_the_board_is_no_order_that_we_judge(start: Start) -> None:
    (card,) = cards(start, "epic", opening())
    referral = card["suggestions"][0]["actions"][0]["resource"] | {"id": "r1"}
    body = call("order-sign", "p1", [referral], prefetch=prefetch("p1", RESECTABLE))
    assert cards(start, "epic", body) == []


def by_observations_only() -> dict[str, Any]:
    """Nothing on the problem list: the disease is known from results."""
    known = {"has_neuroendocrine_tumor": True, "has_liver_metastases": True, **RESECTABLE}
    found = [observation("p1", name, value) for name, value in known.items()]
    return prefetch("p1", {}, conditions=searchset([]), observations=searchset(found))


def test_a_client_may_take_the_proposal_as_a_problem_that_is_not_on_its_list(start: Start) -> None:
    own = ClientProfile(creates=("Condition",), proposal_as="Condition")
    on_file, missing = opening(), call("patient-view", "p1", prefetch=by_observations_only())
    (card,) = cards(start, own, missing)
    (suggestion,) = card["suggestions"]
    assert suggestion["label"] == "Add to the problem list"
    resource = suggestion["actions"][0]["resource"]
    assert validate(resource) == []
    assert resource["verificationStatus"]["coding"][0]["code"] == "provisional"
    assert resource["stage"][0]["summary"]["text"].startswith("Staging: G1")
    (card,) = cards(start, own, on_file)
    assert "suggestions" not in card


def test_nothing_is_offered_where_the_profile_wants_nothing(start: Start) -> None:
    (card,) = cards(start, ClientProfile(proposal_as="nothing"), opening())
    labels = [one["label"] for one in card.get("suggestions", [])]
    assert labels
    assert all(label.startswith("Order") for label in labels)


def test_orders_are_named_first_as_the_client_knows_them(start: Start) -> None:
    system = PROFILES["epic"].order_code_system
    own = ClientProfile(order_code_system=system, order_codes={"maa_scan": "77"})
    (card,) = cards(start, own, signing("tare"))
    codings = card["suggestions"][0]["actions"][0]["resource"]["code"]["coding"]
    assert codings[0] == {"system": system, "code": "77"}
    assert len(codings) > 1


def test_a_profile_lessens_cards_and_suggestions(start: Start) -> None:
    own = ClientProfile(max_cards=2, max_suggestions=1, selection_behavior="at-most-one")
    found = cards(start, own, opening(), signing(*ORDERS))
    assert len(found) == 1 + 2
    assert all(len(card.get("suggestions", [])) <= 1 for card in found)
    assert {one["selectionBehavior"] for one in found if "suggestions" in one} == {"at-most-one"}
    assert found[-1]["summary"].startswith("3 more findings")


def test_a_client_that_shows_no_links_gets_none(start: Start) -> None:
    bodies = [signing(one) for one in (*ORDERS, "deb_tace")]
    with_links = cards(start, "generic", *bodies, opening())
    assert any("links" in card for card in with_links)
    without = cards(start, ClientProfile(links=()), *bodies, opening())
    assert all("links" not in card for card in without)


def test_crd_is_told_which_orders_a_card_is_about(start: Start) -> None:
    found = cards(start, "crd", signing(*ORDERS), opening())
    named = [card["extension"]["davinci-associated-resource"] for card in found[:3]]
    assert [len(one) for one in named] == [1, 1, 2]
    assert {one for each in named for one in each} == {f"ServiceRequest/draft-{o}" for o in ORDERS}
    as_references = found[0]["extension"]["davinci-crd.associated-resource"]
    assert as_references == [{"reference": named[0][0]}]
    assert "extension" not in found[3]


def test_a_hostile_id_of_an_order_is_not_sent_back(start: Start) -> None:
    order = draft_order("p1", "tare", id='"><img src=x>')
    body = call("order-sign", "p1", [order], prefetch=prefetch("p1", MULTIFOCAL))
    (card,) = cards(start, "crd", body)
    assert "extension" not in card


def test_prefetch_keys_are_read_under_the_clients_names(start: Start) -> None:
    sent = {f"-{key}": value for key, value in prefetch("p1", RESECTABLE).items()}
    renamed = {key: f"-{key}" for key in PREFETCH}
    body = call("patient-view", "p1", prefetch=sent)
    assert cards(start, "generic", body) == []
    by_profile = cards(start, ClientProfile(prefetch_keys=renamed), body)
    assert "Resection first" in by_profile[0]["summary"]
    # what the connection says goes over what its profile says
    patient = {"patient": person("p1")}
    body = call("patient-view", "p1", prefetch=sent | patient)
    both = cards(
        start,
        ClientProfile(prefetch_keys=renamed | {"patient": "nobody"}),
        body,
        prefetch_keys={"patient": "patient"},
    )
    assert "Resection first" in both[0]["summary"]
    assert "Not read" not in both[0]["detail"]
