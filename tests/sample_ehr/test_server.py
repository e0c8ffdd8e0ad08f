"""What the sample EHR answers beyond what every EHR promises: headers, history, errors."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from nelm_cds.sample_ehr.running import RunningSampleEhr


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSampleEhr]:
    with RunningSampleEhr() as sample:
        yield sample


def call(running: RunningSampleEhr, method: str, path: str, **more: Any) -> requests.Response:
    return requests.request(method, f"{running.base_url}/{path}", timeout=10, **more)


def observation(id_: str, **more: Any) -> dict[str, Any]:
    subject = {"reference": "Patient/server"}
    return {"resourceType": "Observation", "id": id_, "status": "final", "subject": subject, **more}


def test_a_write_answers_with_version_and_place(running: RunningSampleEhr) -> None:
    answer = call(running, "PUT", "Observation/w1", json=observation("w1"))
    assert (answer.status_code, answer.headers["ETag"]) == (201, 'W/"1"')
    assert answer.headers["Location"] == f"{running.base_url}/Observation/w1/_history/1"
    assert answer.headers["Content-Type"].startswith("application/fhir+json")


def test_a_search_says_how_many_there_are_and_where_the_next_page_is(
    running: RunningSampleEhr,
) -> None:
    running.load(observation(f"s{n}", category=[{"text": "x"}]) for n in range(3))
    page = call(running, "GET", "Observation?patient=server&_count=2&_sort=_lastUpdated").json()
    (following,) = [link["url"] for link in page["link"] if link["relation"] == "next"]
    rest = requests.get(following, timeout=10).json()
    assert page["total"] >= 3
    assert len(page["entry"]) == 2
    assert {one["fullUrl"] for one in page["entry"]}.isdisjoint(
        one["fullUrl"] for one in rest["entry"]
    )


def test_a_search_without_hits_has_no_empty_array(running: RunningSampleEhr) -> None:
    page = call(running, "POST", "Condition/_search", data={"patient": "nobody"}).json()
    assert page["total"] == 0
    assert "entry" not in page


def test_the_history_shows_every_version_and_the_deletion(running: RunningSampleEhr) -> None:
    for status in ("preliminary", "final"):
        call(running, "PUT", "Observation/h1", json=observation("h1", status=status))
    call(running, "DELETE", "Observation/h1")
    entries = call(running, "GET", "Observation/h1/_history").json()["entry"]
    assert [one["request"]["method"] for one in entries] == ["DELETE", "PUT", "POST"]
    since = entries[0]["response"]["lastModified"]
    later = call(running, "GET", "Observation/_history", params={"_since": since}).json()
    assert later["entry"][-1]["request"] == {"method": "DELETE", "url": "Observation/h1"}
    everything = call(running, "GET", "_history").json()
    assert everything["total"] > later["total"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "Observation/none", None, 404),
        ("GET", "Observation/none/_history", None, 404),
        ("GET", "Observation?combo-code=1", None, 400),
        ("GET", "Observation?_count=many", None, 400),
        ("GET", "Observation?_sort=code", None, 400),
        ("POST", "Observation", {"resourceType": "Condition"}, 400),
        ("POST", "Observation", [], 400),
        ("PUT", "Observation/a", {"resourceType": "Observation", "id": "b"}, 400),
    ],
)
def test_what_cannot_be_done_is_an_operation_outcome(
    running: RunningSampleEhr, method: str, path: str, body: Any, status: int
) -> None:
    answer = call(running, method, path, json=body)
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_a_batch_writes_what_it_can(running: RunningSampleEhr) -> None:
    entries = [
        {"request": {"method": "PUT", "url": "Observation/b1"}, "resource": observation("b1")},
        {"request": {"method": "POST", "url": "Observation"}, "resource": observation("x")},
        {"request": {"method": "PUT", "url": "Observation/b2"}, "resource": {"id": "b2"}},
        {"request": {"method": "DELETE", "url": "Observation/b1"}},
    ]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    answers = requests.post(running.base_url, json=bundle, timeout=10).json()["entry"]
    statuses = [one["response"]["status"] for one in answers]
    assert statuses == ["201", "201", "400", "204"]
