"""Where used tokens are remembered: Redis with a broker, shared by processes; away is closed."""

import asyncio
import time
from pathlib import Path

import pytest
import redis

from runtime.broker_replays import PREFIX, BrokerReplays
from runtime.errors import BrokerAway
from storage.database import Database
from tests.real_parts.programs import free_port
from tests.service.conftest import Start
from tests.service.people import call
from tests.service.signing import Signer
from tests.service.test_signed_callers import VIEW, trusting

SIGNER = Signer()
BODY = call("patient-view", "p1")


@pytest.mark.real
def test_redis_remembers_a_token_until_it_has_ended(redis_url: str) -> None:
    async def go() -> None:
        one, other = BrokerReplays(redis_url), BrokerReplays(redis_url)
        assert await one.first_use("d", 1360.0, 1000.0)
        assert not await other.first_use("d", 1360.0, 1000.0)
        assert await other.first_use("e", 1360.0, 1000.0)
        await one.close()
        await other.close()

    asyncio.run(go())
    client = redis.Redis.from_url(redis_url)
    assert 350 <= int(client.ttl(f"{PREFIX}d")) <= 360  # type: ignore[arg-type]
    client.close()


@pytest.mark.real
def test_two_web_processes_share_what_was_used(
    start: Start, tmp_path: Path, redis_url: str, database: Database
) -> None:
    settings = trusting(tmp_path, SIGNER) | {"broker_url": redis_url}

    async def go() -> None:
        async with start(**settings) as one, start(**settings) as other:
            headers = SIGNER.signed()
            assert (await one.post(VIEW, BODY, headers)).status == 200
            assert (await other.post(VIEW, BODY, headers)).status == 401
            assert (await other.post(VIEW, BODY, SIGNER.signed())).status == 200

    asyncio.run(go())


def test_without_redis_nobody_is_let_in_and_nobody_waits_long(start: Start, tmp_path: Path) -> None:
    away = {"broker_url": f"redis://127.0.0.1:{free_port()}/0"}

    async def go() -> None:
        async with start(**(trusting(tmp_path, SIGNER) | away)) as http:
            begin = time.monotonic()
            answer = await http.post(VIEW, BODY, SIGNER.signed())
            assert answer.status == 503
            assert b"Redis" not in answer.body
            assert time.monotonic() - begin < 2

    asyncio.run(go())


def test_a_redis_that_is_silent_holds_up_its_own_call_only() -> None:
    async def go() -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        replays = BrokerReplays(f"redis://127.0.0.1:{port}/0")
        waiting = asyncio.create_task(replays.first_use("d", 2.0, 1.0))
        longest, last = 0.0, time.monotonic()
        while not waiting.done():
            await asyncio.sleep(0.005)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        with pytest.raises(BrokerAway):
            await waiting
        assert longest < 0.2
        await replays.close()
        server.close()

    asyncio.run(go())
