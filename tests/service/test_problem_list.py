"""Adding a problem: the staging is offered when it makes somebody a patient of ours."""

import asyncio
from typing import Any

import pytest

from fhir_mappings.fhir_models import validate
from fhir_mappings.mapping_set import MappingSet
from runtime.metrics import Metrics
from storage.database import Database
from tests.service.conformance import problems_of_operation_outcome
from tests.service.conftest import Start, connection
from tests.service.memory import judge, keep
from tests.service.people import (
    MULTIFOCAL,
    call,
    condition,
    observations,
    person,
    prefetch,
    searchset,
)

PATH = "/cds-services/nelm-problem-list"
NET = condition("p1", "C7A.012", "Malignant carcinoid tumor of the ileum")
NODES = condition("p1", "C7B.01", "Secondary carcinoid tumors of distant lymph nodes")
METASTASES = condition("p1", "C78.7", "Secondary malignant neoplasm of liver")
HYPERTENSION = condition("p1", "I10", "Essential hypertension")
COLON = condition("p1", "C18.9", "Malignant neoplasm of colon")


def draft(problem: dict[str, Any], **more: Any) -> dict[str, Any]:
    """As it is entered: not stored, so without id and version."""
    return {key: one for key, one in problem.items() if key not in ("id", "meta")} | more


def adding(*problems: dict[str, Any], known: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    body = call(
        "problem-list-item-create",
        "p1",
        prefetch=prefetch("p1", MULTIFOCAL, conditions=searchset(known)),
        **more,
    )
    body["context"]["conditions"] = {
        "resourceType": "Bundle",
        "entry": [{"resource": one} for one in problems],
    }
    return body


def cards(start: Start, body: dict[str, Any], **settings: Any) -> list[dict[str, Any]]:
    async def go() -> list[dict[str, Any]]:
        async with start(**settings) as client:
            answer = await client.post(PATH, body)
            assert answer.status == 200, answer.body
            found: list[dict[str, Any]] = answer.json()["cards"]
            return found

    return asyncio.run(go())


@pytest.mark.parametrize(
    ("added", "known"),
    [(METASTASES, [NET]), (NET, [METASTASES]), (METASTASES, [NET, HYPERTENSION])],
)
def test_k4_liver_metastases_added_to_a_neuroendocrine_tumor_offer_the_staging(
    start: Start, added: dict[str, Any], known: list[dict[str, Any]]
) -> None:
    (card,) = cards(start, adding(draft(added), known=known))
    assert card["indicator"] == "info"
    assert card["source"]["topic"]["code"] == "nelm-proposal"
    assert card["summary"].startswith("Liver metastases, NET G2: board proposal ready.")
    assert "type III" in card["detail"]


def test_the_offered_care_plan_refers_to_nothing_that_is_not_on_file(start: Start) -> None:
    (card,) = cards(start, adding(draft(METASTASES), known=[NET]))
    careplan = card["suggestions"][0]["actions"][0]["resource"]
    assert validate(careplan) == []
    references = [one["reference"] for one in careplan["supportingInfo"]]
    assert references
    assert not any("added" in one or one.endswith("/") for one in references)


@pytest.mark.parametrize(
    ("added", "known"),
    [
        (HYPERTENSION, [NET]),
        (NODES, [NET]),
        (METASTASES, [COLON]),
        (METASTASES, []),
        (draft(METASTASES, verificationStatus={"coding": [{"code": "refuted"}]}), [NET]),
    ],
)
def test_other_problems_and_metastases_of_other_tumors_bring_no_card(
    start: Start, added: dict[str, Any], known: list[dict[str, Any]]
) -> None:
    body = adding(draft(added), known=known)
    body["prefetch"]["observations"] = searchset([])
    assert cards(start, body) == []


def test_the_stored_record_knows_the_tumor(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    keep(database, mapping_set, [person("p1"), NET, *observations("p1", MULTIFOCAL)])
    judge(database, "p1")
    body = adding(draft(METASTASES), known=[])
    del body["prefetch"]
    (card,) = cards(start, body)
    assert card["summary"].startswith("Liver metastases, NET G2")


def test_a_record_that_cannot_be_read_is_counted_and_brings_no_card(
    start: Start, metrics: Metrics
) -> None:
    body = adding(draft(METASTASES), known=[])
    del body["prefetch"]
    assert cards(start, body) == []
    assert metrics.value("nelm_hooks_unread_total", service="nelm-problem-list") == 1


@pytest.mark.parametrize(
    ("subject", "counts"),
    [
        ({"reference": "Patient/p1"}, True),
        (None, True),
        ({"reference": "urn:uuid:6a5cfe9a-9a3e-4c31-9b9d-000000000001"}, True),
        ({"reference": "Patient/p2"}, False),
        ({"reference": "https://elsewhere.example/fhir/Patient/p1"}, False),
    ],
)
def test_a_problem_of_another_patient_never_counts_and_is_counted_as_such(
    start: Start, metrics: Metrics, subject: Any, counts: bool
) -> None:
    found = cards(start, adding(draft(METASTASES, subject=subject), known=[NET]))
    assert len(found) == int(counts)
    assert metrics.value("nelm_problems_for_another_total") == int(not counts)


@pytest.mark.parametrize(
    "conditions",
    [
        {"resourceType": "Bundle"},
        {"resourceType": "Bundle", "entry": 3},
        {"entry": [None, {}, {"resource": 3}, {"resource": {"resourceType": "Condition"}}]},
        {"entry": [{"resource": {"resourceType": "Condition", "code": "C78.7"}}]},
    ],
)
def test_a_bundle_without_a_problem_of_ours_brings_no_card(start: Start, conditions: Any) -> None:
    body = adding(known=[NET])
    body["context"]["conditions"] = conditions
    assert cards(start, body) == []


@pytest.mark.parametrize("conditions", [None, [], "Condition/1", 3])
def test_conditions_that_are_no_bundle_are_refused_by_name(start: Start, conditions: Any) -> None:
    async def go() -> None:
        async with start() as client:
            body = adding(known=[NET])
            body["context"]["conditions"] = conditions
            answer = await client.post(PATH, body)
            assert answer.status == 400
            assert problems_of_operation_outcome(answer.json()) == []
            assert answer.json()["issue"][0]["expression"] == ["context.conditions"]

    asyncio.run(go())


@pytest.mark.parametrize("profile", ["epic", "crd"])
def test_x3_a_client_whose_profile_lacks_the_hook_is_told_so_and_not_offered_it(
    start: Start, profile: str
) -> None:
    async def go() -> None:
        async with start(connections={"main": connection(client_profile=profile)}) as client:
            offered = (await client.get("/cds-services")).json()["services"]
            assert "problem-list-item-create" not in {one["hook"] for one in offered}
            answer = await client.post(PATH, adding(draft(METASTASES), known=[NET]))
            assert answer.status == 404
            assert problems_of_operation_outcome(answer.json()) == []

    asyncio.run(go())
