"""SMART Backend Services against an endpoint that proves every assertion."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ehr.auth import BackendServicesAuthorization
from ehr.client import FhirClient
from ehr.errors import EhrRefused, EhrUnavailable
from tests.ehr.loopback import loopback
from tests.ehr.token_endpoint import TokenEndpoint


@contextmanager
def ehr_with_tokens(endpoint: TokenEndpoint, **registered: str) -> Iterator[FhirClient]:
    with loopback(endpoint) as server:
        endpoint.base_url = server.base_url
        authorization = BackendServicesAuthorization(endpoint.registered(**registered))
        client = FhirClient(f"{server.base_url}/fhir", authorization)
        try:
            yield client
        finally:
            client.close()
            authorization.close()


@pytest.mark.parametrize("algorithm", ["RS384", "ES384"])
def test_a_signed_assertion_opens_the_ehr(algorithm: str) -> None:
    with ehr_with_tokens(TokenEndpoint(algorithm)) as client:
        assert client.read("Observation/o1").version == "1"


def test_one_token_serves_many_reads() -> None:
    endpoint = TokenEndpoint()
    with ehr_with_tokens(endpoint) as client:
        for _ in range(5):
            client.read("Observation/o1")
    assert len(endpoint.issued) == 1


def test_a_token_without_life_left_is_renewed_with_a_new_assertion() -> None:
    endpoint = TokenEndpoint(expires_in=0)
    with ehr_with_tokens(endpoint) as client:
        client.read("Observation/o1")
        client.read("Observation/o1")
    assert len(endpoint.issued) == len(endpoint.seen) == 2


def test_a_revoked_token_is_replaced_once() -> None:
    endpoint = TokenEndpoint()
    with ehr_with_tokens(endpoint) as client:
        client.read("Observation/o1")
        endpoint.revoked.update(endpoint.issued)
        assert client.read("Observation/o1").version == "1"
    assert len(endpoint.issued) == 2


def test_an_ehr_that_never_accepts_is_asked_twice_and_no_more() -> None:
    endpoint = TokenEndpoint()
    with ehr_with_tokens(endpoint) as client:
        endpoint.revoked = _Everything()
        with pytest.raises(EhrRefused, match="401"):
            client.read("Observation/o1")
    assert len(endpoint.issued) == 2


class _Everything(set[str]):
    def __contains__(self, item: object) -> bool:
        return True


def test_a_smaller_grant_is_noticed() -> None:
    endpoint = TokenEndpoint(granted="system/Observation.rs")
    with loopback(endpoint) as server:
        endpoint.base_url = server.base_url
        authorization = BackendServicesAuthorization(endpoint.registered())
        assert authorization.missing_scopes() == {"system/CarePlan.cruds"}
        authorization.close()


def test_a_refused_assertion_names_the_reason_and_nothing_else() -> None:
    with (
        ehr_with_tokens(TokenEndpoint(), client_id="somebody") as client,
        pytest.raises(EhrRefused, match=r"invalid_client\)") as refused,
    ):
        client.read("Observation/o1")
    assert "details" not in str(refused.value)


def test_a_silent_token_endpoint_is_unavailable() -> None:
    with (
        ehr_with_tokens(TokenEndpoint(down=True)) as client,
        pytest.raises(EhrUnavailable, match="token endpoint"),
    ):
        client.read("Observation/o1")


def test_a_key_that_does_not_fit_is_refused_without_showing_it() -> None:
    with (
        ehr_with_tokens(TokenEndpoint(), private_key="-----BEGIN NONSENSE") as client,
        pytest.raises(EhrRefused, match="private key does not fit") as refused,
    ):
        client.read("Observation/o1")
    assert "NONSENSE" not in str(refused.value)


@pytest.mark.parametrize(
    ("setting", "value"), [("algorithm", "HS256"), ("algorithm", "none"), ("algorithm", "RS256")]
)
def test_only_the_two_algorithms_of_the_standard_are_taken(setting: str, value: str) -> None:
    with pytest.raises(EhrRefused, match="RS384, ES384"):
        BackendServicesAuthorization(TokenEndpoint().registered(**{setting: value}))


def test_an_assertion_never_goes_over_plain_http() -> None:
    registered = TokenEndpoint().registered(token_url="http://ehr.example/token")
    with pytest.raises(EhrRefused, match="https"):
        BackendServicesAuthorization(registered).headers()


def test_a_token_never_goes_over_plain_http() -> None:
    authorization = BackendServicesAuthorization(TokenEndpoint().registered())
    with pytest.raises(EhrRefused, match="https"):
        FhirClient("http://ehr.example/fhir", authorization)
    authorization.close()
