"""Coalescing by patient, one assessment at a time, crashes, and what is saved."""

import threading
from concurrent.futures import ThreadPoolExecutor

from storage import jobs, notifications
from tests.workers.world import World, bilirubin, metastasis, net, patient
from workers.assess import assess_patients
from workers.drain import drain
from workers.ingest import ingest
from workers.propose import propose


def _known_patient(world: World, of: str = "p1") -> None:
    for resource in (patient(of), net(of), metastasis(of), bilirubin(0.8, of, f"bili-{of}")):
        world.chart(resource)
    world.notify(world.ehr.read(f"Condition/met-{of}"))
    world.drain()


def test_a_hundred_notifications_of_a_patient_are_one_assessment(world: World) -> None:
    _known_patient(world)
    for number in range(100):
        world.change(bilirubin(1 + number / 100, id_=f"b{number}"))
    drained = world.drain()
    assert drained.notifications == 100
    assert drained.assessments == 1


def test_an_assessment_leads_to_one_proposal_that_is_valid_fhir(world: World) -> None:
    _known_patient(world)
    (careplan,) = world.proposals()
    assert careplan["resourceType"] == "CarePlan"
    assert (careplan["status"], careplan["intent"]) == ("draft", "proposal")
    assert careplan["subject"] == {"reference": "Patient/p1"}
    assert careplan["identifier"][0]["system"] == "urn:nelm-cds:proposal"
    addressed = [one["reference"] for one in careplan["addresses"]]
    assert "Condition/met-p1" in addressed


def test_the_document_names_its_sources_and_what_it_is_valid_until(world: World) -> None:
    _known_patient(world)
    document = world.document()
    assert document["as_of"] == "2026-06-01"
    assert document["facts"]["bilirubin_mg_dl"]["source"] == "Observation/bili-p1"
    assert document["valid_until"] > "2026-06-01"


def test_the_same_judgement_a_day_later_adds_no_history(world: World) -> None:
    _known_patient(world)
    world.later(days=1)
    with world.database.transaction() as tx:
        jobs.put(tx, "assess", [world.key("p1")])
    drained = world.drain()
    assert (drained.assessments, drained.proposals) == (1, 0)
    assert world.history() == 1
    assert world.document()["as_of"] == "2026-06-02"


def test_never_two_assessments_of_a_patient_at_once(world: World) -> None:
    _known_patient(world)
    world.change(bilirubin(1.4))
    ingest(world.parts)
    with world.database.transaction() as tx:
        (taken,) = jobs.take(tx, ["assess"])
    world.change(bilirubin(1.5))
    ingest(world.parts)
    assert assess_patients(world.parts) == 0
    with world.database.transaction() as tx:
        jobs.done(tx, [taken])
    assert assess_patients(world.parts) == 1, "the change during the run asks for one more"
    assert world.value("bilirubin_mg_dl") == 1.5


def test_several_drains_at_once_end_like_one(world: World) -> None:
    for number in range(6):
        _known_patient(world, f"p{number}")
    start = threading.Barrier(3)
    for number in range(6):
        for day in range(10, 28):
            world.change(bilirubin(day / 10, f"p{number}", f"b{number}-{day}", f"2026-05-{day}"))

    def run() -> int:
        start.wait()
        return drain(world.parts).notifications

    with ThreadPoolExecutor(3) as threads:
        counts = [threads.submit(run) for _ in range(3)]
        total = sum(count.result() for count in counts)
    world.drain()
    assert total == 6 * 18
    assert [world.value("bilirubin_mg_dl", f"p{number}") for number in range(6)] == [2.7] * 6
    assert world.waiting() == 0
    assert world.buried() == []


def test_what_a_crashed_ingest_had_taken_is_taken_again_after_its_lease(world: World) -> None:
    _known_patient(world)
    world.change(bilirubin(1.4))
    with world.database.transaction() as tx:
        # a worker takes it with a lease that is over at once, and is never seen again
        assert len(notifications.take(tx, lease_seconds=-1)) == 1
    drained = world.drain()
    assert drained.notifications == 1
    assert world.value("bilirubin_mg_dl") == 1.4


def test_a_crash_between_assess_and_propose_still_proposes(world: World) -> None:
    for resource in (patient(), net(), metastasis()):
        world.notify(world.chart(resource), origin="load")
    ingest(world.parts)
    with world.database.transaction() as tx:
        jobs.take(tx, ["read_record"], lease_seconds=-1)
    world.drain()
    with world.database.transaction() as tx:
        jobs.put(tx, "propose", [world.key("p1")])
        jobs.take(tx, ["propose"], lease_seconds=-1)
    assert propose(world.parts) == 1
    assert len(world.proposals()) == 1
