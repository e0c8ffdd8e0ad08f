"""Cold start from exec to the first card, and what the web process weighs after 1,000 calls."""

import time
from pathlib import Path

from bench.errors import BenchNotPossible
from bench.payload import order_sign
from bench.stack import CONSOLE, ROOT, environment, post, quiet, resident_mib
from bench.table import Row, median
from tests.real_parts.programs import Program, free_port

SIGN = "/cds-services/nelm-order-sign"


def cold_rows(folder: Path, repetitions: int = 7) -> list[Row]:
    """The web process alone: a broker is named, so no worker thread runs beside it."""
    times, weight = [], 0.0
    body = order_sign(60)
    for turn in range(repetitions + 1):
        quiet()
        seconds, weight = _once(folder, body, calls=1000 if turn == repetitions else 0)
        if turn:  # the first one writes byte code and the database file
            times.append(seconds)
    start = median(times)
    return [
        Row("cold start, exec to first card", f"{start:.2f} s", "–", "–", "<= 0.7 s", start <= 0.7),
        Row(
            "memory of the web process after 1,000 calls",
            f"{weight:.0f} MiB",
            "–",
            "–",
            "<= 65 MiB",
            weight <= 65,
        ),
    ]


def _once(folder: Path, body: bytes, calls: int) -> tuple[float, float]:
    port = free_port()
    variables = environment(folder, port, NELM_BROKER_URL="redis://127.0.0.1:9/0")
    begin = time.perf_counter()
    program = Program(
        "serve", [CONSOLE, "serve"], folder / f"cold-{port}.log", variables, folder=ROOT
    )
    try:
        url = f"http://127.0.0.1:{port}{SIGN}"
        _first(url, body, begin, program)
        seconds = time.perf_counter() - begin
        for _ in range(calls):
            post(url, body)
        return seconds, resident_mib(program.pid)
    finally:
        program.stop()


def _first(url: str, body: bytes, begin: float, program: Program) -> None:
    while time.perf_counter() - begin < 30:
        program.must_be_running()
        try:
            post(url, body)
            return
        except OSError:
            time.sleep(0.005)
    raise BenchNotPossible("the web process gave no card within 30 s")
