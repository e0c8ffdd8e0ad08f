"""Accepted to assessed: steady 50 changes a second, and a burst of 3,000 over 300 patients.

The instant of storing is PostgreSQL's own commit time stamp of the assessment's row.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg

from bench.changes import Changes, nelm_patient, send
from bench.payload import Json
from bench.stack import CONSOLE, ROOT, SECRET, asgi, environment, ours, quiet, worker
from bench.table import Row
from nelm_cds.sample_ehr.running import RunningSampleEhr
from tests.real_parts.postgresql import PostgreSQL
from tests.real_parts.programs import Program, until
from tests.real_parts.redis_server import RedisServer

PATIENTS = [f"p{i}" for i in range(300)]
Stack = Callable[[Path, dict[str, str]], AbstractContextManager[int]]


class StampedPostgreSQL(PostgreSQL):
    """A server that keeps the time of each commit."""

    def _options(self) -> list[str]:
        return [*super()._options(), "-c", "track_commit_timestamp=on"]


class Stored:
    """When changes were accepted and when the assessment that knows them was stored."""

    def __init__(
        self, accepted: dict[str, float], stored: dict[str, float], seconds: float
    ) -> None:
        waits = sorted((stored[key] - at) * 1e3 for key, at in accepted.items() if key in stored)
        self.seen = len(waits)
        self.p50 = waits[len(waits) // 2]
        self.p99 = waits[min(len(waits) - 1, int(len(waits) * 0.99))]
        self.after_last = max(0.0, (max(stored.values()) - max(accepted.values())) * 1e3)
        self.per_second = len(accepted) / seconds


class Figures(NamedTuple):
    """What one stack showed under both loads."""

    steady: Stored
    burst: Stored


def pipeline_rows(folder: Path, postgresql: StampedPostgreSQL, redis: RedisServer) -> list[Row]:
    """Both loads through ours, with bodies and with re-reading, and through one task each."""
    with RunningSampleEhr() as ehr:
        ehr.load(resource for patient in PATIENTS for resource in nelm_patient(patient))

        def figures(running: Stack, reread: bool = False) -> Figures:
            settings = {
                "NELM_DATABASE_URL": postgresql.new_database(),
                "NELM_BROKER_URL": redis.url,
                "NELM_CONNECTIONS__MAIN__BASE_URL": ehr.base_url,
                "NELM_CONNECTIONS__MAIN__INTAKE__SECRETS__0": SECRET,
                "NELM_CONNECTIONS__MAIN__INTAKE__TRUST_BODIES": "false" if reread else "true",
            }
            redis.wipe()
            return _figures(running, folder, settings, ehr if reread else None)

        mine = figures(_our_stack)
        return _rows(mine, figures(_task_each), figures(_our_stack, reread=True))


def _figures(
    running: Stack, folder: Path, settings: dict[str, str], ehr: RunningSampleEhr | None
) -> Figures:
    with running(folder, settings) as port:
        _prepare(port, PATIENTS, settings)
        changes = Changes(PATIENTS)

        def taken(count: int) -> list[Json]:
            resources = [changes.next() for _ in range(count)]
            if ehr is not None:
                ehr.load(resources)
            return resources

        quiet()
        steady = _load(port, taken(1000), settings, connections=1, gap=0.02)
        quiet()
        burst = _load(port, taken(3000), settings, connections=32, gap=0.0)
    return Figures(steady, burst)


def _rows(mine: Figures, each: Figures, reread: Figures) -> list[Row]:
    tail, tail_each = mine.burst.after_last, each.burst.after_last
    return [
        Row(
            "steady 50 changes/s, full bodies, accepted to assessment stored",
            _times(mine.steady),
            f"one task each: {_times(each.steady)}",
            f"{mine.steady.p50 / each.steady.p50:.2f}",
            "p50 <= 10, p99 <= 25 ms",
            mine.steady.p50 <= 10 and mine.steady.p99 <= 25,
        ),
        Row(
            "the same, each re-read from the sample EHR",
            _times(reread.steady),
            f"full bodies: {_times(mine.steady)}",
            f"{reread.steady.p50 / mine.steady.p50:.2f}",
            "reported",
            None,
        ),
        Row(
            "burst of 3,000 over 300 patients: last stored after the last acceptance",
            f"{tail:.0f} ms ({mine.burst.per_second:,.0f} accepted/s)",
            f"one task each: {tail_each:,.0f} ms ({each.burst.per_second:,.0f}/s)",
            f"{tail / tail_each:.2f}",
            "<= 200 ms",
            tail <= 200,
        ),
        Row(
            "the same, each re-read from the sample EHR",
            f"{reread.burst.after_last:,.0f} ms ({reread.burst.per_second:,.0f} accepted/s)",
            f"full bodies: {tail:.0f} ms",
            f"{reread.burst.after_last / tail:.1f}",
            "reported",
            None,
        ),
    ]


def _times(one: Stored) -> str:
    return f"p50 {one.p50:.1f}, p99 {one.p99:.1f} ms"


def _load(
    port: int, resources: list[Json], settings: dict[str, str], connections: int, gap: float
) -> Stored:
    begin = time.time()
    accepted = asyncio.run(send(port, resources, connections, gap))
    seconds = time.time() - begin
    last = {r["subject"]["reference"]: r["id"] for r in resources}
    stored = until(
        lambda: _all_stored(settings, begin, set(last.values())), "all assessments", 120, 0.2
    )
    return Stored(accepted, stored, seconds)


def _all_stored(
    settings: dict[str, str], since: float, wanted: set[str]
) -> dict[str, float] | None:
    """When the assessment that first knew each bilirubin was committed, once all are there."""
    found: dict[str, float] = {}
    with psycopg.connect(_dsn(settings)) as connection:
        rows = connection.execute(
            "SELECT extract(epoch FROM pg_xact_commit_timestamp(s.xmin)), a.document"
            " FROM stamped s JOIN assessments a ON a.id = s.id"
            " WHERE a.recorded_at >= %s ORDER BY 1",
            (since - 1,),
        )
        for at, document in rows:
            fact = json.loads(document)["facts"].get("bilirubin_mg_dl")
            if fact:
                found.setdefault(fact["source"].split("/")[1], float(at))
    return found if wanted <= found.keys() else None


# A row of its own per insert: retiring an assessment rewrites its row, and with it the time stamp.
_STAMPS = """
CREATE TABLE stamped (id bigint);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS
 'BEGIN INSERT INTO stamped VALUES (new.id); RETURN new; END';
CREATE TRIGGER stamp AFTER INSERT ON assessments FOR EACH ROW EXECUTE FUNCTION stamp();
"""


def _prepare(port: int, patients: list[str], settings: dict[str, str]) -> None:
    """Makes every patient known as ours, and waits until each has been assessed."""
    asyncio.run(send(port, [r for p in patients for r in nelm_patient(p)], 16))

    def assessed() -> bool:
        with psycopg.connect(_dsn(settings)) as connection:
            row = connection.execute("SELECT count(*) FROM assessments WHERE latest").fetchone()
        return bool(row) and row[0] >= len(patients)

    until(assessed, "the patients of the benchmark to be assessed", 40, 0.2)
    with psycopg.connect(_dsn(settings)) as connection:
        connection.execute(_STAMPS)


def _dsn(settings: dict[str, str]) -> str:
    return settings["NELM_DATABASE_URL"].replace("postgresql+psycopg://", "postgresql://")


@contextmanager
def _our_stack(folder: Path, settings: dict[str, str]) -> Iterator[int]:
    with ours(folder, cpu=None, **settings) as url, worker(folder, **settings):
        yield int(url.rsplit(":", 1)[1])


@contextmanager
def _task_each(folder: Path, settings: dict[str, str]) -> Iterator[int]:
    variables = environment(folder, 1, **settings)
    migrated = Program(
        "migrate", [CONSOLE, "migrate"], folder / "migrate.log", variables, folder=ROOT
    )
    until(lambda: migrated.exit_code is not None, "the schema", 60)
    command = [CONSOLE.parent / "celery", "-A", "bench.peers.task_each", "worker", "-c", "2"]
    command += ["-Q", "each", "-l", "WARNING", "--without-gossip", "--without-mingle"]
    program = Program("celery", command, folder / "each.log", variables, folder=ROOT)
    app = "bench.peers.task_each:receiver"
    try:
        with asgi(app, folder, cpu=None, **variables) as url:
            yield int(url.rsplit(":", 1)[1])
    finally:
        program.stop()
