"""Keeping the garbage collector quiet in processes that live long.

What start-up made lives as long as the process, and walking it again and again is what makes the
slowest calls slow.
"""

import gc

COLLECT_AFTER = (50_000, 50, 100)


def quiet_collector() -> None:
    """Freeze all objects that live now and collect new ones rarely. Once, when start-up is over."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
