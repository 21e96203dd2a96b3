"""Remembers for a while what an environment does not have."""

from collections.abc import Callable
from typing import Final

REMEMBERED_SECONDS: Final = 3600.0
"""Is how long we take it that Sales is not installed, before we look again."""


class Absence:
    """Is that of one table or column."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take the clock by which the memory fades."""
        self._clock = clock
        self._until: float | None = None

    @property
    def is_known(self) -> bool:
        """Tell whether it was noted not long ago."""
        return self._until is not None and self._clock() < self._until

    def note(self) -> None:
        """Remember that it is not there."""
        self._until = self._clock() + REMEMBERED_SECONDS
