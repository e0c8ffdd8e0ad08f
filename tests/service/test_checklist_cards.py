"""The checklist of CDS Hooks for answers, cards, suggestions and links, against every answer."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from fhir_mappings.fhir_models import validate
from fhir_mappings.mapping_set import MappingSet
from nelm.labels import order_label
from runtime.client_profiles import PROFILES
from storage.database import Database
from tests.service.conformance import problems_of_card, problems_of_emptiness, problems_of_response
from tests.service.every_answer import Sent, actions, cards, every_answer, suggestions

NON_ADHERENCE = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
SEVERE = {"nelm-order-contraindicated", "nelm-more-findings"}


@pytest.fixture(scope="module")
def empty(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("checklist") / "service.sqlite"
    path.write_bytes(migrated.read_bytes())
    opened = Database(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def sent(empty: Database, mapping_set: MappingSet) -> list[Sent]:
    return asyncio.run(every_answer(empty, mapping_set))


def test_every_answer_keeps_the_invariants(sent: list[Sent]) -> None:
    assert len(cards(sent)) > 50
    assert [line for one in sent for line in problems_of_response(one.answer)] == []


def test_j2_no_answer_holds_an_empty_value(sent: list[Sent]) -> None:
    assert [line for one in sent for line in problems_of_emptiness(one.answer)] == []
    assert problems_of_emptiness({"cards": [], "a": None, "b": [], "c": {"d": ""}}) != []


def test_j3_embedded_resources_are_valid_fhir(sent: list[Sent]) -> None:
    resources = {json.dumps(one["resource"]) for one in actions(sent) if "resource" in one}
    assert len(resources) > 3
    assert [line for one in resources for line in validate(json.loads(one))] == []


def test_s1_success_is_an_object_with_cards(sent: list[Sent]) -> None:
    assert all(list(one.answer) == ["cards"] for one in sent)


def test_s2_nothing_to_say_is_an_empty_list(sent: list[Sent]) -> None:
    silent = [one for one in sent if not one.cards]
    assert silent
    assert all(one.answer == {"cards": []} for one in silent)


def test_c1_summaries_have_fewer_than_140_characters(sent: list[Sent]) -> None:
    assert all(0 < len(card["summary"]) < 140 and "\n" not in card["summary"]
               for card in cards(sent))  # fmt: skip


def test_c2_indicators_are_of_the_three(sent: list[Sent]) -> None:
    assert {card["indicator"] for card in cards(sent)} == {"info", "warning", "critical"}


def test_c3_sources_have_a_label(sent: list[Sent]) -> None:
    assert all(card["source"]["label"] for card in cards(sent))


def test_c4_details_are_markdown_without_html(sent: list[Sent]) -> None:
    assert all(not re.search(r"<[a-zA-Z/!]|javascript:", card["detail"]) for card in cards(sent))


def test_c5_cards_and_suggestions_have_uuids(sent: list[Sent]) -> None:
    named = [one["uuid"] for one in (*cards(sent), *suggestions(sent))]
    assert all(str(UUID(one)) == one for one in named)
    for one in sent:
        uuids = [card["uuid"] for card in one.cards]
        assert len(set(uuids)) == len(uuids)


def test_c6_addresses_of_sources_are_absolute(sent: list[Sent]) -> None:
    urls = {card["source"][key] for card in cards(sent) for key in ("url", "icon")
            if key in card["source"]}  # fmt: skip
    assert urls
    assert all(urlsplit(url).scheme in ("http", "https") for url in urls)


def test_c7_topics_are_codings_that_stay_the_same(sent: list[Sent]) -> None:
    for profile in ("generic", "epic"):
        topics = [card["source"]["topic"] for one in sent if one.profile == profile
                  for card in one.cards]  # fmt: skip
        assert all(one["system"] and one["display"] for one in topics)
        titles = {(one["code"], one["system"], one["display"]) for one in topics}
        assert len(titles) == len({code for code, _, _ in titles}) > 5
        if profile == "epic":
            assert all(one["code"].isalnum() and len(one["code"]) <= 100 for one in topics)


def test_c8_suggestions_come_with_a_selection_behavior(sent: list[Sent]) -> None:
    offering = [card for card in cards(sent) if "suggestions" in card]
    assert offering
    assert {card["selectionBehavior"] for card in offering} == {"any"}
    assert all("selectionBehavior" not in card for card in cards(sent) if card not in offering)


def test_c9_at_most_one_suggestion_is_recommended(sent: list[Sent]) -> None:
    for card in cards(sent):
        recommended = [one for one in card.get("suggestions", []) if one.get("isRecommended")]
        assert len(recommended) <= 1
    assert any("cds-resp-1" in line for line in problems_of_card(_two_recommended()))


def _two_recommended() -> dict[str, Any]:
    suggestion = {"label": "a", "uuid": "x", "isRecommended": True}
    return {"suggestions": [suggestion, suggestion], "selectionBehavior": "at-most-one"}


def test_c10_override_reasons_are_complete(sent: list[Sent]) -> None:
    reasons = [one for card in cards(sent) for one in card.get("overrideReasons", [])]
    assert reasons
    assert all(one["code"] and one["system"] and one["display"] for one in reasons)


def test_c11_override_reasons_are_the_standard_ones(sent: list[Sent]) -> None:
    systems = {one["system"] for card in cards(sent) for one in card.get("overrideReasons", [])}
    assert systems == {NON_ADHERENCE}


def test_c12_the_same_calls_give_the_same_cards(
    sent: list[Sent], empty: Database, mapping_set: MappingSet
) -> None:
    assert asyncio.run(every_answer(empty, mapping_set)) == sent


def test_c13_critical_is_for_contraindicated_orders_only(sent: list[Sent]) -> None:
    topics = {card["source"]["topic"]["code"] for one in sent if one.profile == "generic"
              for card in one.cards if card["indicator"] == "critical"}  # fmt: skip
    assert topics
    assert topics <= SEVERE


def test_c14_of_several_orders_each_card_names_its_own(sent: list[Sent]) -> None:
    several = [one for one in sent if len(one.cards) > 1]
    assert several
    for one in several:
        entries = one.asked["context"]["draftOrders"]["entry"]
        orders = [entry["resource"]["code"]["coding"][0]["code"] for entry in entries]
        labels = {order_label(order) for order in orders}
        named = [card["summary"].partition(":")[0] for card in one.cards]
        own = [name for name in named if not name.endswith("more findings; first")]
        assert len(set(own)) == len(own)
        assert set(own) <= labels
        rest = "".join(card["detail"] for card in one.cards if card["summary"][0].isdigit())
        listed = {label for label in labels - set(own) if f": {label}:" in rest}
        assert len(listed) == rest.count("\n- ") + rest.startswith("- ")


def test_a1_suggestions_have_a_label(sent: list[Sent]) -> None:
    assert suggestions(sent)
    assert all(one["label"] and one["actions"] for one in suggestions(sent))


def test_a2_deletes_come_before_creates(sent: list[Sent]) -> None:
    kinds = {tuple(action["type"] for action in one["actions"]) for one in suggestions(sent)}
    assert kinds == {("create",), ("delete",), ("delete", "create")}


def test_a3_actions_have_type_and_description(sent: list[Sent]) -> None:
    assert all(one["type"] and one["description"] for one in actions(sent))


def test_a4_creates_hold_a_new_resource(sent: list[Sent]) -> None:
    creates = [one["resource"] for one in actions(sent) if one["type"] == "create"]
    assert creates
    assert all(one["resourceType"] and "id" not in one for one in creates)


def test_a6_deletes_name_what_they_delete_and_hold_nothing(sent: list[Sent]) -> None:
    deletes = [one for one in actions(sent) if one["type"] == "delete"]
    assert deletes
    drafts = {
        f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        for one in sent
        for entry in one.asked["context"].get("draftOrders", {}).get("entry", [])
    }
    assert all(one["resourceId"] in drafts and "resource" not in one for one in deletes)


def test_a7_no_action_selection_behavior_is_sent(sent: list[Sent]) -> None:
    assert all("actionSelectionBehavior" not in one for one in suggestions(sent))


def test_a8_no_task_is_created(sent: list[Sent]) -> None:
    kinds = {one["resource"]["resourceType"] for one in actions(sent) if "resource" in one}
    assert kinds <= {"CarePlan", "ServiceRequest", "MedicationRequest"}


@pytest.mark.parametrize(
    "bent",
    [
        {"url": "https://nelm.example", "type": "absolute"},
        {"label": "Staging", "type": "absolute"},
        {"label": "Staging", "url": "https://nelm.example"},
        {"label": "Staging", "url": "https://nelm.example", "type": "relative"},
    ],
)
def test_l1_every_link_has_label_address_and_type(sent: list[Sent], bent: dict[str, str]) -> None:
    links = [one for card in cards(sent) for one in card.get("links", [])]
    assert all(one["label"] and one["url"] and one["type"] in ("absolute", "smart")
               for one in links)  # fmt: skip
    assert any("link" in line for line in problems_of_card({"links": [bent]}))


def test_l2_app_context_goes_with_smart_links_only(sent: list[Sent]) -> None:
    links = [one for card in cards(sent) for one in card.get("links", [])]
    assert all("appContext" not in one for one in links if one["type"] == "absolute")
    bent = {"label": "a", "url": "https://b", "type": "absolute", "appContext": "c"}
    assert any("cds-resp-3" in line for line in problems_of_card({"links": [bent]}))


def test_l3_no_link_launches_by_itself(sent: list[Sent]) -> None:
    assert all("autolaunchable" not in one for card in cards(sent) for one in card.get("links", []))


def test_l4_system_actions_are_absent(sent: list[Sent]) -> None:
    assert all("systemActions" not in json.dumps(one.answer) for one in sent)


def test_x2_an_extension_is_sent_only_where_the_profile_names_it(sent: list[Sent]) -> None:
    for one in (*suggestions(sent), *actions(sent)):
        assert "extension" not in one
    keys = {
        (answer.profile, key)
        for answer in sent
        for card in answer.cards
        for key in card.get("extension", {})
    }
    assert keys == {("crd", key) for key in PROFILES["crd"].associated_resource}
