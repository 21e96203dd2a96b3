"""Count what waits on the queues so seldom that counting costs them nothing."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from connector.application.check_ports import QueueWatch
from connector.domain.queue_load import QueueLoad

FRESH_SECONDS: Final = 10.0


class QueueCounter:
    """The counting for all who ask in this process: once at a time, and not again for a while."""

    def __init__(self, watch: QueueWatch, clock: Callable[[], float]) -> None:
        """Take what looks into the queues, and a clock that never goes back."""
        self._watch = watch
        self._clock = clock
        self._counting = asyncio.Lock()
        self._counted: tuple[float, Sequence[QueueLoad]] | None = None

    async def get(self) -> Sequence[QueueLoad]:
        """Return the last count, or a new one when that is too old."""
        async with self._counting:
            if self._counted is None or self._clock() - self._counted[0] >= FRESH_SECONDS:
                self._counted = self._clock(), await self._watch.count()

            return self._counted[1]
