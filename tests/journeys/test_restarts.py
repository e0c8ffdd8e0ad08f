"""What was accepted is never lost: not by kill -9, not by a wiped broker."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys import patients
from tests.journeys.hospital import Hospital, Resource
from tests.journeys.stacks import Stack
from tests.real_parts import RedisServer, until

pytestmark = pytest.mark.real

_EVERYTHING = ("ki67_metastasis_percent", "liver_lesion_count", "krenning_score", "ecog")


@pytest.fixture
def silent_hospital(stack: Stack, hospital: Hospital) -> Hospital:
    """A hospital whose server sends nothing by itself: what arrives is what the test delivers."""
    for subscription in hospital.subscriptions(f"{stack.url}/notifications/{stack.connection}"):
        hospital.delete(subscription)
    return hospital


def _deliver(stack: Stack, record: dict[str, Resource]) -> None:
    for resource in record.values():
        assert stack.notify(resource).status_code == 200


def _assessed(stack: Stack, patient: Resource) -> dict[str, Any]:
    def known() -> dict[str, Any] | None:
        document = stack.assessment(patient["id"])
        return document if document and set(_EVERYTHING) <= document["facts"].keys() else None

    return until(known, "the assessment after the restart", 90, 0.2)


def test_web_killed_right_after_it_answered_loses_nothing(
    stack: Stack, silent_hospital: Hospital
) -> None:
    patient, record = patients.coded_with_our_codes_too(silent_hospital)
    _deliver(stack, record)
    stack.kill("web")
    stack.begin("web")
    stack.wait_until_ready()
    document = _assessed(stack, patient)
    assert document["staging"]["grade"] == "G2"


def test_workers_killed_in_the_middle_lose_nothing(stack: Stack, silent_hospital: Hospital) -> None:
    patient, record = patients.coded_with_our_codes_too(silent_hospital)
    workers = sorted(stack.processes.keys() - {"web"}) or ["web"]
    half = len(record) // 2
    _deliver(stack, dict(list(record.items())[:half]))
    stack.kill(*workers)  # whatever they had taken goes back when its lease ends
    if "web" in workers:
        stack.begin("web")
        stack.wait_until_ready()
    _deliver(stack, dict(list(record.items())[half:]))
    for name in workers:
        if name != "web":
            stack.begin(name)
    stack.wait_until_ready()
    assert _assessed(stack, patient)["staging"]["liver_type"] == "III"


def test_wiped_broker_loses_nothing(
    stack: Stack, silent_hospital: Hospital, request: pytest.FixtureRequest
) -> None:
    wipe = _wipe_of(stack, request)
    patient, record = patients.coded_with_our_codes_too(silent_hospital)
    workers = sorted(stack.processes.keys() - {"web"})
    stack.kill(*workers)
    _deliver(stack, record)
    wipe()
    for name in workers:
        stack.begin(name)
    stack.wait_until_ready()
    assert _assessed(stack, patient)["strategy"] == "transarterial_first"


def _wipe_of(stack: Stack, request: pytest.FixtureRequest) -> Callable[[], None]:
    if not stack.broker_url:
        return lambda: None  # the embedded stack has no broker to lose
    broker: RedisServer = request.getfixturevalue("redis_server")
    return broker.wipe


def test_processes_end_cleanly_when_asked_to(stack: Stack) -> None:
    assert set(stack.stop().values()) == {0}
    assert "Traceback" not in stack.everything_logged()
    for name in stack.processes:
        stack.begin(name)
    stack.wait_until_ready()
