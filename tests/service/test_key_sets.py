"""Keys as clients publish and rotate them: read off the loop, seldom, and never from a stranger."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from service.cds_hooks import key_sets
from service.cds_hooks.key_sets import KeySet, KeysUnavailable, keys_of, read_keys
from tests.ehr.loopback import Loopback, Reply, loopback
from tests.service.conftest import Start, connection
from tests.service.people import call
from tests.service.signing import PUBLIC_URL, PublishedKeys, Signer, client, key_set

VIEW = "/cds-services/nelm-patient-view"
FIRST, SECOND = Signer(kid="first"), Signer(kid="second")
RSA = Signer("RS384", "rsa")


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


Scene = Callable[[KeySet, Watch, PublishedKeys, Loopback], Coroutine[Any, Any, None]]


def play(scene: Scene, *signers: Signer) -> None:
    """Runs a scene with a key set that reads its keys from a real server."""
    published = PublishedKeys(*signers)
    with loopback(published) as server:
        watch = Watch()
        keys = KeySet(client(jwks_url=f"{server.base_url}/keys"), watch)
        asyncio.run(scene(keys, watch, published, server))


def test_keys_are_read_once_and_then_known() -> None:
    async def scene(keys: KeySet, _: Watch, __: PublishedKeys, server: Loopback) -> None:
        found = await asyncio.gather(*(keys.key("first") for _ in range(10)))
        assert {one.algorithms for one in found if one} == {("ES384",)}
        assert len(server.asked) == 1
        assert "Authorization" not in server.asked[0].headers

    play(scene, FIRST)


def test_t10_an_unknown_key_is_looked_for_at_once_but_not_for_every_caller() -> None:
    async def scene(keys: KeySet, watch: Watch, published: PublishedKeys, server: Loopback) -> None:
        assert await keys.key("first")
        published.signers = [SECOND]
        for place in range(50):
            assert await keys.key(f"made-up-{place}") is None
        assert len(server.asked) == 1
        watch.seconds += key_sets.PAUSE_SECONDS
        assert await keys.key("second")
        assert await keys.key("first") is None
        assert len(server.asked) == 2

    play(scene, FIRST)


def test_t10_a_key_withdrawn_by_its_client_ends_within_ten_minutes() -> None:
    async def scene(keys: KeySet, watch: Watch, published: PublishedKeys, server: Loopback) -> None:
        assert await keys.key("first")
        published.signers = [SECOND]
        watch.seconds += key_sets.FRESH_SECONDS + 1
        await keys.renew()
        assert await keys.key("first") is None
        assert await keys.key("second")
        # at first, by the clock, and once more for the key that is gone
        assert len(server.asked) == 3

    play(scene, FIRST)


def test_t10_keys_are_read_again_although_nobody_calls() -> None:
    async def go(url: str, published: PublishedKeys) -> None:
        keys = KeySet(client(jwks_url=url), fresh_seconds=0.02, pause_seconds=0.0)
        keys.start()
        assert await keys.key("first")
        published.signers = [SECOND]
        for _ in range(200):
            await asyncio.sleep(0.01)
            if await keys.key("second"):
                break
        assert await keys.key("first") is None
        await keys.close()

    published = PublishedKeys(FIRST)
    with loopback(published) as server:
        asyncio.run(go(f"{server.base_url}/keys", published))


def test_while_the_source_is_away_known_keys_count_for_a_day() -> None:
    async def scene(keys: KeySet, watch: Watch, published: PublishedKeys, server: Loopback) -> None:
        assert await keys.key("first")
        published.status = 503
        watch.seconds += key_sets.KEPT_SECONDS - 1
        assert await keys.key("first")
        await keys.renew()
        watch.seconds += key_sets.PAUSE_SECONDS
        with pytest.raises(KeysUnavailable, match="HTTP 503"):
            await keys.key("first")
        published.status = 200
        with pytest.raises(KeysUnavailable):
            await keys.key("first")
        watch.seconds += key_sets.PAUSE_SECONDS
        assert await keys.key("first")

    play(scene, FIRST)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(302, b"", {"Location": "/elsewhere"}),
        Reply(404),
        Reply(500),
        Reply(200, b"<html>"),
        Reply(200, b'{"keys": []}'),
        Reply(200, b'{"keys": 7}'),
        Reply(200, b"[1]"),
        Reply(200, b"x" * 1_100_000),
        Reply(200, b"{}", torn=True),
    ],
)
def test_an_answer_that_is_no_key_set_is_unavailable_keys(reply: Reply) -> None:
    with loopback(lambda asked: reply) as server:
        with pytest.raises(KeysUnavailable):
            keys_of(client(jwks_url=f"{server.base_url}/keys"))
        assert len(server.asked) == 1


def test_keys_are_never_read_over_plain_http_from_elsewhere() -> None:
    with pytest.raises(KeysUnavailable, match="https"):
        keys_of(client(jwks_url="http://client.example/keys"))


def test_a_file_that_is_not_there_is_unavailable_keys(tmp_path: Path) -> None:
    with pytest.raises(KeysUnavailable, match="No such file"):
        keys_of(client(jwks_file=str(tmp_path / "none.json")))


def test_only_public_signature_keys_of_a_safe_size_are_usable() -> None:
    small = Signer("RS384", "small")
    small.private = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    entries = [
        FIRST.jwk(),
        FIRST.jwk(kid="encrypting", use="enc"),
        FIRST.jwk(kid=None),
        FIRST.jwk(kid=7),
        FIRST.jwk(kid="private", d="AAAA"),
        FIRST.jwk(kid="bent", x="AAAA"),
        FIRST.jwk(kid="other-curve", crv="P-521"),
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
        small.jwk(),
        RSA.jwk(alg="RS384"),
        RSA.jwk(kid="any-rsa"),
        RSA.jwk(kid="pss-only", alg="PS384"),
        "text",
    ]
    found = read_keys(json.dumps({"keys": entries}).encode())
    assert {one.id: one.algorithms for one in found.values()} == {
        "first": ("ES384",),
        "rsa": ("RS384",),
        "any-rsa": ("RS384", "RS256"),
        "pss-only": (),
    }


def test_key_lists_of_the_crd_reference_client_and_single_keys_are_read() -> None:
    crd = [{"pem": {k: v for k, v in RSA.jwk().items() if k != "kid"}, "id": "thumbprint"}]
    assert list(read_keys(json.dumps(crd).encode())) == ["thumbprint"]
    assert list(read_keys(json.dumps(FIRST.jwk()).encode())) == ["first"]


def settings_with(url: str) -> dict[str, Any]:
    clients = (client(jwks_url=url),)
    return {
        "host": "0.0.0.0",  # noqa: S104
        "public_url": PUBLIC_URL,
        "connections": {"main": connection(cds_clients=clients)},
    }


def test_t5_an_address_of_keys_in_a_token_is_compared_and_never_fetched(start: Start) -> None:
    async def go(url: str, attacker: str) -> None:
        async with start(**settings_with(url)) as http:
            for jku, status in ((url, 200), (attacker, 401), (None, 200)):
                headers = FIRST.signed(head={"jku": jku} if jku else {})
                answer = await http.post(VIEW, call("patient-view", "p1"), headers)
                assert answer.status == status

    with loopback(PublishedKeys(FIRST)) as server, loopback(PublishedKeys(FIRST)) as attacker:
        asyncio.run(go(f"{server.base_url}/keys", f"{attacker.base_url}/keys"))
        assert attacker.asked == []


def test_a_client_that_rotates_its_key_is_never_turned_away(start: Start) -> None:
    async def go(server: Loopback, published: PublishedKeys) -> None:
        async with start(**settings_with(f"{server.base_url}/keys")) as http:
            published.signers.append(SECOND)
            for signer in (SECOND, FIRST):
                answer = await http.post(VIEW, call("patient-view", "p1"), signer.signed())
                assert answer.status == 200

    published = PublishedKeys(FIRST)
    with loopback(published) as server:
        asyncio.run(go(server, published))


def test_keys_that_cannot_be_read_are_our_trouble_and_not_the_callers(start: Start) -> None:
    async def go(url: str) -> None:
        async with start(**settings_with(url)) as http:
            answer = await http.post(VIEW, call("patient-view", "p1"), FIRST.signed())
            assert answer.status == 503
            assert answer.headers["retry-after"] == "5"
            stranger = FIRST.signed(iss="https://stranger.example")
            assert (await http.post(VIEW, call("patient-view", "p1"), stranger)).status == 401

    with loopback(lambda asked: Reply(503)) as server:
        asyncio.run(go(f"{server.base_url}/keys"))


def test_t6_t10_the_key_file_is_read_again_when_an_unknown_key_comes(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(FIRST))
    watch = Watch()

    async def go() -> None:
        keys = KeySet(client(jwks_file=str(file)), watch)
        assert await keys.key("first")
        file.write_bytes(key_set(SECOND))
        watch.seconds += key_sets.PAUSE_SECONDS
        assert await keys.key("second")

    asyncio.run(go())
