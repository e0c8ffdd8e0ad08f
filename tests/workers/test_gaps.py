"""A value that is not the newest any more says so, until the newer version was read."""

from typing import Any

import pytest

from fhir_mappings.notifications import Change
from storage import gaps, jobs
from storage.at_hand import at_hand
from storage.gaps import Pending
from tests.workers.world import World, bilirubin, metastasis, net, patient
from workers.schedule import put_whose_gaps_closed


@pytest.fixture
def known(world: World) -> World:
    """A patient who was read and assessed."""
    for resource in (patient(), net(), metastasis(), bilirubin(0.8)):
        world.chart(resource)
    world.notify(world.ehr.read("Condition/met-p1"))
    world.drain()
    return world


def _pending(world: World) -> tuple[Pending, ...]:
    with world.database.reading() as tx:
        found = gaps.pending_changes(tx, "main", world.key("p1"))
        hand = at_hand(tx, "main", "p1", 0).known
    assert hand is not None
    assert hand.changes_pending is bool(found)
    return found


def _lines(world: World) -> list[dict[str, Any]]:
    return [one for one in world.document()["not_understood"] if one["reason"] == gaps.NOT_CURRENT]


def test_a_version_that_was_given_up_on_is_pending_and_told(known: World) -> None:
    known.ehr.refuses = 422
    known.change(bilirubin(1.4), body=False)
    assert _pending(known) == ()
    known.drain()
    (pending,) = _pending(known)
    assert (pending.reference, pending.state) == ("Observation/bili", "buried")
    assert pending.error == "EhrRefused"
    assert [line["source"] for line in _lines(known)] == ["Observation/bili"]
    assert known.value("bilirubin_mg_dl") == 0.8


def test_a_version_that_waits_for_the_ehr_is_pending_until_it_was_read(known: World) -> None:
    known.ehr.away = True
    known.change(bilirubin(0.8), body=False)
    known.drain()
    assert [one.state for one in _pending(known)] == ["taken"]
    assert len(_lines(known)) == 1
    known.ehr.away = False
    known.end_pauses()
    known.parts.pauses.answered("main")
    known.drain()
    assert _pending(known) == ()
    assert _lines(known) == []


def _given_up(known: World) -> None:
    """A newer version was told of, and the EHR refused to give it."""
    known.ehr.refuses = 422
    known.change(bilirubin(1.4), body=False)
    known.drain()


def test_a_newer_version_that_was_read_overtakes_one_that_was_given_up_on(known: World) -> None:
    _given_up(known)
    known.ehr.refuses = 0
    with known.database.transaction() as tx:
        jobs.put(tx, "read_record", [known.key("p1")])
    known.drain()
    assert _pending(known) == ()
    assert put_whose_gaps_closed(known.parts) == 1
    known.drain()
    assert _lines(known) == []
    assert known.buried() == []
    assert put_whose_gaps_closed(known.parts) == 0


def test_what_was_given_up_on_is_tried_again_when_the_ehr_speaks_of_it_again(known: World) -> None:
    _given_up(known)
    known.ehr.refuses = 0
    known.change(bilirubin(2.1))
    known.drain()
    assert known.buried() == []
    assert (_pending(known), _lines(known)) == ((), [])
    assert known.value("bilirubin_mg_dl") == 2.1


def test_a_late_older_version_does_not_overtake_one_that_was_given_up_on(known: World) -> None:
    late = known.chart(bilirubin(0.9))
    _given_up(known)
    known.notify(late)
    known.drain()
    put_whose_gaps_closed(known.parts)
    known.drain()
    assert known.value("bilirubin_mg_dl") == 0.9
    assert [state for state, _ in known.buried()] == ["buried"]
    assert len(_pending(known)) == len(_lines(known)) == 1


def test_a_patient_without_a_sign_is_not_assessed_for_a_gap(world: World) -> None:
    world.change(bilirubin(0.8))
    world.drain()
    world.ehr.refuses = 422
    world.hear(Change("Observation", "bili"))
    world.drain()
    assert len(_pending(world)) == 1
    assert world.document() == {}
