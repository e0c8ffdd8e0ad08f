"""How long to wait before trying again; the same growth for notifications and jobs."""

_FIRST_SECONDS = 2.0
_LONGEST_SECONDS = 900.0


def pause_after(attempt: int) -> float:
    """Seconds to wait after the given attempt (from 1): 2, 4, 8, ... up to 15 minutes."""
    return float(min(_FIRST_SECONDS * 2 ** min(attempt - 1, 20), _LONGEST_SECONDS))
