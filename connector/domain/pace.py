"""How fast a job goes and how long the rest takes, in figures that do not jump at each page."""

import math
from datetime import timedelta

MEMORY_SECONDS = 60.0
"""What was done so long ago counts for a third of what is done now."""

SETTLED_AFTER = timedelta(seconds=30)
SETTLED_SHARE = 0.02
"""Before either of these is done, how fast it was says little of how fast it will be."""

_STEPS = ((60, 5), (600, 30), (3600, 60), (math.inf, 300))
"""Below so many seconds an estimate is told in steps of so many."""


def smoothed(before: float | None, records: int, took: timedelta) -> float | None:
    """Return how many records a second are done: a moving average in which time is the weight."""
    seconds = took.total_seconds()
    if seconds <= 0:
        return before

    now = records / seconds
    if before is None:
        return now

    return now + (before - now) * math.exp(-seconds / MEMORY_SECONDS)


def is_settled(done: int, total: int | None, worked: timedelta) -> bool:
    """Tell whether enough is done to say how long the rest takes."""
    is_share_done = bool(total) and done >= SETTLED_SHARE * (total or 0)

    return worked >= SETTLED_AFTER or is_share_done


def rounded_rate(rate: float) -> float:
    """Return a rate in two digits that mean something."""
    return float(f"{rate:.2g}")


def rounded_rest(seconds: float) -> float:
    """Return an estimate in steps that suit its size; it is nothing only when nothing is left."""
    step = next(step for below, step in _STEPS if seconds < below)

    return float(math.ceil(seconds / step) * step)
