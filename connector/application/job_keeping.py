"""Where jobs are kept: their rows, their bookmarks, and the queue that carries their steps."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connector.application.job_ports import BookmarkStore, FindAccount, JobQueue, JobStore
from connector.domain.bookmark import bookmark_of
from connector.domain.contact import OrganisationId
from connector.domain.errors import ConnectorError, TransientError
from connector.domain.event import JobStep
from connector.domain.job import Job
from connector.domain.job_errors import JobNotFoundError

logger = logging.getLogger(__name__)

ATTEMPTS = 10
"""A running job is written every few seconds: who loses so often meets something else."""

WOKEN_WITHIN: Final = timedelta(minutes=1)
"""So often the timer looks for jobs that have to be woken."""

CROWDED = "a job must not be changed by many at once: try again"


@dataclass(frozen=True, slots=True)
class JobKeeping:
    """Keeps the jobs of one organisation.

    `account` tells which Spotler account is connected: a job is of one account.
    """

    organisation: OrganisationId
    store: JobStore
    bookmarks: BookmarkStore
    queue: JobQueue
    clock: Callable[[], datetime]
    account: FindAccount

    async def get(self, job: str) -> Job:
        """Return a job; raises `JobNotFoundError` when there is none."""
        found = await self.store.find(job)
        if found is None:
            raise JobNotFoundError("a job must be there by that name")

        return found

    async def change(self, job: str, to: Callable[[Job], Job]) -> Job:
        """Read a job, change it and write it, until nobody else was in between.

        `to` sees the job anew each time, and raises when the change makes no sense any more.
        """
        for _ in range(ATTEMPTS):
            saved = await self.store.save(to(await self.get(job)))
            if saved is not None:
                return saved

        raise TransientError(CROWDED)

    async def tell(self, job: Job, *, forced: bool = False) -> None:
        """Tell where a job stands: by its bookmark, and while it runs by its next step.

        May be repeated: the queue knows a step that it was sent before.
        """
        await self.bookmarks.save(bookmark_of(job))
        if job.is_running:
            await self.ask(job.step(self.organisation, forced=forced))

    async def ask(self, step: JobStep, *, delay: timedelta | None = None) -> None:
        """Queue a step; a job whose step gets no place says so until it is woken.

        Raises as the queue does.
        """
        try:
            await self.queue.send([step], delay=delay)
        except ConnectorError:
            until = self.clock() + WOKEN_WITHIN
            with suppress(ConnectorError):
                await self.change(step.job, lambda one: one.stranded(step, until))
            raise

    async def tell_if_possible(self, job: Job, *, forced: bool = False) -> Job:
        """Tell where a job stands, and return it as it is then.

        What cannot be told now is told when the job is woken.
        """
        try:
            await self.tell(job, forced=forced)
        except ConnectorError as exc:
            logger.warning("a job waits until it is woken: %s", exc, extra={"job": job.id})
            with suppress(ConnectorError):
                return await self.get(job.id)

        return job
