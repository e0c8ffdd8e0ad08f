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
