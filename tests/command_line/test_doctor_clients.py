"""`nelm-cds doctor`: one line for the keys of each CDS client."""

from pathlib import Path

import pytest

from tests.command_line.conftest import Run
from tests.ehr.loopback import Reply, loopback
from tests.service.signing import PublishedKeys, Signer, key_set

CLIENT = "NELM_CONNECTIONS__MAIN__CDS_CLIENTS__0__"
NAME = "CDS client https://client.example of main"


def line_of(run: Run, connected: dict[str, str], **client: str) -> dict[str, str]:
    """What doctor says about the one client with these settings."""
    run("migrate")
    given = {CLIENT + key.upper(): value for key, value in client.items()}
    found = run("doctor", "--json", **connected, **given, **{CLIENT + "ISSUER": NAME.split()[2]})
    lines = {line["part"]: line for line in found.json}
    return lines[NAME]  # type: ignore[no-any-return]


def test_keys_that_can_be_read_are_named_with_what_they_are_for(
    run: Run, connected: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(Signer(kid="new"), Signer("ES256", "odd")))
    line = line_of(run, connected, jwks_file=str(file))
    assert line["well"]
    assert line["says"] == "1 of 2 keys usable: new (ES384)"


def test_keys_are_read_from_the_configured_address(run: Run, connected: dict[str, str]) -> None:
    with loopback(PublishedKeys(Signer("RS384", "rsa"))) as server:
        line = line_of(run, connected, jwks_url=f"{server.base_url}/keys")
    assert line["says"] == "1 of 1 keys usable: rsa (RS384 or RS256)"


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(503), "HTTP 503"),
        (Reply(200, b"<html>"), "not JSON"),
        (Reply(200, b'{"keys": []}'), "no usable public key"),
    ],
)
def test_keys_that_cannot_be_read_say_why_and_what_to_do(
    run: Run, connected: dict[str, str], reply: Reply, says: str
) -> None:
    with loopback(lambda asked: reply) as server:
        line = line_of(run, connected, jwks_url=f"{server.base_url}/keys")
    assert not line["well"]
    assert says in line["says"]
    assert "connections.main.cds_clients" in line["do"]


def test_keys_for_other_algorithms_than_allowed_are_named(
    run: Run, connected: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(Signer("ES256", "odd")))
    line = line_of(run, connected, jwks_file=str(file))
    assert not line["well"]
    assert line["says"] == "its keys are for ES256, allowed are ES384, RS384"


def test_a_client_known_by_its_certificate_needs_no_keys(
    run: Run, connected: dict[str, str]
) -> None:
    proxy = {"NELM_CERTIFICATE_HEADER": "client-cert", "NELM_TRUSTED_PROXIES__0": "10.0.0.5"}
    line = line_of(run, connected | proxy, certificates__0="ab" * 32)
    assert line["well"]
    assert line["says"] == "known by its TLS certificate (1 named)"
