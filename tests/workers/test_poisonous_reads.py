"""What an EHR fails to give of one resource holds up no other one, and does not wait for ever."""

from ehr.errors import EhrUnavailable
from fhir_mappings.notifications import Change
from storage import gaps, jobs, notifications, resources
from tests.workers.world import World, bilirubin, metastasis, net, patient

AWAY = EhrUnavailable.__name__


def _staged(world: World) -> None:
    for resource in (patient(), net(), metastasis()):
        world.change(resource)
    world.drain()


def _hint(world: World, *ids: str) -> None:
    world.hear(*(Change("Observation", id_) for id_ in ids))


def _unread(world: World) -> list[tuple[str, str, int]]:
    with world.database.reading() as tx:
        noted = notifications.list_noted(tx, ("waiting", "taken", "buried"))
    return sorted((one.id, one.state, one.attempts) for one in noted)


def test_one_resource_that_cannot_be_given_holds_up_no_other(world: World) -> None:
    _staged(world)
    others = [f"g{number}" for number in range(30)]
    for number, id_ in enumerate(others):
        world.chart(bilirubin(number + 1, id_=id_, day=f"2026-05-{number % 28 + 1:02}"))
    world.ehr.fails_for = frozenset({"Observation/bad"})
    _hint(world, "bad", *others)
    world.drain()
    assert _unread(world) == [("bad", "taken", 1)]
    assert world.parts.pauses.remaining("main") == 0


def test_several_of_them_are_asked_for_after_the_others_the_next_time(world: World) -> None:
    _staged(world)
    bad = [f"bad{number}" for number in range(8)]
    world.chart(bilirubin(3.0))
    world.ehr.fails_for = frozenset(f"Observation/{id_}" for id_ in bad)
    _hint(world, *bad, "bili")
    for _ in range(3):
        world.end_pauses()
        world.parts.pauses.forget("main")
        world.drain()
    assert world.value("bilirubin_mg_dl") == 3.0
    assert [id_ for id_, _, _ in _unread(world)] == bad


def test_it_is_given_up_while_the_ehr_gives_others(world: World) -> None:
    _staged(world)
    world.chart(bilirubin(3.0))
    world.ehr.fails_for = frozenset({"Observation/bad"})
    _hint(world, "bad")
    for _ in range(world.parts.settings.workers.max_attempts):
        _hint(world, "bili")
        world.end_pauses()
        world.drain()
    assert world.buried() == [("buried", AWAY)]


def test_it_is_never_given_up_while_the_ehr_gives_nothing(world: World) -> None:
    _hint(world, "bad")
    world.ehr.fails_for = frozenset({"Observation/bad"})
    for _ in range(world.parts.settings.workers.max_attempts + 5):
        world.end_pauses()
        world.drain()
    assert [(id_, state) for id_, state, _ in _unread(world)] == [("bad", "taken")]


def test_what_was_not_asked_for_during_an_absence_loses_no_try(world: World) -> None:
    world.ehr.away = True
    _hint(world, "o1", "o2")
    for _ in range(5):
        world.end_pauses()
        world.parts.pauses.forget("main")
        world.drain()
    assert _unread(world) == [("o1", "taken", 0), ("o2", "taken", 0)]


def test_a_medication_that_cannot_be_given_is_waited_for_and_then_done_without(
    world: World,
) -> None:
    _staged(world)
    drug = {
        "resourceType": "MedicationStatement",
        "id": "m1",
        "status": "active",
        "subject": {"reference": "Patient/p1"},
        "medicationReference": {"reference": "Medication/drug"},
        "effectiveDateTime": "2026-05-01",
    }
    world.chart(drug)
    world.chart(bilirubin(3.0))
    world.ehr.fails_for = frozenset({"Medication/drug"})
    world.hear(Change("MedicationStatement", "m1"))
    tries = world.parts.settings.workers.max_attempts
    for _ in range(tries - 1):
        world.end_pauses()
        world.drain()
    assert _unread(world) == [("m1", "taken", tries - 1)]
    world.end_pauses()
    world.drain()
    assert _unread(world) == []
    key = world.key("p1")
    with world.database.reading() as tx:
        (line,) = resources.not_understood(tx, [key])[key]
    assert line.source == "MedicationStatement/m1"


def test_a_pause_of_a_day_is_not_kept_and_a_person_can_end_it(world: World) -> None:
    _staged(world)
    world.chart(bilirubin(3.0))
    world.ehr.away, world.ehr.retry_after = True, 86_400.0
    _hint(world, "bili")
    world.drain()
    assert world.parts.pauses.remaining("main") <= 900
    world.ehr.away = False
    world.drain()
    assert world.value("bilirubin_mg_dl") is None
    with world.database.transaction() as tx:
        assert notifications.revive(tx) == 1
    world.drain()
    assert world.value("bilirubin_mg_dl") == 3.0


def test_a_record_that_waits_for_the_ehr_is_read_once_a_person_says_so(world: World) -> None:
    world.chart(patient())
    sign = world.chart(metastasis())
    world.parts.pauses.away("main", 600)
    world.notify(sign)
    world.drain()
    with world.database.transaction() as tx:
        assert [(one.kind, one.error) for one in jobs.list_jobs(tx)] == [("read_record", AWAY)]
        assert jobs.revive(tx) == 1
    world.drain()
    assert world.waiting() == 0
    with world.database.reading() as tx:
        assert gaps.unread_types(tx, world.key("p1")) == ()


def test_a_request_that_a_gateway_calls_bad_is_tried_again(world: World) -> None:
    _staged(world)
    world.chart(bilirubin(3.0))
    world.ehr.refuses = 400
    _hint(world, "bili")
    world.drain()
    assert [state for _, state, _ in _unread(world)] == ["taken"]
    world.ehr.refuses = 0
    world.end_pauses()
    world.drain()
    assert world.value("bilirubin_mg_dl") == 3.0
