"""Used tokens in the broker's Redis: one key each, gone by itself when the token has ended.

Loaded by name where hook callers sign in and there is a broker.
"""

import math

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError

from runtime.errors import BrokerAway

PREFIX = "nelm-cds:used-token:"
# A hook waits for this; a Redis that takes longer counts as away.
TIMEOUT_SECONDS = 0.25


class BrokerReplays:
    """Safe for many calls of one event loop at once; the event loop is never blocked."""

    def __init__(self, broker_url: str) -> None:
        self._redis: Redis = Redis.from_url(
            broker_url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            # Once, for a connection that a restarted Redis has dropped. Never after a timeout:
            # the first attempt may have arrived, and the second would look like a replay.
            retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionLost,)),
        )

    async def first_use(self, digest: str, until: float, now: float) -> bool:
        """True the first time, False again until `until`; both in Unix seconds.

        Raises:
            BrokerAway: Redis does not answer.
        """
        seconds = max(1, math.ceil(until - now))
        try:
            return bool(await self._redis.set(PREFIX + digest, "1", nx=True, ex=seconds))
        except (RedisError, OSError) as problem:
            raise BrokerAway(f"Redis does not answer ({type(problem).__name__})") from None

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
