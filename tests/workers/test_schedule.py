"""What no wake-up brings, and that of several processes one acts."""

from datetime import timedelta

from storage import replays
from tests.workers.world import World, bilirubin, metastasis, net, patient
from workers.schedule import forget_old, put_judged_otherwise, put_overdue, tick


def _known_patient(world: World) -> None:
    for resource in (patient(), net(), metastasis(), bilirubin(0.8)):
        world.chart(resource)
    world.notify(world.ehr.read("Condition/met-p1"))
    world.drain()


def test_a_tick_drains_what_a_lost_wake_up_left(world: World) -> None:
    _known_patient(world)
    world.change(bilirubin(1.4))
    drained = tick(world.parts, "holder")
    assert drained is not None
    assert drained.notifications == 1
    assert world.value("bilirubin_mg_dl") == 1.4


def test_only_the_holder_of_the_lease_acts(world: World) -> None:
    assert tick(world.parts, "first") is not None
    assert tick(world.parts, "second") is None
    assert tick(world.parts, "first") is not None


def test_on_the_day_a_fact_turns_stale_the_patient_is_judged_again(world: World) -> None:
    _known_patient(world)
    before = world.document()
    while world.now.date().isoformat() < before["valid_until"]:
        assert put_overdue(world.parts) == 0
        world.later(days=1)
    drained = tick(world.parts, "holder")
    assert drained is not None
    assert drained.assessments == 1
    after = world.document()
    assert after["as_of"] == before["valid_until"]
    assert after["valid_until"] is None or after["valid_until"] > after["as_of"]
    assert put_overdue(world.parts) == 0


def test_who_was_judged_by_other_criteria_is_judged_again(world: World) -> None:
    _known_patient(world)
    assert put_judged_otherwise(world.parts) == 0
    ours = world.document()["knowledge_version"]
    with world.database.transaction() as tx:
        tx.exec_driver_sql("UPDATE assessments SET knowledge_version = 'old', digest = 'old'")
    drained = tick(world.parts, "holder")
    assert drained is not None
    assert drained.assessments == 1
    assert world.document()["knowledge_version"] == ours
    assert put_judged_otherwise(world.parts) == 0


def test_old_notifications_are_forgotten_and_what_they_brought_stays(world: World) -> None:
    _known_patient(world)
    assert forget_old(world.parts) == 0
    world.now += timedelta(days=36500)
    assert forget_old(world.parts) == 1
    world.now -= timedelta(days=36500)
    assert world.value("bilirubin_mg_dl") == 0.8


def test_used_tokens_are_forgotten_once_they_have_ended(world: World) -> None:
    now = world.now.timestamp()
    with world.parts.database.transaction() as tx:
        replays.use(tx, "used", now + 300, now)
    forget_old(world.parts)
    with world.parts.database.transaction() as tx:
        assert not replays.use(tx, "used", now + 300, now)
    world.now += timedelta(seconds=301)
    forget_old(world.parts)
    with world.parts.database.transaction() as tx:
        assert replays.forget_ended(tx, world.now.timestamp(), 10) == 0
