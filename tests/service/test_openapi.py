"""The description of the service, and the service held against it with made-up requests."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.applications import Starlette

from fhir_mappings.mapping_set import MappingSet
from nelm import Parameters
from runtime.settings import IntakeSettings
from runtime.settings import Settings as OurSettings
from service import create_app
from service.app import ROUTES
from service.cds_hooks.discovery import SERVICES
from service.cds_hooks.schemas import NAMES, json_schema
from service.openapi import openapi
from storage.database import Database
from tests.service.conformance import problems_of_operation_outcome
from tests.service.conftest import NOW, CountedWakeUp, Start, connection
from tests.service.every_answer import every_answer
from tests.service.memory import judge, keep
from tests.service.people import RESECTABLE, call, record
from tests.service.test_feedback import item

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
DESCRIBED = openapi("http://127.0.0.1:8000")
OPERATIONS = [(path, method) for path, methods in DESCRIBED["paths"].items() for method in methods]


def test_every_route_is_described_but_the_pages_for_operators() -> None:
    calls = {f"/cds-services/{one}" for one in SERVICES}
    paths = {route.path for route in ROUTES if not route.path.startswith("/admin")}
    assert set(DESCRIBED["paths"]) - calls == paths - {"/cds-services/{service}"}
    assert calls <= set(DESCRIBED["paths"])
    for route in ROUTES:
        if route.path in DESCRIBED["paths"]:
            methods = {one.lower() for one in route.methods or ()} - {"head"}
            assert methods == set(DESCRIBED["paths"][route.path])


def test_the_description_is_served_and_every_reference_in_it_leads_somewhere(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            answer = await client.get("/openapi.json")
            assert answer.status == 200
            served = answer.json()
            assert served == json.loads(json.dumps(DESCRIBED))
            for reference in _references(served):
                place: Any = served
                for step in reference.removeprefix("#/").split("/"):
                    place = place[step]

    asyncio.run(go())


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def test_the_schemas_are_served_by_name(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            for name in NAMES:
                answer = await client.get(f"/schemas/{name}.json")
                assert answer.json() == json.loads(json.dumps(json_schema(name)))
            assert (await client.get("/schemas/other.json")).status == 404

    asyncio.run(go())


def problems(name: str, content: Any) -> list[str]:
    """What breaks a schema of ours."""
    found = jsonschema_rs.Draft202012Validator(json_schema(name)).iter_errors(content)
    return [one.message for one in found]


def test_every_answer_fits_the_published_schemas(
    database: Database, mapping_set: MappingSet, start: Start
) -> None:
    for sent in asyncio.run(every_answer(database, mapping_set)):
        assert problems("request", sent.asked) == []
        assert problems("response", sent.answer) == []
    assert problems("feedback", {"feedback": [item(), item(overrideReasons=[])]}) == []

    async def go() -> None:
        async with start() as client:
            assert problems("discovery", (await client.get("/cds-services")).json()) == []

    asyncio.run(go())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("request", {}),
        ("request", call("patient-view", "")),
        ("response", {"cards": [{"summary": "x"}]}),
        ("response", {}),
        ("response", {"cards": None}),
        ("feedback", {"feedback": [item(outcome="ignored")]}),
        ("discovery", {"services": [{"hook": "patient-view"}]}),
    ],
)
def test_what_breaks_the_standard_breaks_the_schema(name: str, content: Any) -> None:
    assert problems(name, content)


# --- Made-up requests ----------------------------------------------------------------------------

# What nobody can make up: a browser's wish for a page, and a signed link.
REFUSED = {"/": {404}, "/staging/{link}": {403}}
KNOWN = {"connection": "main", "id": "p1"}


@pytest.fixture(scope="module")
def described_app(
    migrated: Path, tmp_path_factory: pytest.TempPathFactory, mapping_set: MappingSet
) -> Iterator[Starlette]:
    """An open installation whose one connection takes everybody's notifications."""
    path = tmp_path_factory.mktemp("described") / "service.sqlite"
    path.write_bytes(migrated.read_bytes())
    database = Database(f"sqlite:///{path}")
    keep(database, mapping_set, record("p1", RESECTABLE))
    judge(database, "p1")
    main = connection(intake=IntakeSettings())
    yield create_app(
        OurSettings(connections={"main": main}, open_access=True),
        database,
        CountedWakeUp(),
        mapping_set,
        Parameters(),
        clock=lambda: NOW,
    )
    database.close()


BOUNDED = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_made_up_requests_are_answered_as_described(
    described_app: Starlette, path: str, method: str
) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", described_app)
    seen: set[int] = set()

    @BOUNDED
    @given(case=schema[path][method.upper()].as_strategy(), known=strategies.booleans())
    def holds(case: Any, known: bool) -> None:
        for name in case.path_parameters or ():
            if known and name in KNOWN:
                case.path_parameters[name] = KNOWN[name]
        answer = case.call()
        case.validate_response(answer, checks=CHECKS)
        seen.add(answer.status_code)

    holds()
    assert seen >= REFUSED.get(path, {200}), seen


@pytest.mark.parametrize(
    "path", [path for path, method in OPERATIONS if method == "post" and "/cds-services" in path]
)
def test_requests_that_break_the_description_are_refused_as_described(
    described_app: Starlette, path: str
) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", described_app)
    broken = schema[path]["POST"].as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @BOUNDED
    @given(case=broken)
    def holds(case: Any) -> None:
        answer = case.call()
        assert answer.status_code < 500
        if answer.status_code in (400, 404) and path in DESCRIBED["paths"]:
            assert problems_of_operation_outcome(answer.json()) == []

    holds()
