"""Signed tokens of CDS clients: which hold, which do not, and that a refusal tells nothing."""

import asyncio
import base64
import hmac
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from runtime.metrics import Metrics
from service.cds_hooks.discovery import SERVICES
from storage.database import Database
from tests.service.conftest import NOW, Start, connection
from tests.service.people import RESECTABLE, call, prefetch
from tests.service.signing import ISSUER, PUBLIC_URL, Signer, audience, client, key_set

VIEW = "/cds-services/nelm-patient-view"
BODY = call("patient-view", "p1", prefetch=prefetch("p1", RESECTABLE))
EMPTY_CALL = call("patient-view", "p1")
T = int(NOW.timestamp())

SIGNER, OTHER = Signer(), Signer()
RSA, P256 = Signer("RS384", "rsa"), Signer("ES256", "p256")


def trusting(tmp_path: Path, *signers: Signer, **more: Any) -> dict[str, Any]:
    """Settings of an installation reachable from outside, with one client's keys in a file."""
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(*(signers or (SIGNER, RSA, P256))))
    clients = (client(jwks_file=str(file), **more),)
    return {
        "host": "0.0.0.0",  # noqa: S104
        "public_url": PUBLIC_URL,
        "connections": {"main": connection(cds_clients=clients)},
    }


def status_of(start: Start, settings: dict[str, Any], headers: dict[str, str]) -> int:
    async def go() -> int:
        async with start(**settings) as http:
            answer = await http.post(VIEW, EMPTY_CALL, headers)
            if answer.status == 401:
                assert answer.body == b""
                assert answer.headers["www-authenticate"] == "Bearer"
            return answer.status

    return asyncio.run(go())


@pytest.mark.parametrize("signer", [SIGNER, RSA], ids=["ES384", "RS384"])
def test_t8_the_two_recommended_algorithms_are_accepted(
    start: Start, tmp_path: Path, signer: Signer
) -> None:
    async def go() -> None:
        async with start(**trusting(tmp_path)) as http:
            answer = await http.post(VIEW, BODY, signer.signed())
            assert answer.status == 200
            assert len(answer.json()["cards"]) == 1

    asyncio.run(go())


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_t8_other_algorithms_count_only_where_configured(
    start: Start, tmp_path: Path, algorithm: str
) -> None:
    signer = Signer(algorithm, "other")
    assert status_of(start, trusting(tmp_path, signer), signer.signed()) == 401
    configured = trusting(tmp_path, signer, algorithms=(algorithm,))
    assert status_of(start, configured, signer.signed()) == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": f"{PUBLIC_URL}/cds-services"},
        {"aud": f"{audience()}/feedback"},
        {"aud": ["https://else.example", audience()]},
        {"iat": T + 59, "exp": T + 300},
        {"iat": T - 350, "exp": T - 59},
        {"nbf": T - 300, "sub": "client-7"},
        {"nbf": T + 50},
        {"jti": "x" * 128},
        {"newClaim": {"a": [1]}},
    ],
)
def test_t4_tokens_as_real_clients_make_them_hold(
    start: Start, tmp_path: Path, claims: dict[str, Any]
) -> None:
    assert status_of(start, trusting(tmp_path), SIGNER.signed(**claims)) == 200


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://stranger.example"}, "issuer"),
        ({"aud": f"{PUBLIC_URL}/cds-services/nelm-order-sign"}, "audience"),
        ({"aud": "https://else.example/cds-services/nelm-patient-view"}, "audience"),
        ({"aud": "http://testserver/cds-services/nelm-patient-view"}, "audience"),
        ({"aud": []}, "audience"),
        ({"iat": T - 400, "exp": T - 61}, "expired"),
        ({"iat": T + 61, "exp": T + 300}, "not yet valid"),
        ({"nbf": T + 61}, "not yet valid"),
        ({"exp": T + 301}, "lives too long"),
        ({"exp": T + 86_400}, "lives too long"),
        ({"iat": T + 20, "exp": T + 20}, "malformed"),
        ({"tenant": "north"}, "tenant"),
        *(({name: None}, "malformed") for name in ("iss", "aud", "exp", "iat", "jti")),
        ({"exp": "tomorrow"}, "malformed"),
        ({"jti": ""}, "malformed"),
        ({"head": {"typ": "JOSE"}}, "malformed"),
        ({"head": {"typ": None}}, "malformed"),
        ({"head": {"kid": None}}, "malformed"),
        ({"head": {"kid": "unknown"}}, "key"),
        ({"head": {"kid": "rsa"}}, "key"),
        ({"head": {"crit": ["b64"], "b64": False}}, "signature"),
    ],
)
def test_t3_t4_t11_each_claim_that_does_not_hold_is_a_bare_401_with_its_class_counted(
    start: Start, tmp_path: Path, metrics: Metrics, claims: dict[str, Any], reason: str
) -> None:
    assert status_of(start, trusting(tmp_path), bent(**claims)) == 401
    assert metrics.value("nelm_hook_callers_total", outcome=reason) == 1


def bent(head: dict[str, Any] | None = None, **claims: Any) -> dict[str, str]:
    """A token that PyJWT itself might refuse to make: put together by hand, rightly signed."""
    made = SIGNER.token(
        head={k: v for k, v in (head or {}).items() if v is not None and k != "b64"}
    )
    pieces = [_json(one) for one in made.split(".")[:2]]
    pieces[0] = {k: v for k, v in (pieces[0] | (head or {})).items() if v is not None}
    pieces[1] = {k: v for k, v in (pieces[1] | claims).items() if v is not None}
    signed = ".".join(_packed(one) for one in pieces)
    algorithm: Any = jwt.get_algorithm_by_name("ES384")  # type: ignore[attr-defined]
    signature = algorithm.sign(signed.encode(), SIGNER.private)
    return {"authorization": f"Bearer {signed}.{_base64(signature)}"}


def _json(piece: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(piece + "=="))
    return found


def _packed(content: dict[str, Any]) -> str:
    return _base64(json.dumps(content).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def unsigned() -> str:
    head, claims, _ = SIGNER.token().split(".")
    return f"{_packed(_json(head) | {'alg': 'none'})}.{claims}."


def symmetric() -> str:
    """The old attack: the public key, as everybody knows it, taken for a shared secret."""
    head, claims, _ = SIGNER.token().split(".")
    signed = f"{_packed(_json(head) | {'alg': 'HS384'})}.{claims}"
    secret = json.dumps(SIGNER.jwk()).encode()
    return f"{signed}.{_base64(hmac.digest(secret, signed.encode(), 'sha384'))}"


def with_foreign_key() -> str:
    """Signed by somebody else who claims to be the client, with a key in the token itself."""
    return OTHER.token(head={"jwk": OTHER.jwk()})


def cut() -> str:
    return SIGNER.token()[:-8]


def changed() -> str:
    head, claims, signature = SIGNER.token().split(".")
    return f"{head}.{_packed(_json(claims) | {'sub': 'somebody'})}.{signature}"


@pytest.mark.parametrize("make", [unsigned, symmetric, with_foreign_key, cut, changed])
def test_t7_forged_tokens_are_refused(
    start: Start, tmp_path: Path, make: Callable[[], str]
) -> None:
    headers = {"authorization": f"Bearer {make()}"}
    assert status_of(start, trusting(tmp_path), headers) == 401


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer a.b", "Bearer a.b.c", "Bearer ..",
     "Bearer é.é.é", "Bearer " + "a" * 9000, "Bearer " + "[" * 500 + ".a.a"],
)  # fmt: skip
def test_s6_t2_what_is_no_token_is_refused(
    start: Start, tmp_path: Path, authorization: str
) -> None:
    headers = {"authorization": authorization} if authorization else {}
    assert status_of(start, trusting(tmp_path), headers) == 401


def test_t1_where_clients_are_configured_loopback_alone_opens_nothing(
    start: Start, tmp_path: Path
) -> None:
    """A proxy in front makes every caller look local."""
    local = trusting(tmp_path) | {"host": "127.0.0.1", "open_access": True}
    assert status_of(start, local, {}) == 401
    assert status_of(start, local, SIGNER.signed()) == 200


def test_t9_a_token_counts_once_and_for_one_issuer(start: Start, tmp_path: Path) -> None:
    async def go() -> None:
        settings = trusting(tmp_path)
        async with start(**settings) as http:
            headers = SIGNER.signed(jti="one")
            assert (await http.post(VIEW, EMPTY_CALL, headers)).status == 200
            assert (await http.post(VIEW, EMPTY_CALL, headers)).status == 401
            # another token of the same id is a replay too, a forged one does not use an id up
            assert (await http.post(VIEW, EMPTY_CALL, SIGNER.signed(jti="one"))).status == 401
            forged = {"authorization": f"Bearer {OTHER.token(jti='two')}"}
            assert (await http.post(VIEW, EMPTY_CALL, forged)).status == 401
            assert (await http.post(VIEW, EMPTY_CALL, SIGNER.signed(jti="two"))).status == 200
        async with start(**settings) as http:
            assert (await http.post(VIEW, EMPTY_CALL, headers)).status == 401

    asyncio.run(go())


def test_t9_of_the_same_token_sent_twenty_times_at_once_one_is_answered(
    start: Start, tmp_path: Path
) -> None:
    async def go() -> list[int]:
        async with start(**trusting(tmp_path)) as http:
            headers = SIGNER.signed()
            calls = [http.post(VIEW, EMPTY_CALL, headers) for _ in range(20)]
            return sorted(one.status for one in await asyncio.gather(*calls))

    assert asyncio.run(go()) == [200] + [401] * 19


def test_b7_feedback_needs_a_token_of_its_own(start: Start, tmp_path: Path) -> None:
    async def go() -> None:
        async with start(**trusting(tmp_path)) as http:
            path = f"{VIEW}/feedback"
            assert (await http.post(path, {"feedback": []})).status == 401
            for named in (audience(), f"{audience()}/feedback"):
                headers = SIGNER.signed(aud=named)
                assert (await http.post(path, {"feedback": []}, headers)).status == 200

    asyncio.run(go())


def test_d1_d10_discovery_is_open_to_everybody(start: Start, tmp_path: Path) -> None:
    async def go() -> None:
        async with start(**trusting(tmp_path)) as http:
            answer = await http.get("/cds-services")
            assert len(answer.json()["services"]) == len(SERVICES)

    asyncio.run(go())


def test_t4_issuer_and_tenant_find_the_connection(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(SIGNER))
    connections = {
        name: connection(name, cds_clients=(client(jwks_file=str(file), tenant=name),))
        for name in ("north", "south")
    }

    async def go() -> None:
        settings = trusting(tmp_path) | {"connections": connections}
        async with start(**settings) as http:
            for tenant, server, status in (
                ("north", None, 200),
                ("north", "https://north.example/fhir", 200),
                ("west", None, 401),
                (None, None, 401),
            ):
                body = EMPTY_CALL | ({"fhirServer": server} if server else {})
                answer = await http.post(VIEW, body, SIGNER.signed(tenant=tenant))
                assert answer.status == status, tenant

    asyncio.run(go())


def test_one_client_of_two_connections_must_name_its_ehr(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(SIGNER))
    trusted = (client(jwks_file=str(file)),)
    two = {name: connection(name, cds_clients=trusted) for name in ("north", "south")}
    two["third"] = connection("third")

    async def go() -> None:
        async with start(**(trusting(tmp_path) | {"connections": two})) as http:
            for server, status in (
                (None, 400),
                ("https://south.example/fhir", 200),
                ("https://third.example/fhir", 400),
            ):
                body = EMPTY_CALL | ({"fhirServer": server} if server else {})
                assert (await http.post(VIEW, body, SIGNER.signed())).status == status

    asyncio.run(go())


def test_f5_the_token_is_neither_logged_nor_stored(
    start: Start, tmp_path: Path, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    good, bad = SIGNER.token(jti="the-id"), SIGNER.token(exp=T + 9999)

    async def go() -> None:
        async with start(**trusting(tmp_path)) as http:
            for token in (good, bad):
                await http.post(VIEW, BODY, {"authorization": f"Bearer {token}"})

    asyncio.run(go())
    written = "".join(repr(record.__dict__) for record in caplog.records)
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("service.sqlite*"))
    assert "hook caller refused" in written
    assert ISSUER in written
    for secret in (good, bad, good.split(".")[2], bad.split(".")[1], "the-id"):
        assert secret not in written
        assert secret.encode() not in stored
