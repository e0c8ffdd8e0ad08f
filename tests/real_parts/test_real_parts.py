"""The real parts themselves: they start, they are what we say they are, and a failure speaks."""

import sys
from pathlib import Path

import psycopg
import pytest
import redis
import requests

from tests.real_parts import Program, ProgramFailed, until

pytestmark = pytest.mark.real


def test_postgresql_is_durable_and_each_database_is_empty(postgresql_url: str) -> None:
    address = postgresql_url.replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(tables).fetchone() == (0,)


def test_redis_is_empty_when_a_test_begins(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


def test_hapi_speaks_r4_and_refuses_dangling_references(hapi_base_url: str) -> None:
    statement = requests.get(f"{hapi_base_url}/metadata", timeout=30).json()
    assert statement["fhirVersion"] == "4.0.1"
    dangling = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "anything"},
        "subject": {"reference": "Patient/nobody"},
    }
    answer = requests.post(f"{hapi_base_url}/Observation", json=dangling, timeout=30)
    assert answer.status_code == 400


def test_program_that_ends_early_shows_the_tail_of_its_log(tmp_path: Path) -> None:
    script = "print('no database here'); raise SystemExit(3)"
    program = Program("example", [sys.executable, "-c", script], tmp_path / "example.log")
    with pytest.raises(ProgramFailed, match=r"ended with code 3[\s\S]*no database here"):
        until(lambda: None, "a miracle", seconds=20, programs=[program])


def test_waiting_ends_at_its_deadline() -> None:
    with pytest.raises(ProgramFailed, match="in vain for: a miracle"):
        until(lambda: None, "a miracle", seconds=0.01)
