"""The `current` flags, kept up step by step, against all of the history sorted anew."""

from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhir_mappings.combination import combine
from fhir_mappings.statements import Reading, Statement
from storage import patients, resources
from storage.database import Database
from storage.kept_history import effective_key, place_name, statements_kept, updated_key
from storage.resources import Kept
from storage.tables import metadata
from tests.storage.builders import observation

FACTS = ["albumin_g_dl", "recist_status", "extrahepatic_sites", "liver_lesion"]
DAYS = [
    None,
    "2024",
    "2024-03",
    *(f"2024-03-{day:02}" for day in range(1, 9)),
    "2024-03-01T10:00:00Z",
]


class Step(NamedTuple):
    """One resource kept in some version, or deleted (`facts` None), for some patient."""

    number: int
    patient: str
    facts: list[tuple[str, str | None]] | None


steps = st.lists(
    st.builds(
        Step,
        st.integers(1, 12),
        st.sampled_from(["p1", "p1", "p1", "p2"]),
        st.none() | st.lists(st.tuples(st.sampled_from(FACTS), st.sampled_from(DAYS)), max_size=20),
    ),
    min_size=1,
    max_size=25,
)


def reading(step: Step, version: int) -> Reading:
    source = f"Observation/o{step.number}"
    updated = f"2024-06-01T00:00:{version:02}Z"
    stated = tuple(
        Statement(fact=fact, value=1, source=source, effective=day, last_updated=updated, ordinal=n)
        for n, (fact, day) in enumerate(step.facts or [])
    )
    return Reading(
        type="Observation",
        id=f"o{step.number}",
        version=str(version),
        last_updated=updated,
        patient=step.patient,
        statements=stated,
        sign=True,
    )


def brute_force(stated: list[Statement]) -> set[tuple[str, int]]:
    def place(one: Statement) -> tuple[str, str, str, int]:
        return effective_key(one.effective), updated_key(one.last_updated), one.source, one.ordinal

    chosen: set[tuple[str, int]] = set()
    for name in {place_name(one) for one in stated}:
        newest = sorted((one for one in stated if place_name(one) == name), key=place, reverse=True)
        chosen.update((one.source, one.ordinal) for one in newest[: statements_kept(name)])
    return chosen


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps, sizes=st.lists(st.integers(1, 6), min_size=25, max_size=25))
def test_flags_kept_step_by_step_equal_the_history_sorted_anew(
    database: Database, steps: list[Step], sizes: list[int]
) -> None:
    """Steps are applied in groups; what should be there is kept in a dictionary beside them."""
    expected: dict[int, Reading] = {}
    with database.transaction() as tx:
        for table in reversed(metadata.sorted_tables):
            tx.execute(sa.delete(table))
        patients.mark_sign(tx, patients.find_or_add(tx, "a", ["p1", "p2"]).values())
        numbered = list(enumerate(steps, start=1))
        for size in sizes:
            group, numbered = numbered[:size], numbered[size:]
            apply(tx, group, expected)
        for patient in ("p1", "p2"):
            key = patients.find(tx, "a", patient)
            assert key is not None
            stated = [
                one
                for reading in expected.values()
                if reading.patient == patient
                for one in reading.statements
            ]
            found = resources.current_statements(tx, [key])[key]
            assert {(one.source, one.ordinal) for one in found} == brute_force(stated)


def apply(tx: sa.Connection, group: list[tuple[int, Step]], expected: dict[int, Reading]) -> None:
    gone = {step.number for _, step in group if step.facts is None}
    news = {step.number: (version, step) for version, step in group if step.facts is not None}
    resources.delete(tx, "a", [("Observation", f"o{number}") for number in gone])
    for number in gone:
        expected.pop(number, None)
    readings = [reading(step, version) for version, step in news.values()]
    resources.keep(tx, "a", [Kept(one, confirmed=True) for one in readings])
    expected.update(zip(news, readings, strict=True))


def test_a_merge_flags_everything_anew(database: Database) -> None:
    days = [f"2024-03-{day:02}" for day in range(1, 9)]
    with database.transaction() as tx:
        for number, day in enumerate(days):
            step = Step(number, "p1" if number % 2 else "p2", [("albumin_g_dl", day)])
            resources.keep(tx, "a", [Kept(reading(step, 1))])
        patients.move_alias(tx, "a", "p1", "p2")
        key = patients.find(tx, "a", "p2")
        assert key is not None
        found = resources.current_statements(tx, [key])[key]
        assert sorted(one.effective or "" for one in found) == ["2024-03-07", "2024-03-08"]


stated = st.lists(
    st.tuples(
        st.sampled_from(["albumin_g_dl", "inr", "liver_lesion_count", "has_liver_metastases"]),
        st.sampled_from([*DAYS, "2023-05-01", "2023-06"]),
        st.integers(1, 4),
        st.integers(0, 59),
    ),
    min_size=1,
    max_size=60,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(stated=stated, size=st.integers(1, 20), future=st.booleans())
def test_what_is_current_gives_the_same_facts_as_the_whole_history(
    database: Database, stated: list[tuple[str, str | None, int, int]], size: int, future: bool
) -> None:
    readings = [
        observation(
            number,
            day,
            True if fact == "has_liver_metastases" else value,
            fact=fact,
            updated=f"2024-06-01T00:00:{second:02}Z",
        )
        for number, (fact, day, value, second) in enumerate(stated)
    ]
    if future:
        readings.append(observation(99, "2031-01-01", 9.0))
    with database.transaction() as tx:
        for table in reversed(metadata.sorted_tables):
            tx.execute(sa.delete(table))
        for start in range(0, len(readings), size):
            resources.keep(tx, "a", [Kept(one) for one in readings[start : start + size]])
        key = patients.find(tx, "a", "p1")
        assert key is not None
        found = resources.current_statements(tx, [key])[key]
    whole = [one for reading in readings for one in reading.statements]
    day = date(2024, 7, 1)
    assert combine(found, day, with_series=False) == combine(whole, day, with_series=False)


def test_results_without_a_date_neither_hide_dated_ones_nor_are_hidden(database: Database) -> None:
    dated = [("albumin_g_dl", f"2024-03-0{day}") for day in (1, 2, 3)]
    undated = [("albumin_g_dl", None)] * 3
    with database.transaction() as tx:
        for number, stated in enumerate([*dated, *undated]):
            resources.keep(tx, "a", [Kept(reading(Step(number, "p1", [stated]), 1))])
        key = patients.find(tx, "a", "p1")
        assert key is not None
        found = resources.current_statements(tx, [key])[key]
    assert {one.fact for one in found} == {"albumin_g_dl"}
    assert sorted(one.effective or "" for one in found) == ["", "", "2024-03-02", "2024-03-03"]
