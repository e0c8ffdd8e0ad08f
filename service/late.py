"""Routes whose code is loaded with their first request: hooks neither wait for it nor carry it."""

from collections.abc import Awaitable, Callable
from importlib import import_module

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

Answer = Callable[[Request], Awaitable[Response]]


def late(module: str, name: str) -> Answer:
    """The coroutine function of that name; its module is imported off the event loop, once."""

    async def answer(request: Request) -> Response:
        loaded = await run_in_threadpool(import_module, module)
        found: Answer = getattr(loaded, name)
        return await found(request)

    return answer
