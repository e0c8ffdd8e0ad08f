"""What is kept of resources: versions, statements, signs, deletions."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from storage import patients, resources
from tests.storage.builders import condition, kept, observation


def values(tx: Connection, fact: str = "albumin_g_dl", patient: str = "p1") -> list[object]:
    key = patients.find(tx, "a", patient)
    assert key is not None
    found = resources.current_statements(tx, [key])[key]
    return [one.value for one in sorted(found, key=lambda s: str(s.effective)) if one.fact == fact]


def test_a_statement_reads_back_as_it_was_kept(tx: Connection) -> None:
    reading = condition(1)
    change = resources.keep(tx, "a", kept(reading))
    (key,) = change.patients
    found = sorted(resources.current_statements(tx, [key])[key], key=lambda one: one.ordinal)
    assert [one.fact for one in found] == ["has_neuroendocrine_tumor", "has_liver_metastases"]
    assert found[0] == reading.statements[0]
    assert found[1].flags == ("by_text", "x")
    assert found[1].ordinal == 1


@pytest.mark.parametrize("value", [3, 2.5, True, "text ü", {"min": 20, "min_open": True}, [1, "b"]])
def test_every_json_value_reads_back(tx: Connection, value: object) -> None:
    resources.keep(tx, "a", kept(observation(1, "2024-01-01", value, fact="liver_lesion")))
    assert values(tx, "liver_lesion") == [value]


def test_only_the_newest_results_are_current_and_the_series_has_all(tx: Connection) -> None:
    days = [f"2024-01-{day:02}" for day in range(1, 11)]
    readings = [observation(n, day, float(n)) for n, day in enumerate(days)]
    change = resources.keep(tx, "a", kept(*readings))
    assert values(tx) == [8.0, 9.0]
    (key,) = change.patients
    series = resources.statements_series(tx, key, "albumin_g_dl", 4)
    assert [one.value for one in series] == [6.0, 7.0, 8.0, 9.0]


def test_results_that_come_late_do_not_displace_newer_ones(tx: Connection) -> None:
    for number, day in enumerate(["2024-05-01", "2024-06-01", "2023-01-01", "2022-01-01"]):
        resources.keep(tx, "a", kept(observation(number, day, float(number))))
    assert values(tx) == [0.0, 1.0]


def test_ties_are_settled_by_last_updated_and_then_by_id(tx: Connection) -> None:
    day = "2024-05-01"
    readings = [
        observation(1, day, 1.0, updated="2024-05-03T00:00:00Z"),
        observation(2, day, 2.0, updated="2024-05-02T00:00:00Z"),
        observation(3, day, 3.0, updated="2024-05-02T00:00:00Z"),
    ]
    resources.keep(tx, "a", kept(*readings))
    assert sorted(values(tx)) == [1.0, 3.0]


def test_an_older_version_never_overwrites_a_newer_one(tx: Connection) -> None:
    new = observation(1, "2024-01-01", 5.0, version="10")
    resources.keep(tx, "a", kept(new))
    change = resources.keep(tx, "a", kept(observation(1, "2024-01-01", 4.0, version="9")))
    assert change.older == ("Observation/o1",)
    assert not change.patients
    assert values(tx) == [5.0]


def test_last_updated_decides_over_the_version_number(tx: Connection) -> None:
    early, late = "2024-01-01T00:00:00Z", "2024-01-01T02:30:00+01:00"
    resources.keep(tx, "a", kept(observation(1, "2024-01-01", 5.0, version="7", updated=early)))
    resources.keep(tx, "a", kept(observation(1, "2024-01-01", 6.0, version="2", updated=late)))
    assert values(tx) == [6.0]


def test_versions_that_are_no_numbers_are_not_compared(tx: Connection) -> None:
    resources.keep(tx, "a", kept(observation(1, "2024-01-01", 5.0, version="b-uuid")))
    other = observation(1, "2024-01-01", 6.0, version="a-uuid")
    assert resources.keep(tx, "a", kept(other)).read_again == ("Observation/o1",)
    assert values(tx) == [5.0]
    resources.keep(tx, "a", kept(other, confirmed=True))
    assert values(tx) == [6.0]


def test_what_was_read_stands_against_what_cannot_be_compared(tx: Connection) -> None:
    read = kept(observation(1, "2024-01-01", 5.0, version="b-uuid"), confirmed=True)
    told = kept(observation(1, "2024-01-01", 6.0, version="a-uuid"))
    assert resources.keep(tx, "a", [*read, *told]).read_again == ()
    assert values(tx) == [5.0]


@pytest.mark.parametrize(("ahead", "stands"), [(200.0, 5.0), (400.0, 6.0)])
def test_a_version_from_the_future_gives_way_to_what_is_read_now(
    tx: Connection, ahead: float, stands: float
) -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    future, present = (now + timedelta(seconds=ahead)).isoformat(), now.isoformat()
    first = observation(1, "2024-01-01", 5.0, version="9", updated=future)
    resources.keep(tx, "a", kept(first), now.timestamp())
    second = observation(1, "2024-01-01", 6.0, version="2", updated=present)
    assert resources.keep(tx, "a", kept(second), now.timestamp()).older == ("Observation/o1",)
    resources.keep(tx, "a", kept(second, confirmed=True), now.timestamp())
    assert values(tx) == [stands]


def test_of_one_resource_given_twice_the_newest_counts(tx: Connection) -> None:
    new = observation(1, "2024-01-01", 2.0, version="2")
    old = observation(1, "2024-01-01", 1.0, version="1")
    resources.keep(tx, "a", kept(new, old))
    assert values(tx) == [2.0]


def test_a_version_without_statements_takes_the_older_ones_away(tx: Connection) -> None:
    resources.keep(tx, "a", kept(observation(1, "2024-01-01", 5.0), condition(1)))
    retracted = observation(1, "2024-01-01", version="2")
    empty = type(retracted)(type="Observation", id="o1", version="2", patient="p1")
    change = resources.keep(tx, "a", kept(empty))
    assert values(tx) == []
    assert len(change.patients) == 1


def test_deletion_restores_what_was_newest_before(tx: Connection) -> None:
    days = ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]
    readings = [observation(n, day, float(n)) for n, day in enumerate(days)]
    resources.keep(tx, "a", kept(*readings))
    change = resources.delete(tx, "a", [("Observation", "o3"), ("Observation", "o2")])
    assert values(tx) == [0.0, 1.0]
    assert len(change.patients) == 1


def test_a_late_notification_does_not_bring_a_deleted_resource_back(tx: Connection) -> None:
    reading = observation(1, "2024-01-01", 5.0)
    resources.keep(tx, "a", kept(reading, condition(1)))
    resources.delete(tx, "a", [("Observation", "o1")])
    change = resources.keep(tx, "a", kept(reading))
    assert change.read_again == ("Observation/o1",)
    assert values(tx) == []
    resources.keep(tx, "a", kept(reading, confirmed=True))
    assert values(tx) == [5.0]


def test_a_deletion_heard_before_the_resource_counts_too(tx: Connection) -> None:
    resources.delete(tx, "a", [("Observation", "o1")])
    change = resources.keep(tx, "a", kept(observation(1, "2024-01-01", 5.0), condition(1)))
    assert change.read_again == ("Observation/o1",)
    assert values(tx) == []


def test_a_resource_that_moves_to_another_patient_leaves_the_first(tx: Connection) -> None:
    resources.keep(tx, "a", kept(observation(1, "2024-01-01", 5.0), condition(1)))
    moved = observation(1, "2024-01-01", 5.0, version="2", patient="p2")
    change = resources.keep(tx, "a", kept(moved))
    assert values(tx) == []
    assert values(tx, patient="p2") == [5.0]
    assert len(change.patients) == 2


def test_without_a_sign_only_ids_and_versions_are_kept(tx: Connection) -> None:
    reading = condition(1, sign=False)
    given = kept(reading, body=b"secret")
    assert resources.keep(tx, "a", given) == resources.Change(kept=tuple(given))
    found = resources.stored(tx, "a", [("Condition", "c1")])["Condition", "c1"]
    assert found.version == "1"
    assert found.body is None
    key = patients.find(tx, "a", "p1")
    assert key is not None
    assert resources.current_statements(tx, [key]) == {key: []}
    assert resources.not_understood(tx, [key]) == {key: []}


def test_the_first_sign_is_reported_once_and_everything_counts_from_then(tx: Connection) -> None:
    resources.keep(tx, "a", kept(observation(1, "2024-01-01", sign=False)))
    change = resources.keep(tx, "a", kept(condition(1)))
    key = patients.find(tx, "a", "p1")
    assert change.first_signs == {key}
    again = resources.keep(tx, "a", kept(observation(1, "2024-01-01", 7.0, sign=False)))
    assert again.first_signs == set()
    assert again.patients == {key}
    assert values(tx) == [7.0]
    assert [gap.reason for gap in resources.not_understood(tx, [key])[key]] == ["no mapping"]


def test_the_newest_that_did_not_count_are_listed_and_that_there_are_more(tx: Connection) -> None:
    resources.keep(tx, "a", kept(*(condition(number) for number in range(1, 5))))
    key = patients.find(tx, "a", "p1")
    assert key is not None
    listed = resources.not_understood(tx, [key], limit=2)[key]
    assert [gap.source for gap in listed] == ["Condition/c4", "Condition/c3", ""]
    assert "earlier" in listed[-1].reason
    assert len(resources.not_understood(tx, [key], limit=4)[key]) == 4


def test_what_was_loaded_is_kept_with_its_body_for_a_later_sign(tx: Connection) -> None:
    quiet = observation(1, "2024-01-01", sign=False)
    resources.keep(tx, "a", kept(quiet, body=b"{...}", origin="load"))
    key = patients.find(tx, "a", "p1")
    assert key is not None
    (loaded,) = resources.loaded_bodies(tx, key)
    assert (loaded.reference, loaded.body) == ("Observation/o1", b"{...}")


def test_two_connections_keep_their_patients_and_resources_apart(tx: Connection) -> None:
    resources.keep(tx, "a", kept(observation(1, "2024-01-01", 1.0)))
    resources.keep(tx, "b", kept(observation(1, "2024-01-01", 2.0)))
    assert patients.find(tx, "a", "p1") != patients.find(tx, "b", "p1")
    assert values(tx) == [1.0]


def test_a_resource_without_a_patient_is_kept_but_states_nothing(tx: Connection) -> None:
    nobody = observation(1, "2024-01-01", patient="urn:uuid:0")
    given = kept(nobody)
    assert resources.keep(tx, "a", given) == resources.Change(kept=tuple(given))
    assert ("Observation", "o1") in resources.stored(tx, "a", [("Observation", "o1")])


def test_unnamed_readings_are_left_out(tx: Connection) -> None:
    unnamed = type(observation(1, None))(type="Observation", id="", patient="p1")
    assert resources.keep(tx, "a", kept(unnamed)) == resources.Change()


def test_sources_lists_what_was_read_and_is_not_deleted(tx: Connection) -> None:
    resources.keep(tx, "a", kept(condition(1), observation(1, None), observation(2, None)))
    resources.delete(tx, "a", [("Observation", "o2")])
    key = patients.find(tx, "a", "p1")
    assert key is not None
    assert [one.reference for one in resources.sources(tx, key)] == [
        "Condition/c1",
        "Observation/o1",
    ]


def test_after_a_merge_everything_counts_for_the_patient_that_stays(tx: Connection) -> None:
    resources.keep(tx, "a", kept(*(observation(n, f"2024-01-0{n}", n) for n in (1, 2, 3))))
    resources.keep(tx, "a", kept(observation(4, "2024-01-04", 4, patient="p2")))
    old, new = patients.find(tx, "a", "p1"), patients.find(tx, "a", "p2")
    assert patients.move_alias(tx, "a", "p1", "p2") == {old, new}
    assert patients.find(tx, "a", "p1") == new
    assert values(tx) == [3, 4]
    assert patients.move_alias(tx, "a", "p1", "p2") == set()
    assert old is not None
    assert resources.current_statements(tx, [old]) == {old: []}


def test_a_merge_brings_the_sign_along(tx: Connection) -> None:
    resources.keep(tx, "a", kept(condition(1)))
    patients.find_or_add(tx, "a", ["p2"])
    patients.move_alias(tx, "a", "p1", "p2")
    key = patients.find(tx, "a", "p2")
    assert key is not None
    found = patients.get(tx, key)
    assert found is not None
    assert found.sign
    assert found.fhir_ids == ("p2", "p1")
