"""The web process: uvicorn around the application, and a garbage collector that keeps quiet."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import uvicorn
from starlette.applications import Starlette

from nelm_cds.errors import CommandRefused
from runtime.collector import quiet_collector

GRACE_SECONDS = 10
QUEUED_CONNECTIONS = 2048
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


@contextmanager
def listening_on(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Sockets on every address of that name, before anything else begins; closed at the end.

    Connections wait in their queue until `serve` takes them. Port 0 asks for a free one.

    Raises:
        CommandRefused: the port is taken, or the host is none of this machine's addresses.
    """
    with ExitStack() as opened:
        sockets: list[socket.socket] = []
        try:
            for family, _, _, _, address in socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            ):
                at = (address[0], sockets[0].getsockname()[1] if sockets else port)
                one = socket.create_server(at, family=family, backlog=QUEUED_CONNECTIONS)
                sockets.append(opened.enter_context(one))
        except OSError as problem:
            known = problem.errno is not None and problem.errno > 0
            reason = (os.strerror(problem.errno or 0) if known else str(problem.strerror)).lower()
            raise CommandRefused(
                f"cannot listen on {host}:{port} ({reason}). "
                "Choose another with --host and --port, or NELM_HOST and NELM_PORT"
            ) from None
        yield sockets


def serve(
    app: Starlette,
    sockets: Sequence[socket.socket],
    listening: Callable[[int], None] = lambda _: None,
) -> bool:
    """Serve until a signal asks to stop; running requests get some seconds to end.

    `listening` is told the port once requests are taken.

    True if it ever took requests; False if start-up failed.
    """
    config = uvicorn.Config(
        app,
        backlog=QUEUED_CONNECTIONS,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Who calls is who connected: nobody tells us another address (service.certificates).
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = WebServer(config, listening)
    server.run(list(sockets))
    return server.started
