"""Up to which `lastUpdated` each resource type of a connection has been swept."""

from sqlalchemy import Connection


def get(tx: Connection, connection: str, resource_type: str) -> str | None:
    """The largest lastUpdated seen and stored, as the EHR sent it; None: never swept."""
    raise NotImplementedError


def advance(tx: Connection, connection: str, resource_type: str, last_updated: str) -> None:
    """Moves the watermark forward; never back."""
    raise NotImplementedError
