"""Durable intake at 32 connections, beside no store at all and one commit per notification."""

import json
from contextlib import ExitStack
from pathlib import Path

from bench.load import unique_ids, wrk
from bench.payload import Invented
from bench.stack import SECRET, asgi, ours, quiet
from bench.table import Row, interleaved, median

SECONDS = 3
IDENTITY = "the-id-of-this-one"
HEADERS = {"X-Nelm-Secret": SECRET}


def script() -> str:
    """HAPI's dialect: PUT of the resource under the endpoint, each with an id of its own."""
    observation = {**Invented().observation("p-1", 0), "id": IDENTITY}
    path = f"/notifications/main/Observation/{IDENTITY}"
    return unique_ids("PUT", path, json.dumps(observation), IDENTITY, HEADERS)


def intake_rows(
    folder: Path, name: str, bar: float, our_url: str, url_of_each: str, repetitions: int = 5
) -> list[Row]:
    """Both databases are empty and of one kind; no worker runs, so that only intake is seen."""
    variables = {
        "NELM_CONNECTIONS__MAIN__INTAKE__SECRETS__0": SECRET,
        "NELM_BROKER_URL": "redis://127.0.0.1:9/0",  # nobody listens: work stays as rows
    }
    each = {**variables, "BENCH_STORE": "each", "NELM_DATABASE_URL": url_of_each}
    app = "bench.peers.receivers:app"
    with ExitStack() as stack:
        urls = {
            "ours": stack.enter_context(ours(folder, **variables, NELM_DATABASE_URL=our_url)),
            "no store": stack.enter_context(asgi(app, folder, BENCH_STORE="none", **variables)),
            "one commit each": stack.enter_context(asgi(app, folder, **each)),
        }
        load = script()
        for url in urls.values():
            wrk(url, load, 4, 1)

        def run(url: str) -> float:
            quiet()
            seen = wrk(url, load, 32, SECONDS)
            assert seen.refused == 0, f"{url}: {seen.refused} refused"
            return seen.per_second

        seen = interleaved({n: (lambda u=u: run(u)) for n, u in urls.items()}, repetitions)  # type: ignore[misc]
    mine, none, each = (median(seen[n]) for n in ("ours", "no store", "one commit each"))
    return [
        Row(
            f"durable intake, 32 connections, {name}",
            f"{mine:,.0f}/s",
            f"no store {none:,.0f}/s",
            f"{mine / none:.2f}",
            f">= {bar}",
            mine / none >= bar,
        ),
        Row(
            f"durable intake beside one commit per notification, {name}",
            f"{mine:,.0f}/s",
            f"{each:,.0f}/s",
            f"{mine / each:.1f}x",
            ">= 2.3x",
            mine / each >= 2.3,
        ),
    ]
