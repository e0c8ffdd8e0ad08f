"""Lesions measured one by one: the EHR is asked for what tells where each of them lies."""

from typing import Any

from tests.workers.world import LOINC, World, bilirubin, metastasis, net, patient


def known_patient(world: World) -> None:
    for resource in (patient(), net(), metastasis()):
        world.chart(resource)
    world.notify(world.ehr.read("Condition/met-p1"))
    world.drain()


def lesion(structure: str, mm: float, id_: str) -> dict[str, Any]:
    """mCODE tumor size: the lesion is a BodyStructure of its own."""
    return bilirubin(mm, id_=id_) | {
        "code": {"coding": [{"system": LOINC, "code": "21889-1"}]},
        "focus": [{"reference": f"BodyStructure/{structure}"}],
        "valueQuantity": {"value": mm, "unit": "mm", "code": "mm"},
    }


def structure(id_: str, segment: str) -> dict[str, Any]:
    return {
        "resourceType": "BodyStructure",
        "id": id_,
        "patient": {"reference": "Patient/p1"},
        "location": {"coding": [{"system": "http://snomed.info/sct", "code": segment}]},
    }


def test_lesions_are_known_by_the_body_structure_they_refer_to(world: World) -> None:
    known_patient(world)
    world.chart(structure("a", "277957003"))
    world.chart(structure("b", "277960005"))
    for sent in (lesion("a", 31, "s1"), lesion("b", 18, "s2"), lesion("b", 19, "s3")):
        world.change(sent)
    world.drain()
    assert world.value("liver_lesion_count") == 2
    assert world.value("largest_liver_lesion_mm") == 31
    assert world.value("bilobar") is True
