"""The sample EHR as a running server on a loopback port, in a thread of this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

import uvicorn

from ehr.in_memory import InMemoryEhr
from nelm_cds.sample_ehr.delivery import Delivery
from nelm_cds.sample_ehr.server import create_sample_ehr


class RunningSampleEhr:
    """Listens from the moment it is made (port 0: a free one) until `close`.

    base_url: the FHIR base. ehr: the store behind it. delivery: its notifications.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.ehr = InMemoryEhr()
        self.delivery = Delivery(self.ehr)
        self._socket = socket.create_server((host, port))
        self.base_url = f"http://{host}:{self._socket.getsockname()[1]}/fhir"
        config = uvicorn.Config(create_sample_ehr(self.ehr), log_level="warning", lifespan="off")
        self._server = uvicorn.Server(config)
        # Connections wait in the socket's queue until the server's loop runs: no polling needed.
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="sample-ehr", daemon=True
        )
        self._thread.start()

    def load(self, resources: Iterable[Mapping[str, Any]]) -> int:
        """Write these resources, as if someone had charted them; how many there were."""
        count = 0
        for resource in resources:
            self.ehr.update(resource)
            count += 1
        return count

    def close(self) -> None:
        self.delivery.close()
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def __enter__(self) -> RunningSampleEhr:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
