"""Hooks that do not come alone: ten at once, and while notifications pour in beside them."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.hook import SIGN
from bench.intake import script as notifications
from bench.load import Seen, fixed_body, wrk
from bench.payload import order_sign
from bench.stack import SECRET, ours, post, quiet
from bench.table import Row, interleaved, median

SECONDS = 4
BURST_CONNECTIONS = 64


def crowded_rows(folder: Path, postgresql_url: str, repetitions: int = 3) -> list[Row]:
    """Ten simultaneous order-signs; one beside a burst, in the same process and in another.

    Both processes of ours share one PostgreSQL; no worker runs. The hooks carry 114 kB each.
    """
    body = order_sign(60)
    hook = fixed_body(body)
    settings = {
        "NELM_DATABASE_URL": postgresql_url,
        "NELM_BROKER_URL": "redis://127.0.0.1:9/0",  # nobody listens: work stays as rows
        "NELM_CONNECTIONS__MAIN__INTAKE__SECRETS__0": SECRET,
    }
    with ExitStack() as stack:
        hooks, other = (stack.enter_context(ours(folder, None, **settings)) for _ in range(2))
        for _ in range(20):
            assert post(hooks + SIGN, body)[0] == 200

        def call(connections: int = 1) -> Seen:
            return wrk(hooks + SIGN, hook, connections, SECONDS, cpu=None)

        def alone(connections: int) -> float:
            quiet()
            return call(connections).p99_ms

        def beside(url: str) -> float:
            quiet()
            return _under_a_burst(url, call).p99_ms

        seen = interleaved(
            {
                "alone": lambda: alone(1),
                "ten": lambda: alone(10),
                "one process": lambda: beside(hooks),
                "two processes": lambda: beside(other),
            },
            repetitions,
        )
    p99 = {name: median(values) for name, values in seen.items()}
    return [
        Row(
            "ten order-signs at once: p99",
            f"{p99['ten']:.1f} ms",
            f"one at a time {p99['alone']:.1f} ms",
            f"{p99['ten'] / p99['alone']:.1f}",
            "<= 15 ms",
            p99["ten"] <= 15,
        ),
        _beside(p99, "two processes", 2.0),
        _beside(p99, "one process", 3.5),
    ]


def _under_a_burst(url: str, call: Callable[[], Seen]) -> Seen:
    """What the hook's caller sees while as many notifications come as are taken."""
    load = notifications()
    burst = threading.Thread(
        target=lambda: wrk(url, load, BURST_CONNECTIONS, SECONDS + 2, cpu=None), daemon=True
    )
    burst.start()
    try:
        burst.join(1)  # the burst is under way before the first hook
        return call()
    finally:
        burst.join()


def _beside(p99: dict[str, float], name: str, bar: float) -> Row:
    times = p99[name] / p99["alone"]
    return Row(
        f"order-sign under a burst of {BURST_CONNECTIONS} notifying connections, {name}: p99",
        f"{p99[name]:.1f} ms",
        f"alone {p99['alone']:.1f} ms",
        f"{times:.1f}",
        f"<= {bar}x",
        times <= bar,
    )
