"""Count records so seldom that counting never is what keeps the table busy."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connector.application.review_ports import RecordLists
from connector.domain.record_list import Counts

FRESH_SECONDS = 5.0
REST = 20
"""A count stays good for so many times as long as it took: at most a twentieth is counting."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Is a count, and when it began."""

    counts: Counts
    at: datetime


class RecordCounter:
    """Counts for all who ask in this process: once at a time, and not again for a while."""

    def __init__(
        self, records: RecordLists, *, now: Callable[[], datetime], clock: Callable[[], float]
    ) -> None:
        """Take what to count, the time that is shown, and a clock that never goes back."""
        self._records = records
        self._now = now
        self._clock = clock
        self._counting = asyncio.Lock()
        self._counted: Counted | None = None
        self._good_until = float("-inf")

    async def get(self) -> Counted:
        """Return the last count, or a new one when that is too old."""
        async with self._counting:
            if self._counted is None or self._clock() >= self._good_until:
                self._counted = await self._count()

            return self._counted

    async def _count(self) -> Counted:
        began, at = self._clock(), self._now()
        counts = await self._records.count()
        ended = self._clock()
        self._good_until = ended + max(FRESH_SECONDS, REST * (ended - began))

        return Counted(counts, at)
