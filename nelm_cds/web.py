"""The web process: uvicorn around the application, and a garbage collector that keeps quiet."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from runtime.collector import quiet_collector

GRACE_SECONDS = 10
STOPPING = (signal.SIGINT, signal.SIGTERM)


class WebServer(uvicorn.Server):
    """A server that says when it listens, and then freezes what start-up has made."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[int], None]) -> None:
        super().__init__(config)
        self._listening = listening

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM, and let the caller close what it opened.

        uvicorn's own raises the signal again afterwards, which would end the process at once.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        former = {sign: signal.signal(sign, self.handle_exit) for sign in STOPPING}
        try:
            yield
        finally:
            for sign, handler in former.items():
                signal.signal(sign, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then set the collector and tell the caller."""
        await super().startup(sockets)
        if self.started:
            quiet_collector()
            self._listening(self.servers[0].sockets[0].getsockname()[1])


def serve(
    app: Starlette, host: str, port: int, listening: Callable[[int], None] = lambda _: None
) -> bool:
    """Serve until a signal asks to stop; running requests get some seconds to end.

    `listening` is told the port once requests are taken (port 0 asks for a free one).

    True if it ever listened; False if start-up failed, for example because the port is taken.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = WebServer(config, listening)
    server.run()
    return server.started
