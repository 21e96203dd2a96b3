"""Note when changes come in, go to Spotler, are refused or fail, without holding up any."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Final

from connector.application.check_ports import StatusStore
from connector.domain.activity import Activity
from connector.domain.errors import ConnectorError, System
from connector.domain.failure import Failure
from connector.domain.met import RefusedRow

logger = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 5.0
"""A process writes no more often than this."""

REFUSALS_APART: Final = timedelta(minutes=1)
"""A process notes no more refusals than this: a flood of them costs no write each."""

PAUSES_AFTER_FAILURE: Final = 12
"""What could not be written is written after so many pauses, though nothing else happens."""

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
        self.refused = RefusedRow()
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._noted = Activity()
        self._written = Activity()
        self._next_at = float("-inf")
        self._hurry = asyncio.Event()
        self._hurried_at: datetime | None = None
        self._is_closing = False
        self._writing: asyncio.Task[None] | None = None
        self._watching: list[set[System]] = []

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

    @contextmanager
    def watch(self) -> Iterator[set[System]]:
        """Yield what fills up with the parts of the systems that answer meanwhile."""
        answered: set[System] = set()
        self._watching.append(answered)
        try:
            yield answered
        finally:
            self._watching = [one for one in self._watching if one is not answered]

    def note_call(self, part: System) -> None:
        """Note that a part of a system answered, for those who watch."""
        for answered in self._watching:
            answered.add(part)

    def note_refusal(self, tag: str, now: datetime) -> None:
        """Note that a change was refused for its secret, unless that was noted a moment ago."""
        if self._is_new(self._noted.refused_with.get(tag), now):
            self._note_loss(Activity(refused_at=now, refused_with={tag: now}), now)

    def note_unserved(self, tag: str, now: datetime) -> None:
        """Note that nobody could look at a secret, unless that was noted a moment ago."""
        if self._is_new(self._noted.refused_with.get(tag), now):
            self._note_loss(Activity(refused_with={tag: now}), now)

    def note_loss(self, now: datetime) -> None:
        """Note that a change of ours was not taken, unless that was noted a moment ago."""
        if self._is_new(self._noted.lost_at, now):
            self._note_loss(Activity(lost_at=now), now)

    def _note_loss(self, lost: Activity, now: datetime) -> None:
        """Write the first loss of a while at once: who puts it right ends this process soon."""
        if self._is_new(self._hurried_at, now):
            self._hurried_at = now
            self._hurry.set()
        self.note(lost)

    def _is_new(self, before: datetime | None, now: datetime) -> bool:
        return before is None or now - before >= REFUSALS_APART

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
            if await self._is_saved(noted):
                self._written = noted
                self._next_at = self._clock() + self._pause_seconds
            elif self._is_closing:
                return
            else:
                self._next_at = self._clock() + PAUSES_AFTER_FAILURE * self._pause_seconds

    async def _rest(self) -> None:
        """Wait until it is time to write, until it is urgent, or until we have to end."""
        seconds = self._next_at - self._clock()
        if seconds > 0 and not self._is_closing:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), seconds)

    async def _is_saved(self, noted: Activity) -> bool:
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                return await self._save(noted)
        except (ConnectorError, TimeoutError) as exc:
            logger.warning("when changes came and went is not noted: %s", exc)
            return False

    async def _save(self, noted: Activity) -> bool:
        """Write the latest of all processes; False for who is overtaken again and again."""
        for _ in range(TRIES):
            stored = await self.store.read()
            latest = stored.activity.latest(noted)
            if latest == stored.activity:
                return True
            if await self.store.save_activity(latest, stored.activity_etag):
                return True

        return False
