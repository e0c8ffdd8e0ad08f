"""Re-assessing everybody after a change of criteria: two processes in batches, one at a time."""

import subprocess
import sys

import msgspec
from sqlalchemy import text

from bench.changes import nelm_patient
from bench.growth import History, note, open_parts
from bench.stack import ROOT
from bench.table import Row, interleaved, median, seconds_of
from storage import jobs
from workers.drain import drain
from workers.parts import Parts, make_parts

PROCESSES = 2


def registry_rows(url: str, name: str, patients: int = 1_000) -> list[Row]:
    """Beside a loop of one process that reads, assesses and commits one patient at a time.

    The loop runs the same steps by the same functions; it lacks only the batches and the second
    process.
    """
    parts = open_parts(url)
    for first in range(0, patients, 200):
        ids = [f"r{i}" for i in range(first, min(first + 200, patients))]
        note(parts, [r for p in ids for r in (*nelm_patient(p), *History(p).take(10))])
    drain(parts)
    seen = interleaved(
        {"ours": lambda: _in_batches(parts, url), "one": lambda: _one_at_a_time(parts)}, 3
    )
    parts.close()
    parts.database.close()
    together, one = median(seen["ours"]), median(seen["one"])
    return [
        Row(
            f"re-assessing {patients:,} patients on 2 cores, {name}",
            f"{patients / together:,.0f} patients/s",
            f"one at a time {patients / one:,.0f}/s",
            f"{one / together:.1f}x",
            ">= 5x",
            one / together >= 5,
        )
    ]


def _in_batches(parts: Parts, url: str) -> float:
    command = [sys.executable, "-m", "bench.registry", url]
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        for _ in range(PROCESSES)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()  # ready: what it imports is not measured
    _change_the_criteria(parts)

    def all_of_them() -> None:
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        assert [process.wait() for process in processes] == [0] * PROCESSES

    return seconds_of(all_of_them)


def _one_at_a_time(parts: Parts) -> float:
    workers = msgspec.structs.replace(parts.settings.workers, patients_at_once=1)
    settings = msgspec.structs.replace(parts.settings, workers=workers)
    again = make_parts(settings, parts.database, ehrs={})
    _change_the_criteria(parts)
    try:
        return seconds_of(lambda: drain(again))
    finally:
        again.close()


def _change_the_criteria(parts: Parts) -> None:
    """Everybody is due, and no former digest is the same."""
    with parts.database.transaction() as tx:
        everyone = [row[0] for row in tx.execute(text("SELECT id FROM patients WHERE sign"))]
        tx.execute(text("UPDATE assessments SET digest = 'before', judgement = 'before'"))
        jobs.put(tx, "assess", everyone)


if __name__ == "__main__":
    mine = open_parts(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    while drain(mine).total:
        pass
    mine.close()
    mine.database.close()
