"""Calls an ASGI application in the same process, its lifespan included; nothing is patched.

Every answer of a CDS Hooks path is held against the invariants of the standard.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from tests.service.conformance import problems_of_answer


@dataclass
class Answer:
    """What came back, with header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Client:
    """A client of one running application."""

    def __init__(self, app: Any, address: str = "127.0.0.1") -> None:
        self.app = app
        self.address = address

    async def call(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] = b"",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request; a body given in parts arrives in parts."""
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "client": (self.address, 1),
            "server": ("127.0.0.1", 80),
            "headers": [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()],
        }
        parts = [body] if isinstance(body, bytes) else list(body)
        waiting = [
            {"type": "http.request", "body": part, "more_body": place < len(parts) - 1}
            for place, part in enumerate(parts)
        ]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        try:
            await self.app(scope, receive, send)
        except Exception:
            # Starlette answers 500 and raises again for the server's log; a client sees the answer.
            if not sent:
                raise
        start = sent[0]
        answer = Answer(
            start["status"],
            {k.decode().lower(): v.decode() for k, v in start["headers"]},
            b"".join(message.get("body", b"") for message in sent[1:]),
        )
        broken = problems_of_answer(method, path, answer.status, answer.body)
        assert not broken, broken
        return answer

    async def post(self, path: str, content: Any, headers: dict[str, str] | None = None) -> Answer:
        """One POST with a JSON body."""
        headers = {"content-type": "application/json", **(headers or {})}
        return await self.call("POST", path, msgspec.json.encode(content), headers)

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return await self.call("GET", path, b"", headers)


@asynccontextmanager
async def running(app: Any) -> AsyncIterator[Client]:
    """The application started, and stopped at the end."""
    to_app: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    life = asyncio.create_task(app({"type": "lifespan"}, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    started = await from_app.get()
    assert started["type"] == "lifespan.startup.complete", started
    try:
        yield Client(app)
    finally:
        await to_app.put({"type": "lifespan.shutdown"})
        await from_app.get()
        await life
