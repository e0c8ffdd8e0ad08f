"""The two installations of the contract, each against the same HAPI."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.hospital import Hospital
from tests.journeys.stacks import Stack
from tests.real_parts import PostgreSQL, RedisServer


@pytest.fixture(scope="session")
def hospital(hapi_base_url: str) -> Hospital:
    return Hospital(hapi_base_url)


@pytest.fixture(scope="module", params=["embedded", "workers"])
def stack(request: pytest.FixtureRequest, hospital: Hospital) -> Iterator[Stack]:
    """SQLite with in-process workers, then PostgreSQL and Redis with Celery processes."""
    folder = request.getfixturevalue("tmp_path_factory").mktemp(request.param)
    made = _MAKERS[request.param](request, folder, hospital)
    try:
        made.start()
        made.run("subscribe", made.connection)
        yield made
    finally:
        made.stop()
        endpoint = f"{made.url}/notifications/{made.connection}"
        for subscription in hospital.subscriptions(endpoint):
            hospital.delete(subscription)


def _embedded(request: pytest.FixtureRequest, folder: Path, hospital: Hospital) -> Stack:
    return Stack(folder, "embedded", hospital.base_url, f"sqlite:///{folder}/nelm-cds.sqlite")


def _workers(request: pytest.FixtureRequest, folder: Path, hospital: Hospital) -> Stack:
    server: PostgreSQL = request.getfixturevalue("postgresql")
    broker: RedisServer = request.getfixturevalue("redis_server")
    broker.wipe()
    return Stack(folder, "workers", hospital.base_url, server.new_database(), broker.url)


_MAKERS: dict[str, Callable[..., Stack]] = {"embedded": _embedded, "workers": _workers}
