"""Runs the measurements, prints one table: `make bench` or `python -m bench --only hook,cold`."""

import argparse
import platform
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.assess import assess_rows
from bench.cold import cold_rows
from bench.crowded import crowded_rows
from bench.errors import BenchNotPossible
from bench.growth import growth_rows
from bench.hook import large_prefetch_rows, order_sign_rows
from bench.intake import intake_rows
from bench.pipeline import StampedPostgreSQL, pipeline_rows
from bench.reading import reading_rows
from bench.registry import registry_rows
from bench.signed import signed_rows
from bench.stack import ROOT, a_folder
from bench.stored import stored_rows
from bench.table import Row, keep, markdown
from tests.real_parts.programs import ProgramFailed
from tests.real_parts.redis_server import RedisServer


def subjects(
    folder: Path, postgresql: Callable[[], StampedPostgreSQL], redis: Callable[[], RedisServer]
) -> dict[str, Callable[[], list[Row]]]:
    """What can be measured, by name, in the order of the table."""

    def both(rows: Callable[..., list[Row]]) -> list[Row]:
        sqlite = f"sqlite:///{folder}/growth-{rows.__name__}.sqlite"
        return rows(sqlite, "SQLite") + rows(postgresql().new_database(), "PostgreSQL")

    return {
        "hook": lambda: order_sign_rows(folder),
        "signed": lambda: signed_rows(folder, redis().url),
        "large": lambda: large_prefetch_rows(folder),
        "stored": lambda: stored_rows(folder, postgresql().new_database()),
        "intake": lambda: (
            intake_rows(
                folder,
                "SQLite",
                0.65,
                f"sqlite:///{folder}/intake.sqlite",
                f"sqlite:///{folder}/each.sqlite",
            )
            + intake_rows(
                folder, "PostgreSQL", 0.75, postgresql().new_database(), postgresql().new_database()
            )
        ),
        "pipeline": lambda: pipeline_rows(folder, postgresql(), redis()),
        "growth": lambda: both(growth_rows),
        "registry": lambda: both(registry_rows),
        "crowded": lambda: crowded_rows(folder, postgresql().new_database()),
        "cold": lambda: cold_rows(folder),
        "assess": assess_rows,
        "reading": reading_rows,
    }


class Lazily:
    """A real part that is started when first asked for and stopped at the end."""

    def __init__(self, stack: ExitStack, start: Callable[[], object]) -> None:
        self._stack, self._start, self._part = stack, start, None

    def __call__(self):  # type: ignore[no-untyped-def]
        if self._part is None:
            self._part = self._start()
            self._stack.callback(self._part.stop)
        return self._part


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--only", default="", help="names separated by commas")
    chosen = [name for name in parser.parse_args().only.split(",") if name]
    rows: list[Row] = []
    with a_folder() as folder, ExitStack() as stack:
        parts = Lazily(stack, StampedPostgreSQL), Lazily(stack, lambda: RedisServer(folder))
        for name, measure in subjects(folder, *parts).items():
            if chosen and name not in chosen:
                continue
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            try:
                found = measure()
            except (BenchNotPossible, ProgramFailed) as reason:
                found = [Row(name, f"not measured: {reason}", "–", "–", "–", False)]
            print(markdown(found).split("\n", 2)[2], file=sys.stderr, flush=True)
            rows += found
    print(f"\n{platform.platform()}, Python {platform.python_version()}\n")
    print(markdown(rows))
    keep(rows, ROOT / "var" / "bench.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
