"""One bad row never takes the others with it, and nothing that goes wrong ends a worker.

The only place of the workers where any error is caught.
"""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from ehr.errors import EhrUnavailable
from runtime.metrics import Metrics
from storage.errors import StorageOutdated, StorageUnavailable

Item = TypeVar("Item")
_log = logging.getLogger(__name__)

# Nothing is wrong with the items; what is, concerns all of them alike.
_WAITS_FOR_OTHERS = (EhrUnavailable, StorageUnavailable, StorageOutdated)


def attempted(step: Callable[[], object]) -> Exception | None:
    """Run `step`; the error that ended it, None where it went well."""
    try:
        step()
    except Exception as error:
        return error
    return None


def each_apart(
    step: Callable[[Sequence[Item]], None],
    items: Sequence[Item],
    give_up: Callable[[Item, str], None],
) -> None:
    """Run `step` on all items at once; where that fails, on halves, and give up on single ones.

    `give_up` gets the item and the error's class name. `step` must be undone as a whole when it
    raises (one transaction).

    Raises:
        EhrUnavailable, StorageUnavailable, StorageOutdated: try again later.
    """
    if not items:
        return
    error = attempted(lambda: step(items))
    if error is None:
        return
    if isinstance(error, _WAITS_FOR_OTHERS):
        raise error
    if len(items) > 1:
        middle = len(items) // 2
        each_apart(step, items[:middle], give_up)
        each_apart(step, items[middle:], give_up)
        return
    _log.error("one failed alone", exc_info=error)
    give_up(items[0], type(error).__name__)


def survived(loop: str, step: Callable[[], object], metrics: Metrics) -> bool:
    """Whether one round of a worker's loop went well; what went wrong is logged and counted.

    The loop pauses then and goes on: leases run out, and the rows are due again.
    """
    error = attempted(step)
    if error is None:
        return True
    failure = type(error).__name__
    metrics.count("nelm_rounds_failed_total", loop=loop, reason=failure)
    if isinstance(error, StorageUnavailable):
        _log.warning("database away; tries again", extra={"step": loop, "error_class": failure})
    else:
        _log.error("round failed; tries again", extra={"step": loop}, exc_info=error)
    return False
