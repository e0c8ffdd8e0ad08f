"""A Redis server of our own on a free port; in memory only, so what it holds may vanish."""

from pathlib import Path

import redis

from tests.real_parts.programs import Program, find_program, free_port, until


class RedisServer:
    """A running server; `wipe()` loses everything in it, as an operator's restart would."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._program = Program(
            "Redis",
            [
                find_program("redis-server", "redis-server"),
                *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)),
                *("--save", "", "--appendonly", "no"),
            ],
            folder / "redis.log",
        )
        self._client = redis.Redis.from_url(self.url)
        try:
            until(self._answers, "Redis to answer", programs=[self._program])
        except BaseException:
            self.stop()
            raise

    def _answers(self) -> bool:
        try:
            return bool(self._client.ping())
        except redis.RedisError:
            return False

    def wipe(self) -> None:
        self._client.flushall()

    def stop(self) -> None:
        self._client.close()
        self._program.stop()
