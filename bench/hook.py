"""Order entry with prefetch beside a bare app and HealthChain; from storage beside a constant.

Each call brings another patient's data: what we remember of the last one helps with no other.
"""

from contextlib import ExitStack
from pathlib import Path

from bench.errors import BenchNotPossible
from bench.load import Seen, bodies_in_turn, fixed_body, wrk
from bench.payload import order_signs, patient_view
from bench.stack import asgi, healthchain, ours, post, quiet
from bench.table import Row, interleaved, median

SECONDS = 3
SIGN = "/cds-services/nelm-order-sign"


def order_sign_rows(folder: Path, repetitions: int = 5) -> list[Row]:
    """Rows 1 and 2: 114 kB of prefetch, one and 32 connections."""
    bodies = order_signs(60)
    script = bodies_in_turn(bodies)
    with ExitStack() as stack:
        urls = {
            "ours": stack.enter_context(ours(folder)) + SIGN,
            "bare": stack.enter_context(asgi("bench.peers.bare:app", folder)),
            "HealthChain": stack.enter_context(
                asgi("bench.peers.healthchain_app:app", folder, healthchain())
            )
            + "/cds"
            + SIGN,
        }
        for url in urls.values():
            for body in bodies[:20]:
                status, _ = post(url, body)
                if status != 200:
                    raise BenchNotPossible(f"{url} answered {status}")
        one = _seen(urls, script, 1, repetitions)
        many = _seen(urls, script, 32, repetitions)
        quiet()
        minute = wrk(urls["ours"], script, 1, 60)
        plain = stack.enter_context(ours(folder, plain_collector=True)) + SIGN
        post(plain, bodies[0])
        quiet()
        untuned = wrk(plain, script, 1, 60)
    rows = [
        _times("order-sign, 114 kB prefetch, 1 connection: p99", one, "ours", 2.0),
        _ratio_of_p50("order-sign: p50 beside the bare app", one, 8, 6),
        _tail("order-sign over 60 s: p99 beside its own p50", minute, 5),
        _tail("the same with Python's own settings of the collector", untuned, None),
        _share("order-sign throughput beside the bare app, 1 connection", one, "bare", 0.12, 0.18),
        _share("the same, 32 connections", many, "bare", 0.12, 0.18),
        _share("order-sign beside HealthChain, 1 connection", one, "HealthChain", 1.5, 2.3),
        _share("order-sign beside HealthChain, 32 connections", many, "HealthChain", 5, 7.5),
    ]
    return rows


def large_prefetch_rows(folder: Path) -> list[Row]:
    """Row 4: 800 Observations, and how the cost grows with their number."""
    sizes = {count: order_signs(count, 12) for count in (200, 400, 800)}
    with ours(folder) as base:
        seen = {}
        for count, bodies in sizes.items():
            for body in bodies:
                post(base + SIGN, body)
            quiet()
            seen[count] = wrk(base + SIGN, bodies_in_turn(bodies), 1, SECONDS)
    per = {count: s.p50_ms / count * 1e3 for count, s in seen.items()}
    mb = len(sizes[800][0]) / 1e6
    growth = per[800] / per[200]
    return [
        Row(
            f"order-sign, {mb:.2f} MB prefetch (800 Observations): p99",
            f"{seen[800].p99_ms:.1f} ms (p50 {seen[800].p50_ms:.1f})",
            "–",
            "–",
            "<= 15 ms",
            seen[800].p99_ms <= 15,
        ),
        Row(
            "growth per Observation, 800 beside 200",
            f"{per[800]:.1f} us",
            f"{per[200]:.1f} us",
            f"{growth:.2f}",
            "linear (about 1)",
            growth <= 1.25,
        ),
    ]


def from_storage_rows(
    folder: Path,
    patient: str,
    base: str,
    constant: str,
    name: str,
    bar: float,
    repetitions: int = 5,
) -> list[Row]:
    """Row 3: no prefetch, answered from what is stored, beside the same route with a constant."""
    script = fixed_body(patient_view(patient))
    runs = {
        "ours": lambda: (
            wrk(base + "/cds-services/nelm-patient-view", script, 1, SECONDS).per_second
        ),
        "constant": lambda: (
            wrk(constant + "/cds-services/nelm-patient-view", script, 1, SECONDS).per_second
        ),
    }
    quiet()
    seen = interleaved(runs, repetitions)
    share = median(seen["ours"]) / median(seen["constant"])
    return [
        Row(
            f"hook without prefetch, answered from {name}",
            f"{median(seen['ours']):,.0f}/s",
            f"constant card {median(seen['constant']):,.0f}/s",
            f"{share:.2f}",
            f">= {bar}",
            share >= bar,
        )
    ]


def _seen(
    urls: dict[str, str], script: str, connections: int, repetitions: int
) -> dict[str, list[Seen]]:
    kept: dict[str, list[Seen]] = {name: [] for name in urls}

    def run(name: str) -> float:
        quiet()
        kept[name].append(wrk(urls[name], script, connections, SECONDS))
        return kept[name][-1].per_second

    interleaved({name: (lambda n=name: run(n)) for name in urls}, repetitions)  # type: ignore[misc]
    return kept


def _p50(seen: list[Seen]) -> float:
    return median([s.p50_ms for s in seen])


def _times(what: str, seen: dict[str, list[Seen]], name: str, bar: float) -> Row:
    p99 = median([s.p99_ms for s in seen[name]])
    ours_text = f"{p99:.2f} ms (p50 {_p50(seen[name]):.2f})"
    bare = f"bare {median([s.p99_ms for s in seen['bare']]):.2f} ms"
    return Row(what, ours_text, bare, "–", f"<= {bar} ms", p99 <= bar)


def _ratio_of_p50(what: str, seen: dict[str, list[Seen]], bar: float, stretch: float) -> Row:
    ratio = _p50(seen["ours"]) / _p50(seen["bare"])
    return Row(
        what,
        f"{_p50(seen['ours']):.3f} ms",
        f"bare {_p50(seen['bare']):.3f} ms",
        f"{ratio:.1f}x",
        f"<= {bar}x (stretch {stretch}x)",
        ratio <= bar,
    )


def _tail(what: str, minute: Seen, bar: float | None) -> Row:
    ratio = minute.p99_ms / minute.p50_ms
    return Row(
        what,
        f"p99 {minute.p99_ms:.2f} ms, max {minute.max_ms:.1f}",
        f"p50 {minute.p50_ms:.2f} ms",
        f"{ratio:.1f}x",
        "–" if bar is None else f"<= {bar:g}x",
        None if bar is None else ratio <= bar,
    )


def _share(what: str, seen: dict[str, list[Seen]], beside: str, bar: float, stretch: float) -> Row:
    mine, other = (median([s.per_second for s in seen[n]]) for n in ("ours", beside))
    return Row(
        what,
        f"{mine:,.0f}/s",
        f"{beside} {other:,.0f}/s",
        f"{mine / other:.2f}",
        f">= {bar} (stretch {stretch})",
        mine / other >= bar,
    )
