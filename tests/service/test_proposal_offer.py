"""The draft CarePlan: offered once, then updated while people have not touched it."""

import asyncio
from typing import Any

import msgspec
import pytest

from fhir_mappings.fhir_models import validate
from fhir_mappings.mapping_set import MappingSet
from storage import patients, proposals
from storage.database import Database
from storage.proposals import Draft
from tests.service.conformance import problems_of_response
from tests.service.conftest import Start, connection
from tests.service.memory import judge, keep
from tests.service.people import (
    RESECTABLE,
    call,
    observations,
    prefetch,
    record,
    searchset,
)

VIEW = "/cds-services/nelm-patient-view"
STORED = {
    "resourceType": "CarePlan",
    "status": "draft",
    "intent": "proposal",
    "title": "as stored",
    "subject": {"reference": "Patient/p1"},
}


def stored_proposal(database: Database, mapping_set: MappingSet) -> str:
    """An assessed patient with a proposal; returns the proposal's identifier."""
    keep(database, mapping_set, record("p1", RESECTABLE))
    judge(database, "p1")
    with database.reading() as conn:
        key = patients.find(conn, "main", "p1")
    assert key is not None
    value = f"main:{key}:resection_first"
    save(database, key, value, "d1")
    return value


def save(database: Database, key: int, value: str, digest: str) -> None:
    body = msgspec.json.encode(STORED)
    with database.transaction() as tx:
        proposals.save(tx, [Draft(key, "main", value, "resection_first", body, digest)])


def hold(database: Database, value: str, status: str | None, digest: str | None) -> None:
    """The EHR holds it now; `digest` of the content it was seen with."""
    with database.transaction() as tx:
        held = proposals.held_by_ehr(tx, "main", value, "CarePlan/9", "1", status, digest=digest)
    assert held


def newer() -> dict[str, Any]:
    """Results that are newer than what is stored."""
    found = observations("p1", RESECTABLE | {"ecog": 1}, day="2026-05-20")
    for one in found:
        one["meta"]["versionId"] = "2"
    return prefetch("p1", {}, observations=searchset(found))


def offered(start: Start, profile: str = "generic", **body: Any) -> list[dict[str, Any]]:
    """The actions on CarePlans that opening the chart offers."""

    async def go() -> list[dict[str, Any]]:
        async with start(connections={"main": connection(client_profile=profile)}) as client:
            answer = await client.post(VIEW, call("patient-view", "p1", **body))
            assert problems_of_response(answer.json()) == []
            (card,) = answer.json()["cards"]
            return [
                action
                for one in card.get("suggestions", [])
                for action in one["actions"]
                if action["resource"]["resourceType"] == "CarePlan"
            ]

    return asyncio.run(go())


def test_a_stored_proposal_is_offered_as_stored(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    stored_proposal(database, mapping_set)
    (action,) = offered(start)
    assert (action["type"], action["resource"]) == ("create", STORED)
    (anew,) = offered(start, prefetch=newer())
    assert anew["resource"]["title"] != "as stored"


def test_a5_of_a_draft_the_ehr_holds_an_update_is_offered_once_the_proposal_changed(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    value = stored_proposal(database, mapping_set)
    hold(database, value, "draft", "d1")
    assert offered(start) == []
    with database.reading() as conn:
        known = proposals.find(conn, "main", value)
    assert known is not None
    save(database, known.patient, value, "d2")
    (action,) = offered(start)
    assert action["type"] == "update"
    assert action["resource"] == STORED | {"id": "9"}
    assert validate(action["resource"]) == []
    assert "stays a draft" in action["description"]


@pytest.mark.parametrize(
    ("status", "digest", "profile"),
    [
        ("active", "d1", "generic"),
        ("completed", "d1", "generic"),
        (None, "d1", "generic"),
        ("draft", None, "generic"),
        ("draft", "d1", "epic"),
    ],
)
def test_what_people_took_up_or_changed_is_never_overwritten_nor_made_twice(
    start: Start,
    database: Database,
    mapping_set: MappingSet,
    status: str | None,
    digest: str | None,
    profile: str,
) -> None:
    value = stored_proposal(database, mapping_set)
    hold(database, value, status, digest)
    with database.reading() as conn:
        known = proposals.find(conn, "main", value)
    assert known is not None
    save(database, known.patient, value, "d2")
    assert offered(start, profile) == []
    assert offered(start, profile, prefetch=newer()) == []


def test_a_proposal_deleted_at_the_ehr_comes_back_only_when_it_is_made_anew(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    value = stored_proposal(database, mapping_set)
    hold(database, value, "draft", "d1")
    with database.transaction() as tx:
        assert proposals.gone_at_ehr(tx, "main", "CarePlan/9")
    assert offered(start) == []
    with database.reading() as conn:
        known = proposals.find(conn, "main", value)
    assert known is not None
    save(database, known.patient, value, "d2")
    (action,) = offered(start)
    assert action["type"] == "create"


def on_opening(start: Start, profile: str = "generic", **body: Any) -> list[dict[str, Any]]:
    async def go() -> list[dict[str, Any]]:
        async with start(connections={"main": connection(client_profile=profile)}) as client:
            answer = await client.post(VIEW, call("patient-view", "p1", **body))
            assert problems_of_response(answer.json()) == []
            found: list[dict[str, Any]] = answer.json()["cards"]
            return found

    return asyncio.run(go())


def withdrawn(database: Database, mapping_set: MappingSet, digest: str | None = "d1") -> str:
    """The EHR holds the draft of a strategy that is proposed no more; returns its identifier."""
    value = stored_proposal(database, mapping_set)
    hold(database, value, "draft", digest)
    with database.transaction() as tx:
        known = proposals.find(tx, "main", value)
        assert known is not None
        other = value.replace("resection_first", "transarterial_first")
        draft = Draft(
            known.patient, "main", other, "transarterial_first", msgspec.json.encode(STORED), "x"
        )
        proposals.save(tx, [draft])
        proposals.held_by_ehr(tx, "main", other, "CarePlan/10", "1", "draft", digest=digest)
        resection = Draft(known.patient, "main", value, "resection_first", known.careplan, "d1")
        proposals.save(tx, [resection])
    return other


def test_a_draft_on_file_that_is_proposed_no_more_is_named_and_may_be_revoked(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    other = withdrawn(database, mapping_set)
    proposal, card = on_opening(start)
    assert "Resection first" in proposal["summary"]
    assert card["summary"].startswith("Draft care plan on file is no longer proposed: ")
    assert "CarePlan/10" in card["detail"]
    assert "the strategy is: resection first" in card["detail"]
    (suggestion,) = card["suggestions"]
    (action,) = suggestion["actions"]
    assert action["type"] == "update"
    assert action["resource"] == STORED | {"id": "10", "status": "revoked"}
    assert validate(action["resource"]) == []
    with database.transaction() as tx:
        proposals.held_by_ehr(tx, "main", other, "CarePlan/10", "2", "revoked", digest="x")
    assert len(on_opening(start)) == 1


def test_without_the_disease_on_file_it_is_named_alone(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    value = stored_proposal(database, mapping_set)
    hold(database, value, "draft", "d1")
    wrong = [
        one
        | {"meta": {"versionId": "2", "lastUpdated": "2026-06-01T08:00:00Z"}}
        | {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}}
        for one in record("p1", RESECTABLE)
        if one["resourceType"] == "Condition"
    ]
    keep(database, mapping_set, wrong)
    judge(database, "p1")
    assert on_opening(start) == []
    with database.transaction() as tx:
        known = proposals.find(tx, "main", value)
        assert known is not None
        proposals.supersede(tx, [known.patient])
    (card,) = on_opening(start)
    assert "no neuroendocrine liver metastases on file" in card["detail"]
    assert [one["label"] for one in card["suggestions"]] == ["Withdraw draft care plan"]


@pytest.mark.parametrize(("profile", "digest"), [("epic", "d1"), ("generic", None)])
def test_what_people_changed_or_the_client_cannot_update_is_only_named(
    start: Start, database: Database, mapping_set: MappingSet, profile: str, digest: str | None
) -> None:
    withdrawn(database, mapping_set, digest)
    _, card = on_opening(start, profile)
    assert "CarePlan/10" in card["detail"]
    assert "suggestions" not in card
