"""A resource of which nobody can say whose it is counts for nobody, and somebody is told."""

from typing import Any

import pytest

from storage import notifications
from tests.workers.world import World, bilirubin, metastasis, net, patient
from workers.ownerless import NO_PATIENT
from workers.schedule import put_whose_gaps_closed

UNKNOWN = [("buried", "SubjectUnknown")]


def _staged(world: World) -> None:
    for resource in (patient(), net(), metastasis()):
        world.change(resource)
    world.drain()


@pytest.mark.parametrize(
    "subject",
    [
        {"identifier": {"system": "urn:mrn", "value": "77"}},
        {"type": "Patient", "identifier": {"value": "p1"}},
        {"reference": "#contained"},
        {"reference": "urn:uuid:5b1f3e8e-0000-4000-8000-000000000000"},
        {"reference": "Patient?identifier=urn:mrn|77"},
        {"reference": "p1"},
        {},
    ],
)
@pytest.mark.parametrize("body", [True, False])
def test_it_is_listed_for_a_person(world: World, subject: dict[str, Any], body: bool) -> None:
    _staged(world)
    world.change(bilirubin(3.0) | {"subject": subject}, body=body)
    world.drain()
    assert world.value("bilirubin_mg_dl") is None
    assert world.buried() == UNKNOWN


@pytest.mark.parametrize("subject", ["Group/g1", "Device/d1", "Location/l1"])
def test_what_is_about_no_patient_at_all_is_no_fault(world: World, subject: str) -> None:
    world.change(bilirubin(3.0) | {"subject": {"reference": subject}})
    world.drain()
    assert (world.buried(), world.waiting()) == ([], 0)


def test_it_is_done_once_the_ehr_says_whose_it_is(world: World) -> None:
    _staged(world)
    world.change(bilirubin(3.0) | {"subject": {"identifier": {"value": "77"}}})
    world.drain()
    world.change(bilirubin(3.0))
    world.drain()
    put_whose_gaps_closed(world.parts)
    assert (world.buried(), world.value("bilirubin_mg_dl")) == ([], 3.0)


def test_it_is_done_once_it_is_gone(world: World) -> None:
    world.change(bilirubin(3.0) | {"subject": {"identifier": {"value": "77"}}})
    world.drain()
    world.remove("Observation/bili")
    world.drain()
    put_whose_gaps_closed(world.parts)
    assert world.buried() == []


def test_a_person_may_dismiss_it_and_nothing_else_that_is_buried(world: World) -> None:
    world.change(bilirubin(3.0) | {"subject": {"identifier": {"value": "77"}}})
    world.drain()
    world.ehr.refuses = 422
    world.change(bilirubin(1.0, id_="other"), body=False)
    world.drain()
    with world.database.transaction() as tx:
        rows = [one.row for one in notifications.list_noted(tx)]
        assert notifications.dismiss(tx, rows) == 1
    assert world.buried() == [("buried", "EhrRefused")]


def test_what_the_ehr_gives_as_a_patients_without_saying_so_is_told_in_the_document(
    world: World,
) -> None:
    world.chart(bilirubin(3.0))
    for resource in (patient(), net()):
        world.chart(resource)
    found = world.ehr.read("Observation/bili")
    world.ehr.given_instead = [
        found.body.replace(b'{"reference":"Patient/p1"}', b'{"identifier":{"value":"77"}}')
    ]
    world.change(metastasis())
    world.drain()
    assert world.value("bilirubin_mg_dl") is None
    lines = world.document()["not_understood"]
    assert [(one["source"], one["reason"]) for one in lines] == [("Observation/bili", NO_PATIENT)]
