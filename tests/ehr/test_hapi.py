"""The client against a real HAPI: versions, conditions, pages; our Subscriptions are kept."""

import uuid
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from ehr.client import FhirClient
from ehr.errors import EhrConflict, EhrRefused, ResourceGone
from fhir_mappings.subscriptions import (
    difference,
    is_same_request,
    rest_hook_subscription,
    topic_subscription,
)
from tests.real_parts.programs import until

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def hapi(hapi_base_url: str) -> Iterator[FhirClient]:
    client = FhirClient(hapi_base_url, timeout_seconds=60)
    yield client
    client.close()


def a_patient(hapi: FhirClient) -> str:
    written = hapi.update({"resourceType": "Patient", "id": f"client-{uuid.uuid4().hex[:12]}"})
    return written.reference


def observation(patient: str, **more: Any) -> dict[str, Any]:
    code = {"coding": [{"system": "http://loinc.org", "code": "1975-2"}]}
    head = {"resourceType": "Observation", "status": "final", "code": code}
    return {**head, "subject": {"reference": patient}, **more}


def test_versions_and_conditions_hold(hapi: FhirClient) -> None:
    patient = a_patient(hapi)
    first = hapi.create(observation(patient))
    id_ = first.reference.partition("/")[2]
    second = hapi.update(observation(patient, id=id_, status="amended"), first.version)
    assert (first.created, second.created, second.version) == (True, False, "2")
    with pytest.raises(EhrConflict):
        hapi.update(observation(patient, id=id_), first.version)
    assert b'"final"' in hapi.read(f"{first.reference}/_history/1").body
    hapi.delete(first.reference)
    hapi.delete(first.reference)
    with pytest.raises(ResourceGone):
        hapi.read(first.reference)


def test_a_conditional_create_writes_once(hapi: FhirClient) -> None:
    value = f"main:{uuid.uuid4().hex}:local_first"
    careplan = {
        "resourceType": "CarePlan",
        "identifier": [{"system": "urn:nelm-cds:proposal", "value": value}],
        "status": "draft",
        "intent": "proposal",
        "subject": {"reference": a_patient(hapi)},
    }
    query = f"identifier=urn:nelm-cds:proposal|{value}"
    written = [hapi.create(careplan, query) for _ in range(2)]
    assert [one.created for one in written] == [True, False]
    assert len({one.reference for one in written}) == 1


def test_a_search_follows_every_page_and_sees_the_newest(hapi: FhirClient) -> None:
    patient = a_patient(hapi)
    parameters = {"patient": patient, "_count": "4"}
    assert list(hapi.search("Observation", parameters)) == []
    written = {hapi.create(observation(patient)).reference for _ in range(11)}
    found = [msgspec.json.decode(body)["id"] for body in hapi.search("Observation", parameters)]
    assert {f"Observation/{id_}" for id_ in found} == written


def test_an_unknown_filter_is_refused(hapi: FhirClient) -> None:
    with pytest.raises(EhrRefused):
        list(hapi.search("Observation", {"no-such-parameter": "1"}))


@pytest.mark.parametrize("ask", [rest_hook_subscription, topic_subscription])
def test_our_subscriptions_are_kept_as_asked_and_found_by_their_tag(
    hapi: FhirClient, ask: Any
) -> None:
    name = f"t{uuid.uuid4().hex[:8]}"
    wanted = ask(name, "CarePlan", "http://127.0.0.1:9/notifications/x", "s", "urn:nelm-cds")
    created = hapi.create(wanted)
    (body,) = hapi.search("Subscription", {"_tag": f"urn:nelm-cds:subscription|{name}.CarePlan"})
    held = msgspec.json.decode(body, type=dict[str, Any])
    assert is_same_request(held, wanted)
    assert difference(held, wanted) == ()
    until(lambda: _deleted(hapi, created.reference), "HAPI to let go of the Subscription")


def _deleted(hapi: FhirClient, reference: str) -> bool | None:
    try:
        hapi.delete(reference)
    except EhrConflict:
        return None  # HAPI is just making it active
    return True
