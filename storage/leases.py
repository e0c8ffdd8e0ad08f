"""Named leases, so that of several processes only one acts (the schedule)."""

from sqlalchemy import Connection


def acquire(
    tx: Connection, name: str, holder: str, seconds: float, now: float | None = None
) -> bool:
    """True if `holder` now has the lease for that long; the holder may renew it."""
    raise NotImplementedError


def release(tx: Connection, name: str, holder: str) -> None:
    """Gives the lease back if `holder` has it."""
    raise NotImplementedError
