"""From a notification to what is known: bodies, reads, deletions, duplicates, disorder, poison."""

import json
from threading import Event

import pytest

from fhir_mappings.notifications import Change, Problem
from storage.notifications import Origin
from tests.workers.world import World, bilirubin, metastasis, net, patient


def _known_patient(world: World) -> None:
    """A patient with a tumor, read and assessed."""
    for resource in (patient(), net(), metastasis(), bilirubin(0.8)):
        world.chart(resource)
    world.notify(world.ehr.read("Condition/met-p1"))
    world.drain()


def _until_quiet(world: World) -> None:
    """Drain until nothing waits; pauses in these tests are hundredths of a second."""
    for _ in range(500):
        world.drain()
        if not world.waiting():
            return
        Event().wait(0.01)
    pytest.fail("work still waits")


def test_the_first_sign_reads_the_whole_record(world: World) -> None:
    for resource in (patient(), net(), bilirubin(0.8)):
        world.change(resource)
    world.chart(metastasis())
    world.chart(bilirubin(1.1, id_="newer", day="2026-05-28"))
    _until_quiet(world)
    assert world.value("bilirubin_mg_dl") == 1.1
    assert world.document()["strategy"] != "not_applicable"


def test_a_patient_without_any_sign_is_not_assessed_and_keeps_no_values(world: World) -> None:
    world.change(patient())
    world.change(bilirubin(0.8))
    world.drain()
    assert world.document() == {}
    assert world.waiting() == 0


def test_a_complete_body_is_used_without_asking_the_ehr(world: World) -> None:
    _known_patient(world)
    asked = world.ehr.reads
    world.change(bilirubin(1.4))
    world.drain()
    assert world.value("bilirubin_mg_dl") == 1.4
    assert world.ehr.reads == asked


def test_a_notification_without_body_is_read_from_the_ehr(world: World) -> None:
    _known_patient(world)
    asked = world.ehr.reads
    world.change(bilirubin(1.4), body=False)
    world.drain()
    assert world.value("bilirubin_mg_dl") == 1.4
    assert world.ehr.reads == asked + 1


def test_a_connection_whose_bodies_are_not_trusted_is_always_asked(distrustful: World) -> None:
    _known_patient(distrustful)
    asked = distrustful.ehr.reads
    distrustful.change(bilirubin(1.4))
    distrustful.drain()
    assert distrustful.value("bilirubin_mg_dl") == 1.4
    assert distrustful.ehr.reads == asked + 1


def test_a_body_without_version_or_time_is_read_again(world: World) -> None:
    _known_patient(world)
    world.chart(bilirubin(1.4))
    stale = b'{"resourceType":"Observation","id":"bili","status":"final"}'
    world.hear(Change("Observation", "bili", interaction="upsert", body=stale))
    world.drain()
    assert world.value("bilirubin_mg_dl") == 1.4


def test_a_second_notification_changes_nothing(world: World) -> None:
    _known_patient(world)
    found = world.change(bilirubin(1.4))
    world.drain()
    history = world.history()
    world.notify(found)
    drained = world.drain()
    assert world.history() == history
    assert drained.assessments == 0


def test_versions_in_reverse_order_leave_the_newer_one(world: World) -> None:
    _known_patient(world)
    second, third = world.chart(bilirubin(1.4)), world.chart(bilirubin(2.2))
    world.notify(third)
    world.drain()
    world.notify(second)
    world.drain()
    assert world.value("bilirubin_mg_dl") == 2.2
    assert world.waiting() == 0


@pytest.mark.parametrize("origin", ["subscription", "backfill"])
def test_a_server_that_calls_every_version_1_is_followed_by_its_times(
    world: World, origin: Origin
) -> None:
    _known_patient(world)
    for value in (1.4, 2.2, 3.1):
        found = world.chart(bilirubin(value))
        meta = {"versionId": "1", "lastUpdated": found.last_updated}
        body = json.dumps({**bilirubin(value), "meta": meta}).encode()
        change = Change("Observation", "bili", "1", found.last_updated, "upsert", body)
        world.hear(change, origin=origin)
        world.drain()
        assert world.value("bilirubin_mg_dl") == value


def test_a_deleted_observation_no_longer_counts(world: World) -> None:
    _known_patient(world)
    world.remove("Observation/bili")
    world.drain()
    assert world.value("bilirubin_mg_dl") is None


@pytest.mark.parametrize("interaction", ["unknown", "upsert"])
def test_a_resource_that_is_gone_when_read_counts_as_deleted(
    world: World, interaction: str
) -> None:
    _known_patient(world)
    world.ehr.delete("Observation/bili")
    world.hear(Change("Observation", "bili", interaction=interaction))  # type: ignore[arg-type]
    world.drain()
    assert world.value("bilirubin_mg_dl") is None
    assert world.buried() == []


def test_a_late_notification_does_not_bring_a_deleted_resource_back(world: World) -> None:
    _known_patient(world)
    late = world.chart(bilirubin(1.4))
    world.remove("Observation/bili")
    world.drain()
    world.notify(late)
    world.drain()
    assert world.value("bilirubin_mg_dl") is None
    assert world.waiting() == 0


def test_a_late_deletion_does_not_remove_what_the_ehr_holds_again(world: World) -> None:
    _known_patient(world)
    world.ehr.delete("Observation/bili")
    again = world.chart(bilirubin(1.7))
    world.notify(again)
    world.drain()
    world.hear(Change("Observation", "bili", interaction="delete"))
    world.drain()
    assert world.value("bilirubin_mg_dl") == 1.7
    assert world.waiting() == 0


def test_a_deletion_counts_as_soon_as_the_ehr_can_confirm_it(world: World) -> None:
    _known_patient(world)
    world.ehr.away = True
    world.remove("Observation/bili")
    world.drain()
    assert world.value("bilirubin_mg_dl") == 0.8
    world.ehr.away = False
    _until_quiet(world)
    assert world.value("bilirubin_mg_dl") is None


def test_a_deletion_that_was_loaded_needs_no_ehr(world: World) -> None:
    for resource in (patient(), net(), metastasis(), bilirubin(0.8)):
        world.notify(world.chart(resource), origin="load")
    world.ehr.away = True
    world.drain()
    world.hear(Change("Observation", "bili", interaction="delete"), origin="load")
    world.drain()
    assert world.value("bilirubin_mg_dl") is None


def test_deleted_and_charted_again_counts_again(world: World) -> None:
    _known_patient(world)
    world.remove("Observation/bili")
    world.drain()
    world.change(bilirubin(1.7))
    world.drain()
    assert world.value("bilirubin_mg_dl") == 1.7


def test_delete_and_change_in_one_batch_end_as_the_ehr_has_it(world: World) -> None:
    _known_patient(world)
    older = world.chart(bilirubin(1.4))
    world.remove("Observation/bili")
    world.notify(older)
    world.drain()
    assert world.value("bilirubin_mg_dl") is None


def test_an_ehr_that_is_away_is_asked_again_and_nothing_is_lost(world: World) -> None:
    _known_patient(world)
    world.ehr.away = True
    world.change(bilirubin(1.4), body=False)
    world.drain()
    assert world.value("bilirubin_mg_dl") == 0.8
    assert world.waiting() == 1
    world.ehr.away = False
    _until_quiet(world)
    assert world.value("bilirubin_mg_dl") == 1.4
    assert world.buried() == []


def test_an_ehr_that_is_away_keeps_no_other_notification_back(world: World) -> None:
    _known_patient(world)
    world.ehr.away = True
    world.change(bilirubin(9.9, id_="unread", day="2026-01-01"), body=False)
    world.change(bilirubin(1.4))
    world.drain()
    assert world.value("bilirubin_mg_dl") == 1.4


def test_after_the_first_silence_the_rest_of_the_batch_is_not_asked(world: World) -> None:
    world.ehr.away = True
    for number in range(50):
        world.hear(Change("Observation", f"o{number}"))
    world.drain()
    # as many as threads may already have been on their way
    assert world.ehr.reads <= 4
    assert world.waiting() == 50


def test_poison_stands_beside_good_ones_and_is_listed(world: World) -> None:
    _known_patient(world)
    found = world.chart(bilirubin(1.4))
    good = Change("Observation", "bili", found.version, found.last_updated, "upsert", found.body)
    world.hear(good, problems=(Problem("not JSON", b"{{{"),))
    world.drain()
    assert world.value("bilirubin_mg_dl") == 1.4
    assert [state for state, _ in world.buried()] == ["poison"]


@pytest.mark.parametrize("odd", ["a\u0000b", "a b", "..", "Group/1", "x" * 65])
def test_a_subject_that_is_no_fhir_id_stops_nobody(world: World, odd: str) -> None:
    world.notify(world.chart(metastasis(of=odd) | {"id": "odd"}))
    world.notify(world.chart(metastasis()))
    world.drain()
    assert world.waiting() == 0
    told = [] if odd == "Group/1" else [("buried", "SubjectUnknown")]
    assert world.buried() == told
    assert world.value("has_liver_metastases") is True
    with world.database.reading() as tx:
        known = tx.exec_driver_sql("SELECT fhir_id FROM patient_aliases").scalars()
        assert list(known) == ["p1"]


def test_a_row_the_database_refuses_is_buried_and_the_others_go_on(world: World) -> None:
    _known_patient(world)
    world.change(bilirubin(9.9, id_="odd", day="2026-05-30") | {"status": "a\u0000b"})
    world.change(bilirubin(1.4))
    world.drain()
    assert world.value("bilirubin_mg_dl") == 1.4


def test_an_answer_that_is_another_resource_is_buried_under_its_reason(world: World) -> None:
    world.chart(patient())
    world.ehr.answers_instead = "Patient/p1"
    world.hear(Change("Observation", "bili"))
    world.drain()
    assert world.buried() == [("buried", "OtherResourceAnswered")]


@pytest.mark.parametrize("status", [401, 403])
def test_what_is_forbidden_is_asked_again_before_it_is_given_up(world: World, status: int) -> None:
    _known_patient(world)
    world.ehr.refuses = status
    world.change(bilirubin(1.4), body=False)
    for _ in range(world.parts.settings.workers.max_attempts - 1):
        world.drain()
        world.end_pauses()
    assert world.buried() == []
    world.drain()
    assert world.buried() == [("buried", "EhrRefused")]


def test_what_was_forbidden_for_a_while_counts_in_the_end(world: World) -> None:
    _known_patient(world)
    world.ehr.refuses = 403
    world.change(bilirubin(1.4), body=False)
    world.drain()
    world.ehr.refuses = 0
    world.end_pauses()
    world.drain()
    assert world.value("bilirubin_mg_dl") == 1.4


def test_what_was_given_up_counts_once_it_is_told_again(world: World) -> None:
    _known_patient(world)
    world.ehr.refuses = 422
    found = world.chart(bilirubin(1.4))
    told = Change("Observation", "bili", found.version)
    world.hear(told)
    world.drain()
    assert world.buried() == [("buried", "EhrRefused")]
    world.ehr.refuses = 0
    world.hear(told)
    world.drain()
    assert world.value("bilirubin_mg_dl") == 1.4


def test_a_version_deleted_here_by_mistake_comes_back_with_a_backfill(world: World) -> None:
    _known_patient(world)
    found = world.change(bilirubin(1.4))
    world.drain()
    world.hear(Change("Observation", "bili", interaction="delete"), origin="sweep")
    world.drain()
    assert world.value("bilirubin_mg_dl") is None
    world.notify(found, origin="backfill")
    world.drain()
    assert world.value("bilirubin_mg_dl") == 1.4


def test_what_was_loaded_is_never_asked_of_the_ehr(world: World) -> None:
    for resource in (patient(), net(), metastasis(), bilirubin(0.8)):
        world.notify(world.chart(resource), origin="load")
    world.ehr.away = True
    world.drain()
    assert world.ehr.reads == 0
    assert world.value("bilirubin_mg_dl") == 0.8


def test_values_charted_before_the_first_loaded_sign_count(world: World) -> None:
    world.notify(world.chart(patient()), origin="load")
    world.notify(world.chart(bilirubin(0.8)), origin="load")
    world.drain()
    assert world.document() == {}
    world.notify(world.chart(metastasis()), origin="load")
    world.drain()
    assert world.value("bilirubin_mg_dl") == 0.8
