"""How much may be spent on one list: a list full of faults must not cost as many calls."""

from collections.abc import Callable

MOST_CALLS = 32
"""Finds three people who spoil a list of a hundred; a single one takes at most 15."""

MOST_SECONDS = 60.0
"""Half of what a batch may take for all its lists."""


class Budget:
    """Counts the calls and the seconds of one list; the first call is always free."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take a clock that never goes back; the time runs from now."""
        self._clock = clock
        self._until = clock() + MOST_SECONDS
        self._calls = 0

    def take_call(self) -> bool:
        """Tell whether one more call may be made, and count it when it may."""
        if self._calls and (self._calls >= MOST_CALLS or self._clock() >= self._until):
            return False

        self._calls += 1
        return True
