"""The two EHRs that must behave alike, and a token endpoint for SMART Backend Services."""

from collections.abc import Iterator

import pytest

from ehr.client import FhirClient
from ehr.in_memory import InMemoryEhr
from ehr.interface import Ehr
from nelm_cds.sample_ehr.running import RunningSampleEhr


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSampleEhr]:
    with RunningSampleEhr() as running:
        yield running


@pytest.fixture(params=["in_memory", "client"])
def ehr(request: pytest.FixtureRequest, server: RunningSampleEhr) -> Iterator[Ehr]:
    if request.param == "in_memory":
        yield InMemoryEhr()
        return
    client = FhirClient(server.base_url)
    yield client
    client.close()
