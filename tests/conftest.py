"""What every test folder may ask for: the real parts, each started once per run when first used."""

from collections.abc import Callable, Iterator

import pytest

from tests.real_parts import Hapi, PostgreSQL, RedisServer

_HAPI = pytest.StashKey[Hapi]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need HAPI come last: it starts while the others run, or is built first."""
    items.sort(key=_needs_hapi)
    for item in filter(_needs_hapi, items):
        item.add_marker(pytest.mark.timeout(600))


def pytest_collection_finish(session: pytest.Session) -> None:
    config = session.config
    if config.option.collectonly or not any(map(_needs_hapi, session.items)):
        return
    folder = config._tmp_path_factory.mktemp("hapi")
    config.stash[_HAPI] = hapi = Hapi(folder)
    config.add_cleanup(hapi.stop)


def _needs_hapi(item: pytest.Item) -> bool:
    return "hapi_base_url" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def hapi_base_url(request: pytest.FixtureRequest) -> str:
    """The FHIR base URL of HAPI JPA (R4); one server for all, so keep patients apart by id."""
    return request.config.stash[_HAPI].wait()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def new_postgresql_database(postgresql: PostgreSQL) -> Callable[[], str]:
    """Makes an empty database and gives its SQLAlchemy URL; for module fixtures."""
    return postgresql.new_database


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> str:
    """The SQLAlchemy URL of an empty database that this test alone uses."""
    return postgresql.new_database()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The URL of a Redis server that is empty when the test begins."""
    redis_server.wipe()
    return redis_server.url
