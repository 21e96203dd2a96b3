"""What jobs need of the world; adapters and the tests' fakes fulfil it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from connector.domain.bookmark import Bookmark
from connector.domain.contact import Account
from connector.domain.event import JobStep
from connector.domain.job import Job
from connector.domain.tally import Tally


class FindAccount(Protocol):
    """Knows which Spotler account is connected."""

    async def __call__(self, *, now: bool = False) -> Account:
        """Return the account, on demand read anew; otherwise as it was a while ago at most."""


class JobStore(Protocol):
    """Keeps jobs; every write is conditional."""

    async def find(self, job: str) -> Job | None:
        """Return a job by its id, or None when there is none."""

    async def list_jobs(self) -> Sequence[Job]:
        """Return all jobs, the newest first."""

    async def save(self, job: Job) -> Job | None:
        """Write the row if it is still as it was read; return it as it is now.

        Returns None when the race is lost. A job without an etag is written only if there is no
        row: of two who start a job of the same number one gets it.
        """


class BookmarkStore(Protocol):
    """Keeps how far each stream has come."""

    async def list_bookmarks(self) -> Sequence[Bookmark]:
        """Return the bookmark of each stream that was ever begun."""

    async def save(self, bookmark: Bookmark) -> None:
        """Write a bookmark over the one of the same stream."""


class JobQueue(Protocol):
    """Carries steps to the workers."""

    async def send(self, steps: Sequence[JobStep], *, delay: timedelta | None = None) -> None:
        """Queue steps, to be taken now or after the delay; return when they are safe.

        Raises `TransientError` when the queue does not take them.
        """


class PageWork(Protocol):
    """Does the pages of a job; which vendor is asked and told is its own affair."""

    async def count(self, job: Job) -> int | None:
        """Return about how many records the job has to go through, where anybody knows."""

    async def run(self, job: Job, step: JobStep) -> tuple[Tally, str | None]:
        """Do the page at which a job stands; return its counts and where the next page begins.

        May be repeated, also after a crash halfway: the end is the same. Raises when a system
        cannot take the page now; then the step comes back.
        """
