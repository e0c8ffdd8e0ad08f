"""A CarePlan of ours at the EHR: held, known by what it says, and gone."""

from typing import Any

import msgspec
import pytest

from storage import proposals
from storage.proposals import Proposal
from tests.workers.world import World, bilirubin, metastasis, net, patient


def known_patient(world: World) -> Proposal:
    for resource in (patient(), net(), metastasis(), bilirubin(0.8)):
        world.chart(resource)
    world.notify(world.ehr.read("Condition/met-p1"))
    world.drain()
    return stored(world)


def stored(world: World) -> Proposal:
    with world.database.reading() as tx:
        (only,) = proposals.of_patient(tx, world.key("p1"))
    return only


def charted(world: World, proposal: Proposal, **changed: Any) -> None:
    """The EHR holds the proposal, with these changes, and tells us."""
    careplan = msgspec.json.decode(proposal.careplan)
    world.change({**careplan, "id": "cp1", **changed})
    world.drain()


def test_an_accepted_proposal_is_known_to_be_held_as_it_was_offered(world: World) -> None:
    offered = known_patient(world)
    charted(world, offered, subject={"reference": "https://ehr.invalid/fhir/Patient/p1"})
    held = stored(world)
    assert (held.ehr_reference, held.ehr_status) == ("CarePlan/cp1", "draft")
    assert held.ehr_digest == held.digest


def test_a_proposal_that_comes_back_before_it_was_drafted_here_is_never_offered_again(
    world: World,
) -> None:
    offered = known_patient(world)
    body = msgspec.json.decode(offered.careplan)
    other = f"main:{offered.patient}:elsewhere_first"
    for place, (name, patient_id) in enumerate(
        [(other, "p1"), ("main:fhir-p1:by_extent", "p1"), ("main:99:work_up", "p1")]
    ):
        named = [{"system": "urn:nelm-cds:proposal", "value": name}]
        subject = {"reference": f"Patient/{patient_id}"}
        world.change({**body, "id": f"early{place}", "identifier": named, "subject": subject})
    world.drain()
    with world.database.reading() as tx:
        found = {one.identifier: one for one in proposals.of_patient(tx, world.key("p1"))}
    early = found[other]
    assert (early.state, early.ehr_reference, early.ehr_status) == (
        "written",
        "CarePlan/early0",
        "draft",
    )
    assert early.ehr_digest is None
    assert f"main:{offered.patient}:by_extent" in found
    assert not any(name.startswith("main:99") for name in found)
    again = proposals.Draft(
        early.patient, "main", other, "elsewhere_first", offered.careplan, "new"
    )
    with world.database.transaction() as tx:
        proposals.save(tx, [again])
        kept = proposals.find(tx, "main", other)
    assert kept is not None
    assert (kept.state, kept.ehr_reference, kept.digest) == ("written", "CarePlan/early0", "new")


def test_what_people_have_changed_is_known_to_be_another_text(world: World) -> None:
    offered = known_patient(world)
    charted(world, offered, note=[{"text": "discussed on Monday"}])
    held = stored(world)
    assert held.ehr_reference == "CarePlan/cp1"
    assert held.ehr_digest is None


def test_a_newer_proposal_leaves_known_what_the_ehr_holds(world: World) -> None:
    offered = known_patient(world)
    charted(world, offered)
    world.change(bilirubin(4.2))
    world.change(
        {
            "resourceType": "Observation",
            "id": "ecog",
            "status": "final",
            "subject": {"reference": "Patient/p1"},
            "effectiveDateTime": "2026-05-20",
            "code": {"coding": [{"system": "http://loinc.org", "code": "89247-1"}]},
            "valueInteger": 1,
        }
    )
    world.drain()
    newer = stored(world)
    assert newer.digest != offered.digest
    assert newer.ehr_digest == offered.digest


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("at_once", [True, False])
def test_of_two_versions_the_newer_one_is_held_in_whatever_order_they_come(
    world: World, order: tuple[int, int], at_once: bool
) -> None:
    careplan = {**msgspec.json.decode(known_patient(world).careplan), "id": "cp1"}
    for _ in range(8):
        world.chart({**careplan, "status": "draft"})
    # The ninth and the tenth version: as text the tenth comes first.
    versions = [world.chart({**careplan, "status": status}) for status in ("draft", "revoked")]
    assert [one.version for one in versions] == ["9", "10"]
    for place in order:
        world.notify(versions[place])
        if not at_once:
            world.drain()
    world.drain()
    held = stored(world)
    assert (held.ehr_version, held.ehr_status) == ("10", "revoked")


def test_a_late_word_of_a_deleted_proposal_does_not_touch_what_is_proposed_since(
    world: World,
) -> None:
    offered = known_patient(world)
    held = world.change({**msgspec.json.decode(offered.careplan), "id": "cp1"})
    world.drain()
    world.remove("CarePlan/cp1")
    world.drain()
    world.change(bilirubin(3.4))
    world.drain()
    assert stored(world).state == "ready"
    world.notify(held)
    world.drain()
    assert (stored(world).state, stored(world).ehr_reference) == ("ready", None)


def test_a_deleted_proposal_is_gone_with_all_that_was_known_of_it(world: World) -> None:
    offered = known_patient(world)
    charted(world, offered)
    world.remove("CarePlan/cp1")
    world.drain()
    gone = stored(world)
    assert (gone.state, gone.ehr_reference, gone.ehr_digest) == ("gone", None, None)
