"""The web process starts light: what it must not import, and what it serves over a real socket."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

import msgspec
import uvicorn

from fhir_mappings.mapping_set import MappingSet
from nelm import Parameters
from service import create_app
from storage.database import Database
from tests.service.conformance import problems_of_response
from tests.service.conftest import NOW, CountedWakeUp, settings
from tests.service.people import RESECTABLE, call, prefetch

HEAVY = ["celery", "kombu", "fhir", "pydantic", "fastapi", "alembic", "workers", "requests",
         "jwt", "cryptography", "redis", "jinja2", "markdown_it", "nh3"]  # fmt: skip


def test_the_web_process_imports_nothing_heavy() -> None:
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json, sys, service;"
            "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))",
        ],
        capture_output=True,
        check=True,
        text=True,
    )
    assert set(json.loads(found.stdout)).isdisjoint(HEAVY)


@contextmanager
def serving(database: Database, mapping_set: MappingSet) -> Iterator[str]:
    """The application behind a real uvicorn on a free loopback port."""
    app = create_app(
        settings(), database, CountedWakeUp(), mapping_set, Parameters(), clock=lambda: NOW
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            thread.join(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def test_a_hook_is_answered_over_a_real_socket(database: Database, mapping_set: MappingSet) -> None:
    body = msgspec.json.encode(call("patient-view", "p1", prefetch=prefetch("p1", RESECTABLE)))
    with serving(database, mapping_set) as base:
        url = f"{base}/cds-services/nelm-patient-view"
        with urlopen(Request(url, body, {"content-type": "application/json"})) as answer:  # noqa: S310
            content = msgspec.json.decode(answer.read())
    assert problems_of_response(content) == []
    assert "Resection first" in content["cards"][0]["summary"]
