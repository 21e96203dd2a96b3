"""Points in time by which something must happen, cheap to set and cheap to forget."""

import heapq
import itertools
from collections.abc import Callable, Iterator

# Below this many entries it is not worth looking for forgotten ones.
_SMALL = 1024


class Deadlines[K]:
    """A heap of deadlines that need not be cancelled: `holds` tells which still count."""

    def __init__(self, holds: Callable[[float, K], bool]) -> None:
        self._holds = holds
        self._heap: list[tuple[float, int, K]] = []
        self._order = itertools.count()
        self._limit = _SMALL

    def set(self, when: float, key: K) -> bool:
        """Remember a deadline, and tell whether it is now the first of all."""
        order = next(self._order)
        heapq.heappush(self._heap, (when, order, key))
        if len(self._heap) > self._limit:
            self._forget()

        return self._heap[0][1] == order

    def next(self) -> float | None:
        """Return the first deadline that still holds."""
        while self._heap:
            when, _, key = self._heap[0]
            if self._holds(when, key):
                return when

            heapq.heappop(self._heap)

        return None

    def due(self, now: float) -> Iterator[K]:
        """Take and yield what is due and still holds."""
        while self._heap and self._heap[0][0] <= now:
            when, _, key = heapq.heappop(self._heap)
            if self._holds(when, key):
                yield key

    def _forget(self) -> None:
        self._heap = [entry for entry in self._heap if self._holds(entry[0], entry[2])]
        heapq.heapify(self._heap)
        self._limit = max(_SMALL, 2 * len(self._heap))
