"""What a report says in words is kept, shown in the document, and counted by nobody."""

from typing import Any

from tests.workers.world import World, bilirubin, metastasis, net, patient


def report(words: str, id_: str = "words", of: str = "p1") -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "id": id_,
        "status": "final",
        "code": {"text": "Ward letter"},
        "subject": {"reference": f"Patient/{of}"},
        "effectiveDateTime": "2026-05-20",
        "conclusion": words,
    }


def _known_patient(world: World) -> None:
    for resource in (patient("p1"), net("p1"), metastasis("p1"), bilirubin(0.8, "p1", "bili")):
        world.chart(resource)
    world.notify(world.ehr.read("Condition/met-p1"))
    world.drain()


def test_candidates_of_a_notified_report_stand_in_the_stored_document(world: World) -> None:
    _known_patient(world)
    before = world.document()
    world.change(report("Five liver metastases. Portal vein patent. ECOG 1."))
    world.drain()
    document = world.document()
    found = {one["fact"]: one for one in document["candidates"]}
    assert found["liver_lesion_count"]["value"] == 5
    assert found["ecog"]["sentence"] == "ECOG 1."
    assert found["portal_vein"]["source"] == "DiagnosticReport/words"
    assert document["facts"].keys() == before["facts"].keys()
    verdicts = [(one["option"], one["verdict"]) for one in document["options"]]
    assert verdicts == [(one["option"], one["verdict"]) for one in before["options"]]


def test_a_report_that_was_corrected_takes_its_candidates_along(world: World) -> None:
    _known_patient(world)
    world.change(report("ECOG 1."))
    world.drain()
    world.change(report("No comment."))
    world.drain()
    assert world.document()["candidates"] == []


def test_words_of_a_net_are_a_sign_to_read_the_record(world: World) -> None:
    for resource in (patient("p1"), net("p1"), metastasis("p1")):
        world.chart(resource)
    world.chart(report("Liver metastases of a neuroendocrine tumor."))
    world.notify(world.ehr.read("DiagnosticReport/words"))
    world.drain()
    assert world.document()["facts"]["has_liver_metastases"]["value"] is True
