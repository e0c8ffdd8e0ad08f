"""One bad row never takes the others with it: a failing batch is halved until it stands alone.

The only place of the workers where any error is caught; what waits for others is passed on.
"""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from ehr.errors import EhrUnavailable
from storage.errors import StorageError

Item = TypeVar("Item")
_log = logging.getLogger(__name__)


def each_apart(
    step: Callable[[Sequence[Item]], None],
    items: Sequence[Item],
    give_up: Callable[[Item, str], None],
) -> None:
    """Run `step` on all items at once; where that fails, on halves, and give up on single ones.

    `give_up` gets the item and the error's class name. `step` must be undone as a whole when it
    raises (one transaction).

    Raises:
        EhrUnavailable, StorageError: nothing is wrong with the items; try again later.
    """
    if not items:
        return
    try:
        step(items)
    except (EhrUnavailable, StorageError):
        raise
    except Exception as error:
        if len(items) > 1:
            middle = len(items) // 2
            each_apart(step, items[:middle], give_up)
            each_apart(step, items[middle:], give_up)
            return
        _log.exception("given up", extra={"error_class": type(error).__name__})
        give_up(items[0], type(error).__name__)
