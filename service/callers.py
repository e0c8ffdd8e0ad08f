"""Who calls a hook: what the routes know of it, however it was found out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Verified:
    """A caller we answer: the client's name, and the connections it may speak for."""

    client: str
    connections: tuple[str, ...]


class Callers(Protocol):
    """Tells who calls. `start` and `close` belong to the application's lifespan."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def verify(self, headers: Mapping[str, str], service: str) -> Verified:
        """The caller who sent a request with these headers to one of our services.

        Raises:
            Unauthenticated: bare outside; the reason stays in our log.
            Unavailable: what is needed to verify it cannot be read now.
        """
        ...
