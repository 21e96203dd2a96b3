"""Note when changes come in, go to Spotler, are refused or fail, without holding up any."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from connector.application.check_ports import StatusStore
from connector.domain.activity import Activity
from connector.domain.errors import ConnectorError
from connector.domain.failure import Failure

logger = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 5.0
"""A process writes no more often than this."""

REFUSALS_APART: Final = timedelta(minutes=1)
"""A process notes no more refusals than this: a flood of them costs no write each."""

TRIES: Final = 3
WRITE_SECONDS: Final = 10.0


class ActivityKeeping:
    """The noting of when a change last came in and went out; a failure harms nobody.

    What cannot be written is known to this process all the same, as long as it lives.
    """

    def __init__(
        self,
        store: StatusStore,
        clock: Callable[[], float],
        *,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        """Take where it is kept, and a clock that never goes back."""
        self.store = store
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._noted = Activity()
        self._written = Activity()
        self._next_at = float("-inf")
        self._hurry = asyncio.Event()
        self._is_closing = False
        self._writing: asyncio.Task[None] | None = None

    def note(self, activity: Activity) -> None:
        """Note what happened; it is written in a while, by a task of its own.

        The end of a failure is written at once: a process that dies must not leave it behind.
        """
        before, self._noted = self._noted, self._noted.latest(activity)
        if before.is_worse_than(self._noted):
            self._hurry.set()
        if self._noted != self._written and (self._writing is None or self._writing.done()):
            self._writing = asyncio.create_task(self._write())

    @property
    def noted(self) -> Activity:
        """Return what this process knows, written or not."""
        return self._noted

    def note_send(self, *, failure: BaseException | None, now: datetime) -> None:
        """Note a send to the queue of changes that failed, and the first that did not since."""
        if failure is not None:
            self.note(Activity(unqueued=Failure(since=now, at=now)))
        elif self._noted.unqueued is not None:
            self.note(Activity(queued_at=now))

    def note_refusal(self, now: datetime) -> None:
        """Note that a change was refused for its secret, unless that was noted a moment ago."""
        known = self._noted.refused_at
        if known is None or now - known >= REFUSALS_APART:
            self.note(Activity(refused_at=now))

    def note_loss(self, now: datetime) -> None:
        """Note that a change got no place on the queue, unless that was noted a moment ago."""
        known = self._noted.lost_at
        if known is None or now - known >= REFUSALS_APART:
            self.note(Activity(lost_at=now))

    async def close(self) -> None:
        """Write at once what waits."""
        self._is_closing = True
        self._hurry.set()
        if self._writing is not None:
            await asyncio.wait({self._writing})
        # A loop that ends may have cancelled the task before.
        await self._write()

    async def _write(self) -> None:
        while self._noted != self._written:
            await self._rest()
            self._hurry.clear()
            noted = self._noted
            try:
                async with asyncio.timeout(WRITE_SECONDS):
                    await self._save(noted)
            except (ConnectorError, TimeoutError) as exc:
                logger.warning("when changes came and went is not noted: %s", exc)
            self._written = noted
            self._next_at = self._clock() + self._pause_seconds

    async def _rest(self) -> None:
        """Wait until it is time to write, until it is urgent, or until we have to end."""
        seconds = self._next_at - self._clock()
        if seconds > 0 and not self._is_closing:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), seconds)

    async def _save(self, noted: Activity) -> None:
        """Write the latest of all processes; who is overtaken again and again leaves it."""
        for _ in range(TRIES):
            stored = await self.store.read()
            latest = stored.activity.latest(noted)
            if latest == stored.activity:
                return
            if await self.store.save_activity(latest, stored.activity_etag):
                return
