"""TLS certificates of clients: believed from a trusted proxy alone, beside tokens or instead."""

import asyncio
import base64
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from runtime.metrics import Metrics
from service.certificates import fingerprint_of
from tests.service.conftest import NOW, Start, connection
from tests.service.people import RESECTABLE, call, prefetch
from tests.service.signing import PUBLIC_URL, Signer, client, key_set

VIEW = "/cds-services/nelm-patient-view"
BODY = call("patient-view", "p1", prefetch=prefetch("p1", RESECTABLE))
PROXY, STRANGER = "10.0.0.5", "10.0.0.99"
SIGNER = Signer()


def certificate(name: str) -> bytes:
    """A self-signed certificate as DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


OURS, OTHER = certificate("ehr"), certificate("other")
FINGERPRINT = sha256(OURS).hexdigest()


def binary(der: bytes) -> str:
    return f":{base64.b64encode(der).decode()}:"


def pem(der: bytes) -> str:
    loaded = x509.load_der_x509_certificate(der)
    return quote(loaded.public_bytes(serialization.Encoding.PEM).decode())


def trusting(tmp_path: Path, *, keys: bool = False, **more: Any) -> dict[str, Any]:
    """An installation behind a proxy; its client shows a certificate, with a token or without."""
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(SIGNER))
    known = client(certificates=(FINGERPRINT,), **({"jwks_file": str(file)} if keys else {}))
    return {
        "host": "0.0.0.0",  # noqa: S104
        "public_url": PUBLIC_URL,
        "certificate_header": "client-cert",
        "trusted_proxies": ("10.0.0.0/28",),
        "connections": {"main": connection(cds_clients=(known,))},
    } | more


def status(
    start: Start, settings: dict[str, Any], headers: dict[str, str], address: str = PROXY
) -> int:
    async def go() -> int:
        async with start(**settings) as http:
            http.address = address
            answer = await http.post(VIEW, BODY, headers)
            if answer.status == 401:
                assert answer.body == b""
            return answer.status

    return asyncio.run(go())


@pytest.mark.parametrize(
    "shown",
    [
        binary(OURS),
        pem(OURS),
        FINGERPRINT,
        FINGERPRINT.upper(),
        ":".join(FINGERPRINT[place : place + 2] for place in range(0, 64, 2)),
    ],
)
def test_t2_a_certificate_passed_on_by_the_proxy_stands_for_a_token(
    start: Start, tmp_path: Path, metrics: Metrics, shown: str
) -> None:
    assert status(start, trusting(tmp_path), {"client-cert": shown}) == 200
    counted = metrics.value("nelm_hook_callers_total", outcome="verified by certificate")
    assert counted == 1


@pytest.mark.parametrize("address", [STRANGER, "127.0.0.1", "::1", "fe80::1", "", "proxy"])
def test_from_anybody_else_the_header_counts_nothing(
    start: Start, tmp_path: Path, address: str
) -> None:
    assert status(start, trusting(tmp_path), {"client-cert": binary(OURS)}, address) == 401


def test_a_proxy_seen_by_its_ipv4_address_inside_ipv6_is_the_same(
    start: Start, tmp_path: Path
) -> None:
    headers = {"client-cert": binary(OURS)}
    assert status(start, trusting(tmp_path), headers, f"::ffff:{PROXY}") == 200


def test_what_a_header_says_of_the_address_is_not_believed(start: Start, tmp_path: Path) -> None:
    headers = {"client-cert": binary(OURS), "x-forwarded-for": PROXY, "forwarded": f"for={PROXY}"}
    assert status(start, trusting(tmp_path), headers, STRANGER) == 401


def test_a_header_that_came_twice_is_not_the_proxys(start: Start, tmp_path: Path) -> None:
    twice = {"client-cert": binary(OURS), "Client-Cert": binary(OTHER)}
    assert status(start, trusting(tmp_path), twice) == 401


@pytest.mark.parametrize(
    "shown",
    [binary(OTHER), pem(OTHER), "", "garbage", ":====:", FINGERPRINT[:-1], "a" * 20_000],
)
def test_another_certificate_or_none_is_a_bare_401(
    start: Start, tmp_path: Path, shown: str
) -> None:
    assert status(start, trusting(tmp_path), {"client-cert": shown}) == 401


def test_beside_keys_both_are_asked_for(start: Start, tmp_path: Path) -> None:
    settings = trusting(tmp_path, keys=True)
    shown = {"client-cert": binary(OURS)}
    assert status(start, settings, shown) == 401
    assert status(start, settings, SIGNER.signed()) == 401
    assert status(start, settings, {"client-cert": binary(OTHER), **SIGNER.signed()}) == 401
    assert status(start, settings, shown | SIGNER.signed(), STRANGER) == 401
    assert status(start, settings, shown | SIGNER.signed()) == 200


def test_a_client_known_by_its_certificate_gains_nothing_from_a_token(
    start: Start, tmp_path: Path
) -> None:
    shown = {"client-cert": binary(OURS), **SIGNER.signed()}
    assert status(start, trusting(tmp_path), shown) == 401


def test_a_client_without_certificates_goes_on_by_its_token(start: Start, tmp_path: Path) -> None:
    settings = trusting(tmp_path, keys=True)
    keys = str(tmp_path / "keys.json")
    settings["connections"] = {"main": connection(cds_clients=(client(jwks_file=keys),))}
    assert status(start, settings, SIGNER.signed(), STRANGER) == 200


def test_without_a_configured_header_no_certificate_is_looked_at() -> None:
    assert fingerprint_of({"client-cert": FINGERPRINT}, "") is None
    assert fingerprint_of({"client-cert": FINGERPRINT}, "client-cert") == FINGERPRINT
    assert fingerprint_of({}, "client-cert") is None
