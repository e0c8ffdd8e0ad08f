"""Gaps of prefetch filled from a real HAPI: its pages are followed as it names them."""

import asyncio
import json
import uuid
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.service.conformance import problems_of_response
from tests.service.conftest import Start, connection
from tests.service.ehr_with_gaps import authorization
from tests.service.people import RESECTABLE, call, draft_order, record

pytestmark = pytest.mark.real

VIEW, SIGN = "/cds-services/nelm-patient-view", "/cds-services/nelm-order-sign"


@pytest.fixture(scope="module")
def patient(hapi_base_url: str) -> str:
    """A patient of its own in HAPI, with the whole record."""
    id_ = f"gap-{uuid.uuid4().hex[:8]}"
    entries = [
        {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in record(id_, RESECTABLE)
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    written = Request(hapi_base_url, json.dumps(bundle).encode(),  # noqa: S310
                      {"Content-Type": "application/fhir+json"})  # fmt: skip
    with urlopen(written, timeout=120) as answer:  # noqa: S310
        assert answer.status == 200
    return id_


def asked(start: Start, base: str, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    async def go() -> list[dict[str, Any]]:
        main = connection(base_url=base, hook_read_seconds=10.0)
        async with start(connections={"main": main}) as client:
            more = {"fhirServer": base, "fhirAuthorization": authorization()}
            answer = await client.post(path, body | more)
            assert answer.status == 200
            assert problems_of_response(answer.json()) == []
            cards: list[dict[str, Any]] = answer.json()["cards"]
            return cards

    return asyncio.run(go())


def test_without_prefetch_the_record_is_read_from_hapi(
    start: Start, hapi_base_url: str, patient: str
) -> None:
    (card,) = asked(start, hapi_base_url, VIEW, call("patient-view", patient))
    assert "Resection first" in card["summary"]
    assert "Not read" not in card["detail"]


def test_a_first_page_of_hapis_is_followed_to_its_last(
    start: Start, hapi_base_url: str, patient: str
) -> None:
    first = f"{hapi_base_url}/Observation?patient={patient}&_sort=-date&_count=7"
    with urlopen(first, timeout=60) as answer:  # noqa: S310
        page = json.load(answer)
    assert [one["relation"] for one in page["link"]].count("next") == 1
    body = call("patient-view", patient, prefetch={"observations": page})
    (card,) = asked(start, hapi_base_url, VIEW, body)
    assert "Resection first" in card["summary"]
    assert "Not read" not in card["detail"]


def test_an_order_for_nobody_we_know_is_checked_by_what_hapi_holds(
    start: Start, hapi_base_url: str, patient: str
) -> None:
    body = call("order-sign", patient, [draft_order(patient, "tace")])
    cards = asked(start, hapi_base_url, SIGN, body)
    assert all("not be checked" not in card["summary"] for card in cards)
    stranger = call("order-sign", "nobody-here", [draft_order("nobody-here", "tace")])
    assert asked(start, hapi_base_url, SIGN, stranger) == []
