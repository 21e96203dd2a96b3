"""Jobs for tests: the ports in memory, and values that are complete."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector.application.job_keeping import JobKeeping
from connector.domain.bookmark import Bookmark
from connector.domain.contact import Account
from connector.domain.errors import ConnectorError
from connector.domain.event import JobStep
from connector.domain.job import Job, JobKind
from connector.domain.tally import Tally
from tests.builders import NOW, ORGANISATION
from tests.fakes import Failing

KIND = JobKind.CONTACTS_TO_SPOTLER
STARTED_BY = "9d7f3f1e-0000-4000-8000-000000000001"


def a_job(kind: JobKind = KIND, number: int = 1, **fields: object) -> Job:
    plain = {"started_by": STARTED_BY, "started_at": NOW, "moved_at": NOW}

    return replace(Job(kind, number, **plain), **fields)  # type: ignore[arg-type] # named by the test


class FakeJobs(Failing):
    """Is the `JobStore` on a dictionary, with real races.

    What a test puts in `meanwhile` somebody else does to the row before each write in turn.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, Job] = {}
        self.meanwhile: list[Callable[[Job], Job] | None] = []
        self._etags = itertools.count(1)

    async def find(self, job: str) -> Job | None:
        self.fail_if_told()
        return self.rows.get(job)

    async def list_jobs(self) -> Sequence[Job]:
        self.fail_if_told()
        return sorted(self.rows.values(), key=lambda job: (job.started_at, job.id), reverse=True)

    async def save(self, job: Job) -> Job | None:
        self.fail_if_told()
        happens = self.meanwhile.pop(0) if self.meanwhile else None
        if happens is not None:
            self._write(happens(self.rows.get(job.id, job)))

        known = self.rows.get(job.id)
        if (known.etag if known else None) != job.etag:
            return None

        return self._write(job)

    def _write(self, job: Job) -> Job:
        self.rows[job.id] = saved = replace(job, etag=f"etag-{next(self._etags)}")

        return saved


class FakeBookmarks(Failing):
    """Is the `BookmarkStore` on a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, Bookmark] = {}

    async def list_bookmarks(self) -> Sequence[Bookmark]:
        return [*self.rows.values()]

    async def save(self, bookmark: Bookmark) -> None:
        self.fail_if_told()
        self.rows[bookmark.stream] = bookmark


@dataclass(slots=True)
class FakePageWork:
    """Is the `PageWork` of a table that has so many rows, and no page left."""

    rows: int | None = 2

    async def count(self, job: Job) -> int | None:  # noqa: ARG002 - the port
        return self.rows

    async def run(self, job: Job, step: JobStep) -> tuple[Tally, str | None]:  # noqa: ARG002 - the port
        return Tally(), None


class FakeJobQueue(Failing):
    """Is the `JobQueue` on a list, which knows the steps that it was sent before."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[JobStep] = []
        self.delays: list[timedelta | None] = []
        self._known: set[str] = set()

    async def send(self, steps: Sequence[JobStep], *, delay: timedelta | None = None) -> None:
        self.fail_if_told()
        for step in steps:
            if step.message_id not in self._known:
                self._known.add(step.message_id)
                self.steps.append(step)
                self.delays.append(delay)

    def take(self) -> JobStep:
        """Remove and return the oldest step."""
        return self.steps.pop(0)


class FakeKeeping:
    """Is a `JobKeeping` of fakes, and a clock that a test sets."""

    def __init__(self) -> None:
        self.store = FakeJobs()
        self.bookmarks = FakeBookmarks()
        self.queue = FakeJobQueue()
        self.now = NOW
        self.known_as = Account("account-1")
        self.saved_elsewhere: Account | None = None
        self.errors: list[ConnectorError] = []

    def keeping(self) -> JobKeeping:
        return JobKeeping(
            ORGANISATION, self.store, self.bookmarks, self.queue, self.clock, self.account
        )

    def clock(self) -> datetime:
        return self.now

    async def account(self, *, now: bool = False) -> Account:
        if self.errors:
            raise self.errors.pop(0)
        if now:
            self.known_as, self.saved_elsewhere = self.saved_elsewhere or self.known_as, None

        return self.known_as
