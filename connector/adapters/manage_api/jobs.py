"""What is told of jobs and bookmarks, and what is asked for to start one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from connector.adapters.manage_api.shape import Shape
from connector.domain.bookmark import Bookmark
from connector.domain.cause import CauseCode
from connector.domain.job import Job, JobKind, JobState, StopReason

DETAILS = ("created", "changed", "unchanged", "not_looked_up", "compared", "not_in_dynamics")


class StartJob(Shape):
    """Asks for a job, or for a preview of it.

    `confirmation` is typed by the administrator: the host name of the environment that is about
    to be written. With `anew` a sync to Spotler also sends what Spotler was sent before, as after
    it lost people.
    """

    kind: JobKind
    preview: bool = False
    anew: bool = False
    confirmation: Annotated[str | None, Field(max_length=255)] = None

    def audit_names(self) -> Sequence[str]:
        """Return what is to be started."""
        return [self.kind, *(["preview"] if self.preview else [])]

    @property
    def needs_confirmation(self) -> bool:
        """Tell whether people in the CRM may be overwritten."""
        return self.kind is JobKind.CONTACTS_TO_DATAVERSE and not self.preview


class JobView(Shape):
    """Is a job as the page shows it; `done` is the sum of the three counts.

    `total` is what the CRM counted beforehand, perhaps a day ago, and exact once the job is done.
    `cause` is why the page came back; `cause_detail` says, for `configuration`, what to put right.
    `details`, `fields` and `reasons` count what was done, or in a preview what would be: people by
    what became of them, changed values by field, and excluded people by the code of the reason.
    `at_risk` counts, by field, the values of Spotler that a sync would write over or empty.
    In a preview of a sync to Spotler `compared` says for how many people fields were counted, and
    `not_looked_up` how many would be sent of whom nobody knows whether Spotler has them.
    `not_in_dynamics` counts, beside `done`, people who were sent and whose rows are missing.
    """

    id: str
    kind: JobKind
    state: JobState
    reason: StopReason | None
    started_by: str
    started_at: datetime
    moved_at: datetime
    finished_at: datetime | None
    waits_until: datetime | None
    cause: CauseCode | None
    cause_detail: str | None
    total: int | None
    done: int
    in_sync: int
    excluded: int
    failed: int
    page: int
    per_second: float | None
    seconds_left: float | None
    preview: bool
    anew: bool
    details: dict[str, int]
    fields: dict[str, int]
    at_risk: dict[str, int]
    reasons: dict[str, int]

    def audit_names(self) -> Sequence[str]:
        """Return which job it is, and its state."""
        return [self.id, self.state]

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return how a job is shown."""
        return cls(
            id=job.id,
            kind=job.kind,
            state=job.state,
            reason=job.reason,
            started_by=job.started_by,
            started_at=job.started_at,
            moved_at=job.moved_at,
            finished_at=job.finished_at,
            waits_until=job.waits_until,
            cause=job.cause.code if job.cause else None,
            cause_detail=job.cause.detail if job.cause else None,
            total=job.total,
            done=job.tally.total,
            in_sync=job.tally.in_sync,
            excluded=job.tally.excluded,
            failed=job.tally.failed,
            page=job.page,
            per_second=job.per_second,
            seconds_left=job.seconds_left,
            preview=job.preview,
            anew=job.anew,
            details={one: job.tally.details.get(one, 0) for one in DETAILS},
            fields=job.tally.detail("field:"),
            at_risk=job.tally.detail("risk:"),
            reasons=job.tally.detail("reason:"),
        )


class JobList(Shape):
    """Is all jobs, the newest first."""

    jobs: list[JobView]

    @classmethod
    def of(cls, jobs: Sequence[Job]) -> Self:
        """Return how jobs are shown."""
        return cls(jobs=[JobView.of(job) for job in jobs])


class BookmarkView(Shape):
    """Is how far a stream has come, in the words that administrators know."""

    stream: str
    PageNumber: int
    IsProcessed: bool
    started_at: datetime
    finished_at: datetime | None
    in_sync: int
    excluded: int
    failed: int

    @classmethod
    def of(cls, bookmark: Bookmark) -> Self:
        """Return how a bookmark is shown."""
        return cls(
            stream=bookmark.stream,
            PageNumber=bookmark.page_number,
            IsProcessed=bookmark.is_processed,
            started_at=bookmark.started_at,
            finished_at=bookmark.finished_at,
            in_sync=bookmark.tally.in_sync,
            excluded=bookmark.tally.excluded,
            failed=bookmark.tally.failed,
        )


class BookmarkList(Shape):
    """Is all bookmarks."""

    bookmarks: list[BookmarkView]

    @classmethod
    def of(cls, bookmarks: Sequence[Bookmark]) -> Self:
        """Return how bookmarks are shown."""
        return cls(bookmarks=[BookmarkView.of(bookmark) for bookmark in bookmarks])
