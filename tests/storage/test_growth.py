"""What must not get slower with history: which index answers, and how many rows are touched."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, event

from storage import (
    assessments,
    at_hand,
    cards,
    gaps,
    jobs,
    notifications,
    patients,
    proposals,
    resources,
    statements,
)
from storage.assessments import Judged
from storage.database import Database
from storage.resources import Kept
from storage.written import Written
from tests.storage.builders import change, heard, observation

T = 1_000_000.0
HISTORY = 400


@contextmanager
def statements_run(tx: Connection) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is run meanwhile, with its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, text: str, parameters: Any, _x: Any, many: bool) -> None:
        seen.append((text, parameters[0] if many else parameters))

    event.listen(tx, "before_cursor_execute", note)
    yield seen
    event.remove(tx, "before_cursor_execute", note)


def plans(tx: Connection, seen: list[tuple[str, Any]]) -> str:
    """How the database would run these statements again."""
    if tx.dialect.name == "postgresql":
        # With so few rows a scan is cheaper; the question is whether an index can answer.
        tx.execute(sa.text("SET LOCAL enable_seqscan = off"))
        ask = "EXPLAIN "
    else:
        ask = "EXPLAIN QUERY PLAN "
    lines: list[str] = []
    for text, parameters in seen:
        if text.lstrip().split()[0] in ("SELECT", "UPDATE", "WITH", "DELETE"):
            found = tx.exec_driver_sql(ask + text, parameters)
            lines.extend(str(row[-1]) for row in found)
    return "\n".join(lines)


# What was handed in or just chosen is read whole; it is as long as the work, not the history.
HANDED_IN = (
    "SCAN each_row",
    "SCAN given",
    "SCAN due",
    "SCAN CONSTANT ROW",  # no table: what is looked up is joined to one row of nothing,
    "SCAN asked",  # so that there is an answer even where nothing is found
    "Function Scan on",
    "CTE Scan on",
)


def assert_never_scans(tx: Connection, seen: list[tuple[str, Any]]) -> None:
    plan = plans(tx, seen)
    for line in plan.splitlines():
        if not any(name in line for name in HANDED_IN):
            assert "SCAN " not in line, plan
            assert "Seq Scan" not in line, plan


@pytest.fixture
def with_history(database: Database) -> Database:
    """One patient with many albumin results, many patients with one, many done notifications."""
    with database.transaction() as tx:
        many = [
            Kept(observation(n, f"20{n % 20:02}-01-{n % 28 + 1:02}", 3.0)) for n in range(HISTORY)
        ]
        others = [
            Kept(observation(1000 + n, "2024-01-01", 3.0, patient=f"q{n}")) for n in range(HISTORY)
        ]
        resources.keep(tx, "a", many + others)
        said = heard(*(change(n) for n in range(HISTORY)))
        notifications.put_now(tx, "a", said, "subscription", T)
        notifications.finish(tx, notifications.take(tx, HISTORY, 60, T))
        keys = patients.find_or_add(tx, "a", [f"q{n}" for n in range(HISTORY)])
        judged = [
            Judged(key, b"{}", "s", "2024-01-01", "d", "k", "m", "9999") for key in keys.values()
        ]
        assessments.save(tx, judged)
        jobs.put(tx, "assess", keys.values(), T)
        jobs.done(tx, jobs.take(tx, ["assess"], HISTORY, 60, T), T)
    with database.transaction() as tx:
        if tx.dialect.name == "postgresql":
            tx.execute(sa.text("ANALYZE"))  # as autovacuum does; SQLite never does it by itself
    return database


def keep_new(tx: Connection) -> None:
    resources.keep(tx, "a", [Kept(observation(9999, "2024-06-01", 4.0))])


def amend(tx: Connection) -> None:
    resources.keep(tx, "a", [Kept(observation(399, "2001-01-01", 4.0, version="2"))])


def delete_newest(tx: Connection) -> None:
    resources.delete(tx, "a", [("Observation", "o399"), ("Observation", "o19")])


def read_current(tx: Connection) -> None:
    key = patients.find(tx, "a", "p1")
    assert key is not None
    assert len(resources.current_statements(tx, [key])[key]) == 2


def read_current_of_two(tx: Connection) -> None:
    keys = patients.find_or_add(tx, "a", ["p1", "q1"]).values()
    assert sum(map(len, resources.current_statements(tx, keys).values())) == 3


def read_series(tx: Connection) -> None:
    assert len(resources.statements_series(tx, 1, "albumin_g_dl", 5)) <= 5


def take_one(tx: Connection) -> None:
    notifications.put_now(tx, "a", heard(change(5000)), "subscription", T)
    notifications.finish(tx, notifications.take(tx, 10, 60, T))


def find_overdue(tx: Connection) -> None:
    assert assessments.past_validity(tx, "2024-01-01") == []


def find_judged_otherwise(tx: Connection) -> None:
    assert assessments.judged_otherwise(tx, "k") == []


@pytest.mark.parametrize(
    "work",
    [
        keep_new,
        amend,
        delete_newest,
        read_current,
        read_current_of_two,
        read_series,
        take_one,
        find_overdue,
        find_judged_otherwise,
    ],
)
def test_an_index_answers_however_much_is_stored(
    with_history: Database, work: Callable[[Connection], None]
) -> None:
    with with_history.transaction() as tx:
        with statements_run(tx) as seen:
            work(tx)
        assert seen
        assert_never_scans(tx, seen)


@pytest.mark.parametrize(
    ("query", "values"),
    [
        (assessments.LATEST, ("a", "q7")),
        (at_hand.AT_HAND, (T, "a", "q7", "a", "q7")),
        (statements.CURRENT_OF_ONE, (1,)),
        (statements.MISREAD, (1, 101)),
        (proposals.FIND, ("a", "x")),
        (cards.OVERRIDDEN, ("a", "q7", T, "Practitioner/1")),
        (gaps.UNREAD, (1,)),
        (gaps.PENDING, (1, "a")),
    ],
)
def test_an_index_answers_what_hooks_wait_for(
    with_history: Database, query: Written, values: tuple[Any, ...]
) -> None:
    with with_history.transaction() as tx:
        assert_never_scans(tx, [(query.text(tx), values)])


def test_jobs_are_taken_by_index(with_history: Database) -> None:
    with with_history.transaction() as tx:
        keys = patients.find_or_add(tx, "a", ["q1"]).values()
        with statements_run(tx) as seen:
            jobs.put(tx, "assess", keys, T)
            jobs.done(tx, jobs.take(tx, ["assess"], 10, 60, T), T)
        assert_never_scans(tx, seen)


@pytest.mark.parametrize("stored", [10, HISTORY])
def test_one_new_result_costs_the_same_number_of_rows(database: Database, stored: int) -> None:
    """What is read back into Python for one new result does not depend on the history."""
    with database.transaction() as tx:
        old = [Kept(observation(n, f"2020-01-{n % 28 + 1:02}", 3.0)) for n in range(stored)]
        resources.keep(tx, "a", old)
        with statements_run(tx) as seen:
            keep_new(tx)
        changed = sum(text.lstrip().startswith(("INSERT", "UPDATE", "DELETE")) for text, _ in seen)
    assert (len(seen), changed) == (8, 3)
