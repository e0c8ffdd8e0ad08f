"""A proposal is written where something clinical changed, and only there."""

from typing import Any

from storage import jobs, proposals
from storage.proposals import Proposal
from tests.workers.world import LOINC, World, bilirubin, metastasis, net, patient


def _known_patient(world: World) -> None:
    for resource in (patient(), net(), metastasis(), bilirubin(0.8)):
        world.chart(resource)
    world.notify(world.ehr.read("Condition/met-p1"))
    world.drain()


def _ecog(score: int) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": "ecog",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-05-20",
        "code": {"coding": [{"system": LOINC, "code": "89247-1"}]},
        "valueInteger": score,
    }


def _stored(world: World) -> Proposal:
    with world.database.reading() as tx:
        (only,) = proposals.of_patient(tx, world.key("p1"))
    return only


def test_a_raw_value_makes_a_new_assessment_and_leaves_the_proposal(world: World) -> None:
    _known_patient(world)
    before = _stored(world)
    world.later(hours=1)
    world.change(bilirubin(0.9))
    drained = world.drain()
    assert drained.assessments == 1
    assert world.value("bilirubin_mg_dl") == 0.9
    assert world.history() == 2
    assert _stored(world) == before


def test_a_clinical_change_rewrites_the_proposal_under_its_identifier(world: World) -> None:
    _known_patient(world)
    before = _stored(world)
    world.change(_ecog(1))
    world.drain()
    after = _stored(world)
    assert after.identifier == before.identifier
    assert after.digest != before.digest
    assert after.careplan != before.careplan


def _report(words: str, name: str = "ct", **elements: Any) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "id": name,
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-05-20",
        "code": {"text": "CT"},
        "conclusion": words,
    } | elements


def _told(proposal: Proposal) -> str:
    return proposal.careplan.decode()


def test_what_reports_say_of_missing_facts_is_told_anew_where_it_changes(world: World) -> None:
    _known_patient(world)
    assert "May be known" not in _told(_stored(world))
    world.change(_report("Five liver metastases."))
    world.drain()
    told = _stored(world)
    assert "Five liver metastases" in _told(told)
    world.later(hours=1)
    world.change(_report("Five liver metastases.", "mr", effectiveDateTime="2026-05-21"))
    world.drain()
    assert _stored(world) == told


def test_words_that_were_withdrawn_no_longer_stand_on_the_proposal(world: World) -> None:
    _known_patient(world)
    world.change(_report("Five liver metastases."))
    world.drain()
    world.later(hours=1)
    world.change(_report("Five liver metastases.", status="entered-in-error"))
    world.drain()
    assert "Five liver metastases" not in _told(_stored(world))


def test_another_day_leaves_the_proposal(world: World) -> None:
    _known_patient(world)
    before = _stored(world)
    world.later(days=1)
    with world.database.transaction() as tx:
        jobs.put(tx, "assess", [world.key("p1")])
        jobs.put(tx, "propose", [world.key("p1")])
    world.drain()
    assert world.document()["as_of"] == "2026-06-02"
    assert _stored(world) == before


def test_a_report_that_contradicts_what_counts_rewrites_the_proposal(world: World) -> None:
    _known_patient(world)
    world.change(_ecog(1))
    world.drain()
    before = _stored(world)
    report = {
        "resourceType": "DiagnosticReport",
        "id": "words",
        "status": "final",
        "code": {"text": "Ward letter"},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-05-25",
    }
    world.change(report | {"conclusion": "ECOG 1."})
    world.drain()
    assert _stored(world) == before
    world.change(report | {"conclusion": "ECOG 3."})
    world.drain()
    after = _stored(world)
    assert after.digest != before.digest
    told = b"Report of 2026-05-25 says otherwise:** \xe2\x80\x9cECOG 3.\xe2\x80\x9d"
    assert told in after.careplan
    assert world.document()["facts"]["ecog"]["value"] == 1


def test_a_newer_result_that_could_not_be_read_rewrites_the_proposal(world: World) -> None:
    _known_patient(world)
    world.change(_ecog(1))
    world.drain()
    before = _stored(world)
    newer = _ecog(1) | {"id": "newer", "effectiveDateTime": "2026-05-25"}
    del newer["valueInteger"]
    world.change(newer | {"valueString": "poor, in bed"})
    world.drain()
    after = _stored(world)
    assert after.digest != before.digest
    assert "Newer ECOG (2026-05-25) could not be read: " in _told(after)
    assert world.document()["facts"]["ecog"]["value"] == 1
    world.change(newer | {"valueInteger": 1})
    world.drain()
    assert "could not be read" not in _told(_stored(world))


def _states(world: World) -> set[str]:
    with world.database.reading() as tx:
        return {one.state for one in proposals.of_patient(tx, world.key("p1"))}


def test_what_is_proposed_is_withdrawn_with_the_diagnosis_and_comes_back_with_it(
    world: World,
) -> None:
    _known_patient(world)
    assert _states(world) == {"ready"}
    wrong = {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}}
    for resource in (net(), metastasis()):
        world.change({**resource, **wrong})
    world.drain()
    assert world.document()["strategy"] == "not_applicable"
    assert _states(world) == {"superseded"}
    for resource in (net(), metastasis()):
        world.change(resource)
    world.drain()
    assert _states(world) == {"ready"}
