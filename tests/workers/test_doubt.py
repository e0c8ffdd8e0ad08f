"""What is uncertain: versions that cannot be compared, dates that cannot be, other servers."""

import msgspec
import pytest

from fhir_mappings.notification_changes import upsert
from fhir_mappings.notifications import Change
from tests.workers.world import World, bilirubin, metastasis, net, patient


def _known_patient(world: World) -> None:
    """A patient with a tumor, read and assessed."""
    for resource in (patient(), net(), metastasis(), bilirubin(0.8)):
        world.chart(resource)
    world.notify(world.ehr.read("Condition/met-p1"))
    world.drain()


def _told(version: str, last_updated: str, value: float) -> Change:
    """A notification with a body that says of itself which version it is."""
    meta = {"versionId": version, "lastUpdated": last_updated}
    return upsert(msgspec.json.encode(bilirubin(value) | {"meta": meta}))


@pytest.mark.parametrize("unreadable", ["yesterday", "2026-13-40T00:00:00Z", "\u0000"])
def test_a_body_whose_time_cannot_be_read_is_read_from_the_ehr(
    world: World, unreadable: str
) -> None:
    _known_patient(world)
    world.chart(bilirubin(1.4))
    asked = world.ehr.reads
    world.hear(_told("77", unreadable, 9.9))
    world.drain()
    assert world.value("bilirubin_mg_dl") == 1.4
    assert world.ehr.reads == asked + 1


def test_a_version_that_cannot_be_compared_overwrites_nothing_unread(world: World) -> None:
    _known_patient(world)
    held = world.ehr.read("Observation/bili")
    assert held.last_updated is not None
    world.hear(_told("a-b-c", held.last_updated, 9.9))
    world.drain()
    assert world.value("bilirubin_mg_dl") == 0.8


def test_two_versions_in_one_batch_that_cannot_be_compared_are_read(world: World) -> None:
    _known_patient(world)
    now = "2026-12-01T00:00:00Z"
    world.hear(_told("a-b-c", now, 9.9), _told("d-e-f", now, 8.8))
    world.drain()
    assert world.value("bilirubin_mg_dl") == 0.8
    assert world.waiting() == 0


def test_a_time_in_the_future_does_not_freeze_a_resource(world: World) -> None:
    _known_patient(world)
    world.hear(_told("99", "2999-01-01T00:00:00Z", 9.9))
    world.drain()
    assert world.value("bilirubin_mg_dl") == 9.9
    world.change(bilirubin(1.4))
    world.drain()
    assert world.value("bilirubin_mg_dl") == 1.4


FOREIGN, OURS = "https://other-hospital.example/fhir", "http://EHR.invalid:80/fhir/"


@pytest.mark.parametrize(("server", "value"), [(FOREIGN, 0.8), (OURS.rstrip("/"), 9.9)])
def test_the_same_id_at_another_server_is_another_patient(
    world: World, server: str, value: float
) -> None:
    _known_patient(world)
    subject = {"reference": f"{server}/Patient/p1"}
    world.change(bilirubin(9.9, id_="other", day="2026-05-30") | {"subject": subject})
    world.drain()
    assert world.value("bilirubin_mg_dl") == value
    told = world.parts.metrics.value("nelm_subjects_elsewhere_total", connection="main")
    assert told == (1 if server == FOREIGN else 0)


def test_a_medication_of_another_server_is_not_looked_for_here(world: World) -> None:
    _known_patient(world)
    request = {
        "resourceType": "MedicationRequest",
        "id": "request",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "medicationReference": {"reference": f"{FOREIGN}/Medication/m1"},
    }
    asked = world.ehr.reads
    world.change(request)
    world.drain()
    assert world.ehr.reads == asked
    world.change(request | {"medicationReference": {"reference": "Medication/m1"}})
    world.drain()
    assert world.ehr.reads == asked + 1
