"""Rows of the table that `make bench` prints: what, measured, beside what, ratio, bar."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One line. `held` is None where the bar is only to be reported."""

    what: str
    ours: str
    beside: str
    ratio: str
    bar: str
    held: bool | None


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def seconds_of(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def interleaved(
    runs: dict[str, Callable[[], float]], repetitions: int = 5
) -> dict[str, list[float]]:
    """Each run in turn, the order rotated every time, so that a slow minute hits all alike."""
    names = list(runs)
    seen: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(repetitions):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            seen[name].append(runs[name]())
    return seen


def markdown(rows: Sequence[Row]) -> str:
    sign = {True: "held", False: "**missed**", None: "reported"}
    lines = ["| what | ours | beside | ratio | bar | |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {r.what} | {r.ours} | {r.beside} | {r.ratio} | {r.bar} | {sign[r.held]} |" for r in rows
    ]
    return "\n".join(lines)


def keep(rows: Sequence[Row], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(r) for r in rows], indent=1))
