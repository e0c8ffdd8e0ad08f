"""Records of one person that the EHR has merged: judged as one, under the name that stands."""

from typing import Any

import pytest

from storage import patients
from tests.workers.world import World, bilirubin, metastasis, net, patient


def link(kind: str, other: str) -> list[dict[str, Any]]:
    return [{"other": {"reference": other}, "type": kind}]


def merged(other: str = "Patient/p2") -> dict[str, Any]:
    return {**patient("p1"), "active": False, "link": link("replaced-by", other)}


def known(world: World, id_: str) -> None:
    for resource in (patient(id_), net(id_), metastasis(id_)):
        world.chart(resource)
    world.notify(world.ehr.read(f"Condition/met-{id_}"))
    world.drain()


@pytest.fixture
def two(world: World) -> World:
    """Both were read and assessed; the result lies under the one that is merged away."""
    world.chart(bilirubin(1.4))
    for id_ in ("p1", "p2"):
        known(world, id_)
    assert world.value("bilirubin_mg_dl", "p2") is None
    return world


@pytest.mark.parametrize("body", [True, False])
@pytest.mark.parametrize("other", ["Patient/p2", "http://ehr.invalid/fhir/Patient/p2"])
def test_who_is_merged_into_another_is_judged_with_that_one(
    two: World, body: bool, other: str
) -> None:
    before = two.key("p2")
    two.change(merged(other), body=body)
    two.drain()
    assert two.key("p1") == two.key("p2") == before
    assert two.value("bilirubin_mg_dl", "p2") == 1.4
    assert two.value("sex", "p2") == "female"


def test_the_record_that_stands_may_tell_of_it(two: World) -> None:
    two.change({**patient("p2"), "link": link("replaces", "Patient/p1")})
    two.drain()
    assert two.value("bilirubin_mg_dl", "p2") == 1.4


def test_what_is_proposed_names_the_record_that_stands(two: World) -> None:
    two.change(merged())
    two.drain()
    subjects = {one["subject"]["reference"] for one in two.proposals("p2")}
    assert subjects == {"Patient/p2"}


def test_results_that_move_one_by_one_stay_in_place(two: World) -> None:
    two.change(merged())
    two.drain()
    two.change(bilirubin(2.2, of="p2"))
    two.drain()
    assert two.value("bilirubin_mg_dl", "p2") == 2.2


def test_a_merge_into_somebody_never_heard_of_brings_the_record_along(world: World) -> None:
    world.chart(bilirubin(1.4))
    known(world, "p1")
    world.chart(patient("p2"))
    world.chart(bilirubin(2.2, of="p2", id_="other", day="2026-05-21"))
    world.change(merged())
    world.drain()
    assert world.value("bilirubin_mg_dl", "p2") == 2.2


def test_who_was_merged_into_the_one_merged_comes_along(two: World) -> None:
    known(two, "p3")
    two.change(merged())
    two.drain()
    two.change({**patient("p2"), "link": link("replaced-by", "Patient/p3")})
    two.drain()
    assert two.key("p1") == two.key("p2") == two.key("p3")
    assert two.value("bilirubin_mg_dl", "p3") == 1.4
    with two.database.reading() as tx:
        found = patients.get(tx, two.key("p3"))
    assert found is not None
    assert found.fhir_ids == ("p3", "p1", "p2")


def test_the_record_merged_away_may_be_gone_at_the_ehr(two: World) -> None:
    two.ehr.delete("Patient/p1")
    two.change({**patient("p2"), "link": link("replaces", "Patient/p1")})
    two.drain()
    reasons = [one["reason"] for one in two.document("p2")["not_understood"]]
    assert reasons == []


@pytest.mark.parametrize(
    "other",
    ["http://other.invalid/fhir/Patient/p2", "RelatedPerson/p2", "urn:uuid:p2", "Patient/p1", "p2"],
)
def test_a_link_to_no_record_of_this_ehr_joins_nobody(two: World, other: str) -> None:
    two.change(merged(other))
    two.drain()
    assert two.key("p1") != two.key("p2")
    assert two.value("bilirubin_mg_dl", "p1") == 1.4
