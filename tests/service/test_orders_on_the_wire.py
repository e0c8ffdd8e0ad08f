"""Every worked order through HTTP: the case as prefetch, the order as clients draft it."""

import asyncio
import json
from typing import Any

import pytest

from fhir_mappings.fhir_models import validate
from nelm.labels import option_label
from runtime.metrics import Metrics
from tests.service.asgi_client import Client
from tests.service.conformance import problems_of_response
from tests.service.conftest import Start
from tests.service.people import EMPTY, OWN_CODES, Resource, call, draft_order, prefetch
from tests.service.wire_cases import drafts_of, sent_case
from tests.vignettes.worked_cases import sheet

SIGN = "/cds-services/nelm-order-sign"
ORDERS = sheet()["orders"]
FORMS = [(order, form) for order in ORDERS for form in drafts_of(order["order"])]
Card = dict[str, Any]


async def cards_of(client: Client, body: dict[str, Any]) -> list[Card]:
    answer = await client.post(f"/cds-services/nelm-{body['hook']}", body)
    assert answer.status == 200, answer.body
    assert problems_of_response(answer.json()) == []
    cards: list[Card] = answer.json()["cards"]
    return cards


@pytest.mark.parametrize(
    ("order", "form"), FORMS, ids=[f"{order['id']} {form}" for order, form in FORMS]
)
def test_a_worked_order_brings_its_card_however_it_is_drafted(
    start: Start, order: dict[str, Any], form: str
) -> None:
    prefetch, parameters = sent_case(order["case"])
    body = call("order-sign", "p1", drafts_of(order["order"])[form], prefetch=prefetch)

    async def go() -> None:
        async with start(parameters=parameters) as client:
            found = await cards_of(client, body)
            assert len(found) == order.get("cards", 1)
            for card in found:
                check(card, order)

    asyncio.run(go())


def check(card: Card, order: dict[str, Any]) -> None:
    """The card says what the sheet states of it."""
    assert card["indicator"] == order["indicator"]
    if "topic" in order:
        topic = order["topic"].replace("_", "-")
        assert card["source"]["topic"]["code"] == f"nelm-order-{topic}"
    criterion = order.get("criterion", "")
    if not criterion.startswith("stale:"):
        assert criterion in card["detail"]
    if "alternative" in order:
        first = option_label(order["alternative"])
        lines = (card["detail"] or "").partition("**Open instead**\n- **")[2]
        assert lines.startswith(first) or first.lower() in card["summary"].lower()
    if "suggestion" in order:
        check_suggestion(card, order["suggestion"])


def check_suggestion(card: Card, wanted: dict[str, str]) -> None:
    (suggestion,) = card["suggestions"]
    assert [one["type"] for one in suggestion["actions"]] == list(wanted)
    for action in suggestion["actions"]:
        if action["type"] == "delete":
            assert action["resourceId"] == "ServiceRequest/draft-1"
        else:
            assert validate(action["resource"]) == []
            codes = [(one["system"], one["code"]) for one in action["resource"]["code"]["coding"]]
            assert (OWN_CODES, wanted["create"]) in codes


def test_the_worked_orders_show_every_row_of_the_checks() -> None:
    topics = {order.get("topic") for order in ORDERS}
    assert topics >= {
        "contraindicated",
        "not_indicated",
        "strong_caution",
        "insufficient_data",
        "better_option",
        "check",
        "replaced",
        "fresh_result",
    }
    assert any(order.get("cards") == 0 for order in ORDERS)


def blocked(*drafts: Resource, hook: str = "order-sign", **context: Any) -> dict[str, Any]:
    """Orders for a patient whose portal vein is closed."""
    sent, _ = sent_case("V03-complete-portal-vein-thrombosis")
    body = call(hook, "p1", list(drafts), prefetch=sent)
    body["context"].update(context)
    return body


def asked(start: Start, body: dict[str, Any]) -> list[Card]:
    async def go() -> list[Card]:
        async with start() as client:
            return await cards_of(client, body)

    return asyncio.run(go())


def test_drafts_without_an_id_are_judged_each_by_itself(start: Start) -> None:
    body = blocked(*[draft_order("p1", one) for one in ("tae", "tace", "tace")])
    for entry in body["context"]["draftOrders"]["entry"]:
        del entry["resource"]["id"]
    summaries = [card["summary"] for card in asked(start, body)]
    assert sorted(one.partition(":")[0] for one in summaries) == ["TACE", "TAE"]


@pytest.mark.parametrize(
    ("selections", "judged"),
    [
        (["ServiceRequest/draft-tae"], ["TAE"]),
        (["https://main.example/fhir/ServiceRequest/draft-tae"], ["TAE"]),
        (["ServiceRequest/draft-tae", "ServiceRequest/draft-tace"], ["TACE", "TAE"]),
        (["ServiceRequest/draft-tae/_history/1"], ["TAE"]),
        (["draft-tae"], ["TAE"]),
        (["#draft-tae"], ["TAE"]),
        (["MedicationRequest/draft-tae"], ["TAE"]),
        (["ServiceRequest/of-something-else"], ["TACE", "TAE"]),
        (["NutritionOrder/diet"], []),
        ([], []),
    ],
)
def test_on_order_select_only_the_selected_drafts_are_judged(
    start: Start, selections: list[str], judged: list[str]
) -> None:
    drafts = [draft_order("p1", one) for one in ("tae", "tace")]
    drafts.append({"resourceType": "NutritionOrder", "id": "diet"})
    found = asked(start, blocked(*drafts, hook="order-select", selections=selections))
    assert sorted(card["summary"].partition(":")[0] for card in found) == judged


def test_a_selected_draft_that_bears_no_name_is_judged(start: Start) -> None:
    body = blocked(draft_order("p1", "tae"), hook="order-select")
    del body["context"]["draftOrders"]["entry"][0]["resource"]["id"]
    assert len(asked(start, body)) == 1
    body["context"]["selections"] = []
    assert asked(start, body) == []


def test_a_draft_may_be_selected_by_the_name_of_its_entry(start: Start) -> None:
    body = blocked(draft_order("p1", "tae"), draft_order("p1", "tace"), hook="order-select")
    body["context"]["draftOrders"]["entry"][0]["fullUrl"] = "urn:uuid:1"
    body["context"]["selections"] = ["urn:uuid:1"]
    (card,) = asked(start, body)
    assert card["summary"].startswith("TAE:")


def test_a_draft_in_the_place_of_its_entry_is_judged(start: Start) -> None:
    body = blocked()
    body["context"]["draftOrders"] = {
        "resourceType": "Bundle",
        "entry": [draft_order("p1", "tace")],
    }
    (card,) = asked(start, body)
    assert card["summary"].startswith("TACE:")


NO_RESOURCES: list[Any] = [
    json.dumps(draft_order("p1", "tace")),
    3,
    {name: value for name, value in draft_order("p1", "tace").items() if name != "resourceType"},
]


@pytest.mark.parametrize("held", NO_RESOURCES)
def test_a_draft_that_is_no_resource_is_said_not_to_be_checked(
    start: Start, metrics: Metrics, held: Any
) -> None:
    body = blocked(draft_order("p1", "tae"))
    body["context"]["draftOrders"]["entry"].append({"resource": held})
    first, second = asked(start, body)
    assert first["summary"].startswith("TAE:")
    assert second["summary"] == "1 draft order could not be read: not checked"
    assert metrics.value("nelm_drafts_unreadable_total") == 1


def test_a_draft_that_is_no_resource_disturbs_nobody_without_the_disease(start: Start) -> None:
    body = call("order-sign", "p1", [], prefetch=prefetch("p1", {}, conditions=EMPTY))
    body["context"]["draftOrders"]["entry"] = [{"resource": "not a resource"}]
    assert asked(start, body) == []


@pytest.mark.parametrize("held", NO_RESOURCES)
def test_on_order_select_it_counts_where_a_selection_fits_no_draft(start: Start, held: Any) -> None:
    body = blocked(draft_order("p1", "tae"), hook="order-select")
    body["context"]["draftOrders"]["entry"].append({"resource": held})
    body["context"]["selections"] = ["ServiceRequest/draft-tae"]
    assert len(asked(start, body)) == 1
    body["context"]["selections"] = ["ServiceRequest/draft-tace"]
    assert len(asked(start, body)) == 2


@pytest.mark.parametrize(
    "drafts",
    [
        draft_order("p1", "tace"),
        {"resourceType": "Parameters", "parameter": []},
        {"parameter": [{"resource": draft_order("p1", "tace")}]},
    ],
)
def test_drafts_that_are_no_bundle_are_refused_by_field(
    start: Start, drafts: dict[str, Any]
) -> None:
    body = blocked()
    body["context"]["draftOrders"] = drafts

    async def go() -> None:
        async with start() as client:
            answer = await client.post(SIGN, body)
            assert answer.status == 400
            assert answer.json()["issue"][0]["expression"] == ["context.draftOrders"]

    asyncio.run(go())


def test_two_drugs_of_a_regimen_are_judged_as_the_regimen(start: Start) -> None:
    sent, _ = sent_case("V01-resectable-oligometastatic")
    drugs = [
        {
            "resourceType": "MedicationRequest",
            "id": name,
            "status": "draft",
            "intent": "order",
            "subject": {"reference": "Patient/p1"},
            "medicationCodeableConcept": {"text": f"{name} 500 mg oral tablet"},
        }
        for name in ("capecitabine", "temozolomide")
    ]
    alone = call("order-sign", "p1", drugs[:1], prefetch=sent)
    assert asked(start, alone) == []
    (card,) = asked(start, call("order-sign", "p1", drugs, prefetch=sent))
    assert card["summary"].startswith("CAPTEM")


def test_the_same_test_drafted_twice_is_replaced_once(start: Start) -> None:
    sent, _ = sent_case("V04-multifocal-midgut")
    twice = [draft_order("p1", "octreoscan", id=one) for one in ("a", "b")]
    (card,) = asked(start, call("order-sign", "p1", twice, prefetch=sent))
    (suggestion,) = card["suggestions"]
    assert [one["type"] for one in suggestion["actions"]] == ["delete", "delete", "create"]
    removed = [one.get("resourceId") for one in suggestion["actions"]]
    assert removed == ["ServiceRequest/a", "ServiceRequest/b", None]


def test_what_is_not_to_be_done_is_no_order(start: Start) -> None:
    order = draft_order("p1", "tace", doNotPerform=True)
    assert asked(start, blocked(order)) == []


# Single drugs of a regimen. -------------------------------------------------------------------

PREGNANT = "W-ART-26-pregnancy"


def signed_alone(drug: str, **more: Any) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "id": "drug-1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "medicationCodeableConcept": {"text": drug},
        **more,
    }


async def said_of(client: Client, case: str, drug: Resource) -> list[Card]:
    brought, _ = sent_case(case)
    return await cards_of(client, call("order-sign", "p1", [drug], prefetch=brought))


@pytest.mark.parametrize(
    "drug",
    ["temozolomide", "capecitabine", "cisplatin", "carboplatin", "etoposide", "oxaliplatin",
     "fluorouracil"],
)  # fmt: skip
def test_a_single_drug_of_regimens_is_contraindicated_in_pregnancy(start: Start, drug: str) -> None:
    async def go() -> None:
        async with start() as client:
            (card,) = await said_of(client, PREGNANT, signed_alone(drug))
            assert card["indicator"] == "critical"
            assert card["summary"].startswith(f"{drug.capitalize()}: contraindicated, pregnant")
            assert "(PREG)" in card["detail"]

    asyncio.run(go())


def test_a_single_drug_is_not_held_against_what_its_regimens_require(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            for case in ("V04-multifocal-midgut", "V01-resectable-oligometastatic"):
                assert await said_of(client, case, signed_alone("temozolomide")) == []
            forbidden = signed_alone("temozolomide", doNotPerform=True)
            assert await said_of(client, PREGNANT, forbidden) == []
            other = signed_alone("temozolomide", subject={"reference": "Patient/p2"})
            assert await said_of(client, PREGNANT, other) == []

    asyncio.run(go())
